"""Payload streams: quantised arrays to zstd frames or rANS, and back."""

from __future__ import annotations

import hashlib
import math
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import zstandard

from . import rans
from .contexts import MAX_ELEMENTS_PER_BYTE, MAX_LINES, line_count, longest_line
from .effort import Effort, Reach
from .errors import DigestError, FormatError, LimitError
from .filters import IntegerArray, applicable_filters, apply_filter, undo_filter
from .header import (
    ITEM_BYTES,
    JSON,
    MAX_DIMENSIONS,
    MAX_SIDE,
    CodingName,
    FilterName,
    StreamInfo,
)
from .limits import Limits

# Most of what zstd saves on planes and codes is in the code table of each block: short matches cost
# more than they save, which makes levels 3 to 12 larger than level 1, and slower
# (benchmarks/effort.py). So the fastest level is tried first, with every filter; the optimal
# parsers, which know what a match costs, may then beat it with long matches alone.
_FASTEST_LEVEL: Final = 1
# Of the levels with an optimal parser; its window stays under what every reader accepts.
_THOROUGH_LEVEL: Final = 17
# Logarithms of the window, of the tables and of the number of matches that are compared.
_NEAR: Final = {
    "window_log": 18,
    "hash_log": 16,
    "chain_log": 16,
    "search_log": 2,
    "target_length": 16,
}
# rANS takes as long for a line of one element as for a line of many.
_SHORTEST_LINE: Final = 8


@dataclass(frozen=True, eq=False)
class Stream:
    """One signal beside the pixels: integers q that stand for `offset + step * q`.

    Attributes:
        name: unique name within the file.
        data: the integers, uint8, int8, uint16 or int16, of one to eight axes.
        step: distance between two neighbouring values, positive.
        offset: the value that 0 stands for.
        extra: further JSON keys to keep in the stream's header entry.
    """

    name: str
    data: IntegerArray
    step: float = 1.0
    offset: float = 0.0
    extra: Mapping[str, JSON] = field(default_factory=dict)


@dataclass(frozen=True)
class Frame:
    """The payload of a stream, with the filter and the coding that it was compressed with."""

    data: bytes
    filter: FilterName
    coding: CodingName = "zstd"


def checked_integers(data: object, name: str) -> IntegerArray:
    """Return the array of a stream C-contiguous and little-endian, or say why it cannot be one.

    Raises:
        TypeError: if it is not an array of one of the four integer types.
        ValueError: if its shape is not allowed.
    """
    if not isinstance(data, np.ndarray) or data.dtype.name not in ITEM_BYTES:
        found = data.dtype.name if isinstance(data, np.ndarray) else type(data).__name__
        raise TypeError(f"stream {name!r} must be an array of {', '.join(ITEM_BYTES)}, got {found}")
    if not 1 <= data.ndim <= MAX_DIMENSIONS or not all(1 <= n <= MAX_SIDE for n in data.shape):
        raise ValueError(
            f"stream {name!r} must have 1 to {MAX_DIMENSIONS} axes, none of them empty, "
            f"got shape {data.shape}"
        )
    return np.ascontiguousarray(data, dtype=data.dtype.newbyteorder("<"))


def stream_digest(data: IntegerArray) -> str:
    """Return the digest of a stream: its dtype, its shape and its little-endian integers.

    Args:
        data: uint8, int8, uint16 or int16 in any byte order, of one to eight axes.

    Returns:
        SHA-256 in 64 hexadecimal digits, as `StreamInfo.sha256` holds it.

    Raises:
        TypeError: if it is not an array of one of the four types.
        ValueError: if it has no axis, more than eight, or an empty one.
    """
    data = checked_integers(data, "data")
    digest = hashlib.sha256(data.dtype.name.encode("ascii") + b"\0")
    digest.update(struct.pack(f">B{data.ndim}I", data.ndim, *data.shape))
    digest.update(data.data)
    return digest.hexdigest()


def compress_stream(data: IntegerArray, effort: Effort) -> Frame:
    """Compress checked integers, with the filter and coding that suit them best.

    Both are looked for as far as the effort says.
    """
    names = applicable_filters(data) if effort.filters else ("none",)
    fast = zstandard.ZstdCompressor(
        level=_FASTEST_LEVEL, write_checksum=True, write_content_size=True
    )
    # min() keeps the first of equals, and the plainest filter stands first.
    best = min((_frame(fast, name, data) for name in names), key=_size)
    thorough = [_thorough(*options) for options in effort.zstd]
    found = [best, *(_frame(one, best.filter, data) for one in thorough)]
    rows, columns = data.size // data.shape[-1], data.shape[-1]
    lines, longest = line_count(rows, columns), longest_line(rows, columns)
    tried = effort.rans == "always" or (effort.rans == "signed" and data.dtype.kind == "i")
    if tried and lines <= MAX_LINES and longest >= _SHORTEST_LINE:
        coded = rans_frame(data, names)
        if data.size <= MAX_ELEMENTS_PER_BYTE * len(coded.data):
            found.append(coded)
    return min(found, key=_size)


def rans_frame(data: IntegerArray, names: Sequence[FilterName]) -> Frame:
    """Compress checked integers with rANS, after the filter that leaves the smallest numbers.

    Args:
        data: of at most `MAX_LINES` lines.
        names: filters, of which "split" is left out.
    """
    matrices = {name: apply_filter(name, data) for name in names if name != "split"}
    best = min(matrices, key=lambda name: _magnitude(matrices[name]))
    return Frame(rans.encode(matrices[best]), best, "rans")


def _magnitude(matrix: IntegerArray) -> int:
    """Return the sum of magnitudes of bit patterns, read as signed numbers."""
    return int(np.abs(matrix.view(f"i{matrix.itemsize}"), dtype=np.int32).sum(dtype=np.int64))


