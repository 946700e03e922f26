"""A picture through a file and back, by a model or by bicubic interpolation."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image as PillowImage

import rescodec_formats as formats
from rescodec import Codec
from rescodec.dial import default_quality
from rescodec.evaluate.measure import carriers_of
from rescodec.files import encoded_from, write_encoded
from rescodec.resample import bicubic_image

Image = npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class RoundTrip:
    """What becomes of a picture.

    Attributes:
        original: (H, W, 3) uint8 RGB.
        lr: (h, w, 3) likewise, that the file shows.
        restored: (H, W, 3) likewise, from what was read from the file.
        size: Bytes of the file.
        bicubic: What bicubic interpolation makes of the original: (h, w, 3).
    """

    original: Image
    lr: Image
    restored: Image
    size: int
    bicubic: Image


def round_trip(codec: Codec, original: Image) -> RoundTrip:
    """Encode a picture, write and read the file, decode it.

    Args:
        codec: The model; one with a dial is set to its default quality.
        original: (H, W, 3) uint8 RGB, sizes multiples of the scale.
    """
    encoded = codec.encode(original, quality=quality_of(codec))
    buffer = io.BytesIO()
    write_encoded(buffer, encoded, codec, carrier=carriers_of(codec)[-1])
    read = encoded_from(formats.read(buffer.getvalue()), codec.config)
    return RoundTrip(
        original=original,
        lr=read.lr,
        restored=codec.decode(read),
        size=len(buffer.getvalue()),
        bicubic=bicubic_image(original, codec.scale),
    )


def quality_of(codec: Codec) -> int | None:
    """Return the quality that files of a model have by default; None without a dial."""
    return default_quality(codec.config) if codec.config.dial_steps else None


def enlarged(lr: Image, size: tuple[int, int]) -> Image:
    """Enlarge a picture to (H, W) by bicubic interpolation."""
    height, width = size
    larger = PillowImage.fromarray(lr).resize((width, height), PillowImage.Resampling.BICUBIC)
    return np.asarray(larger)
