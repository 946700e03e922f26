"""Walk and write the chunks of a PNG: signature, lengths, checksums."""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from .errors import FormatError, LimitError, NotRescodecError

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MAX_CHUNK_LENGTH = 2**31 - 1
# Length, type and checksum.
CHUNK_OVERHEAD = 12

# Data whose length only the file itself states is read in steps of this size, so that a stated
# length costs memory only as the bytes arrive.
_STEP = 1024 * 1024


@dataclass(frozen=True)
class Chunk:
    """One PNG chunk.

    Attributes:
        type: the four letters.
        data: its content, without length and checksum.
        after_pixels: whether it stands after the pixel data (IDAT) in the file.
    """

    type: bytes
    data: bytes
    after_pixels: bool = False


@dataclass(frozen=True)
class ChunkHead:
    """A chunk whose data is not read yet.

    Attributes:
        type: the four letters.
        length: bytes of its data, as the file states.
        offset: where in the file it begins.
    """

    type: bytes
    length: int
    offset: int


class ChunkWalker:
    """Step through the chunks of a PNG, reading the data of only those that are asked for.

    Iterating yields each `ChunkHead` up to and including IEND. `read` returns the data of the
    current chunk; a chunk that is not read is skipped, and its checksum is not looked at.
    """

    def __init__(self, file: BinaryIO, size: int | None = None) -> None:
        """Check the signature of `file`, which holds `size` more bytes if that is known.

        Raises:
            NotRescodecError: if the file does not begin like a PNG.
        """
        self._file = file
        self._size = size
        self._position = 0
        self._pending: ChunkHead | None = None
        if self._take(len(SIGNATURE)) != SIGNATURE:
            raise NotRescodecError("not a PNG file", kind="not-png", offset=0)

    def __iter__(self) -> Iterator[ChunkHead]:
        """Yield the head of every chunk.

        Raises:
            FormatError: `truncated` if the file ends early, `bad-chunk` for an impossible head.
        """
        while True:
            self._skip_pending()
            head = self._head()
            self._pending = head
            yield head
            if head.type == b"IEND":
                return

    def read(self, most: int = MAX_CHUNK_LENGTH) -> bytes:
        """Return the data of the current chunk, of which `most` bytes may be needed.

        Raises:
            LimitError: if the chunk states more; nothing is read then.
            FormatError: `truncated` if the file ends early, `crc` if the checksum is wrong.
        """
        head = self._pending
        if head is None:
            raise ValueError("the data of this chunk was read already")
        self._pending = None
        self._check_room(head)
        if head.length > most:
            raise LimitError(
                f"the {_name(head.type)} chunk at byte {head.offset} states {head.length} bytes, "
                "much more than the picture needs",
                offset=head.offset,
            )
        data = self._take(head.length)
        if len(data) < head.length:
            raise self._truncated(head)
        self._require_checksum(head, zlib.crc32(data, zlib.crc32(head.type)))
        return data

    def check(self) -> None:
        """Hold the current chunk against its checksum without keeping its data.

        Raises:
            FormatError: `truncated` if the file ends early, `crc` if the checksum is wrong.
        """
        head = self._pending
        if head is None:
            raise ValueError("the data of this chunk was read already")
        self._pending = None
        self._check_room(head)
        checksum, remaining = zlib.crc32(head.type), head.length
        while remaining:
            block = self._take(min(_STEP, remaining))
            if not block:
                raise self._truncated(head)
            checksum = zlib.crc32(block, checksum)
            remaining -= len(block)
        self._require_checksum(head, checksum)

    def _require_checksum(self, head: ChunkHead, found: int) -> None:
        tail = self._take(4)
        if len(tail) < 4:
            raise self._truncated(head)
        if found != int.from_bytes(tail, "big"):
            raise FormatError(
                f"the {_name(head.type)} chunk is damaged: its checksum is wrong",
                kind="crc",
                offset=head.offset,
            )

    def read_start(self, count: int) -> bytes:
        """Return at most `count` bytes of the current chunk; the rest of it is skipped.

        The checksum is not looked at.

        Raises:
            FormatError: `truncated` if the file ends early.
        """
        head = self._pending
        if head is None:
            raise ValueError("the data of this chunk was read already")
        self._check_room(head)
        wanted = min(count, head.length)
        data = self._take(wanted)
        if len(data) < wanted:
            raise self._truncated(head)
        self._pending = ChunkHead(head.type, head.length - wanted, head.offset)
        return data

    def _head(self) -> ChunkHead:
        offset = self._position
        raw = self._take(8)
        if len(raw) < 8:
            raise FormatError(
                "the file is truncated: it ends before its last chunk (IEND)",
                kind="truncated",
                offset=offset,
            )
        length = int.from_bytes(raw[:4], "big")
        head = ChunkHead(raw[4:], length, offset)
        if length > MAX_CHUNK_LENGTH or not is_chunk_type(head.type):
            raise FormatError(
                f"no PNG chunk at byte {offset}: the file is damaged",
                kind="bad-chunk",
                offset=offset,
            )
        return head

    def _check_room(self, head: ChunkHead) -> None:
        """Hold the stated length against what the file still has, where that is known."""
        if self._size is not None and head.length + 4 > self._size - self._position:
            raise self._truncated(head)

    def _truncated(self, head: ChunkHead) -> FormatError:
        return FormatError(
            f"the file is truncated: its {_name(head.type)} chunk at byte {head.offset} states "
            f"{head.length} bytes, more than the file holds",
            kind="truncated",
            offset=head.offset,
        )

    def _take(self, count: int) -> bytes:
        """Return `count` bytes, or fewer at the end of the file."""
        if count <= _STEP:
            # One read is enough for nearly every chunk.
            first = self._file.read(count)
            self._position += len(first)
            if len(first) == count or not first:
                return first
            parts = bytearray(first)
        else:
            parts = bytearray()
        while len(parts) < count:
            block = self._file.read(min(_STEP, count - len(parts)))
            if not block:
                break
            parts += block
            self._position += len(block)
        return bytes(parts)

    def _skip_pending(self) -> None:
        head = self._pending
        if head is None:
            return
        self._pending = None
        self._check_room(head)
        remaining = head.length + 4
        if self._size is not None:
            # A known size means a seekable file.
            self._file.seek(remaining, os.SEEK_CUR)
            self._position += remaining
            return
        while remaining:
            block = self._take(min(_STEP, remaining))
            if not block:
                raise self._truncated(head)
            remaining -= len(block)


def is_chunk_type(name: bytes) -> bool:
    """Tell whether `name` is four ASCII letters."""
    return len(name) == 4 and name.isalpha()


def is_ancillary(name: bytes) -> bool:
    """Tell whether a decoder may ignore chunks of this type (bit 5 of the first byte)."""
    return bool(name[0] & 0x20)


def write_chunk(file: BinaryIO, name: bytes, *parts: bytes | bytearray | memoryview) -> None:
    """Write one chunk whose data is the concatenation of `parts`."""
    checksum = zlib.crc32(name)
    for part in parts:
        checksum = zlib.crc32(part, checksum)
    file.write(struct.pack(">I", sum(len(part) for part in parts)) + name)
    for part in parts:
        file.write(part)
    file.write(struct.pack(">I", checksum))


def _name(chunk_type: bytes) -> str:
    return chunk_type.decode("ascii", "replace")