def _thorough(strategy: int, min_match: int, reach: Reach) -> zstandard.ZstdCompressor:
    return zstandard.ZstdCompressor(
        compression_params=zstandard.ZstdCompressionParameters.from_level(
            _THOROUGH_LEVEL,
            strategy=strategy,
            min_match=min_match,
            **(_NEAR if reach == "near" else {}),
            write_checksum=True,
            write_content_size=True,
        )
    )


def _frame(compressor: zstandard.ZstdCompressor, name: FilterName, data: IntegerArray) -> Frame:
    return Frame(compressor.compress(apply_filter(name, data).data), name)


def _size(frame: Frame) -> int:
    return len(frame.data)


def decompress_stream(info: StreamInfo, frame: bytes | bytearray, limits: Limits) -> IntegerArray:
    """Restore and verify one stream from its payload.

    Args:
        info: the stream's entry in a valid header, whose sizes the limits allow.
        frame: the joined pieces of its payload.
        limits: bounds the window of a zstd frame.

    Returns:
        The integers, in the native byte order, writable.

    Raises:
        FormatError: `bad-payload` if the frame is not what the header promises.
        LimitError: if the frame needs a larger window than the limits allow.
        DigestError: `stream-digest` if the integers are not those that were encoded.
    """
    if info.filter is None:
        raise _bad(info, "it is said to be in alpha")
    zstd = info.coding == "zstd"
    filtered = _from_zstd(info, frame, limits) if zstd else _from_rans(info, frame)
    matrix = undo_filter(info.filter, filtered)
    little = np.dtype(info.dtype).newbyteorder("<")
    data = matrix.view(little).reshape(info.shape).astype(info.dtype, copy=False)
    if not data.flags.writeable:
        # Without a filter this is still a view of zstd's bytes, which torch would warn of.
        data = data.copy()
    verify_stream(info, data)
    return data


def _from_zstd(info: StreamInfo, frame: bytes | bytearray, limits: Limits) -> IntegerArray:
    """Return the filtered matrix of a zstd frame, unsigned."""
    _check_frame(info, frame, limits)
    try:
        raw = zstandard.ZstdDecompressor().decompress(
            frame, max_output_size=info.raw_bytes, allow_extra_data=False
        )
    except zstandard.ZstdError as error:
        raise _bad(info, f"zstd says {error}") from error
    if len(raw) != info.raw_bytes:
        raise _bad(info, f"{len(raw)} bytes came out, {info.raw_bytes} were promised")
    return np.frombuffer(raw, f"<u{ITEM_BYTES[info.dtype]}").reshape(-1, info.shape[-1])


def _from_rans(info: StreamInfo, payload: bytes | bytearray) -> IntegerArray:
    """Return the filtered matrix of a rANS payload, unsigned."""
    shape = (math.prod(info.shape[:-1]), info.shape[-1])
    try:
        return rans.decode(payload, shape, ITEM_BYTES[info.dtype])
    except rans.PayloadError as error:
        raise _bad(info, str(error)) from error


def verify_stream(info: StreamInfo, data: IntegerArray) -> None:
    """Hold a stream against its digest.

    Raises:
        DigestError: if they differ.
    """
    if stream_digest(data) != info.sha256:
        where = "alpha channel" if info.storage == "alpha" else "payload"
        raise DigestError(
            f"the {where} (stream {info.name!r}) does not match its digest: it was changed after "
            "encoding; only decoding without the payload is possible"
        )


def describe_stream(stream: Stream, data: IntegerArray, frame: Frame | None) -> StreamInfo:
    """Make the header entry of a stream, in payload chunks or, without a frame, in alpha."""
    if not (math.isfinite(stream.step) and stream.step > 0 and math.isfinite(stream.offset)):
        raise ValueError(
            f"stream {stream.name!r} must have a positive step and a finite offset, "
            f"got {stream.step} and {stream.offset}"
        )
    return StreamInfo(
        name=stream.name,
        dtype=data.dtype.name,  # type: ignore[arg-type]  # checked_integers has seen to it
        shape=data.shape,
        step=float(stream.step),
        offset=float(stream.offset),
        sha256=stream_digest(data),
        storage="alpha" if frame is None else "chunk",
        filter=None if frame is None else frame.filter,
        compressed_bytes=0 if frame is None else len(frame.data),
        raw_bytes=data.nbytes,
        coding="zstd" if frame is None else frame.coding,
        extra=stream.extra,
    )


def _check_frame(info: StreamInfo, frame: bytes | bytearray, limits: Limits) -> None:
    """Check what the frame says about itself, before anything is allocated for it."""
    try:
        stated = zstandard.get_frame_parameters(frame)
    except zstandard.ZstdError as error:
        raise _bad(info, f"no zstd frame: {error}") from error
    if stated.content_size != info.raw_bytes:
        raise _bad(
            info, f"its frame states {stated.content_size} bytes, the header {info.raw_bytes}"
        )
    if not stated.has_checksum or stated.dict_id:
        raise _bad(info, "its frame has no checksum, or needs a dictionary")
    # A frame of one segment has its whole content, which is under a limit already, as window.
    if stated.window_size > max(limits.window_bytes, info.raw_bytes):
        raise LimitError(
            f"stream {info.name!r} needs a zstd window of {stated.window_size} bytes, over the "
            f"limit of {limits.window_bytes}",
            limit="window_bytes",
        )


def _bad(info: StreamInfo, problem: str) -> FormatError:
    return FormatError(
        f"the payload of stream {info.name!r} is damaged: {problem}", kind="bad-payload"
    )
