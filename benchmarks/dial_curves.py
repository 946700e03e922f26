"""Quality against bytes: a model with a dial, JPEG, and a bicubic LR image with an AVIF inside.

Usage: python benchmarks/dial_curves.py MODEL --data DIR... [--every N] [--json FILE]
           [--rivals FILE]

For each folder and each way, the mean PSNR-Y, PSNR-RGB and bits per pixel at each setting, and
from these curves, linear between settings, the decibels at equal bits per pixel. Files are really
written and read back; what is not restored (metadata) is not written. "bicubic + AVIF" is what a
user could do without any of this: a PNG of the bicubic LR image that carries an AVIF of the photo.
Where only the weights have changed, --rivals takes the other two from the figures before.
"""

from __future__ import annotations

import argparse
import io
import json
import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image as PillowImage

import rescodec_formats as formats
from rescodec import Codec
from rescodec.bench.rivals import encode_jpeg
from rescodec.files import encoded_from, write_encoded
from rescodec.image_folder import crop_to_multiple, image_paths, load_rgb
from rescodec.metrics import psnr, psnr_y
from rescodec.resample import bicubic_image
from rescodec_formats.png import write_png

QUALITIES = range(0, 101, 10)
JPEG_QUALITIES = (30, 40, 50, 60, 70, 80, 85, 88, 90, 92, 94, 95, 96, 97, 98, 99, 100)
AVIF_QUALITIES = (10, 20, 30, 40, 50, 60, 65, 70, 75, 80, 85, 90, 93, 95, 97, 99)
RATES = {2: (4.0, 4.5, 5.0, 5.5, 6.0, 6.5, 7.0, 7.5), 4: (1.1, 1.25, 1.5, 1.75, 2.0, 2.25, 2.5)}
MULTIPLE = 4

Image = npt.NDArray[np.uint8]


class Point(NamedTuple):
    """One image at one setting.

    Attributes:
        bpp: Bits per pixel of the photo, of the whole file.
        psnr_y: Of the restored photo, as `rescodec.evaluate` measures it.
        psnr_rgb: Likewise.
        lr_psnr: Of the LR image against bicubic, which JPEG has none of.
    """

    bpp: float
    psnr_y: float
    psnr_rgb: float
    lr_psnr: float = math.nan


Way = Callable[[Image, int], Iterator[tuple[int, Point]]]
Curves = dict[str, list[dict[str, Any]]]


def main() -> None:
    """Measure and print the curves of each folder."""
    parser = argparse.ArgumentParser(description="Quality against bytes.")
    parser.add_argument("model", help="id of a model with a dial, or a weights file")
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="folders of images")
    parser.add_argument("--every", type=int, default=1, help="take every N-th image (1)")
    parser.add_argument("--json", type=Path, help="write the figures here too")
    parser.add_argument(
        "--rivals", type=Path, metavar="FILE", help="take all but the model from this, not anew"
    )
    args = parser.parse_args()
    codec = Codec.open(args.model)
    paths = {folder.name: image_paths([folder])[:: args.every] for folder in args.data}
    before: dict[str, Curves] = {}
    if args.rivals:
        try:
            for name, found in paths.items():
                before[name] = kept(args.rivals, codec.id, name, len(found))
        except (OSError, ValueError) as error:
            parser.exit(2, f"error: --rivals: {error}\n")
    report: dict[str, Any] = {"model": codec.id, "weights_sha256": codec.weights_sha256}
    for name, found in paths.items():
        images = [crop_to_multiple(load_rgb(path), MULTIPLE) for path in found]
        model: dict[str, Way] = {codec.id: lambda hr, border: dialled(codec, hr, border)}
        curves = measure(model, codec.scale, images)
        curves |= before.get(name) or measure(rivals_of(codec.scale), codec.scale, images)
        report[name] = {
            "images": len(images),
            "curves": curves,
            "at": at_rates(curves, RATES[codec.scale]),
        }
        print_folder(name, report[name], RATES[codec.scale])
    if args.json:
        args.json.write_text(json.dumps(report, indent=1, allow_nan=False) + "\n", encoding="utf-8")


def rivals_of(scale: int) -> dict[str, Way]:
    """Return what the model is measured beside."""
    return {
        "JPEG 4:4:4": jpeg,
        "bicubic + AVIF": lambda hr, border: avif(hr, border, scale),
    }


def kept(file: Path, model: str, folder: str, images: int) -> Curves:
    """Return the rivals' curves of earlier figures.

    Raises:
        OSError: The file cannot be read.
        ValueError: It holds none, or those of another model or of other images.
    """
    try:
        before = json.loads(file.read_text(encoding="utf-8"))
        found = before["model"], before.get(folder, {}).get("images", "no")
    except (ValueError, TypeError, KeyError, AttributeError):
        raise ValueError(f"{file}: expected figures that --json has written") from None
    if found != (model, images):
        raise ValueError(
            f"{file}: expected figures of {model} and {images} images of {folder}, found "
            f"{found[0]} and {found[1]} images; measure the rivals too"
        )
    return {name: curve for name, curve in before[folder]["curves"].items() if name != model}


