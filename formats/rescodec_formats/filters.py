"""Reversible filters that make integer arrays smaller under zstd.

An array is seen as a matrix: the last axis runs along the columns, all others together along the
rows. Predictors replace an element by its difference to a prediction from its neighbours to the
left (a), above (b) and above left (c), modulo 2 to the number of bits; neighbours outside the
matrix are 0. The filter "split" parts the bytes of 16-bit elements: zstd has one code table for all
bytes that follow each other, but the low and the high ones have nothing in common.
"""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import PngImagePlugin

from .chunks import SIGNATURE, write_chunk
from .header import FilterName
from .scanlines import paeth_prediction

IntegerArray: TypeAlias = npt.NDArray[np.integer[Any]]
_Bytes: TypeAlias = npt.NDArray[np.uint8]

# Elements that one step of the Paeth filter works on: its intermediates stay in the cache.
_BLOCK_ELEMENTS: Final = 1 << 16


def applicable_filters(data: IntegerArray) -> tuple[FilterName, ...]:
    """Return the filters worth trying on `data`, plainest first."""
    rows, columns = _matrix(data).shape
    names: list[FilterName] = ["none"]
    if columns > 1:
        names.append("sub")
    if rows > 1:
        names.append("up")
    if rows > 1 and columns > 1 and data.itemsize == 1:
        names.append("paeth")
    if data.itemsize == 2:
        names.append("split")
    return tuple(names)


def apply_filter(name: FilterName, data: IntegerArray) -> IntegerArray:
    """Return the matrix that stands for `data`, unsigned; `data` itself stays as it is.

    Args:
        name: the filter; "paeth" takes 8-bit types only, "split" 16-bit types only.
        data: C-contiguous integers of one or more axes.
    """
    matrix = _matrix(data)
    if name == "none":
        return matrix
    if name == "sub":
        result = matrix.copy()
        result[:, 1:] -= matrix[:, :-1]
        return result
    if name == "up":
        result = matrix.copy()
        result[1:] -= matrix[:-1]
        return result
    if name == "split":
        return _split(matrix)
    return _paeth(matrix)


def undo_filter(name: FilterName, filtered: IntegerArray) -> IntegerArray:
    """Return the unsigned matrix that `filtered` stands for.

    Args:
        name: the filter that was applied.
        filtered: a matrix of an unsigned type; it stays as it is.
    """
    if name == "none":
        return filtered
    if name == "paeth":
        return _undo_paeth(filtered)
    if name == "split":
        return _undo_split(filtered)
    # Sums of an unsigned type wrap around, which is what undoes the modular differences.
    return np.cumsum(filtered, axis=1 if name == "sub" else 0, dtype=filtered.dtype)


def _matrix(data: IntegerArray) -> IntegerArray:
    """View contiguous integers as a matrix of the unsigned type of the same width."""
    unsigned = data.view(data.dtype.str.replace("i", "u"))
    return unsigned.reshape(-1, data.shape[-1])


def _split(matrix: IntegerArray) -> IntegerArray:
    """Fold the signs into the lowest bits; all low bytes, then all high ones."""
    folded = (matrix << 1) ^ np.where(matrix >> 15, np.uint16(0xFFFF), np.uint16(0))
    parts = np.empty((2, matrix.size), np.uint8)
    parts[0] = (folded & 0xFF).ravel()
    parts[1] = (folded >> 8).ravel()
    return parts.ravel().view(matrix.dtype).reshape(matrix.shape)


def _undo_split(filtered: IntegerArray) -> IntegerArray:
    low, high = filtered.ravel().view(np.uint8).reshape(2, -1)
    folded: IntegerArray = low | (high.astype(filtered.dtype) << 8)
    folded = (folded >> 1) ^ np.negative(folded & 1)
    return folded.reshape(filtered.shape)


def _paeth(matrix: IntegerArray) -> _Bytes:
    """Subtract the predictor of the PNG specification, section 9.4, for one byte per pixel."""
    rows, columns = matrix.shape
    result = np.empty((rows, columns), np.uint8)
    step = max(1, _BLOCK_ELEMENTS // columns)
    for start in range(0, rows, step):
        stop = min(start + step, rows)
        padded = np.zeros((stop - start + 1, columns + 1), np.uint8)
        padded[1:, 1:] = matrix[start:stop]
        if start:
            padded[0, 1:] = matrix[start - 1]
        left, above, corner = padded[1:, :-1], padded[:-1, 1:], padded[:-1, :-1]
        prediction = paeth_prediction(left, above, corner)
        np.subtract(padded[1:, 1:], prediction, out=result[start:stop])
    return result


def _undo_paeth(filtered: IntegerArray) -> _Bytes:
    """Undo the Paeth filter at C speed: every pixel needs the one before it.

    The differences are wrapped in an uncompressed greyscale PNG all of whose rows say "Paeth",
    which Pillow unfilters.
    """
    rows, columns = filtered.shape
    scanlines = np.empty((rows, columns + 1), np.uint8)
    scanlines[:, 0] = 4
    scanlines[:, 1:] = filtered
    png = io.BytesIO()
    png.write(SIGNATURE)
    write_chunk(png, b"IHDR", struct.pack(">IIBBBBB", columns, rows, 8, 0, 0, 0, 0))
    write_chunk(png, b"IDAT", zlib.compress(scanlines.data, 0))
    write_chunk(png, b"IEND")
    png.seek(0)
    with PngImagePlugin.PngImageFile(png) as image:
        return np.array(image)
