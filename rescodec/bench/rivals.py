"""What users have instead of rescodec: the usual codecs, and a thumbnail with one of them inside.

Every rival is a pair of functions between pixels and the bytes of a real file, with settings
from small files to large ones. Codecs keep full colour resolution, but for JPEGs up to
quality 80, which as a rule have half of it.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import imagecodecs
import numpy as np
import numpy.typing as npt
from PIL import Image as PillowImage
from PIL import ImageFile

from rescodec.resample import bicubic_image
from rescodec_formats.png import write_png

Image = npt.NDArray[np.uint8]

JPEG_SUBSAMPLED = 80
# Pillow writes a JPEG with optimised tables in one piece, for which its buffer must be large.
JPEG_BYTES = 1 << 26
# libjxl's own default.
JXL_EFFORT = 7
SCALES = (2, 4)


@dataclass(frozen=True)
class Rival:
    """A codec that users have.

    Attributes:
        name: As tables show it.
        settings: From small files to large ones.
        encode: From (H, W, 3) uint8 RGB and a setting to a file.
        decode: Back to (H, W, 3) uint8.
    """

    name: str
    settings: tuple[float, ...]
    encode: Callable[[Image, float], bytes]
    decode: Callable[[bytes], Image]

    def largest(self, hr: Image, most: int) -> tuple[float, bytes]:
        """Return the file of the highest setting that has at most so many bytes.

        Between the listed settings whole numbers are tried, or hundredths where they are not whole.
        Where even the first setting is larger, its file is returned.
        """
        steps = _steps(self.settings)
        low, high, found = 0, len(steps) - 1, (steps[0], self.encode(hr, steps[0]))
        while low <= high:
            middle = (low + high) // 2
            data = self.encode(hr, steps[middle])
            if len(data) <= most:
                found, low = (steps[middle], data), middle + 1
            else:
                high = middle - 1
        return found


def thumbnail_name(rival: str, scale: int) -> str:
    """Return what a bicubic LR PNG with a file of a rival inside is called."""
    return f"bicubic x{scale} + {rival}"


def thumbnail_bytes(hr: Image, scale: int) -> int:
    """Return the size of the bicubic LR image as a PNG, as small as rescodec writes one."""
    file = io.BytesIO()
    write_png(file, bicubic_image(hr, scale))
    return file.tell()


def _steps(settings: tuple[float, ...]) -> list[float]:
    """Return the settings with all between them.

    >>> _steps((0.13, 0.12, 0.1))
    [0.13, 0.12, 0.11, 0.1]
    >>> _steps((5, 8))
    [5, 6, 7, 8]
    """
    first, last = settings[0], settings[-1]
    sign = 1 if last > first else -1
    if all(setting == int(setting) for setting in settings):
        return list(range(int(first), int(last) + sign, sign))
    hundredths = range(round(100 * first), round(100 * last) + sign, sign)
    return [hundredth / 100 for hundredth in hundredths]


def _pillow(form: str, **options: Any) -> Callable[[Image, float], bytes]:
    def encode(hr: Image, quality: float) -> bytes:
        file = io.BytesIO()
        PillowImage.fromarray(hr).save(file, form, quality=int(quality), **options)
        return file.getvalue()

    return encode


def encode_jpeg(hr: Image, quality: float, **options: Any) -> bytes:
    """Return a JPEG with optimised tables, of any size.

    Args:
        hr: RGB image, (H, W, 3) uint8.
        quality: 1 to 100.
        options: Others of Pillow's.
    """
    before = ImageFile.MAXBLOCK
    ImageFile.MAXBLOCK = max(before, JPEG_BYTES)
    try:
        return _pillow("JPEG", optimize=True, **options)(hr, quality)
    finally:
        ImageFile.MAXBLOCK = before


def _encode_jpeg(hr: Image, quality: float) -> bytes:
    colors = "4:2:0" if quality <= JPEG_SUBSAMPLED else "4:4:4"
    return encode_jpeg(hr, quality, subsampling=colors, progressive=True)


def _encode_jxl(hr: Image, distance: float) -> bytes:
    return cast(bytes, imagecodecs.jpegxl_encode(hr, distance=distance, effort=JXL_EFFORT))


def _decode_jxl(data: bytes) -> Image:
    return cast(Image, imagecodecs.jpegxl_decode(data))


def _opened(data: bytes) -> Image:
    with PillowImage.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGB"))


RIVALS: Mapping[str, Rival] = {
    rival.name: rival
    for rival in (
        Rival("JPEG", (30, 50, 70, 80, 85, 90, 94, 96, 98, 99, 100), _encode_jpeg, _opened),
        Rival("WebP", (20, 50, 75, 85, 92, 96, 100), _pillow("WEBP", method=4), _opened),
        Rival(
            "AVIF",
            (20, 40, 55, 70, 80, 88, 93, 97, 99),
            _pillow("AVIF", subsampling="4:4:4"),
            _opened,
        ),
        Rival("JPEG XL", (6.0, 3.0, 1.5, 1.0, 0.6, 0.3, 0.2, 0.1), _encode_jxl, _decode_jxl),
    )
}
# Of these a thumbnail carries one.
INSIDE = ("AVIF", "JPEG XL")
