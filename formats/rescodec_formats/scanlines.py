"""PNG's row filters: what pixels become before they are compressed.

PNG specification, section 9. Every row is replaced by its difference to one of five predictions
from the samples to the left (a), above (b) and above left (c), modulo 256; a byte in front of the
row names the filter. Samples outside the image count as 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

Bytes: TypeAlias = npt.NDArray[np.uint8]
Samples: TypeAlias = npt.NDArray[np.unsignedinteger[Any]]

NONE, SUB, UP, AVERAGE, PAETH = range(5)
# Bytes that one step works on: all intermediates together stay in the cache.
_BLOCK_BYTES: Final = 1 << 16


def filtered_rows(rows: Samples, pixel_bytes: int, *, means: bool = False) -> Iterator[Bytes]:
    """Filter every row with the filter whose differences have the least sum of magnitudes.

    Args:
        rows: (height, width * channels) uint8 or uint16, the samples of an image.
        pixel_bytes: bytes from a sample to the same channel of the next pixel.
        means: take "sub" for the first row and "average" for all others; see
            `differ_from_means_in_steps`.

    Yields:
        (n, 1 + width * pixel_bytes) some rows at a time, the filter's number in front.
    """
    height, width = len(rows), rows.shape[1] * rows.itemsize
    step = max(1, _BLOCK_BYTES // width)
    # One row above and one pixel to the left, so that all neighbours are views.
    padded = np.zeros((step + 1, pixel_bytes + width), np.uint8)
    differences = np.empty((PAETH + 1, step, width), np.uint8)
    for start in range(0, height, step):
        count = min(step, height - start)
        padded[1 : count + 1, pixel_bytes:] = _big_endian(rows[start : start + count])
        block = differences[:, :count]
        _subtract_predictions(padded[: count + 1], pixel_bytes, block)
        if means:
            best = np.where(np.arange(start, start + count) == 0, SUB, AVERAGE)
        else:
            # A difference counts as signed: 255 is -1.
            sums = [np.minimum(one, -one).sum(axis=1, dtype=np.uint64) for one in block]
            best = np.argmin(sums, axis=0)
        result = np.empty((count, 1 + width), np.uint8)
        result[:, 0] = best
        result[:, 1:] = block[best, np.arange(count)]
        yield result
        padded[0] = padded[count]


def differ_from_means_in_steps(rows: Samples, channels: int) -> bool:
    """Tell whether all colours differ from PNG's "average" by multiples of a number over 1.

    Some writers round so (the first row excepted), since few different numbers are left then: any
    other filter would make more.

    Args:
        rows: (height, width * channels) the samples of an image.
        channels: 1 to 4, the last of 2 or 4 being alpha, which does not count.
    """
    if rows.dtype != np.uint8:
        return False
    pixels = rows.reshape(len(rows), -1, channels)[..., : channels - (channels % 2 == 0)]
    step = max(1, _BLOCK_BYTES // rows.shape[1])
    divisor = 0
    for start in range(1, len(rows), step):
        here = pixels[start : start + step].astype(np.int16)
        both = pixels[start - 1 : start - 1 + len(here)].astype(np.int16)
        both[:, 1:] += here[:, :-1]
        counts = np.bincount(np.abs(here - (both >> 1)).ravel())
        divisor = int(np.gcd.reduce(np.flatnonzero(counts), initial=divisor))
        if divisor == 1:
            return False
    return divisor > 1


def plain_rows(rows: Samples) -> Iterator[Bytes]:
    """Yield all rows as they are, the number of the filter "none" in front, as `filtered_rows`."""
    step = max(1, _BLOCK_BYTES // (rows.shape[1] * rows.itemsize))
    for start in range(0, len(rows), step):
        block = _big_endian(rows[start : start + step])
        result = np.empty((len(block), 1 + block.shape[1]), np.uint8)
        result[:, 0] = NONE
        result[:, 1:] = block
        yield result


def paeth_prediction(left: Bytes, above: Bytes, corner: Bytes) -> Bytes:
    """Return the neighbour that is closest to left + above - corner, ties in this order.

    All arrays have one shape. The distances of the specification's section 9.4 are
    |above - corner|, |left - corner| and, of the corner itself, the magnitude of the sum of both
    signed: their difference if the corner lies between its neighbours. Otherwise it is at least
    as large as either, and the corner is not chosen. So eight bits suffice.
    """
    from_left = np.maximum(above, corner) - np.minimum(above, corner)
    from_above = np.maximum(left, corner) - np.minimum(left, corner)
    prediction = np.where(from_left <= from_above, left, above)
    nearest = np.minimum(from_left, from_above)
    from_corner = np.maximum(from_left, from_above) - nearest
    between = (corner > left) != (corner > above)
    np.copyto(prediction, corner, where=between & (from_corner < nearest))
    return prediction


def _big_endian(rows: Samples) -> Bytes:
    """Return the bytes of samples as PNG has them."""
    return np.ascontiguousarray(rows, rows.dtype.newbyteorder(">")).view(np.uint8)


def _subtract_predictions(padded: Bytes, pixel_bytes: int, out: Bytes) -> None:
    """Write the differences of all five filters to `out`, (5, rows, bytes)."""
    samples, left = padded[1:, pixel_bytes:], padded[1:, :-pixel_bytes]
    above, corner = padded[:-1, pixel_bytes:], padded[:-1, :-pixel_bytes]
    out[NONE] = samples
    np.subtract(samples, left, out=out[SUB])
    np.subtract(samples, above, out=out[UP])
    # The mean without the ninth bit that a sum needs.
    mean = (left & above) + ((left ^ above) >> 1)
    np.subtract(samples, mean, out=out[AVERAGE])
    np.subtract(samples, paeth_prediction(left, above, corner), out=out[PAETH])
