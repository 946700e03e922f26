"""Metadata of images that Pillow has opened: what it has kept of them."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from PIL import Image as PillowImage
from PIL import TiffImagePlugin

from rescodec.metadata.blobs import exif_chunk, icc_chunk, resolution_chunk, xmp_chunk
from rescodec.metadata.canonical import Metadata
from rescodec.metadata.exif import EXIF_POINTER, GPS_POINTER, ORIENTATION
from rescodec.metadata.tiff import DESCRIPTIVE_TAGS
from rescodec_formats import Chunk

_GROUPS: Final = (EXIF_POINTER, GPS_POINTER)
_X_RESOLUTION: Final = 282
_PROFILE: Final = 34675
_UNIT: Final = 100_000


def metadata_of_image(image: PillowImage.Image) -> Metadata:
    """Return what an open image carries: profile, EXIF, XMP, resolution, PNG's colour chunks.

    Profile, EXIF and XMP have the bytes of the file; EXIF of a TIFF, where it is spread over the
    file, is written anew. Other texts of a PNG stay behind: Pillow mixes them with properties
    of its own.

    Args:
        image: An image. Pillow turns TIFFs upright and removes their orientation when it loads
            the pixels.
    """
    return Metadata(tuple(chunk for part in _PARTS for chunk in _readable(part, image)))


def _readable(
    part: Callable[[PillowImage.Image], Iterator[Chunk | None]], image: PillowImage.Image
) -> Iterator[Chunk]:
    try:
        yield from (chunk for chunk in part(image) if chunk is not None)
    except MemoryError:
        raise
    except Exception:
        # Pillow and damaged values raise nearly anything, and the photo is what counts.
        return


def _profile(image: PillowImage.Image) -> Iterator[Chunk | None]:
    if isinstance(image, TiffImagePlugin.TiffImageFile) and image.tell():
        # Pillow leaves the profile of the page before where this one has none.
        profile = image.tag_v2.get(_PROFILE)
    else:
        profile = image.info.get("icc_profile")
    if isinstance(profile, bytes) and profile:
        yield icc_chunk(profile)


def _color(image: PillowImage.Image) -> Iterator[Chunk | None]:
    """Yield what Pillow has read of a PNG's gAMA, cHRM and sRGB."""
    info: Mapping[Any, Any] = image.info if image.format == "PNG" else {}
    if "gamma" in info:
        yield Chunk(b"gAMA", struct.pack(">I", round(info["gamma"] * _UNIT)))
    if "chromaticity" in info:
        points = [round(value * _UNIT) for value in info["chromaticity"]]
        yield Chunk(b"cHRM", struct.pack(">8I", *points))
    if "srgb" in info:
        yield Chunk(b"sRGB", struct.pack("B", info["srgb"]))


def _resolution(image: PillowImage.Image) -> Iterator[Chunk | None]:
    dpi = image.info.get("dpi")
    # Pillow says 1 dpi where a TIFF says nothing.
    tags = image.tag_v2 if isinstance(image, TiffImagePlugin.TiffImageFile) else (_X_RESOLUTION,)
    if dpi is not None and _X_RESOLUTION in tags:
        yield resolution_chunk(float(dpi[0]), float(dpi[1]))


def _exif(image: PillowImage.Image) -> Iterator[Chunk | None]:
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        # Spread over the file, and mixed with tags of its own.
        exif, found = PillowImage.Exif(), image.getexif()
        for tag in DESCRIPTIVE_TAGS & set(found):
            exif[tag] = found.get_ifd(tag) if tag in _GROUPS else found[tag]
        if dict(exif) not in ({}, {ORIENTATION: 1}):
            yield exif_chunk(exif.tobytes())
    elif image.info.get("exif"):
        yield exif_chunk(bytes(image.info["exif"]))


def _xmp(image: PillowImage.Image) -> Iterator[Chunk | None]:
    packet = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp")
    if isinstance(packet, str):
        packet = packet.encode()
    if isinstance(packet, bytes):
        yield xmp_chunk(packet)


_PARTS: Final = (_profile, _color, _resolution, _exif, _xmp)
