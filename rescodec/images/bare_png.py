"""PNGs as Pillow is to see them: pixels, and none of the metadata that we read ourselves.

Pillow refuses a picture for what stands beside it: a text or profile of more than 1 MiB, a short
``gAMA``, a wrong checksum of a comment.
"""

from __future__ import annotations

import bisect
import io
import os
from typing import IO, TYPE_CHECKING, BinaryIO, cast

from rescodec.metadata.canonical import TRAVELLING_TYPES
from rescodec.metadata.png import FRAME_BYTES
from rescodec_formats import ChunkWalker, FormatError, NotRescodecError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


def without_metadata(file: IO[bytes]) -> IO[bytes]:
    """Return a view of a PNG without the chunks that travel; other files as they are.

    Args:
        file: Seekable, at its beginning; read through the view from now on.
    """
    spans: list[range] = []
    start = 0
    try:
        for head in ChunkWalker(cast(BinaryIO, file)):
            if head.type in TRAVELLING_TYPES:
                spans.append(range(start, head.offset))
                start = head.offset + FRAME_BYTES + head.length
    except NotRescodecError:
        file.seek(0)
        return file
    except FormatError:
        # Damaged chunks are for Pillow to find.
        pass
    spans.append(range(start, max(start, file.seek(0, os.SEEK_END))))
    return cast(IO[bytes], io.BufferedReader(_Spans(file, spans)))


class _Spans(io.RawIOBase):
    """Some of a file's bytes, as a file."""

    def __init__(self, file: IO[bytes], spans: list[range]) -> None:
        self._file = file
        self._spans = [span for span in spans if len(span)]
        # Where each span begins in the view, and the end of the last one.
        self._starts = [0]
        for span in self._spans:
            self._starts.append(self._starts[-1] + len(span))
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._starts[-1]}[whence]
        if base + offset < 0:
            raise ValueError(f"cannot seek to {base + offset}")
        self._at = base + offset
        return self._at

    def readinto(self, buffer: WriteableBuffer) -> int:
        index = bisect.bisect_right(self._starts, self._at) - 1
        if index >= len(self._spans):
            return 0
        inside = self._at - self._starts[index]
        room = memoryview(buffer).cast("B")
        self._file.seek(self._spans[index].start + inside)
        data = self._file.read(min(len(room), len(self._spans[index]) - inside))
        room[: len(data)] = data
        self._at += len(data)
        return len(data)
