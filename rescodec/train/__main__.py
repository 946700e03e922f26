"""Command line of training: ``python -m rescodec.train RECIPE.toml --data DIR --out DIR``."""

from __future__ import annotations

import argparse
import dataclasses
import sys
from pathlib import Path
from typing import Any

from rescodec.devices import choose_device, supports_bf16
from rescodec.image_folder import crop_to_multiple, image_paths, load_rgb
from rescodec.train.data import CropSampler
from rescodec.train.loop import CHECKPOINT, DivergenceError, Run, start, train
from rescodec.train.provenance import UNSTATED
from rescodec.train.recipe import Recipe
from rescodec.train.validation import require_size
from rescodec.weights_file import Weights, read_weights


def build_parser() -> argparse.ArgumentParser:
    """Return the argument parser."""
    parser = argparse.ArgumentParser(
        prog="python -m rescodec.train",
        description="Train a network from a recipe. The folder OUT receives checkpoint.pt "
        "(for --resume), weights.safetensors (averaged weights) and log.jsonl.",
    )
    parser.add_argument("recipe", type=Path, help="TOML file with [network] and [training]")
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="training folders")
    parser.add_argument("--valid", type=Path, nargs="+", required=True, help="validation folders")
    parser.add_argument("--out", type=Path, required=True, help="folder of results")
    parser.add_argument("--resume", action="store_true", help="go on from OUT/checkpoint.pt")
    parser.add_argument(
        "--init",
        type=Path,
        help="weights file to start from (same network; an autoencoder of z may be missing)",
    )
    parser.add_argument(
        "--teacher", type=Path, help="weights file of a trained network, for recipes with distil"
    )
    parser.add_argument("--steps", type=int, help="override the recipe's number of steps")
    parser.add_argument("--seed", type=int, help="override the recipe's seed")
    parser.add_argument("--minutes", type=float, help="stop, resumable, after this time")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or mps")
    parser.add_argument(
        "--precision",
        choices=("auto", "bf16", "fp32"),
        default="auto",
        help="of the subnets; auto is bf16 where the hardware computes in it",
    )
    parser.add_argument(
        "--compile",
        action="store_true",
        help="compile the network first: minutes, then faster steps; needs a C++ compiler",
    )
    parser.add_argument("--licence", default=UNSTATED, help="licence of the weights")
    return parser


def main(argv: list[str] | None = None) -> int:
    """Run the command; return the exit status."""
    args = build_parser().parse_args(argv)
    try:
        run = _prepare(args)
        state = start(run, resume=args.resume)
    except (OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    try:
        train(run, state)
    except (DivergenceError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    done = state.step >= run.recipe.steps
    print(f"{'finished' if done else 'stopped, resumable,'} at step {state.step}", flush=True)
    return 0


def _prepare(args: argparse.Namespace) -> Run:
    recipe = Recipe.read(args.recipe)
    overridden = {"steps": args.steps, "seed": args.seed}
    given = {key: value for key, value in overridden.items() if value is not None}
    recipe = dataclasses.replace(recipe, **given)
    if not args.resume and (args.out / CHECKPOINT).exists():
        raise ValueError(f"{args.out}: holds a checkpoint; use --resume or another folder")
    device = choose_device(args.device)
    bf16 = supports_bf16(device) if args.precision == "auto" else args.precision == "bf16"
    images = [load_rgb(path) for path in image_paths(args.data)]
    valid_paths = image_paths(args.valid)
    stride = max(1, len(valid_paths) // recipe.valid_images)
    chosen = valid_paths[::stride][: recipe.valid_images]
    scale = recipe.network.scale
    valid = [crop_to_multiple(load_rgb(path), scale) for path in chosen]
    for path, image in zip(chosen, valid, strict=True):
        require_size(image, scale, path)
    provenance = {
        "licence": args.licence,
        "data": ", ".join(f"{d.parent.name}/{d.name}" for d in map(Path.resolve, args.data)),
    }
    initial = None
    if args.init is not None:
        initial = read_weights(args.init)
        provenance["init"] = initial.digest
    teacher = _teacher(args.teacher, recipe)
    if teacher is not None:
        provenance["teacher"] = teacher.digest
    return Run(
        recipe=recipe,
        sampler=CropSampler(images, recipe.crop, recipe.batch, recipe.seed, recipe.candidates),
        valid=valid,
        out=args.out,
        device=device,
        bf16=bf16,
        compiled=args.compile,
        minutes=args.minutes,
        provenance=provenance,
        teacher=None if teacher is None else teacher.build().to(device),
        initial=initial,
        report=_print_record,
    )


def _teacher(path: Path | None, recipe: Recipe) -> Weights | None:
    """Read the weights of the network to learn from.

    Raises:
        ValueError: There is none and the recipe needs one, or the other way round, or it makes
            LR images of another size or has other planes.
    """
    if (path is None) != (recipe.distil == 0):
        raise ValueError("a teacher and distil in the recipe need each other")
    if path is None:
        return None
    weights = read_weights(path)
    ours, theirs = recipe.network, weights.config
    if (ours.scale, ours.planes) != (theirs.scale, theirs.planes) or theirs.dial_steps:
        raise ValueError(f"{path}: the teacher has another scale than the recipe, or other planes")
    return weights


def _print_record(record: dict[str, Any]) -> None:
    print(" ".join(f"{key} {value}" for key, value in record.items()), flush=True)


if __name__ == "__main__":
    sys.exit(main())
