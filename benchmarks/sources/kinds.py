"""Files of every kind of source, made from one photo."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import imagecodecs
import numpy as np
import numpy.typing as npt
import png
import tifffile
from PIL import Image as PillowImage

Deep = npt.NDArray[np.uint16]
LOSSLESS_WEBP = {"lossless": True, "exact": True}
# Format, mode, and options of Pillow's writer.
EIGHT_BITS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    *(("JPEG", "L", {"quality": 95}), ("JPEG", "RGB", {"quality": 95})),
    *(("PNG", "1", {}), ("PNG", "L", {}), ("PNG", "LA", {}), ("PNG", "P", {})),
    *(("PNG", "P + tRNS", {}), ("PNG", "L + tRNS", {}), ("PNG", "RGB + tRNS", {})),
    *(("PNG", "RGB", {}), ("PNG", "RGBA", {}), ("PNG", "RGBA, all opaque", {})),
    *(("WEBP", "RGB", LOSSLESS_WEBP), ("WEBP", "RGBA", LOSSLESS_WEBP)),
    *(("AVIF", "RGB", {"quality": 95}), ("AVIF", "RGBA", {"quality": 95})),
    *(("TIFF", "1", {}), ("TIFF", "L", {}), ("TIFF", "LA", {}), ("TIFF", "P", {})),
    *(("TIFF", "RGB", {}), ("TIFF", "RGBA", {})),
    *(("BMP", "1", {}), ("BMP", "L", {}), ("BMP", "P", {}), ("BMP", "RGB", {})),
    *(("PPM", "1", {}), ("PPM", "L", {}), ("PPM", "RGB", {})),
    *(("GIF", "P", {}), ("GIF", "P + tRNS", {})),
)
SIXTEEN_BITS = (
    *(("PNG", "L"), ("PNG", "LA"), ("PNG", "RGB"), ("PNG", "RGBA")),
    *(("TIFF", "L"), ("TIFF", "LA"), ("TIFF", "RGB"), ("TIFF", "RGBA")),
    *(("PPM", "L"), ("PPM", "RGB")),
)
NAMES = {"PPM1": "PBM", "PPML": "PGM", "WEBPRGB": "WebP", "WEBPRGBA": "WebP", "WEBP": "WebP"}


@dataclass(frozen=True)
class Sample:
    """A file of some kind.

    Attributes:
        name: Of the kind, as the table shows it.
        data: The file.
        frame: Which of its pictures, None for the only one.
    """

    name: str
    data: bytes
    frame: int | None = None


def restorable(photo: Deep) -> Iterator[Sample]:
    """Yield a file of each kind that is encoded.

    Args:
        photo: (H, W, 3) uint16 RGB.
    """
    for image_format, kind, options in EIGHT_BITS:
        name = NAMES.get(image_format + kind, image_format)
        yield Sample(f"{name}, {kind}", _eight_bits(photo, image_format, kind, options))
    for image_format, mode in SIXTEEN_BITS:
        name = NAMES.get(image_format + mode, image_format)
        yield Sample(f"{name}, {mode} of 16 bits", _sixteen_bits(photo, image_format, mode))
    for image_format in ("GIF", "WEBP", "PNG", "TIFF"):
        what = "pages" if image_format == "TIFF" else "frames"
        yield Sample(
            f"{NAMES.get(image_format, image_format)}, 2 {what}, `--frame 1`",
            _animation(photo, image_format),
            1,
        )


def refused(photo: Deep) -> Iterator[Sample]:
    """Yield a file of each kind that is refused."""
    image = PillowImage.fromarray((photo >> 8).astype(np.uint8))
    for image_format in ("JPEG", "TIFF"):
        yield Sample(f"{image_format}, CMYK", _saved(image.convert("CMYK"), image_format))
    yield Sample("TIFF, LAB", _saved(image.convert("LAB"), "TIFF"))
    yield Sample("TIFF, 32-bit float", _tiff((photo / 65535).astype(np.float32)))
    yield Sample("TIFF, 16-bit float", _tiff((photo / 65535).astype(np.float16)))
    yield Sample("TIFF, RGB and a spot colour", _tiff(np.dstack((photo, photo[..., 0])), [0]))
    yield Sample("PPM, up to 1023", b"P6 2 2 1023\n" + bytes(24))
    deep = imagecodecs.avif_encode(photo >> 6, level=95, bitspersample=10)
    yield Sample("AVIF of 10 bits", bytes(deep))
    for image_format in ("GIF", "WEBP", "PNG", "TIFF"):
        what = "pages" if image_format == "TIFF" else "frames"
        yield Sample(
            f"{NAMES.get(image_format, image_format)}, 2 {what}", _animation(photo, image_format)
        )
    yield Sample("EPS", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n")


def alpha_of(photo: Deep) -> Deep:
    """Return an alpha channel with soft edges: (H, W) uint16."""
    height, width = photo.shape[:2]
    y, x = np.mgrid[:height, :width]
    distance = np.hypot((y - height / 2) / height, (x - width / 2) / width)
    alpha: Deep = (np.clip(2.2 - 5 * distance, 0, 1) * 65535).astype(np.uint16)
    return alpha


def _eight_bits(photo: Deep, image_format: str, kind: str, options: dict[str, Any]) -> bytes:
    mode = kind.split()[0].rstrip(",")
    image = PillowImage.fromarray((photo >> 8).astype(np.uint8)).convert(mode)
    if kind.endswith("tRNS"):
        options = options | {"transparency": image.getpixel((0, 0))}
    elif mode[-1] == "A" and "opaque" not in kind:
        image.putalpha(PillowImage.fromarray((alpha_of(photo) >> 8).astype(np.uint8)))
    return _saved(image, image_format, **options)


def _sixteen_bits(photo: Deep, image_format: str, mode: str) -> bytes:
    samples = photo[..., 1:2] if mode[0] == "L" else photo
    if mode[-1] == "A":
        samples = np.dstack((samples, alpha_of(photo)))
    height, width, channels = samples.shape
    file = io.BytesIO()
    if image_format == "TIFF":
        return _tiff(samples, ["unassalpha"] if mode[-1] == "A" else None)
    if image_format == "PPM":
        file.write(b"P%d %d %d 65535\n" % (6 if channels == 3 else 5, width, height))
        file.write(samples.astype(">u2").tobytes())
    else:
        color = {"greyscale": channels < 3, "alpha": mode[-1] == "A"}
        writer = png.Writer(width, height, bitdepth=16, **color)
        writer.write(file, samples.reshape(height, -1).tolist())
    return file.getvalue()


def _animation(photo: Deep, image_format: str) -> bytes:
    image = PillowImage.fromarray((photo >> 8).astype(np.uint8))
    options = LOSSLESS_WEBP if image_format == "WEBP" else {}
    other = image.transpose(PillowImage.Transpose.FLIP_LEFT_RIGHT)
    return _saved(image, image_format, save_all=True, append_images=[other], **options)


def _tiff(samples: npt.NDArray[Any], extra: list[Any] | None = None) -> bytes:
    file = io.BytesIO()
    tifffile.imwrite(
        file,
        samples if samples.shape[2] > 1 else samples[..., 0],
        photometric="minisblack" if samples.shape[2] < 3 else "rgb",
        planarconfig="contig" if samples.shape[2] > 1 else None,
        extrasamples=extra,
    )
    return file.getvalue()


def _saved(image: PillowImage.Image, image_format: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, image_format, **options)
    return file.getvalue()
