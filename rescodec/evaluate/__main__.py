"""Command line of evaluation: ``python -m rescodec.evaluate MODEL --data DIR``."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import cast

from rescodec.codec import Codec
from rescodec.dial import default_quality
from rescodec.evaluate.measure import carriers_of, measure_folder
from rescodec.evaluate.report import report, table_heading, table_row


def build_parser() -> argparse.ArgumentParser:
    """Return the argument parser."""
    parser = argparse.ArgumentParser(
        prog="python -m rescodec.evaluate",
        description="Measure a model on folders of images: PSNR and SSIM of the restored "
        "images, PSNR of the LR images against bicubic, size of the files, and time.",
    )
    parser.add_argument("model", help="id of a released model, a family, or a .safetensors file")
    parser.add_argument("--scale", type=int, default=2, help="of a family's model; 2 if not given")
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="folders of images")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures here too")
    parser.add_argument("--sigma", type=float, help="of z, for models trained with noise")
    parser.add_argument("--seed", type=int, help="of that noise")
    parser.add_argument(
        "--quality", type=float, help="0 to 100, of models with a dial; about 45 dB if not given"
    )
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or mps")
    return parser


def main(argv: list[str] | None = None) -> int:
    """Run the command; return the exit status."""
    args = build_parser().parse_args(argv)
    try:
        codec = Codec.open(args.model, scale=args.scale, device=args.device)
        quality = _quality(args, codec)
        setting = "" if quality is None else f", quality {quality:g}"
        print(f"{codec.id} x{codec.scale}, weights {codec.weights_sha256[:12]}{setting}")
        print(table_heading(carriers_of(codec)), flush=True)
        results = []
        for folder in args.data:
            results.append(
                measure_folder(codec, folder, sigma=args.sigma, seed=args.seed, quality=quality)
            )
            print(table_row(results[-1]), flush=True)
        if args.json is not None:
            values = report(codec, results, sigma=args.sigma, seed=args.seed, quality=quality)
            text = json.dumps(values, indent=1, allow_nan=False)
            args.json.write_text(text + "\n", encoding="utf-8")
    except (OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def _quality(args: argparse.Namespace, codec: Codec) -> float | None:
    """Return the quality that is asked for, or the usual one if the model has any."""
    if args.quality is None and codec.config.dial_steps:
        return default_quality(codec.config)
    return cast("float | None", args.quality)


if __name__ == "__main__":
    sys.exit(main())
