"""How deep the samples of an image file are, before Pillow reduces them to 8 bits."""

from __future__ import annotations

import re
from typing import IO, Any

from PIL import Image as PillowImage

EIGHT_BITS, EIGHT_BITS_MOST = 8, 255
_BITS_PER_SAMPLE = 258
# But for BGR;16, which has 16 bits for all three samples together, as BMPs may have.
_DEEP_RAW_MODE = re.compile(r"(?<!\bBGR);16")
# The boxes and markers that tell stand near the beginning.
_SEARCHED_BYTES = 64 * 1024
_AV1_CONFIGURATION = b"av1C"
_AV1_HIGH_DEPTH = 0x40
# Start of a JPEG 2000 codestream and of its size segment, and where that segment, counted
# from its length field, holds the number of components and three bytes for each.
_J2K_SIZE = b"\xff\x4f\xff\x51"
_J2K_COMPONENTS = 36
_J2K_DEPTHS = 38


def has_deep_samples(image: PillowImage.Image) -> bool:
    """Tell whether an opened file has more than 8 bits per sample.

    Pillow reduces deep colour images silently. What it was given shows only in the
    decoder's arguments (a raw mode such as ``RGB;16B``, a PPM's largest value) or in the
    file. Loading empties the former, so an image must be asked before it is loaded.
    """
    if image.mode.startswith(("I", "F")):
        return True
    if any(_is_deep(tile) for tile in getattr(image, "tile", [])):
        return True
    if any(bits > EIGHT_BITS for bits in _tiff_bits(image)):
        return True
    file = getattr(image, "fp", None)
    if file is None:
        return False
    if image.format == "AVIF":
        return _avif_is_deep(_beginning(file))
    return image.format == "JPEG2000" and _jpeg2000_is_deep(_beginning(file))


def _is_deep(tile: Any) -> bool:
    if tile.codec_name in ("ppm", "ppm_plain"):
        largest = tile.args[1] if isinstance(tile.args, tuple) else EIGHT_BITS_MOST
        return bool(largest > EIGHT_BITS_MOST)
    return tile.codec_name == "SGI16" or _DEEP_RAW_MODE.search(str(tile.args)) is not None


def _tiff_bits(image: PillowImage.Image) -> tuple[int, ...]:
    """Return what a TIFF states, as raw modes leave it open where channels lie apart."""
    bits = (getattr(image, "tag_v2", None) or {}).get(_BITS_PER_SAMPLE, ())
    return tuple(value for value in bits if isinstance(value, int))


def _beginning(file: IO[bytes]) -> bytes:
    position = file.tell()
    file.seek(0)
    data = file.read(_SEARCHED_BYTES)
    file.seek(position)
    return data


def _avif_is_deep(data: bytes) -> bool:
    found = data.find(_AV1_CONFIGURATION)
    flags = found + len(_AV1_CONFIGURATION) + 2
    return found >= 0 and flags < len(data) and bool(data[flags] & _AV1_HIGH_DEPTH)


def _jpeg2000_is_deep(data: bytes) -> bool:
    found = data.find(_J2K_SIZE)
    if found < 0:
        return False
    segment = data[found + len(_J2K_SIZE) :]
    components = int.from_bytes(segment[_J2K_COMPONENTS:_J2K_DEPTHS], "big")
    depths = segment[_J2K_DEPTHS : _J2K_DEPTHS + 3 * components : 3]
    # The top bit is the sign, the others hold the depth less one.
    return any((depth & 0x7F) + 1 > 8 for depth in depths)
