"""What 16-bit subnets do to encoding and decoding, for each released model.

Usage: python benchmarks/precision.py FOLDER [--every 1] [--models ID...] [--json FILE]

Autocast computes the convolutions in bfloat16 or float16; the residual stream stays float32.
Decoding: what one file restores with such subnets, against float32. Encoding: the LR image that
is made with them, against float32, and what float32 restores of the file. An image that a tenth of
a level would have tipped over differs, too, so the largest difference and the share of samples
stand beside the cost: PSNR-Y in float32 less that with 16 bits, mean and largest over the images.
"""

from __future__ import annotations

import argparse
import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import numpy.typing as npt
import torch

from rescodec import Codec
from rescodec.dial import default_quality
from rescodec.image_folder import crop_to_multiple, image_paths, load_rgb
from rescodec.metrics import psnr_y
from rescodec.zoo import MODELS

Image = npt.NDArray[np.uint8]

PRECISIONS = {"bf16": torch.bfloat16, "fp16": torch.float16}
# What a precision may cost, for each image.
MOST_LEVELS = 1
MOST_DECIBELS = 0.01
MULTIPLE = 4


def main() -> None:
    """Measure all models and print a table."""
    parser = argparse.ArgumentParser(description="Subnets in 16 bits against float32.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--every", type=int, default=1, help="take every n-th image")
    parser.add_argument("--models", nargs="+", default=sorted(MODELS))
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--json", type=Path, help="results; other models' stay")
    args = parser.parse_args()
    # In each run alike, so that rows of earlier runs can stay.
    torch.set_num_threads(1)
    images = [
        crop_to_multiple(load_rgb(path), MULTIPLE)
        for path in image_paths([args.folder])[:: args.every]
    ]
    rows = []
    print("| model | | precision | levels | samples that differ | dB, mean | dB, most | passes |")
    print("|---|---|---|---|---|---|---|---|")
    for model in args.models:
        for row in measured(Codec.open(model, device=args.device), images):
            rows.append(row)
            print(
                f"| `{row['model']}` | {row['stage']} | {row['precision']} | {row['levels']} | "
                f"{row['share']:.2%} | {row['db_mean']:.4f} | {row['db_most']:.4f} | "
                f"{'yes' if row['passes'] else 'no'} |",
                flush=True,
            )
    if args.json:
        how = {
            "device": args.device,
            "threads": torch.get_num_threads(),
            "images": len(images),
        }
        rows += rows_of_others(args.json, how, set(args.models))
        found = {**how, "rows": sorted(rows, key=lambda row: str(row["model"]))}
        args.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def rows_of_others(path: Path, how: dict[str, Any], models: set[str]) -> list[dict[str, Any]]:
    """Return what a file of results has of other models, if it was measured in the same way.

    Args:
        path: The file, which need not exist.
        how: Device, threads and number of images.
        models: Those that have been measured anew.
    """
    earlier = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    if {key: earlier.get(key) for key in how} != how:
        return []
    return [row for row in earlier["rows"] if row["model"] not in models]


def measured(codec: Codec, images: list[Any]) -> Iterator[dict[str, Any]]:
    """Yield what each precision does to decoding and to encoding with a model."""
    quality = default_quality(codec.config) if codec.config.dial_steps else None
    encoded = [codec.encode(image, quality=quality) for image in images]
    restored: list[Image] = [codec.decode(one) for one in encoded]
    quality_before = [psnr_y(*pair, codec.scale) for pair in zip(images, restored, strict=True)]
    for precision, dtype in PRECISIONS.items():
        with autocast(dtype):
            decoded: list[Image] = [codec.decode(one) for one in encoded]
            coarse = [codec.encode(image, quality=quality) for image in images]
        for stage, found, expected, result in (
            ("decode", decoded, restored, decoded),
            (
                "encode",
                [one.lr for one in coarse],
                [one.lr for one in encoded],
                [codec.decode(one) for one in coarse],
            ),
        ):
            quality_after = [
                psnr_y(*pair, codec.scale) for pair in zip(images, result, strict=True)
            ]
            yield {
                "model": codec.id,
                "weights_sha256": codec.weights_sha256,
                "stage": stage,
                "precision": precision,
                **compared(found, expected, np.subtract(quality_before, quality_after)),
            }


def compared(
    found: list[Image], expected: list[Image], costs: npt.NDArray[np.float64]
) -> dict[str, Any]:
    """Return how far images differ, and whether a precision passes."""
    distances = [np.abs(a.astype(int) - b) for a, b in zip(found, expected, strict=True)]
    levels = max(int(distance.max()) for distance in distances)
    return {
        "levels": levels,
        "share": round(float(np.mean([np.mean(distance > 0) for distance in distances])), 6),
        "db_mean": round(float(costs.mean()), 5),
        "db_most": round(float(costs.max()), 5),
        "passes": levels <= MOST_LEVELS and float(costs.max()) < MOST_DECIBELS,
    }


@contextlib.contextmanager
def autocast(dtype: torch.dtype) -> Iterator[None]:
    """Compute convolutions in a type of 16 bits, whatever the precision of a codec."""

    def coarse(device: torch.device, *, fp16: bool) -> contextlib.AbstractContextManager[Any]:
        return torch.autocast(device.type, dtype=dtype)

    # Around the codec's functions it would have no effect: they set the precision themselves.
    with mock.patch("rescodec.codec.computing", coarse):
        yield


if __name__ == "__main__":
    main()
