"""LR files of each kind, made of parts of the example photos."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageCms

import rescodec
import rescodec_formats as formats

PHOTOS = Path(__file__).parents[2] / "examples/photos"
# Odd sides, so that who loses the header loses the true size too.
PART = (300, 300, 461, 401)
SCALE = 2
MAKER = 0x010F


@dataclass(frozen=True)
class Kind:
    """How an LR file is made.

    Attributes:
        photo: Name of an example photo.
        family: Of models.
        carrier: Of the first stream.
        transparent: The photo has an alpha channel of its own.
    """

    photo: str
    family: str
    carrier: formats.Carrier = "chunk"
    transparent: bool = False


KINDS = {
    "alpha": Kind("roebling-bridge.jpg", "alpha", "alpha"),
    "chunk": Kind("chrysanthemums.jpg", "alpha"),
    "latent code": Kind("roebling-bridge.jpg", "latent"),
    "no payload": Kind("chrysanthemums.jpg", "plain"),
    "alpha, transparent photo": Kind("roebling-bridge.jpg", "alpha", "alpha", transparent=True),
}


def lr_files() -> dict[str, bytes]:
    """Return an LR file of each kind, of a photo with a colour profile and EXIF."""
    return {
        name: rescodec.encode(
            _photo(kind), scale=SCALE, model=kind.family, carrier=kind.carrier, device="cpu"
        )
        for name, kind in KINDS.items()
    }


def _photo(kind: Kind) -> bytes:
    """Return a part of an example photo as a PNG with metadata."""
    exif = Image.Exif()
    exif[MAKER] = "Maker"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    png = io.BytesIO()
    with Image.open(PHOTOS / kind.photo) as image:
        part = image.crop(PART)
    if kind.transparent:
        part.putalpha(Image.linear_gradient("L").resize(part.size))
    part.save(png, "PNG", exif=exif, icc_profile=profile)
    return png.getvalue()
