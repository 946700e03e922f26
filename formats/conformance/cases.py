"""What a file that must be refused is described by, and the whole file that most begin as."""

from __future__ import annotations

from typing import NamedTuple

from parts import Part, chunk, file_chunks, filtered, header, join, picture, plane


class Bad(NamedTuple):
    """A file to refuse.

    Attributes:
        text: what is wrong.
        kinds: the reasons of SPEC.md section 8 that a reader may give.
        data: the bytes.
        picture: whether the LR image can be had without the payload all the same.
    """

    text: str
    kinds: tuple[str, ...]
    data: bytes
    picture: bool = False


Cases = dict[str, Bad]
PLAIN = file_chunks()
IHDR, HEADER, IDAT, PIECE, IEND = PLAIN
WHOLE = join(PLAIN)
VALUE = header(picture(), [Part(plane())], "chunk")
CONTENT = filtered("none", plane())


def bad(text: str, kind: str, *chunks: tuple[bytes, bytes] | bytes, picture: bool = False) -> Bad:
    """Return a case of chunks, some of which may be bytes to insert as they are."""
    parts = [item if isinstance(item, bytes) else chunk(*item) for item in chunks]
    return Bad(text, tuple(kind.split()), WHOLE[:8] + b"".join(parts), picture)


def damaged(item: tuple[bytes, bytes]) -> bytes:
    """Return a chunk whose checksum is wrong by one bit."""
    data = chunk(*item)
    return data[:-1] + bytes([data[-1] ^ 1])
