"""What makes a restored picture equal to its source: the residual, and the digest of the samples.

The residual of a sample is what has to be added to what the model restores, modulo 2 to the number
of bits. Most are between -2 and 2, and zstd spends a bit at least on every byte, so three samples
share one byte, a digit to the base of 6 for each; what is larger stands in a stream of its own.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt

from .errors import FormatError
from .filters import IntegerArray
from .header import MAX_SIDE, RESIDUAL, RESIDUAL_ESCAPES, RESIDUAL_LOW, Header
from .reserved import GROUP, channels_of
from .streams import Stream

_BASE: Final = 6
_POWERS: Final = np.array([1, _BASE, _BASE**2], np.uint8)
_BYTES: Final = _BASE**GROUP
# Digits 0 to 4 are values of -2 to 2, digit 5 takes the next of the escapes.
_MOST: Final = 2
_ESCAPE: Final = 3
_VALUES: Final = (np.arange(_BYTES)[:, None] // _POWERS % _BASE).astype(np.int8) - np.int8(_MOST)
# Rows that are worked on at a time, so that intermediates stay small.
_ROWS: Final = 64
_LOW: Final = 256

_Signed = npt.NDArray[np.int8] | npt.NDArray[np.int16]


def hr_digest(samples: IntegerArray) -> str:
    """Return the digest of full-size samples: what they are, their size and their rows.

    Args:
        samples: uint8 or uint16 (height, width, channels), one channel for grey or R, G, B;
            without alpha.

    Returns:
        SHA-256 in 64 hexadecimal digits, as `Header.hr_sha256` holds it.

    Raises:
        TypeError: if it is not an array of uint8 or uint16.
        ValueError: if its shape is another.
    """
    _check_samples(samples, ("uint8", "uint16"))
    height, width, channels = samples.shape
    start = struct.pack(">IIBB", height, width, channels, 8 * samples.itemsize)
    digest = hashlib.sha256(start)
    for top in range(0, height, _ROWS):
        digest.update(samples[top : top + _ROWS].astype(samples.dtype.newbyteorder(">")).tobytes())
    return digest.hexdigest()


def residual_streams(residual: IntegerArray) -> tuple[Stream, ...]:
    """Return the payload streams of a residual, which `write` takes behind those of the model.

    Args:
        residual: int8 or int16 (height, width, channels), one channel or three: what has to be
            added to the restored samples, modulo 2 to the number of bits.

    Raises:
        TypeError: if it is not an array of int8 or int16.
        ValueError: if its shape is another.
    """
    _check_samples(residual, ("int8", "int16"))
    native = np.ascontiguousarray(residual, residual.dtype.newbyteorder("="))
    rows = native.reshape(len(native), -1)
    low = []
    if rows.dtype == np.int16:
        low = [Stream(RESIDUAL_LOW, rows.astype(np.int8))]
        # The sum wraps around, as all arithmetic of the residual does.
        rows = ((rows.view(np.uint16) + np.uint16(_LOW // 2)) // _LOW).astype(np.uint8)
    values = rows.astype(np.int8)
    escaped = (values < -_MOST) | (values > _MOST)
    digits = (np.where(escaped, _ESCAPE, values) + _MOST).astype(np.uint8)
    # Zeros stand in for what the last byte of a row has no samples for.
    whole = np.pad(digits, ((0, 0), (0, -digits.shape[1] % GROUP)), constant_values=_MOST)
    packed = (whole.reshape(len(whole), -1, GROUP) * _POWERS).sum(axis=2, dtype=np.uint8)
    escapes = [Stream(RESIDUAL_ESCAPES, values[escaped])] if escaped.any() else []
    return (Stream(RESIDUAL, packed), *escapes, *low)


def check_residual(streams: Mapping[str, Stream]) -> None:
    """Check the values of a residual, whose streams fit a valid header.

    Raises:
        FormatError: `bad-payload` if a byte holds no three digits, or if there are more or fewer
            escapes than digits ask for.
    """
    if RESIDUAL not in streams:
        return
    packed = streams[RESIDUAL].data
    if packed.max() >= _BYTES:
        raise _bad(f"the stream {RESIDUAL!r} has values over {_BYTES - 1}")
    counts = (_VALUES == _ESCAPE).sum(axis=1)
    needed = sum(
        int(counts[packed[top : top + _ROWS]].sum()) for top in range(0, len(packed), _ROWS)
    )
    stored = streams[RESIDUAL_ESCAPES].data.size if RESIDUAL_ESCAPES in streams else 0
    if needed != stored:
        raise _bad(f"the residual needs {needed} escapes, {stored} are stored")


def residual_from(streams: Mapping[str, Stream], header: Header) -> _Signed | None:
    """Return the residual that the streams of a file hold, the opposite of `residual_streams`.

    Args:
        streams: by name; `check_residual` has seen to them.
        header: of the file.

    Returns:
        (height, width, channels), int8 or int16; None if the file is not lossless.
    """
    if RESIDUAL not in streams:
        return None
    packed = streams[RESIDUAL].data
    values = np.empty((*packed.shape, GROUP), np.int8)
    for top in range(0, len(packed), _ROWS):
        values[top : top + _ROWS] = _VALUES[packed[top : top + _ROWS]]
    if RESIDUAL_ESCAPES in streams:
        values[values == _ESCAPE] = streams[RESIDUAL_ESCAPES].data
    shape = (*header.hr_size, channels_of(header))
    # Without the zeros that fill up the last byte of a row.
    values = values.reshape(len(packed), -1)[:, : shape[1] * shape[2]]
    if RESIDUAL_LOW not in streams:
        return values.reshape(shape)
    high = values.astype(np.int16) * np.int16(_LOW)
    return (high + streams[RESIDUAL_LOW].data).reshape(shape)


def _check_samples(samples: object, dtypes: tuple[str, ...]) -> None:
    if not isinstance(samples, np.ndarray) or samples.dtype.name not in dtypes:
        found = samples.dtype if isinstance(samples, np.ndarray) else type(samples).__name__
        raise TypeError(f"expected an array of {' or '.join(dtypes)}, got {found}")
    if (
        samples.ndim != 3
        or samples.shape[2] not in (1, 3)
        or not all(1 <= side <= MAX_SIDE for side in samples.shape)
    ):
        raise ValueError(f"expected shape (height, width, 1 or 3), got {samples.shape}")


def _bad(problem: str) -> FormatError:
    return FormatError(problem, kind="bad-payload")