def measure(ways: dict[str, Way], scale: int, images: Sequence[Image]) -> Curves:
    """Return the mean of all images at each setting, by way."""
    curves: Curves = {}
    for name, way in ways.items():
        points: dict[int, list[Point]] = {}
        for hr in images:
            for setting, point in way(hr, scale):
                points.setdefault(setting, []).append(point)
        curves[name] = [
            {"setting": setting, **_rounded(Point(*np.mean(found, axis=0)))}
            for setting, found in points.items()
        ]
    return curves


def dialled(codec: Codec, hr: Image, border: int) -> Iterator[tuple[int, Point]]:
    """Yield what the model makes of an image at each quality."""
    unrounded, preview = codec.analyse(hr), bicubic_image(hr, codec.scale)
    for quality in QUALITIES:
        file = io.BytesIO()
        write_encoded(file, codec.round(unrounded, codec.dial_steps(quality)), codec)
        encoded = encoded_from(formats.read(file.getvalue()), codec.config)
        point = _point(hr, codec.decode(encoded), file.tell(), border)
        yield quality, point._replace(lr_psnr=psnr(preview, encoded.lr))


def jpeg(hr: Image, border: int) -> Iterator[tuple[int, Point]]:
    """Yield baseline JPEGs with optimised tables and full colour resolution."""
    for quality in JPEG_QUALITIES:
        data = encode_jpeg(hr, quality, subsampling="4:4:4")
        yield quality, _point(hr, _opened(io.BytesIO(data)), len(data), border)


def avif(hr: Image, border: int, scale: int) -> Iterator[tuple[int, Point]]:
    """Yield AVIFs with full colour resolution; their bytes with those of a bicubic LR PNG."""
    preview = io.BytesIO()
    write_png(preview, bicubic_image(hr, scale))
    for quality in AVIF_QUALITIES:
        file = io.BytesIO()
        PillowImage.fromarray(hr).save(file, "AVIF", quality=quality, subsampling="4:4:4")
        yield quality, _point(hr, _opened(file), file.tell() + preview.tell(), border)


def at_rates(curves: Curves, rates: Sequence[float]) -> dict[str, dict[str, list[float | None]]]:
    """Return decibels at equal bits per pixel, None where a curve does not reach."""
    found = {}
    for name, curve in curves.items():
        finite = (point for point in curve if None not in point.values())
        points = sorted(finite, key=lambda point: point["bpp"])
        bpp = [point["bpp"] for point in points]
        found[name] = {
            metric: [
                round(float(np.interp(rate, bpp, [point[metric] for point in points])), 2)
                if bpp[0] <= rate <= bpp[-1]
                else None
                for rate in rates
            ]
            for metric in ("psnr_y", "psnr_rgb")
        }
    return found


def print_folder(name: str, result: dict[str, Any], rates: Sequence[float]) -> None:
    """Print the settings of the model and the table of equal rates."""
    model, *_ = result["curves"]
    print(f"\n{name}, {result['images']} images")
    print("\n| quality | bpp | PSNR-Y | PSNR-RGB | LR PSNR |\n|---|---|---|---|---|")
    for point in result["curves"][model]:
        figures = (point[name] for name in ("bpp", "psnr_y", "psnr_rgb", "lr_psnr"))
        cells = ("exact" if figure is None else f"{figure:.2f}" for figure in figures)
        print(f"| {point['setting']} | {' | '.join(cells)} |")
    print(f"\n| PSNR-Y / PSNR-RGB at | {' | '.join(f'{rate:g} bpp' for rate in rates)} |")
    print(f"|{'---|' * (len(rates) + 1)}")
    for way, values in result["at"].items():
        pairs = zip(values["psnr_y"], values["psnr_rgb"], strict=True)
        cells = ("" if y is None else f"{y:.2f} / {rgb:.2f}" for y, rgb in pairs)
        print(f"| {way} | {' | '.join(cells)} |", flush=True)


def _point(hr: Image, restored: Image, size: int, border: int) -> Point:
    return Point(
        8 * size / (hr.size // 3), psnr_y(hr, restored, border), psnr(hr, restored, border)
    )


def _rounded(point: Point) -> dict[str, float | None]:
    """Return the figures for JSON; None for those of exact images, which are infinite."""
    values = point._asdict().items()
    return {
        name: round(float(value), 4) if math.isfinite(value) else None
        for name, value in values
        if not math.isnan(value)
    }


def _opened(file: io.BytesIO) -> Image:
    with PillowImage.open(file) as image:
        return np.asarray(image.convert("RGB"))


if __name__ == "__main__":
    main()
