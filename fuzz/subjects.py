"""Small real files to damage: LR files of every released model, and photos of every format."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image as PillowImage
from PIL import ImageCms

import rescodec
from rescodec.photo import Photo
from rescodec.zoo import MODELS

HEIGHT, WIDTH = 17, 22


@dataclass(frozen=True, eq=False)
class Subject:
    """A whole file and the photo that comes out of it.

    Attributes:
        name: what it is.
        data: its bytes.
        photo: what it is decoded, or read, to.
    """

    name: str
    data: bytes
    photo: Photo


def picture() -> PillowImage.Image:
    """Return a picture with slopes and texture, with a colour profile and EXIF."""
    y, x, c = np.indices((HEIGHT, WIDTH, 3))
    waves = 128 + 60 * np.sin(x / 5 + c) * np.cos(y / 4) + (x * 7 + y * 13) % 17
    image = PillowImage.fromarray(waves.astype(np.uint8))
    image.info["icc_profile"] = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    exif = image.getexif()
    exif[0x010F], exif[0x0112] = "camera", 1
    image.info["exif"] = exif.tobytes()
    return image


def photo_files() -> dict[str, bytes]:
    """Return the picture as a photo of every format, by name."""
    rgb = picture()
    rgba = rgb.convert("RGBA")
    rgba.putalpha(PillowImage.linear_gradient("L").resize(rgb.size))
    deep = PillowImage.fromarray(np.array(rgb)[..., 0].astype(np.uint16) * 257)
    ways = {
        "photo.jpg": (rgb, {"quality": 90}),
        "progressive.jpg": (rgb, {"progressive": True}),
        "photo.png": (rgb, {}),
        "alpha.png": (rgba, {}),
        "deep.png": (deep, {}),
        "palette.png": (rgb.quantize(16), {}),
        "photo.webp": (rgb, {}),
        "lossless.webp": (rgba, {"lossless": True}),
        "photo.tif": (rgb, {}),
        "deflate.tif": (rgba, {"compression": "tiff_adobe_deflate"}),
        "lzw.tif": (rgb, {"compression": "tiff_lzw"}),
        "deep.tif": (deep, {}),
        "photo.avif": (rgb, {}),
        "photo.gif": (rgb, {}),
        "photo.bmp": (rgb, {}),
        "photo.ppm": (rgb, {}),
    }
    formats = {"jpg": "JPEG", "tif": "TIFF"}
    files = {}
    for name, (image, options) in ways.items():
        file = io.BytesIO()
        suffix = name.rpartition(".")[2]
        carried = {key: rgb.info[key] for key in ("icc_profile", "exif")}
        if suffix in ("bmp", "ppm", "gif"):
            carried = {}
        image.save(file, formats.get(suffix, suffix.upper()), **options, **carried)
        files[name] = file.getvalue()
    return files


def photos() -> list[Subject]:
    """Return the photos that can be encoded."""
    return [Subject(name, data, rescodec.read_photo(data)) for name, data in photo_files().items()]


def lr_files() -> list[Subject]:
    """Return LR files of every released model and carrier, and of every kind of source."""
    files = {}
    sources = photo_files()
    for model, entry in MODELS.items():
        codec = rescodec.Codec.open(model, device="cpu")
        for carrier in ("chunk", "alpha") if entry.family == "alpha" else ("chunk",):
            files[f"{model}, {carrier}"] = rescodec.encode(
                sources["photo.jpg"], model=codec, carrier=carrier
            )
        if entry.default and entry.scale == 2:
            for name in ("alpha.png", "deep.png", "palette.png"):
                files[f"{model}, {name}"] = rescodec.encode(sources[name], model=codec)
    return [
        Subject(name, data, rescodec.decode(data, device="cpu")) for name, data in files.items()
    ]


def same_picture(a: Photo, b: Photo) -> bool:
    """Tell whether two photos have the same samples, colours and transparency."""
    if (a.grey, a.bit_depth) != (b.grey, b.bit_depth) or (a.alpha is None) != (b.alpha is None):
        return False
    same_alpha = a.alpha is None or b.alpha is None or np.array_equal(a.alpha, b.alpha)
    return same_alpha and np.array_equal(a.pixels, b.pixels)
