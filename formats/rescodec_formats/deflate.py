"""The compressed data of a PNG: rows of samples to the content of its IDAT chunks.

The network's LR images, and photographs altogether, hold hardly any repetitions: looking for runs
of one byte alone (zlib's strategy "RLE") makes them smaller than zlib's usual search, which spends
codes on chance matches, and takes a sixth of its time. Drawings and screenshots need the search.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from .effort import Effort
from .scanlines import Samples, filtered_rows, is_coarse, plain_rows

# The largest blocks that share one code table.
_MEMORY_LEVEL: Final = 9
# Compressed bytes in one chunk, about.
_PIECE_BYTES: Final = 1 << 18
# Of a sample: rows that stay together, and one of how many such strips is taken, of few rather two.
_STRIP_ROWS: Final = 16
_STRIP_EVERY: Final = 16
# What a search must save of the sample to be worth its time: drawings save far more.
_WORTHWHILE: Final = 0.02


@dataclass(frozen=True)
class _Method:
    """One way to compress: with or without row filters, zlib's level and strategy."""

    filtered: bool
    level: int
    strategy: int


_RUNS: Final = _Method(True, 6, zlib.Z_RLE)


def deflate_rows(rows: Samples, pixel_bytes: int, effort: Effort) -> Iterator[bytes]:
    """Filter and compress the rows of an image as PNG wants them.

    Args:
        rows: (height, width * channels) its samples, uint8 or uint16.
        pixel_bytes: bytes of one pixel.
        effort: what to try.

    Yields:
        The data of the IDAT chunks.
    """
    average = not is_coarse(rows, pixel_bytes // rows.itemsize)
    if not effort.match_level:
        yield from _deflate(rows, pixel_bytes, _RUNS, average=average)
        return
    methods = (
        _RUNS,
        _Method(True, effort.match_level, zlib.Z_FILTERED),
        _Method(False, effort.match_level, zlib.Z_DEFAULT_STRATEGY),
    )
    if effort.whole_image:
        tried = [list(_deflate(rows, pixel_bytes, method, average=average)) for method in methods]
        yield from min(tried, key=_total)
        return
    sample = _sample(rows)
    sizes = {
        method: _total(_deflate(sample, pixel_bytes, method, average=average)) for method in methods
    }
    best = min(methods, key=sizes.__getitem__)
    if sizes[best] > (1 - _WORTHWHILE) * sizes[_RUNS]:
        best = _RUNS
    yield from _deflate(rows, pixel_bytes, best, average=average)


def _total(pieces: Iterable[bytes]) -> int:
    return sum(map(len, pieces))


def _sample(rows: Samples) -> Samples:
    """Return strips of rows from everywhere in the image."""
    strips = np.arange(len(rows)) // _STRIP_ROWS
    every = max(1, min(_STRIP_EVERY, int(strips[-1] + 1) // 2))
    sample: Samples = rows[strips % every == every // 2]
    return sample


def _deflate(rows: Samples, pixel_bytes: int, method: _Method, *, average: bool) -> Iterator[bytes]:
    if method.filtered:
        blocks = filtered_rows(rows, pixel_bytes, average=average)
    else:
        blocks = plain_rows(rows)
    deflate = zlib.compressobj(
        method.level, zlib.DEFLATED, zlib.MAX_WBITS, _MEMORY_LEVEL, method.strategy
    )
    pending = bytearray()
    for block in blocks:
        pending += deflate.compress(block.data)
        if len(pending) >= _PIECE_BYTES:
            yield bytes(pending)
            pending.clear()
    yield bytes(pending + deflate.flush())
