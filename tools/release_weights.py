"""Make a training run's weights those of a released id.

Usage: python tools/release_weights.py RUN/weights.safetensors ID --licence TEXT --data TEXT
                                       [--neutral DIR] [--dtype float16|float32]

Writes rescodec/weights/ID.safetensors and the digest in rescodec/zoo.py. Where files have a single
plane, its mean over the photos in DIR becomes plane_neutral. Golden files and measured
figures are then made anew (CONTRIBUTING.md says when that is allowed).
"""

from __future__ import annotations

import argparse
import dataclasses
import re
import statistics
from pathlib import Path

import torch

from rescodec import Codec
from rescodec.image_folder import image_paths, load_rgb
from rescodec.loading import LoadedModel
from rescodec.networks.plane import PlaneSquash
from rescodec.weights_file import Weights, read_weights, weights_of, write_weights

ROOT = Path(__file__).parents[1]


def main() -> None:
    """Convert the weights and enter their digest."""
    parser = argparse.ArgumentParser(description="Make weights those of a released id.")
    parser.add_argument("weights", type=Path)
    parser.add_argument("id")
    parser.add_argument("--dtype", choices=("float16", "float32"), default="float16")
    parser.add_argument("--licence", required=True, help="of the weights")
    parser.add_argument("--neutral", type=Path, metavar="DIR", help="photos to encode for it")
    parser.add_argument("--data", required=True, help="what they were trained on, and its licences")
    args = parser.parse_args()
    try:
        trained = read_weights(args.weights)
        metadata = {**trained.metadata, "licence": args.licence, "data": args.data}
        released = weights_of(trained.build(), metadata, getattr(torch, args.dtype))
        if args.neutral:
            released = with_neutral_plane(released, args.neutral)
        enter(args.id, released, ROOT)
    except (OSError, ValueError) as error:
        parser.exit(2, f"error: {error}\n")
    print(f"{args.id}: {released.digest}, {args.dtype}")


def enter(model: str, weights: Weights, root: Path) -> None:
    """Write the weights of an id, and their digest into its entry.

    Args:
        model: The id, which has an entry in the zoo.
        weights: What it stands for from now on.
        root: Folder of the repository.

    Raises:
        ValueError: There is no such entry.
    """
    table = root / "rescodec/zoo.py"
    entry = rf'(id="{re.escape(model)}".*?weights_sha256=")[0-9a-f]*(")'
    text, found = re.subn(
        entry, rf"\g<1>{weights.digest}\g<2>", table.read_text(), count=1, flags=re.DOTALL
    )
    if not found:
        raise ValueError(f"{model} is not in {table}; add its entry first")
    write_weights(weights, root / "rescodec/weights" / f"{model}.safetensors")
    table.write_text(text)


def with_neutral_plane(weights: Weights, photos: Path) -> Weights:
    """Return weights whose neutral plane is the mean of the planes of photos.

    Args:
        weights: Of a network with a single plane of 8 bits.
        photos: Folder of images; each counts once, whatever its size.

    Raises:
        ValueError: The network has no plane, or one for each channel.
        OSError: There are no photos.
    """
    if weights.config.planes != 1:
        raise ValueError("the network has no single plane: leave --neutral out")
    codec = Codec(LoadedModel("released", weights))
    encoded = (codec.encode(load_rgb(path)).planes for path in image_paths([photos]))
    means = [float(planes.mean()) / 255 for planes in encoded if planes is not None]
    squash = PlaneSquash(weights.config.plane_floor, weights.config.plane_bias)
    neutral = squash.inverse(torch.tensor(statistics.mean(means))).item()
    config = dataclasses.replace(weights.config, plane_neutral=round(neutral, 3))
    return dataclasses.replace(weights, config=config)


if __name__ == "__main__":
    main()
