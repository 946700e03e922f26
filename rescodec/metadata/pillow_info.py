"""Metadata as Pillow's images have it."""

from __future__ import annotations

from typing import Any

from rescodec.metadata.blobs import EXIF_PREFIX
from rescodec.metadata.canonical import Metadata


def pillow_info(metadata: Metadata) -> dict[str, Any]:
    """Return what Pillow's readers put into ``Image.info``.

    Returns:
        ``icc_profile``, ``exif`` (with ``Exif`` and two zeros before it, as ``Image.save`` wants
        it for JPEG), ``xmp`` and ``dpi``, those that there are.
    """
    exif = metadata.exif
    found = {
        "icc_profile": metadata.icc_profile,
        "exif": None if exif is None else EXIF_PREFIX + exif,
        "xmp": metadata.xmp,
        "dpi": metadata.dots_per_inch,
    }
    return {name: value for name, value in found.items() if value is not None}
