"""Bytes of lossless files: ours, optimised PNGs, lossless WebP.

Usage: python benchmarks/lossless.py FOLDER... [--models ID...] [--every N] [--json FILE]

Every image of ours is read back and compared with its source, sample for sample. The PNGs are
Pillow's with ``optimize`` and the smallest that ``rescodec_formats.write_png`` finds, WebP is
Pillow's with method 6 and quality 100.

Options: --qualities Q... for models with a dial, --effort 9, --crop N for the N x N pixels in the
middle of each image.
"""

from __future__ import annotations

import argparse
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

import rescodec
import rescodec_formats as formats
from rescodec import Codec, Photo
from rescodec.dial import Dial
from rescodec.encoding import Encoding
from rescodec.image_folder import image_paths, load_rgb
from rescodec.lossless import LOSSLESS_QUALITY

MODELS = [
    "alpha-x2-lite-1",
    "dial-x2-lite-1",
    "dial-x4-lite-1",
    "latent-x2-lite-1",
    "plain-x2-lite-1",
    "alpha-x4-lite-1",
]
BITS_PER_BYTE = 8
# Pictures of so many colours are no photos, and small as PNGs with a palette.
PALETTE = 256


def main() -> None:
    """Measure all folders and print a table of bits per pixel."""
    parser = argparse.ArgumentParser(description="Bytes of lossless files.")
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--models", nargs="+", default=MODELS, help="ids or paths")
    parser.add_argument("--qualities", type=float, nargs="+", default=[LOSSLESS_QUALITY])
    parser.add_argument("--every", type=int, default=1, help="take every n-th image")
    parser.add_argument("--crop", type=int)
    parser.add_argument("--effort", type=int, default=9)
    parser.add_argument("--json", type=Path, help="write the figures here too")
    args = parser.parse_args()
    rows = []
    codecs = [Codec.open(model, device="cpu") for model in args.models]
    for folder in args.folders:
        for path in image_paths([folder])[:: args.every]:
            photo = cropped(load_rgb(path), args.crop)
            row = {"folder": folder.name, "image": path.name, "pixels": photo.width * photo.height}
            row["colours"] = len(np.unique(photo.pixels.reshape(-1, 3), axis=0))
            row |= others(photo, args.effort)
            for codec in codecs:
                for quality in args.qualities if codec.config.dial_steps else [None]:
                    row |= ours(photo, codec, quality, args.effort)
            rows.append(row)
            print(row, flush=True)
    print_means(rows)
    if args.json:
        args.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


def others(photo: Photo, effort: int) -> dict[str, int]:
    """Return the bytes of the formats that hold the photo alone."""
    image, png, webp, least = Image.fromarray(photo.pixels), *(io.BytesIO() for _ in range(3))
    image.save(png, "PNG", optimize=True)
    image.save(webp, "WEBP", lossless=True, method=6, quality=100)
    formats.write_png(least, photo.samples, effort=effort)
    return {
        "PNG, Pillow": len(png.getvalue()),
        f"PNG, effort {effort}": len(least.getvalue()),
        "WebP": len(webp.getvalue()),
    }


def ours(photo: Photo, codec: Codec, quality: float | None, effort: int) -> dict[str, int]:
    """Return the bytes of a lossless file, after reading it back, and of its residual alone.

    Raises:
        RuntimeError: What came back is not the photo.
    """
    encoding = Encoding(codec, effort=effort, dial=Dial(quality), lossless=True)
    file = io.BytesIO()
    header = encoding.write(encoding.compute(encoding.read(photo)), file)
    restored = rescodec.decode(file.getvalue(), model=codec)
    if not np.array_equal(restored.pixels, photo.pixels):
        raise RuntimeError(f"{codec.id}: the restored photo is another")
    name = codec.id if quality is None else f"{codec.id}, quality {quality:g}"
    residual = [info for info in header.streams if info.name in formats.RESIDUAL_NAMES]
    return {
        name: len(file.getvalue()),
        f"{name}: residual": sum(info.compressed_bytes for info in residual),
    }


def print_means(rows: list[dict[str, Any]]) -> None:
    """Print a table: bits per pixel of each folder, and bytes against the better PNG."""
    for folder in sorted({row["folder"] for row in rows}):
        those = [row for row in rows if row["folder"] == folder]
        print_mean(folder, those)
        more = [row for row in those if row["colours"] > PALETTE]
        if len(more) < len(those):
            print_mean(f"{folder}, more than {PALETTE} colours", more)


def print_mean(name: str, rows: list[dict[str, Any]]) -> None:
    """Print a table of some images."""
    pixels = sum(row["pixels"] for row in rows)
    formats_of = [key for key, value in rows[0].items() if isinstance(value, int)]
    names = [key for key in formats_of if key not in ("pixels", "colours")]
    # Of each image the smaller PNG.
    best = sum(min(row[key] for key in names if key.startswith("PNG")) for row in rows)
    print(f"\n| {name}, {len(rows)} images | bits per pixel | against PNG |\n|---|---|---|")
    for key in names:
        total = sum(row[key] for row in rows)
        print(f"| {key} | {BITS_PER_BYTE * total / pixels:.2f} | {total / best:.1%} |")


def cropped(pixels: npt.NDArray[np.uint8], side: int | None) -> Photo:
    """Return the middle of an image."""
    if side is not None:
        top, left = (max(0, n - side) // 2 for n in pixels.shape[:2])
        pixels = pixels[top : top + side, left : left + side]
    return Photo(np.ascontiguousarray(pixels))


if __name__ == "__main__":
    main()
