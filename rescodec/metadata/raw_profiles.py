"""EXIF and XMP that PNGs of old programs carry as text, made what they are.

Before PNG had a chunk for EXIF, ImageMagick and others wrote ``Raw profile type exif`` (or
``APP1``, as in a JPEG), a length and hexadecimal digits into a text chunk. Readers still turn the
picture by its orientation, so it must be seen and edited.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from rescodec.metadata.blobs import (
    EXIF,
    EXIF_PREFIX,
    XMP_PREFIX,
    exif_chunk,
    inflate,
    is_xmp,
    xmp_chunk,
)
from rescodec_formats import Chunk

RAW_PROFILE: Final = b"Raw profile type "
_TYPES: Final = (b"exif", b"APP1", b"app1", b"xmp")
_TEXT_TYPES: Final = (b"tEXt", b"zTXt")
# Each may inflate to several megabytes.
_MOST_PROFILES: Final = 16
# Type and length in bytes, each in a line of its own, then digits. Nothing is tried twice, or
# text of blanks would take time that grows with the square of its length.
_PROFILE: Final = re.compile(rb"\s*+\w++\s++\d++\s++([0-9A-Fa-f\s]*+)")


def unwrapped(chunks: Sequence[Chunk]) -> tuple[Chunk, ...]:
    """Return chunks with EXIF and XMP in their own chunks rather than as hexadecimal text.

    Where both are there, the text is the older copy and goes. Text that cannot be read stays, as
    do more of them than any program writes.
    """
    exif = any(chunk.type == EXIF for chunk in chunks)
    xmp = any(is_xmp(chunk) for chunk in chunks)
    result = []
    tries = _MOST_PROFILES
    for chunk in chunks:
        wrapped = chunk.type in _TEXT_TYPES and chunk.data.startswith(RAW_PROFILE) and tries > 0
        tries -= wrapped
        content = _content(chunk) if wrapped else None
        if content is None:
            result.append(chunk)
        elif content.type == EXIF and not exif:
            exif = True
            result.append(content)
        elif content.type != EXIF and not xmp:
            xmp = True
            result.append(content)
    return tuple(result)


def _content(chunk: Chunk) -> Chunk | None:
    """Return the chunk of what a text chunk wraps, None if it wraps neither EXIF nor XMP."""
    keyword, _, rest = chunk.data.partition(b"\0")
    kind = keyword.removeprefix(RAW_PROFILE)
    text = rest if chunk.type == b"tEXt" else inflate(rest[1:])
    found = None if text is None or kind not in _TYPES else _PROFILE.fullmatch(text)
    if found is None:
        return None
    try:
        raw = bytes.fromhex(found[1].decode("ascii"))
    except ValueError:
        return None
    if raw.startswith(XMP_PREFIX) or kind == b"xmp":
        return xmp_chunk(raw.removeprefix(XMP_PREFIX))
    return exif_chunk(raw) if raw.startswith((EXIF_PREFIX, b"II", b"MM")) else None
