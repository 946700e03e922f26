"""Ways to make planes small with zstd alone, without a picture beside them."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np

from benchmarks.plane_coding.contexts import Array
from rescodec_formats.effort import DEFAULT_EFFORT, Effort, effort_of
from rescodec_formats.streams import checked_integers, compress_stream

EFFORT = effort_of(DEFAULT_EFFORT)
UNFILTERED = dataclasses.replace(EFFORT, filters=False)
BYTE = 256
NIBBLE = 16


def stored(data: Array, effort: Effort = EFFORT) -> int:
    """Return the bytes of an array as the format stores it, of 8 bits where its values fit."""
    small = np.int8 if data.min() >= -BYTE // 2 and data.max() < BYTE // 2 else np.int16
    return len(compress_stream(checked_integers(data.astype(small), "plane"), effort).data)


def interleaved(planes: Sequence[Array]) -> int:
    """Return the bytes of all planes as one stream, the planes of a position side by side."""
    return stored(np.stack(planes, axis=-1))


def nibbles(plane: Array) -> int:
    """Return the bytes of a plane as nibbles, the lowest of all values first, two in a byte."""
    values = folded(plane).ravel()
    values = np.append(values, np.zeros(values.size % 2, values.dtype))
    parts = []
    while not parts or values.any():
        low = values % NIBBLE
        parts.append(NIBBLE * low[::2] + low[1::2])
        values = values // NIBBLE
    return _bytes(np.concatenate(parts))


def bit_planes(plane: Array) -> int:
    """Return the bytes of a plane as bits, each a stream of its own."""
    values = folded(plane).ravel()
    return sum(
        _bytes(np.packbits((values >> bit & 1).astype(np.uint8)))
        for bit in range(int(values.max()).bit_length())
    )


def packed(plane: Array) -> int:
    """Return the bytes of a plane as digits, as many in a byte as its range allows."""
    values = (plane - plane.min()).ravel()
    base = max(2, int(values.max()) + 1)
    digits = int(math.log(BYTE, base) + 1e-9)
    if digits < 2:
        return stored(plane)
    values = np.append(values, np.zeros(-values.size % digits, values.dtype))
    return _bytes(values.reshape(-1, digits) @ base ** np.arange(digits))


def folded(plane: Array) -> Array:
    """Return 0, -1, 1, -2, 2, ... as 0, 1, 2, 3, 4, ..."""
    return np.where(plane < 0, -2 * plane - 1, 2 * plane)


def _bytes(values: Array) -> int:
    """Return the size of a row of bytes under zstd; what does not become smaller is stored."""
    row = checked_integers(values.astype(np.uint8)[None], "plane")
    return min(len(compress_stream(row, EFFORT).data), row.size)
