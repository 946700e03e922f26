"""Quality, bytes and time of one model on images.

::

    HR --encode--> LR, payload --write--> file --read--> LR, payload --decode--> restored
    |              |                      |                                      |
    |              '-- lr_psnr            '-- bpp                                |
    '------------------------ psnr_y, ssim_y, psnr_rgb --------------------------'
"""

from __future__ import annotations

import io
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt

import rescodec_formats as formats
from rescodec.codec import Codec, NoiseError, QualityError
from rescodec.encoded_image import EncodedImage
from rescodec.files import encoded_from, write_encoded
from rescodec.image_folder import crop_to_multiple, image_paths
from rescodec.images import ImageError, read_photo
from rescodec.metrics import psnr, psnr_y, ssim_y
from rescodec.resample import bicubic_image

Image = npt.NDArray[np.uint8]

# The papers crop to the largest scale in use, so that every scale sees the same pixels.
SIZE_MULTIPLE = 4
WARM_UP_SIDE = 64


@dataclass(frozen=True)
class ImageResult:
    """What was measured on one image.

    Attributes:
        name: File name.
        hr_size: (H, W) after cropping to a multiple of 4.
        psnr_y: Of HR and restored image on BT.601 luma, borders of ``scale`` cropped, dB.
        ssim_y: Likewise, SSIM.
        psnr_rgb: Likewise, dB over all three channels.
        lr_psnr: Of the LR image and antialiased bicubic, both 8 bits, whole image, RGB, dB.
        bpp: Bits per HR pixel of the whole file, by carrier.
        encode_seconds: Pixels to LR image and payload, without the file.
        decode_seconds: LR image and payload to pixels, without the file.
    """

    name: str
    hr_size: tuple[int, int]
    psnr_y: float
    ssim_y: float
    psnr_rgb: float
    lr_psnr: float
    bpp: Mapping[str, float]
    encode_seconds: float
    decode_seconds: float

    @property
    def megapixels(self) -> float:
        """Millions of HR pixels."""
        return math.prod(self.hr_size) / 1e6


@dataclass(frozen=True)
class FolderResult:
    """Results of all images of a folder.

    Attributes:
        name: Name of the folder.
        images: One result each, sorted by file name.
    """

    name: str
    images: Sequence[ImageResult]

    def mean(self, field: str) -> float:
        """Return the mean of a number over the images, as the papers report it."""
        return float(np.mean([getattr(image, field) for image in self.images]))

    @property
    def bpp(self) -> dict[str, float]:
        """Mean bits per HR pixel by carrier."""
        return {
            carrier: float(np.mean([image.bpp[carrier] for image in self.images]))
            for carrier in self.images[0].bpp
        }

    def seconds_per_megapixel(self, field: str) -> float:
        """Return the time of all images over the pixels of all images."""
        pixels = sum(image.megapixels for image in self.images)
        return float(sum(getattr(image, field) for image in self.images) / pixels)


def carriers_of(codec: Codec) -> tuple[formats.Carrier, ...]:
    """Return where files of a model can keep the same payload."""
    if codec.config.dial_steps:
        # An alpha channel would round the first plane in another step.
        return ("chunk",)
    if codec.config.planes:
        return ("alpha", "chunk")
    return ("chunk",) if codec.config.code_channels else ("none",)


