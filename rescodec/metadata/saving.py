"""Metadata as keywords of Pillow's save, where the format of the target has a place for it."""

from __future__ import annotations

from typing import Any, Final

from rescodec.metadata.blobs import EXIF_PREFIX, XMP_PREFIX
from rescodec.metadata.canonical import Metadata, MetadataError
from rescodec.metadata.exif_edit import XMP_TAG

# A JPEG segment without the bytes of its length.
_SEGMENT_BYTES: Final = 65_533


def save_options(metadata: Metadata, image_format: str) -> dict[str, Any]:
    """Return keywords for ``PIL.Image.Image.save``.

    JPEG and WebP take profile, EXIF and XMP byte for byte, TIFF profile and XMP; ``add_exif``
    puts EXIF into it afterwards. JPEG, TIFF and BMP take the resolution. PNG takes nothing here,
    since Pillow would compress profiles anew and forget some chunks: ``write_png`` takes them.

    Args:
        metadata: Of the photo.
        image_format: As Pillow names it, such as ``JPEG``.

    Raises:
        MetadataError: The format has no room for that much.
    """
    # Not even what the image itself brings along.
    options: dict[str, Any] = {"icc_profile": None}
    if image_format in ("JPEG", "WEBP"):
        if image_format == "JPEG":
            _require_room(metadata)
        options["icc_profile"] = metadata.icc_profile
        options["xmp"] = metadata.xmp or b""
        options["exif"] = EXIF_PREFIX + metadata.exif if metadata.exif else b""
    elif image_format == "TIFF":
        options["icc_profile"] = metadata.icc_profile
        options["tiffinfo"] = {XMP_TAG: metadata.xmp} if metadata.xmp else {}
    if image_format in ("JPEG", "TIFF", "BMP") and metadata.dots_per_inch is not None:
        options["dpi"] = metadata.dots_per_inch
    return options


def _require_room(metadata: Metadata) -> None:
    for what, content, prefix in (
        ("EXIF", metadata.exif, EXIF_PREFIX),
        ("XMP", metadata.xmp, XMP_PREFIX),
    ):
        room = _SEGMENT_BYTES - len(prefix)
        if content is not None and len(content) > room:
            raise MetadataError(
                f"{len(content):,} bytes of {what} are more than the {room:,} that it takes; "
                "--keep none leaves them out"
            )
