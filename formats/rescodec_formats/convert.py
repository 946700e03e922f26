"""Move the first stream of a file between the alpha channel and payload chunks."""

from __future__ import annotations

import os
from typing import BinaryIO, Literal

from .container import read
from .effort import DEFAULT_EFFORT
from .header import Header
from .limits import DEFAULT_LIMITS, Limits
from .source import Source
from .writer import write


def convert(
    source: Source,
    target: str | os.PathLike[str] | BinaryIO,
    carrier: Literal["alpha", "chunk"],
    *,
    limits: Limits = DEFAULT_LIMITS,
    overwrite: bool = False,
    effort: int = DEFAULT_EFFORT,
) -> Header:
    """Rewrite a file with the other carrier, without decoding it.

    Every digest stays what it was, and so do unknown header keys and the chunks of others. The
    source is read completely and verified before the target is touched, so both may be one path.

    Args:
        source: the file to convert; see `read`.
        target: where to write; see `write`.
        carrier: "alpha" or "chunk".
        limits: what to accept.
        overwrite: replace an existing file.
        effort: 0 (fast) to 9 (small): how hard to compress; see `write`.

    Returns:
        The header of the new file.

    Raises:
        ValueError: if the file has no streams, or its first one does not fit into alpha.
        FormatError: if the source is damaged or not ours.
        FileExistsError: if the target exists and `overwrite` is false.
    """
    if carrier not in ("alpha", "chunk"):
        raise ValueError(f'carrier must be "alpha" or "chunk", got {carrier!r}')
    container = read(source, limits=limits)
    header = container.header
    if header.carrier == "none":
        raise ValueError("the file has no streams, so there is nothing to convert")
    return write(
        target,
        container.lr,
        scale=header.scale,
        hr_size=header.hr_size,
        model=header.model,
        carrier=carrier,
        streams=tuple(container.streams.values()),
        chunks=container.chunks,
        effort=effort,
        overwrite=overwrite,
        source=header.source,
        hr_sha256=header.hr_sha256,
        extra=header.extra,
        limits=limits,
    )
