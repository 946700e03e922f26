"""Photos on their way in and out: files to 8-bit RGB arrays and back."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt
from PIL import Image as PillowImage
from PIL import ImageOps, UnidentifiedImageError

from rescodec_formats import Chunk

Image = npt.NDArray[np.uint8]
Source = str | Path | IO[bytes] | PillowImage.Image

SUPPORTED = "8-bit RGB, greyscale or palette images without transparency"
LOSSLESS_MODES = {"1", "L", "P", "RGB"}
ALPHA_MODES = {"LA", "PA", "La", "RGBA", "RGBa"}
PEAK = 255
ICC_CHUNK = b"iCCP"
MAX_ICC_BYTES = 16 * 2**20
# What a suffix becomes, and how: restored photos are kept without loss where possible.
SAVE_OPTIONS: dict[str, tuple[str, dict[str, Any]]] = {
    ".png": ("PNG", {"compress_level": 4}),
    ".tif": ("TIFF", {"compression": "tiff_adobe_deflate"}),
    ".tiff": ("TIFF", {"compression": "tiff_adobe_deflate"}),
    ".webp": ("WEBP", {"lossless": True}),
    ".bmp": ("BMP", {}),
    ".ppm": ("PPM", {}),
    ".jpg": ("JPEG", {"quality": 95, "subsampling": 0}),
    ".jpeg": ("JPEG", {"quality": 95, "subsampling": 0}),
}


class ImageError(ValueError):
    """A source is no image, is damaged, or is of a kind that would lose something."""


@dataclass(frozen=True)
class Photo:
    """An 8-bit RGB image with its colour profile.

    Attributes:
        pixels: (H, W, 3) uint8, upright (EXIF orientation applied).
        icc_profile: Raw ICC profile of the pixels, if any.
    """

    pixels: Image
    icc_profile: bytes | None = None

    def to_pillow(self) -> PillowImage.Image:
        """Return a Pillow image that carries the profile in ``info``."""
        image = PillowImage.fromarray(self.pixels)
        if self.icc_profile is not None:
            image.info["icc_profile"] = self.icc_profile
        return image


def read_photo(source: Source) -> Photo:
    """Read an image as 8-bit RGB if that loses nothing.

    Greyscale, palette and opaque RGBA become RGB; the orientation of EXIF is applied.

    Args:
        source: A path, a binary file or a Pillow image.

    Raises:
        OSError: The file cannot be opened.
        ImageError: It is no image, is damaged, or has transparency, more than 8 bits,
            another colour model or several frames.
    """
    try:
        if isinstance(source, PillowImage.Image):
            return _photo(source)
        with PillowImage.open(source) as image:
            return _photo(image)
    except UnidentifiedImageError as error:
        raise ImageError(f"not an image in a known format; expected {SUPPORTED}") from error
    except PillowImage.DecompressionBombError as error:
        raise ImageError(f"more pixels than Pillow's limit allows: {error}") from error
    except (OSError, SyntaxError, EOFError, zlib.error) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise ImageError(f"damaged or truncated image: {error}") from error


def save_photo(photo: Photo, file: IO[bytes], suffix: str) -> None:
    """Write a photo to an open file in the format of a suffix such as ``.png``.

    Raises:
        ImageError: The suffix is not supported.
    """
    image_format, options = SAVE_OPTIONS[require_suffix(suffix)]
    profile = {"icc_profile": photo.icc_profile} if photo.icc_profile else {}
    photo.to_pillow().save(file, image_format, **options, **profile)


def require_suffix(suffix: str) -> str:
    """Return the suffix in lower case if restored photos can be written to it.

    Raises:
        ImageError: They cannot.
    """
    if suffix.lower() not in SAVE_OPTIONS:
        known = ", ".join(SAVE_OPTIONS)
        raise ImageError(
            f"cannot write images as {suffix or 'a file without suffix'!r}; use {known}"
        )
    return suffix.lower()


def icc_chunk(profile: bytes) -> Chunk:
    """Return the PNG chunk that carries a colour profile."""
    return Chunk(ICC_CHUNK, b"ICC profile\0\0" + zlib.compress(profile, 9))


def icc_profile(chunks: Iterable[Chunk]) -> bytes | None:
    """Return the colour profile that ``icc_chunk`` stored, None without one.

    A profile that does not inflate within ``MAX_ICC_BYTES`` is left out: it colours the
    picture, but it is not the picture.
    """
    for chunk in chunks:
        if chunk.type == ICC_CHUNK:
            _, _, packed = chunk.data.partition(b"\0")
            inflate = zlib.decompressobj()
            try:
                profile = inflate.decompress(packed[1:], MAX_ICC_BYTES)
            except zlib.error:
                return None
            return profile if inflate.eof else None
    return None


def _photo(image: PillowImage.Image) -> Photo:
    if getattr(image, "n_frames", 1) > 1:
        raise ImageError(f"has {getattr(image, 'n_frames', 1)} frames; extract one first")
    _require_eight_bits(image)
    image.load()
    if "transparency" in image.info or image.mode in ALPHA_MODES:
        image = _without_opaque_alpha(image)
    elif image.mode not in LOSSLESS_MODES:
        raise ImageError(
            f"mode {image.mode} cannot become RGB without loss; supported are {SUPPORTED}"
        )
    upright = ImageOps.exif_transpose(image)
    profile = image.info.get("icc_profile")
    # A grey profile does not describe RGB pixels.
    if image.mode != "RGB" and profile and profile[16:20] != b"RGB ":
        profile = None
    return Photo(np.array(upright.convert("RGB")), profile)


def _require_eight_bits(image: PillowImage.Image) -> None:
    """Refuse deep files, also those that Pillow would silently reduce to 8 bits.

    Only the decoder's arguments in ``tile`` tell their depth: a raw mode such as
    ``RGB;16B``, or a PPM's largest value. Loading empties the list.
    """
    tiles = getattr(image, "tile", [])
    deep = any(";16" in str(tile.args) or _ppm_peak(tile) > PEAK for tile in tiles)
    if deep or image.mode.startswith(("I", "F")):
        raise ImageError(f"has more than 8 bits per sample; supported are {SUPPORTED}")


def _ppm_peak(tile: Any) -> int:
    return int(tile.args[1]) if tile.codec_name == "ppm" else PEAK


def _without_opaque_alpha(image: PillowImage.Image) -> PillowImage.Image:
    converted = image.convert("RGBA")
    if converted.getchannel("A").getextrema() != (PEAK, PEAK):
        raise ImageError(
            f"has transparency, which would be lost; flatten it first; supported are {SUPPORTED}"
        )
    return converted.convert("RGB")
