"""The compressed data of a PNG: rows of samples to the content of its IDAT chunks.

Photographs hold hardly any repetitions: looking for runs of one byte alone (zlib's strategy "RLE")
makes them as small as the best search, in a fraction of its time. Drawings, screenshots and images
that were rounded for PNG need the search, and gain much from libdeflate's, which weighs what the
ways to write a piece cost; zlib takes the first that is long.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import deflate
import numpy as np

from .effort import Effort
from .scanlines import Samples, differ_from_means_in_steps, filtered_rows, plain_rows

# The largest blocks that share one code table.
_MEMORY_LEVEL: Final = 9
# Compressed bytes in one chunk, about.
_PIECE_BYTES: Final = 1 << 18
# libdeflate takes everything at once; what is larger goes to zlib, bit by bit.
_MOST_AT_ONCE: Final = 1 << 28
# Of a sample: rows that stay together, and one of how many such strips is taken, of few rather two.
_STRIP_ROWS: Final = 16
_STRIP_EVERY: Final = 16
# What a search must save of the sample to be worth its time: drawings save far more.
_WORTHWHILE: Final = 0.02


@dataclass(frozen=True)
class _Method:
    """One way to compress: with or without row filters, and libdeflate's level, 0 for runs."""

    filtered: bool
    level: int


_RUNS: Final = _Method(filtered=True, level=0)


def deflate_rows(rows: Samples, pixel_bytes: int, effort: Effort) -> Iterator[bytes]:
    """Filter and compress the rows of an image as PNG wants them.

    Args:
        rows: (height, width * channels) its samples, uint8 or uint16.
        pixel_bytes: bytes of one pixel.
        effort: what to try.

    Yields:
        The data of the IDAT chunks.
    """
    means = differ_from_means_in_steps(rows, pixel_bytes // rows.itemsize)
    search = _Method(filtered=True, level=effort.match_level)
    if means or not effort.match_level:
        yield from _deflate(rows, pixel_bytes, search, means=means)
        return
    methods = (_RUNS, search, _Method(filtered=False, level=effort.match_level))
    if effort.whole_image:
        tried = [list(_deflate(rows, pixel_bytes, method)) for method in methods]
        yield from min(tried, key=_total)
        return
    sample = _sample(rows)
    sizes = {method: _total(_deflate(sample, pixel_bytes, method)) for method in methods}
    best = min(methods, key=sizes.__getitem__)
    if sizes[best] > (1 - _WORTHWHILE) * sizes[_RUNS]:
        best = _RUNS
    yield from _deflate(rows, pixel_bytes, best)


def _total(pieces: Iterable[bytes]) -> int:
    return sum(map(len, pieces))


def _sample(rows: Samples) -> Samples:
    """Return strips of rows from everywhere in the image."""
    strips = np.arange(len(rows)) // _STRIP_ROWS
    every = max(1, min(_STRIP_EVERY, int(strips[-1] + 1) // 2))
    sample: Samples = rows[strips % every == every // 2]
    return sample


def _deflate(
    rows: Samples, pixel_bytes: int, method: _Method, *, means: bool = False
) -> Iterator[bytes]:
    blocks = filtered_rows(rows, pixel_bytes, means=means) if method.filtered else plain_rows(rows)
    if method.level and rows.nbytes + len(rows) <= _MOST_AT_ONCE:
        data = memoryview(
            deflate.zlib_compress(b"".join(block.data for block in blocks), method.level)
        )
        for start in range(0, len(data), _PIECE_BYTES):
            yield bytes(data[start : start + _PIECE_BYTES])
        return
    strategy = zlib.Z_FILTERED if method.level else zlib.Z_RLE
    stream = zlib.compressobj(
        zlib.Z_DEFAULT_COMPRESSION, zlib.DEFLATED, zlib.MAX_WBITS, _MEMORY_LEVEL, strategy
    )
    pending = bytearray()
    for block in blocks:
        pending += stream.compress(block.data)
        if len(pending) >= _PIECE_BYTES:
            yield bytes(pending)
            pending.clear()
    yield bytes(pending + stream.flush())
