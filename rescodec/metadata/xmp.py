"""XMP packets: the orientation and the place, found and edited without parsing the rest.

A packet is RDF in XML, whose properties occur as attributes or as elements. Names are taken
with the prefixes that Adobe's specification fixes by custom; packets in UTF-16 are left alone.
"""

from __future__ import annotations

import re
from typing import Final

_ORIENTATION: Final = re.compile(rb"""\btiff:Orientation\s*(?:=\s*["']|>)\s*([1-8])(?=\s*["'<])""")
# Drones write Gps where EXIF has GPS. A prefix of that name is for _PLACE_NAME to find.
_PLACE_ATTRIBUTE: Final = re.compile(
    rb"""\s(?!xmlns:)[\w.-]+:GPS\w*\s*=\s*(?:"[^"<]*"|'[^'<]*')""", re.IGNORECASE
)
_PLACE_ELEMENT: Final = re.compile(rb"<([\w.-]+:GPS\w*)(?:\s[^<>]*)?/?>", re.IGNORECASE)
# The name of a property, in UTF-8, UTF-16 and UTF-32.
_PLACE_NAME: Final = re.compile(rb"[:<]\0*+G\0*+P\0*+S", re.IGNORECASE)


def xmp_orientation(packet: bytes) -> int | None:
    """Return the orientation, 1 to 8, None where the packet states none."""
    found = _ORIENTATION.search(packet)
    return None if found is None else int(found[1])


def with_upright_orientation(packet: bytes) -> bytes:
    """Set the orientation to 1 wherever it is stated; no byte moves."""
    edited = bytearray(packet)
    for found in _ORIENTATION.finditer(packet):
        edited[found.start(1)] = ord("1")
    return bytes(edited)


def names_place(packet: bytes | bytearray) -> bool:
    """Tell whether a packet, in whatever encoding, names a place (``exif:GPS…`` and the like)."""
    return _PLACE_NAME.search(packet) is not None


def without_place(packet: bytes) -> bytes | None:
    """Overwrite what names a place (``exif:GPS…`` and the like) with spaces; no byte moves.

    Returns:
        The packet, or None where a mention of GPS remains that this does not understand.
    """
    edited = bytearray(_PLACE_ATTRIBUTE.sub(lambda found: b" " * len(found[0]), packet))
    position = 0
    while (found := _PLACE_ELEMENT.search(edited, position)) is not None:
        end = _end_of_element(edited, found)
        if end is None:
            return None
        edited[found.start() : end] = b" " * (end - found.start())
        position = end
    return None if names_place(edited) else bytes(edited)


def _end_of_element(packet: bytearray, opening: re.Match[bytes]) -> int | None:
    if opening[0].endswith(b"/>"):
        return opening.end()
    closing = b"</" + opening[1] + b">"
    start = packet.find(closing, opening.end())
    return None if start < 0 else start + len(closing)