def measure_folder(
    codec: Codec,
    folder: Path,
    *,
    sigma: float | None = None,
    seed: int | None = None,
    quality: float | None = None,
) -> FolderResult:
    """Measure a model on every image directly in a folder.

    Args:
        codec: The model.
        folder: Of the images.
        sigma: As ``Codec.decode`` takes it.
        seed: Likewise.
        quality: For models with a dial, which need one; as ``Codec.encode`` takes it.

    Raises:
        OSError: The folder or an image cannot be read.
        ValueError: The folder holds no images, or one that would lose something as 8-bit
            RGB (``ImageError``) or is too small to be measured.
        NoiseError: Sigma or seed do not fit the model.
        QualityError: The quality does not.
    """
    results: list[ImageResult] = []
    for path in image_paths([folder]):
        try:
            hr = measured_pixels(path, max(SIZE_MULTIPLE, codec.scale))
            if not results:
                # Libraries choose algorithms and allocate on first use.
                codec.decode(codec.encode(hr[:WARM_UP_SIDE, :WARM_UP_SIDE], quality=quality))
            results.append(
                measure_image(codec, hr, path.name, sigma=sigma, seed=seed, quality=quality)
            )
        except (NoiseError, QualityError):
            raise
        except ImageError:
            raise
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from error
    return FolderResult(folder.resolve().name, results)


def measure_image(
    codec: Codec,
    hr: Image,
    name: str,
    *,
    sigma: float | None = None,
    seed: int | None = None,
    quality: float | None = None,
) -> ImageResult:
    """Measure a model on one image.

    Args:
        codec: The model.
        hr: (H, W, 3) uint8 RGB, sizes multiples of the scale.
        name: Kept in the result.
        sigma: As ``Codec.decode`` takes it.
        seed: Likewise.
        quality: As ``Codec.encode`` takes it.

    Raises:
        ValueError: The image is too small for SSIM.
    """
    started = time.perf_counter()
    encoded = codec.encode(hr, quality=quality)
    encode_seconds = time.perf_counter() - started
    files = {carrier: through_file(codec, encoded, carrier) for carrier in carriers_of(codec)}
    content, _ = next(iter(files.values()))
    started = time.perf_counter()
    restored = codec.decode(content, sigma=sigma, seed=seed)
    decode_seconds = time.perf_counter() - started
    border = codec.scale
    return ImageResult(
        name=name,
        hr_size=encoded.hr_size,
        psnr_y=psnr_y(hr, restored, border),
        ssim_y=ssim_y(hr, restored, border),
        psnr_rgb=psnr(hr, restored, border),
        lr_psnr=psnr(encoded.lr, bicubic_image(hr, codec.scale)),
        bpp={carrier: 8 * size / (hr.size // 3) for carrier, (_, size) in files.items()},
        encode_seconds=encode_seconds,
        decode_seconds=decode_seconds,
    )


def measured_pixels(path: Path, multiple: int = SIZE_MULTIPLE) -> Image:
    """Read a picture as figures are measured on: opaque, 8 bits, sizes multiples of a number.

    Args:
        path: Of the picture.
        multiple: To which rows and columns at the end are cut.

    Returns:
        (H, W, 3) uint8 RGB.

    Raises:
        OSError: The picture cannot be read.
        ImageError: It is none, or would lose something.
    """
    try:
        photo = read_photo(path)
        if photo.alpha is not None or photo.bit_depth != 8:
            raise ImageError("has transparency or 16 bits; measured are opaque images of 8 bits")
    except ImageError as error:
        raise ImageError(f"{path}: {error}") from error
    return crop_to_multiple(cast(Image, photo.pixels), multiple)


def through_file(
    codec: Codec, encoded: EncodedImage, carrier: formats.Carrier
) -> tuple[EncodedImage, int]:
    """Return what a file of an encoded image holds once it is read back, and how large it is.

    Raises:
        RuntimeError: It holds other samples than were written.
    """
    buffer = io.BytesIO()
    write_encoded(buffer, encoded, codec, carrier=carrier)
    content = encoded_from(formats.read(buffer.getvalue()), codec.config)
    if not _equal(content, encoded):
        raise RuntimeError(f"a file of {codec.id} holds other samples than were written")
    return content, buffer.tell()


def _equal(a: EncodedImage, b: EncodedImage) -> bool:
    return _same(a.lr, b.lr) and _same(a.planes, b.planes) and _same(a.code, b.code)


def _same(a: npt.NDArray[Any] | None, b: npt.NDArray[Any] | None) -> bool:
    return a is b if a is None or b is None else np.array_equal(a, b)
