"""Standard input and output as files that readers and writers accept."""

from __future__ import annotations

import errno
import io
import sys
from pathlib import Path
from typing import TextIO

from rescodec_cli.targets import Job


def source_file(job: Job) -> Path | io.BytesIO:
    """Return what readers open: the path, or standard input as a seekable file."""
    if job.source is not None:
        return job.source
    return io.BytesIO(_opened(sys.stdin, "standard input").buffer.read())


def rereadable(job: Job) -> Path | bytes:
    """Return a source that can be read twice, which standard input and pipes cannot."""
    source = source_file(job)
    if isinstance(source, Path):
        return source if source.is_file() else source.read_bytes()
    return source.getvalue()


def finish(target: Path | io.BytesIO) -> int:
    """Send what was meant for standard output there; return the result's size in bytes."""
    if isinstance(target, Path):
        return target.stat().st_size
    output = _opened(sys.stdout, "standard output").buffer
    output.write(target.getvalue())
    output.flush()
    return target.getbuffer().nbytes


def _opened(stream: TextIO | None, name: str) -> TextIO:
    # Python has None for a stream that was closed before it started.
    if stream is None:
        raise OSError(errno.EBADF, "is closed", name)
    return stream
