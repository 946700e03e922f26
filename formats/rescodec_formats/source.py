"""Open whatever a caller may hand over as a file to read."""

from __future__ import annotations

import contextlib
import io
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, TypeAlias

Source: TypeAlias = str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO


@contextlib.contextmanager
def open_source(source: Source) -> Iterator[tuple[BinaryIO, int | None]]:
    """Yield a binary file and how many bytes it still holds, or None if that is unknown.

    Args:
        source: a path, the bytes of a file, or a binary file object, which is read from where
            it stands and is not closed.

    Yields:
        The open file and its remaining length.

    Raises:
        TypeError: if the source is none of these.
        OSError: if the path cannot be opened.
    """
    if isinstance(source, (bytes, bytearray, memoryview)):
        yield io.BytesIO(source), memoryview(source).nbytes
    elif isinstance(source, (str, os.PathLike)):
        with Path(source).open("rb") as file:
            status = os.fstat(file.fileno())
            # A pipe or a device says 0 whatever it will deliver.
            yield file, status.st_size if stat.S_ISREG(status.st_mode) else None
    elif callable(getattr(source, "read", None)) and not hasattr(source, "encoding"):
        yield source, _remaining(source)
    else:
        raise TypeError(
            f"expected a path, bytes or a file opened in binary mode, got {type(source).__name__}"
        )


def _remaining(file: BinaryIO) -> int | None:
    """Measure a seekable file from its present position, without moving it."""
    try:
        if not file.seekable():
            return None
        position = file.tell()
        end = file.seek(0, os.SEEK_END)
        file.seek(position)
    except (AttributeError, OSError):
        return None
    return end - position
