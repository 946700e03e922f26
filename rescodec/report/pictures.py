"""What a viewer shows of one photo: what models and others make of it, each with its figures.

::

    photo --crop, 8 bits--> original --encode--> LR file --decode--> restored
                               |                   |  '--enlarge--> LR, nearest and smooth
                               |                   '-- bytes
                               '--rivals, as many bytes at most--> their pictures
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt
from PIL import Image as PillowImage

import rescodec_formats as formats
from rescodec.api import decode, encode
from rescodec.bench.subjects import require_measurable
from rescodec.codec import Codec
from rescodec.dial import default_quality
from rescodec.metrics import psnr_y, ssim_y
from rescodec.photo import Photo, to_8_bits
from rescodec.report.crop import Crop, Window, window

Image = npt.NDArray[np.uint8]

# Of one photo, and of all pictures of a page together, which then has about 20 MB.
MOST_PIXELS: Final = 1_000_000
MOST_PIXELS_OF_PAGE: Final = 13_000_000
# Left out of figures on each side, whatever the codec, as in `rescodec bench`.
BORDER: Final = 4
ORIGINAL: Final = "original"


@dataclass(frozen=True, eq=False)
class Version:
    """A picture of the photo.

    Attributes:
        name: What it is.
        model: To whose file it belongs; empty for the original.
        note: The setting it was made with, or why there is no picture.
        pixels: (H, W, 3) uint8; None where it could not be made.
        enlarge: Times that each pixel is repeated to show it.
        size: Bytes of its file; None for what has none of its own.
        bpp: Those in bits per pixel of the photo.
        psnr_y: To the original, dB; infinite if it is equal.
        ssim_y: Likewise.
    """

    name: str
    model: str = ""
    note: str = ""
    pixels: Image | None = None
    enlarge: int = 1
    size: int | None = None
    bpp: float | None = None
    psnr_y: float | None = None
    ssim_y: float | None = None


@dataclass(frozen=True, eq=False)
class Comparison:
    """All pictures of a photo.

    Attributes:
        name: Of the photo.
        size: (H, W) of the whole photo.
        window: What of it is compared.
        notes: What was done to the photo before.
        versions: The original first, then those of each model.
    """

    name: str
    size: tuple[int, int]
    window: Window
    notes: tuple[str, ...]
    versions: tuple[Version, ...]


class Rivals(Protocol):
    """What else could be done with so many bytes."""

    @property
    def count(self) -> int:
        """Pictures beside each model."""
        ...

    def of(self, hr: Image, most: int, scale: int) -> Iterator[Version]:
        """Yield pictures without figures of quality, each of a file of at most so many bytes."""
        ...


def compare(
    photo: Photo,
    name: str,
    codecs: Sequence[Codec],
    *,
    rivals: Rivals | None = None,
    crop: Crop | None = None,
    quality: float | None = None,
    most: float = MOST_PIXELS,
) -> Comparison:
    """Send a photo through models and through what else there is.

    Args:
        photo: To be compared.
        name: Of the photo.
        codecs: The models.
        rivals: Makes files of at most the bytes of each model's; None for none.
        crop: What of the photo; None for its middle.
        quality: Of models with a dial; None for their default.
        most: Pixels of the middle.

    Raises:
        ImageError: The photo is too small, or the crop is not inside it.
        ValueError: A model has another scale than 2 or 4.
    """
    for codec in codecs:
        require_measurable(codec)
    part = window((photo.height, photo.width), crop, most)
    prepared, notes = _prepared(photo, part)
    hr = to_8_bits(prepared.pixels)
    versions = [Version(ORIGINAL, pixels=hr)]
    for codec in codecs:
        found = _of_model(codec, prepared, quality, rivals)
        versions += [_measured(version, hr) for version in found]
    return Comparison(name, (photo.height, photo.width), part, tuple(notes), tuple(versions))


def share_of_page(photos: int, models: int, rivals: Rivals | None) -> float:
    """Return how many pixels of each photo keep a page of all of them at a reasonable size."""
    # LR images take a quarter or less, and a smooth one is easily compressed.
    pictures = photos * (1 + models * (1.5 + (rivals.count if rivals else 0)))
    return min(MOST_PIXELS, MOST_PIXELS_OF_PAGE / max(pictures, 1))


def _prepared(photo: Photo, part: Window) -> tuple[Photo, list[str]]:
    """Return the part of a photo that is compared, opaque and of 8 bits, and what changed."""
    rows, columns = part.slices
    pixels, notes = to_8_bits(photo.pixels[rows, columns]), []
    if photo.bit_depth == 16:
        notes.append("its 16 bits per sample are rounded to 8")
    if photo.alpha is not None:
        alpha = to_8_bits(photo.alpha[rows, columns])[..., None] / 255
        pixels = np.round(pixels * alpha + 255 * (1 - alpha)).astype(np.uint8)
        notes.append("its transparency is filled with white")
    if photo.grey:
        notes.append("it is grey: three equal channels")
    if photo.metadata.icc_profile is not None:
        notes.append("its colour profile is left out: the samples are shown as they are stored")
    return Photo(np.ascontiguousarray(pixels), grey=photo.grey), notes


def _of_model(
    codec: Codec, photo: Photo, quality: float | None, rivals: Rivals | None
) -> Iterator[Version]:
    """Yield what a model makes of a photo, and rivals at as many bytes."""
    dialled = bool(codec.config.dial_steps)
    setting = (default_quality(codec.config) if quality is None else quality) if dialled else None
    file = encode(photo, model=codec, quality=setting)
    restored = to_8_bits(decode(file, model=codec).pixels)
    lr, scale = formats.read(file).lr, codec.scale
    smooth = PillowImage.fromarray(lr).resize(
        (lr.shape[1] * scale, lr.shape[0] * scale), PillowImage.Resampling.BICUBIC
    )
    note = "" if setting is None else f"quality {setting:g}"
    versions = [
        Version("restored", note=note, pixels=restored, size=len(file)),
        Version("LR, nearest", note=f"x{scale}", pixels=lr, enlarge=scale),
        Version("LR, smooth", note=f"x{scale}, bicubic", pixels=np.asarray(smooth)),
        *(() if rivals is None else rivals.of(to_8_bits(photo.pixels), len(file), scale)),
    ]
    yield from (replace(version, model=codec.id) for version in versions)


def _measured(version: Version, hr: Image) -> Version:
    """Return a version with its figures."""
    if version.pixels is None:
        return version
    times = version.enlarge
    shown = version.pixels.repeat(times, axis=0).repeat(times, axis=1)
    return replace(
        version,
        bpp=None if version.size is None else 8 * version.size / (hr.size // 3),
        psnr_y=psnr_y(hr, shown, BORDER),
        ssim_y=ssim_y(hr, shown, BORDER),
    )
