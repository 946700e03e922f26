"""Setting the dial of a model: by a quality, a PSNR to reach, or bytes to stay under."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from rescodec.codec import MAX_QUALITY, Codec, QualityError
from rescodec.encoded_image import EncodedImage, UnroundedImage
from rescodec.files import ALPHA_MOST
from rescodec.metrics import psnr_y
from rescodec.networks import NetworkConfig
from rescodec.photo import Photo, Samples, as_grey, to_8_bits
from rescodec_formats import Carrier

# With this step, in levels of 255, PSNR-Y is about 45 dB.
DEFAULT_STEP = 6.0


@dataclass(frozen=True)
class Dial:
    """What is wanted of a file; at most one of the three.

    Attributes:
        quality: 0 (smallest) to 100.
        target_psnr: PSNR-Y in dB that the restored photo has at least, at the lowest whole
            quality.
        max_bytes: Size that the file does not exceed, at the highest whole quality.

    Raises:
        QualityError: More than one is given, or a value is out of range.
    """

    quality: float | None = None
    target_psnr: float | None = None
    max_bytes: int | None = None

    def __post_init__(self) -> None:
        """Check what can be checked without a photo."""
        given = [name for name, value in vars(self).items() if value is not None]
        if len(given) > 1:
            raise QualityError(f"{' and '.join(given)} exclude each other; give one of them")
        for name in given:
            value = getattr(self, name)
            if isinstance(value, bool | str) or not hasattr(value, "__float__"):
                raise QualityError(f"{name} is {value!r}; it must be a number")
            # Numbers of numpy would not become JSON.
            object.__setattr__(self, name, int(value) if name == "max_bytes" else float(value))
        if self.quality is not None and not 0 <= self.quality <= MAX_QUALITY:
            raise QualityError(f"quality is {self.quality}; it must lie in 0 to {MAX_QUALITY}")
        if self.target_psnr is not None and not 0 < self.target_psnr < np.inf:
            raise QualityError(f"target_psnr is {self.target_psnr}; it must be a number of dB")
        if self.max_bytes is not None and self.max_bytes < 1:
            raise QualityError(f"max_bytes is {self.max_bytes}; it must be at least 1")


def require_dial(dial: Dial, codec: Codec, *, lossless: bool = False) -> None:
    """Refuse to set the dial of a model that has none, and targets for lossless files.

    Raises:
        QualityError: So it is.
    """
    if lossless and (dial.target_psnr is not None or dial.max_bytes is not None):
        raise QualityError(
            "lossless files restore the photo exactly, in whatever bytes that takes: they have no "
            "target; leave out lossless, or the target"
        )
    asked = any(value is not None for value in vars(dial).values())
    if asked and not codec.config.dial_steps:
        raise QualityError(
            f"model {codec.id} has no dial: quality, target PSNR and bytes are for models of the "
            "family dial"
        )


def round_at(
    codec: Codec, image: UnroundedImage, quality: float, *, carrier: Carrier, tile: int | None
) -> EncodedImage:
    """Set the dial of an image.

    Args:
        codec: Its model has a dial.
        image: That was downscaled.
        quality: 0 to 100.
        carrier: Where the first plane will be stored; an alpha channel has 7 bits for it, so
            its step grows until they suffice.
        tile: As for ``Codec.encode``.

    Raises:
        ValueError: As ``Codec.encode``.
    """
    steps = codec.dial_steps(float(quality))
    rounded = codec.round(image, steps, tile=tile)
    most = 0 if rounded.planes is None else int(np.abs(rounded.planes[0].astype(np.int32)).max())
    if carrier == "alpha" and most > ALPHA_MOST:
        first, *others = steps.planes
        first *= (most + 1) / ALPHA_MOST
        rounded = codec.round(image, replace(steps, planes=(first, *others)), tile=tile)
    return rounded


def chosen_quality(
    codec: Codec,
    photo: Photo,
    dial: Dial,
    *,
    at: Callable[[float], EncodedImage],
    size: Callable[[EncodedImage], float],
    tile: int | None,
) -> float:
    """Return the quality at which a photo is what is wanted.

    Args:
        codec: Its model has a dial.
        photo: To be encoded.
        dial: What is wanted.
        at: Returns the encoded photo at a quality.
        size: Returns the bytes of the file of an image; infinity for one that is over a limit.
        tile: As for ``Codec.encode``.

    Raises:
        QualityError: No quality reaches the PSNR, or stays within the bytes.
        ValueError: As ``Codec.encode``.
    """
    if dial.target_psnr is not None:
        return _reaching(codec, photo, at, dial.target_psnr, tile)
    if dial.max_bytes is not None:
        return _within(lambda quality: size(at(quality)), dial.max_bytes)
    return default_quality(codec.config) if dial.quality is None else dial.quality


def default_quality(config: NetworkConfig) -> int:
    """Return the whole quality where PSNR-Y is about 45 dB.

    Args:
        config: Of a model with a dial.
    """
    finest, coarsest = config.dial_steps
    position = math.log(coarsest / DEFAULT_STEP) / math.log(coarsest / finest)
    return round(MAX_QUALITY * min(max(position, 0), 1))


def first_reaching(value: Callable[[int], float], target: float) -> int | None:
    """Return the lowest whole quality with at least some value, for values that grow with it.

    Looks where a line through the nearest known values would cross the target, so that few
    values have to be computed. They may be infinite.

    Args:
        value: Of a whole quality.
        target: Of the value.

    Returns:
        The quality; None if even the highest stays below.
    """
    low, high = 0, MAX_QUALITY
    below, above = value(low), value(high)
    if below >= target:
        return low
    if above < target:
        return None
    while high - low > 1:
        share = (target - below) / (above - below) if np.isfinite(above) else 0.5
        middle = min(max(low + round(share * (high - low)), low + 1), high - 1)
        found = value(middle)
        if found >= target:
            high, above = middle, found
        else:
            low, below = middle, found
    return high


def _reaching(
    codec: Codec,
    photo: Photo,
    at: Callable[[float], EncodedImage],
    target: float,
    tile: int | None,
) -> int:
    original, found = to_8_bits(photo.pixels), dict[int, float]()
    border = codec.scale if min(original.shape[:2]) > 2 * codec.scale else 0

    def restored(quality: int) -> float:
        pixels: Samples = codec.decode(at(quality), tile=tile, bit_depth=photo.bit_depth)
        pixels = to_8_bits(as_grey(pixels) if photo.grey else pixels)
        found[quality] = psnr_y(original, pixels, border)
        return found[quality]

    quality = first_reaching(restored, target)
    if quality is None:
        raise QualityError(
            f"quality {MAX_QUALITY} reaches {found[MAX_QUALITY]:.2f} dB on this photo, not "
            f"{target:g}; ask for less, or for a lossless file"
        )
    return quality


def _within(size: Callable[[int], float], most: int) -> int:
    above = first_reaching(size, most + 1)
    if above == 0:
        raise QualityError(
            f"quality 0 takes {size(0):,.0f} bytes for this photo, more than {most:,}; allow more, "
            "or take a model of another family or a larger scale"
        )
    return MAX_QUALITY if above is None else above - 1
