"""Put chunks into a PNG while another library writes it."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import IO, BinaryIO, cast

from rescodec_formats import Chunk
from rescodec_formats.chunks import write_chunk

# Signature and IHDR.
_HEAD_BYTES = 8 + 25


class _Inserter(io.RawIOBase):
    """A file to write to that passes everything on, and chunks behind the first 33 bytes."""

    def __init__(self, file: IO[bytes], chunks: Sequence[Chunk]) -> None:
        self._file = file
        self._chunks = chunks
        self._room = _HEAD_BYTES

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        view = memoryview(data).cast("B")
        if not self._room:
            self._file.write(view)
            return len(view)
        self._file.write(view[: self._room])
        rest = view[self._room :]
        self._room -= min(self._room, len(view))
        if not self._room:
            for chunk in self._chunks:
                write_chunk(cast(BinaryIO, self._file), chunk.type, chunk.data)
            self._file.write(rest)
        return len(view)


def insert_chunks(file: IO[bytes], chunks: Sequence[Chunk]) -> IO[bytes]:
    """Return a file to write a PNG to, which puts ``chunks`` behind its IHDR.

    All chunks of metadata may stand there. Neither Pillow nor pypng write all of them, and
    Pillow compresses profiles anew.

    Args:
        file: Where the PNG goes; it is not closed.
        chunks: What to put in.
    """
    return cast(IO[bytes], _Inserter(file, chunks)) if chunks else file
