"""A photo in memory: its samples, what kind of picture it is, and its metadata."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image as PillowImage

from rescodec.metadata import Metadata, pillow_info

Samples: TypeAlias = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]

# Rows that are looked at at a time.
_ROWS: Final = 16


@dataclass(frozen=True, eq=False)
class Photo:
    """An image of 8 or 16 bits per sample with its metadata.

    Attributes:
        pixels: (H, W, 3) uint8 or uint16 RGB, upright (EXIF orientation applied), as stored:
            never colour-converted. The three channels of a grey photo are equal.
        alpha: (H, W) of the same type, 0 transparent to 255 or 65535 opaque, straight (not
            premultiplied); None for an opaque photo.
        grey: The photo is greyscale, and becomes a greyscale file where the format has them.
        metadata: Colour profile, EXIF and other metadata.
    """

    pixels: Samples
    alpha: Samples | None = None
    grey: bool = False
    metadata: Metadata = field(default_factory=Metadata)

    @property
    def width(self) -> int:
        """Pixels in a row."""
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        """Rows."""
        return int(self.pixels.shape[0])

    @property
    def bit_depth(self) -> Literal[8, 16]:
        """Bits per sample."""
        return 8 if self.pixels.dtype == np.uint8 else 16

    @property
    def samples(self) -> Samples:
        """The channels that a file of the photo holds: (H, W, C).

        C is 1 for grey, 2 for grey and alpha, 3 for RGB and 4 for RGB and alpha.
        """
        channels: Any = self.pixels[..., :1] if self.grey else self.pixels
        samples: Samples = channels if self.alpha is None else np.dstack((channels, self.alpha))
        return samples

    def to_pillow(self) -> PillowImage.Image:
        """Return a Pillow image: L, LA, RGB or RGBA, or I;16 for opaque grey of 16 bits.

        Pillow has no other modes of 16 bits, so those photos are rounded to 8. Profile, EXIF,
        XMP and resolution are in ``info``.
        """
        deep_grey = self.grey and self.alpha is None and self.bit_depth == 16
        samples = self.samples if deep_grey else to_8_bits(self.samples)
        image = PillowImage.fromarray(samples[..., 0] if samples.shape[2] == 1 else samples)
        image.info.update(pillow_info(self.metadata))
        return image


def photo_of_samples(samples: Samples, key: object = None) -> Photo:
    """Return samples as a photo without metadata; the opposite of ``Photo.samples``.

    Args:
        samples: (H, W, C) uint8 or uint16; grey, grey and alpha, RGB, or RGB and alpha.
        key: The grey value, or the R, G and B, that stands for transparent pixels, if any.
    """
    channels = samples.shape[2]
    grey = channels < 3
    colors = samples[..., :1] if grey else samples[..., :3]
    alpha: Samples | None = None
    if channels in (2, 4):
        alpha = samples[..., -1].copy()
    elif isinstance(key, int | tuple):
        shown: Any = (colors != np.array(key)).any(axis=2)
        alpha = shown * samples.dtype.type(np.iinfo(samples.dtype).max)
    pixels: Any = np.repeat(colors, 3, axis=2) if grey else np.ascontiguousarray(colors)
    return Photo(pixels, alpha, grey)


def to_8_bits(samples: Samples) -> npt.NDArray[np.uint8]:
    """Round samples of 0 to 65535 to 0 to 255; 8-bit samples stay as they are."""
    if samples.dtype == np.uint8:
        return samples.astype(np.uint8, copy=False)
    return ((samples.astype(np.uint32) + 128) // 257).astype(np.uint8)


def has_equal_channels(pixels: Samples) -> bool:
    """Tell whether (H, W, 3) samples are grey everywhere, as of a black-and-white JPEG."""
    # Most photos show their colours in a few rows.
    return all(
        bool((rows[..., :1] == rows[..., 1:]).all())
        for rows in (pixels[top : top + _ROWS] for top in range(0, len(pixels), _ROWS))
    )


def as_grey(pixels: Samples) -> Samples:
    """Return three equal channels: the rounded mean of those that a network has restored.

    Measured on eight photos of the validation set, made grey: the mean restores alpha-x2-lite-1
    files at 46.50 dB, luma at 46.14 dB, the green channel alone at 44.99 dB; with the other
    released models the mean is best too, or within 0.01 dB of luma.

    Args:
        pixels: (H, W, 3) uint8 or uint16.
    """
    wide = np.uint16 if pixels.dtype == np.uint8 else np.uint32
    # For any integer s, (s + 1) // 3 is s / 3 rounded to the nearest.
    mean = ((pixels.sum(axis=2, dtype=wide) + 1) // 3).astype(pixels.dtype)
    grey: Samples = np.repeat(mean[..., None], 3, axis=2)
    return grey
