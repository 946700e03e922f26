"""Metadata of JPEGs: application segments in front of the picture."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import IO, Final

from rescodec.metadata.blobs import (
    EXIF_PREFIX,
    METRES_PER_INCH,
    XMP_PREFIX,
    exif_chunk,
    icc_chunk,
    resolution_chunk,
    xmp_chunk,
)
from rescodec_formats import Chunk

START: Final = b"\xff\xd8"
_APP0, _APP1, _APP2 = 0xE0, 0xE1, 0xE2
_JFIF: Final = b"JFIF\0"
_ICC: Final = b"ICC_PROFILE\0"
# Markers that have no length: restarts, the start of the image and one for private use.
_BARE: Final = frozenset({*range(0xD0, 0xD9), 0x01})
# The picture itself, and the end.
_LAST: Final = frozenset({0xDA, 0xD9})
_CENTIMETRES_PER_INCH: Final = 100 * METRES_PER_INCH


def chunks_of_jpeg(file: IO[bytes]) -> list[Chunk]:
    """Return what a JPEG's segments say: density (JFIF), profile, EXIF, XMP.

    The first segment of a kind counts. XMP that goes on in further segments (extended XMP) is
    left out but for its first one, which is a packet of its own.

    Args:
        file: A JPEG, read from where it stands.
    """
    density: Chunk | None = None
    exif: Chunk | None = None
    xmp: Chunk | None = None
    profile: dict[int, bytes] = {}
    pieces = 0
    for marker, data in _segments(file):
        if marker == _APP0 and data.startswith(_JFIF):
            density = density or _density(data)
        elif marker == _APP1 and data.startswith(EXIF_PREFIX):
            exif = exif or exif_chunk(data)
        elif marker == _APP1 and data.startswith(XMP_PREFIX):
            xmp = xmp or xmp_chunk(data.removeprefix(XMP_PREFIX))
        elif marker == _APP2 and data.startswith(_ICC) and len(data) > len(_ICC) + 2:
            number, pieces = data[len(_ICC)], data[len(_ICC) + 1]
            profile.setdefault(number, data[len(_ICC) + 2 :])
    # A profile with a piece missing is none.
    whole = [profile[number] for number in range(1, pieces + 1) if number in profile]
    icc = icc_chunk(b"".join(whole)) if whole and len(whole) == pieces else None
    return [chunk for chunk in (icc, density, exif, xmp) if chunk is not None]


def _segments(file: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield marker and content of the segments in front of the picture, until damage."""
    if file.read(2) != START:
        return
    while True:
        byte = file.read(1)
        # Fill bytes may stand before a marker.
        while byte == b"\xff":
            byte = file.read(1)
        if not byte or byte[0] in _LAST:
            return
        if byte[0] in _BARE:
            continue
        length = int.from_bytes(file.read(2), "big")
        data = file.read(max(length - 2, 0))
        if length < 2 or len(data) < length - 2:
            return
        yield byte[0], data


def _density(data: bytes) -> Chunk | None:
    """Return the resolution in a JFIF segment, None for a mere aspect ratio."""
    if len(data) < 12:
        return None
    unit, horizontal, vertical = struct.unpack(">BHH", data[7:12])
    if unit == 1:
        return resolution_chunk(horizontal, vertical)
    if unit == 2:
        return resolution_chunk(
            horizontal * _CENTIMETRES_PER_INCH, vertical * _CENTIMETRES_PER_INCH
        )
    return None
