"""Give a file other metadata and leave all the rest of it as it is."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO

from .atomic import atomic_write
from .chunks import SIGNATURE, Chunk, ChunkWalker, is_ancillary, write_chunk
from .container import read
from .header import Header
from .limits import DEFAULT_LIMITS, Limits
from .scan import BOUND_TO_ENCODING, COMMENT, HEADER_TYPE, PAYLOAD_TYPE
from .source import Source, open_source
from .writer import check_chunks

_FIRST = (b"IHDR", HEADER_TYPE)


def retag(
    source: Source,
    target: str | os.PathLike[str] | BinaryIO,
    chunks: Sequence[Chunk],
    *,
    limits: Limits = DEFAULT_LIMITS,
    overwrite: bool = False,
) -> Header:
    """Copy a file and replace its metadata: title, EXIF, XMP, colour profile and the like.

    Pixels, header and payload are copied byte for byte, so what an optimiser has gained stays.
    The source is read completely and verified before the target is touched, so both may be one
    path.

    Args:
        source: the file; see `read`.
        target: where to write; see `write`.
        chunks: all ancillary chunks of the copy, in order; `read(source).chunks` are those that
            the file has.
        limits: what to accept.
        overwrite: replace an existing file.

    Returns:
        The header, which is that of the source.

    Raises:
        ValueError: if a chunk is none that may travel.
        FormatError: if the source is damaged or not ours.
        FileExistsError: if the target exists and `overwrite` is false.
        OSError: if reading or writing fails.
    """
    check_chunks(chunks, limits)
    with open_source(source) as (file, size):
        if size is None:
            copy = _Copying(file)
            header = read(copy, limits=limits).header
            file = io.BytesIO(copy.getvalue())
        else:
            start = file.tell()
            header = read(file, limits=limits).header
            file.seek(start)
        kept = list(_kept(file))
    if isinstance(target, (str, os.PathLike)):
        with atomic_write(target, overwrite) as new:
            _emit(new, kept, chunks)
    else:
        _emit(target, kept, chunks)
    return header


class _Copying(io.BytesIO):
    """A file that cannot seek; it holds what the reader has read."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__()
        self._file = file

    def seekable(self) -> bool:
        return False

    def read(self, size: int | None = -1, /) -> bytes:
        data = self._file.read(-1 if size is None else size)
        self.write(data)
        return data


def _emit(file: BinaryIO, kept: Sequence[Chunk], chunks: Sequence[Chunk]) -> None:
    """Write the chunks that stay, and the new ones where a PNG has them."""
    first = [chunk for name in _FIRST for chunk in kept if chunk.type == name]
    rest = [chunk for chunk in kept if chunk.type not in (*_FIRST, b"IEND")]
    file.write(SIGNATURE)
    _write(file, first)
    _write(file, (chunk for chunk in chunks if not chunk.after_pixels))
    _write(file, rest)
    _write(file, (chunk for chunk in chunks if chunk.after_pixels))
    write_chunk(file, b"IEND")


def _write(file: BinaryIO, chunks: Iterable[Chunk]) -> None:
    for chunk in chunks:
        write_chunk(file, chunk.type, chunk.data)


def _kept(file: BinaryIO) -> Iterator[Chunk]:
    """Yield what makes up the picture and its payload, of a file that was verified."""
    walker = ChunkWalker(file)
    for head in walker:
        chunk = Chunk(head.type, walker.read())
        if (
            not is_ancillary(chunk.type)
            or chunk.type in BOUND_TO_ENCODING
            or chunk.type in (HEADER_TYPE, PAYLOAD_TYPE)
            or chunk == Chunk(b"tEXt", COMMENT)
        ):
            yield chunk
