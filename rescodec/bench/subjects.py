"""What is measured: models that are open, and images with what identifies them."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from rescodec.codec import Codec
from rescodec.evaluate import measured_pixels
from rescodec.evaluate.measure import SIZE_MULTIPLE
from rescodec.image_folder import image_paths
from rescodec.networks import Rescaler, macs_per_hr_pixel, parameter_count
from rescodec.zoo import family_of

Image = npt.NDArray[np.uint8]

# Smaller images have no SSIM at the largest scale.
SMALLEST_SIDE = 24
# Hexadecimal digits of digests of pixels.
_DIGITS = 16


@dataclass(frozen=True, eq=False)
class Subject:
    """An image to measure on.

    Attributes:
        folder: Name of its folder.
        name: Of its file.
        pixels: (H, W, 3) uint8 RGB, sizes multiples of 4.
    """

    folder: str
    name: str
    pixels: Image

    @property
    def facts(self) -> dict[str, Any]:
        """Size, and a digest of the pixels."""
        height, width = self.pixels.shape[:2]
        digest = hashlib.sha256(self.pixels.tobytes()).hexdigest()[:_DIGITS]
        return {"height": height, "width": width, "sha256": digest}

    @property
    def megapixels(self) -> float:
        """Millions of pixels."""
        return math.prod(self.pixels.shape[:2]) / 1e6


def subjects(folders: Sequence[Path], every: int = 1) -> Iterator[Subject]:
    """Read images one after another.

    Args:
        folders: Of the images; their names must differ.
        every: Take the first image of so many.

    Raises:
        OSError: A folder or an image cannot be read.
        ValueError: A folder holds no images or one that is too small, or two have one name.
        ImageError: An image would lose something as 8-bit RGB.
    """
    names = [folder.resolve().name for folder in folders]
    if len(set(names)) < len(names):
        raise ValueError(f"--data: two folders have one name: {', '.join(names)}")
    for folder, name in zip(folders, names, strict=True):
        for path in image_paths([folder])[::every]:
            pixels = measured_pixels(path)
            if min(pixels.shape[:2]) < SMALLEST_SIDE:
                raise ValueError(f"{path}: smaller than {SMALLEST_SIDE} pixels a side")
            yield Subject(name, path.name, pixels)


def require_measurable(codec: Codec) -> None:
    """Refuse a model for which images would have to be cropped to larger multiples.

    Raises:
        ValueError: Its scale is not 2 or 4.
    """
    if SIZE_MULTIPLE % codec.scale:
        raise ValueError(
            f"{codec.id}: has scale {codec.scale}; models of scale 2 and 4 are compared, on images "
            f"whose sizes are multiples of {SIZE_MULTIPLE}"
        )


def model_facts(codec: Codec) -> dict[str, Any]:
    """Return what tables say about a model beside its figures, and the digest of its weights."""
    network = Rescaler(codec.config)
    return {
        "family": family_of(codec.config.to_dict()),
        "scale": codec.scale,
        "parameters": parameter_count(network),
        "kmac_per_hr_pixel": round(macs_per_hr_pixel(network) / 1000, 1),
        "weights_sha256": codec.weights_sha256,
    }
