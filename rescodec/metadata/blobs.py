"""PNG chunks from what other formats carry raw, and back: ICC, EXIF, XMP, resolution."""

from __future__ import annotations

import re
import struct
import zlib
from typing import Final

from rescodec_formats import Chunk

ICC: Final = b"iCCP"
EXIF: Final = b"eXIf"
TEXT: Final = b"iTXt"
RESOLUTION: Final = b"pHYs"

EXIF_PREFIX: Final = b"Exif\0\0"
XMP_PREFIX: Final = b"http://ns.adobe.com/xap/1.0/\0"
XMP_KEYWORD: Final = b"XML:com.adobe.xmp"
MAX_INFLATED_BYTES: Final = 16 * 2**20
METRES_PER_INCH: Final = 0.0254
_PROFILE_HEAD: Final = b"ICC profile\0\0"
# Programs that put one before EXIF that has it already make it two.
_EXIF_PREFIXES: Final = re.compile(rb"(?:Exif\0\0)*+")
# The keyword, not compressed, no language, no translated keyword.
_XMP_HEAD: Final = XMP_KEYWORD + bytes(5)
_PER_METRE: Final = 1


def icc_chunk(profile: bytes) -> Chunk:
    """Return the chunk that carries a colour profile."""
    return Chunk(ICC, _PROFILE_HEAD + zlib.compress(profile, 9))


def icc_of(data: bytes) -> bytes | None:
    """Return the profile in the data of an iCCP chunk, None if it does not inflate."""
    _, _, packed = data.partition(b"\0")
    return inflate(packed[1:])


def exif_chunk(exif: bytes, *, after_pixels: bool = False) -> Chunk:
    """Return the chunk that carries EXIF, given with or without ``Exif`` and two zeros."""
    return Chunk(EXIF, _EXIF_PREFIXES.sub(b"", exif, count=1), after_pixels)


def xmp_chunk(packet: bytes) -> Chunk:
    """Return the chunk that carries an XMP packet, not compressed, as XMP's part 3 asks."""
    return Chunk(TEXT, _XMP_HEAD + packet)


def is_xmp(chunk: Chunk) -> bool:
    """Tell whether a chunk holds an XMP packet."""
    return chunk.type == TEXT and chunk.data.startswith(XMP_KEYWORD + b"\0")


def xmp_of(data: bytes) -> bytes | None:
    """Return the packet in the data of an iTXt chunk, None if it does not inflate."""
    head = _head_bytes(data)
    return inflate(data[head:]) if _is_compressed(data) else data[head:]


def with_xmp(data: bytes, packet: bytes) -> bytes:
    """Return the data of an iTXt chunk with another packet, compressed if the first was."""
    head = data[: _head_bytes(data)]
    return head + (zlib.compress(packet, 9) if _is_compressed(data) else packet)


def resolution_chunk(horizontal: float, vertical: float) -> Chunk | None:
    """Return the chunk for dots per inch, None if they are no number or out of range."""
    try:
        per_metre = [round(value / METRES_PER_INCH) for value in (horizontal, vertical)]
    except (OverflowError, ValueError):
        return None
    if not all(0 < value < 2**31 for value in per_metre):
        return None
    return Chunk(RESOLUTION, struct.pack(">IIB", *per_metre, _PER_METRE))


def resolution_of(data: bytes) -> tuple[float, float] | None:
    """Return dots per inch, horizontal first, from the data of a pHYs chunk; None without unit.

    Whole numbers come back whole: 300 dpi are 11811 pixels per metre, and these 300 again.
    """
    if len(data) != 9 or data[8] != _PER_METRE:
        return None
    horizontal, vertical = struct.unpack(">II", data[:8])
    return _per_inch(horizontal), _per_inch(vertical)


def inflate(packed: bytes, most: int = MAX_INFLATED_BYTES) -> bytes | None:
    """Return what a zlib stream holds, None if it is damaged or holds more than ``most`` bytes."""
    stream = zlib.decompressobj()
    try:
        content = stream.decompress(packed, most)
        # The end may still be to be seen when the content is complete.
        excess = b"" if stream.eof else stream.decompress(stream.unconsumed_tail, 1)
    except zlib.error:
        return None
    return content if stream.eof and not excess else None


def _per_inch(per_metre: int) -> float:
    exact = per_metre * METRES_PER_INCH
    whole = round(exact)
    return float(whole) if round(whole / METRES_PER_INCH) == per_metre else exact


def _is_compressed(data: bytes) -> bool:
    _, _, rest = data.partition(b"\0")
    return rest[:1] == b"\1"


def _head_bytes(data: bytes) -> int:
    """Return how long keyword, flags, language and translated keyword of an iTXt chunk are."""
    at = data.find(b"\0") + 3
    for _ in range(2):
        at = data.find(b"\0", at) + 1
        if not at:
            return len(data)
    return at
