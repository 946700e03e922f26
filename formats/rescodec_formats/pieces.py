"""Payload chunks: one zstd frame per stream, cut into numbered pieces and joined again."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from .errors import FormatError, MissingPayloadError
from .header import Header

# Stream index, piece number and number of pieces, each from 0 to 65535.
PIECE_HEAD: Final = struct.Struct(">HHH")
MAX_PIECE_BYTES: Final = 1024 * 1024
MAX_PIECES: Final = 65_535


def split_frame(index: int, frame: bytes) -> Iterator[tuple[bytes, memoryview]]:
    """Yield head and content of every payload chunk of a stream.

    Args:
        index: the stream's place in the header.
        frame: its zstd frame, not empty.

    Raises:
        ValueError: if the frame needs more pieces than can be numbered.
    """
    count = -(-len(frame) // MAX_PIECE_BYTES)
    if count > MAX_PIECES:
        raise ValueError(f"a payload stream of {len(frame)} bytes is too large")
    view = memoryview(frame)
    for number in range(count):
        start = number * MAX_PIECE_BYTES
        yield PIECE_HEAD.pack(index, number, count), view[start : start + MAX_PIECE_BYTES]


class PieceTable:
    """Collects the pieces of all streams, in whatever order they come."""

    def __init__(self, header: Header) -> None:
        """Expect the streams of `header`, whose sizes the caller's limits allow."""
        self._infos = header.streams
        self._pieces: list[dict[int, bytes]] = [{} for _ in header.streams]
        self._counts: list[int | None] = [None for _ in header.streams]
        self._held = [0 for _ in header.streams]

    @staticmethod
    def check_length(length: int, offset: int) -> None:
        """Refuse a payload chunk of an impossible length before it is read.

        Raises:
            FormatError: `bad-payload`.
        """
        if not PIECE_HEAD.size < length <= PIECE_HEAD.size + MAX_PIECE_BYTES:
            raise _bad(f"a piece has {length} bytes", "bad-payload", offset)

    def add(self, data: bytes, offset: int) -> None:
        """Take the data of one payload chunk, found at `offset`.

        Raises:
            FormatError: `unexpected-piece`, `duplicate-piece` or `bad-payload`.
        """
        index, number, count = PIECE_HEAD.unpack_from(data)
        if index >= len(self._infos) or self._infos[index].storage != "chunk":
            raise _bad(f"a piece belongs to no stream ({index})", "unexpected-piece", offset)
        info, pieces = self._infos[index], self._pieces[index]
        where = f"piece {number} of stream {info.name!r}"
        if number >= count:
            raise _bad(f"{where} is one too many: there are {count}", "unexpected-piece", offset)
        if number in pieces:
            raise _bad(f"{where} occurs twice", "duplicate-piece", offset)
        if self._counts[index] not in (None, count):
            raise _bad(f"{where} states another number of pieces", "bad-payload", offset)
        content = data[PIECE_HEAD.size :]
        self._held[index] += len(content)
        if self._held[index] > info.compressed_bytes:
            raise _bad(
                f"{where} exceeds the {info.compressed_bytes} bytes that the header states",
                "bad-payload",
                offset,
            )
        self._counts[index] = count
        pieces[number] = content

    def frame(self, index: int) -> bytes:
        """Return the whole frame of a stream.

        Raises:
            MissingPayloadError: if none of its pieces is there.
            FormatError: `missing-piece` if some are not, `bad-payload` if they are too short.
        """
        info, pieces, count = self._infos[index], self._pieces[index], self._counts[index]
        if count is None:
            raise MissingPayloadError(
                f"the payload of stream {info.name!r} is gone: a program that does not know it "
                "has saved the file; only decoding without the payload is possible"
            )
        missing = [number for number in range(count) if number not in pieces]
        if missing:
            raise _bad(
                f"{len(missing)} of the {count} pieces of stream {info.name!r} are missing",
                "missing-piece",
                None,
            )
        frame = b"".join(pieces[number] for number in range(count))
        if len(frame) != info.compressed_bytes:
            raise _bad(
                f"stream {info.name!r} has {len(frame)} bytes, the header states "
                f"{info.compressed_bytes}",
                "bad-payload",
                None,
            )
        return frame


def _bad(problem: str, kind: str, offset: int | None) -> FormatError:
    return FormatError(f"the payload is damaged: {problem}", kind=kind, offset=offset)
