"""Metadata of WebPs: three chunks of the RIFF container."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import IO, Final

from rescodec.metadata.blobs import exif_chunk, icc_chunk, xmp_chunk
from rescodec.metadata.canonical import Metadata, excess_of
from rescodec_formats import Chunk, Limits

_CONTENT: Final[dict[bytes, Callable[[bytes], Chunk]]] = {
    b"ICCP": icc_chunk,
    b"EXIF": exif_chunk,
    b"XMP ": xmp_chunk,
}
_HEADER_BYTES: Final = 12


def is_webp(head: bytes) -> bool:
    """Tell whether a file that begins so, 12 bytes, is a WebP."""
    return head[:4] == b"RIFF" and head[8:12] == b"WEBP"


def metadata_of_webp(file: IO[bytes], limits: Limits) -> Metadata:
    """Read profile, EXIF and XMP, each the first of its kind, until the end or damage.

    Args:
        file: A WebP, read from where it stands; it must be seekable.
        limits: Chunks beyond ``ancillary_bytes`` are not read.
    """
    file.seek(_HEADER_BYTES, os.SEEK_CUR)
    found: dict[bytes, Chunk] = {}
    size, size_over = 0, 0
    while len(head := file.read(8)) == 8:
        name, length = head[:4], int.from_bytes(head[4:], "little")
        # Chunks begin at even offsets.
        padded = length + length % 2
        if name not in _CONTENT or name in found:
            file.seek(padded, os.SEEK_CUR)
        elif size + length > limits.ancillary_bytes:
            size_over += length
            file.seek(padded, os.SEEK_CUR)
        else:
            size += length
            data = file.read(padded)
            if len(data) < length:
                break
            found[name] = _CONTENT[name](data[:length])
    return Metadata(tuple(found.values()), excess_of(limits, size=size + size_over))
