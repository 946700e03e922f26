"""Images of 8 bits or fewer per sample, from Pillow's modes to RGB and alpha."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image as PillowImage

from rescodec.images.deep_png import raw_mode
from rescodec.images.errors import ImageError, image_errors
from rescodec.photo import Photo, photo_of_samples

GREY_MODES: Final = {"1", "L", "LA", "La"}
OPAQUE_MODES: Final = GREY_MODES | {"P", "RGB"}
# Pillow's own 16-bit grey, which it reads honestly.
DEEP_GREY_MODES: Final = {"I;16", "I;16L", "I;16B"}
_SAMPLES_PER_PIXEL, _PLANAR_CONFIGURATION, _EXTRA_SAMPLES = 277, 284, 338
_APART, _PREMULTIPLIED = 2, 1
# What Pillow multiplies the grey samples of fewer bits with.
_SPREAD: Final = {"L;2": 85, "L;4": 17}


def photo_of_image(image: PillowImage.Image, name: str) -> Photo:
    """Return the pixels of an image as they are stored, without metadata.

    Grey and palettes become RGB, and 1 bit becomes 0 and 255; premultiplied alpha is made
    straight, as Pillow does it. Colours are never converted.

    Args:
        image: Opened, of a frame that was chosen; it is loaded.
        name: Of its file, for the command that a message proposes.

    Raises:
        ImageError: Its colours are not RGB, it has further channels, or it is damaged.
    """
    _require_known_channels(image)
    _require_known_planes(image)
    # Only an image that is not loaded knows.
    spread = _SPREAD.get(raw_mode(image))
    with image_errors():
        image.load()
        return _converted(image, name, spread)


def _converted(image: PillowImage.Image, name: str, spread: int | None) -> Photo:
    key = image.info.get("transparency")
    if image.mode in DEEP_GREY_MODES:
        return photo_of_samples(np.array(image).astype(np.uint16)[..., None], key)
    if spread and isinstance(key, int):
        # Pillow compares it as it stands in the file.
        return photo_of_samples(np.array(image)[..., None], key * spread)
    grey = image.mode in GREY_MODES
    if image.has_transparency_data:
        # Pillow knows no direct way from La.
        straight = image.convert("LA") if image.mode == "La" else image
        samples = np.array(straight.convert("RGBA"))
        return Photo(np.ascontiguousarray(samples[..., :3]), samples[..., 3].copy(), grey)
    if image.mode not in OPAQUE_MODES:
        raise _no_rgb(image, name)
    # Even a conversion to the mode that it has is a copy.
    rgb = image if image.mode == "RGB" else image.convert("RGB")
    return Photo(np.array(rgb), grey=grey)


def _require_known_channels(image: PillowImage.Image) -> None:
    """Refuse channels that Pillow would leave out silently, such as spot colours."""
    tags = getattr(image, "tag_v2", None) or {}
    stored, known = tags.get(_SAMPLES_PER_PIXEL, 1), len(image.getbands())
    if isinstance(stored, int) and stored > known:
        raise ImageError(
            f"has {stored} channels, of which {known} are colours or alpha; remove the others, "
            "which would be lost"
        )


def _require_known_planes(image: PillowImage.Image) -> None:
    """Refuse channels that lie apart where Pillow misreads them: grey and alpha, and others."""
    tags = getattr(image, "tag_v2", None) or {}
    if tags.get(_PLANAR_CONFIGURATION) != _APART:
        return
    premultiplied = _PREMULTIPLIED in tags.get(_EXTRA_SAMPLES, ())
    if image.mode in ("LA", "La", "PA") or (
        premultiplied and image.info.get("compression") == "raw"
    ):
        raise ImageError(
            "stores colours and alpha in planes apart, which is not read of this kind; save it "
            "with interleaved channels, or as PNG"
        )


def _no_rgb(image: PillowImage.Image, name: str) -> ImageError:
    if image.mode != "CMYK":
        return ImageError(
            f"mode {image.mode} cannot become RGB without loss; convert it to RGB first"
        )
    return cmyk_error(name)


def cmyk_error(name: str) -> ImageError:
    """Return the error for a file of CMYK colours, which says how to convert it."""
    return ImageError(
        f"has CMYK colours, which cannot become RGB without loss; convert it: {rgb_command(name)}"
    )


def rgb_command(name: str) -> str:
    """Return the ImageMagick command that makes an RGB PNG of a CMYK file.

    >>> rgb_command("a b.tif")
    "convert 'a b.tif' -colorspace sRGB +profile icc 'a b.rgb.png'"
    """
    target = Path(name).with_name(Path(name).stem + ".rgb.png")
    return f"convert {shlex.quote(name)} -colorspace sRGB +profile icc {shlex.quote(str(target))}"
