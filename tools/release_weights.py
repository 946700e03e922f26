"""Make a training run's weights those of a released id.

Usage: python tools/release_weights.py RUN/weights.safetensors ID --licence TEXT --data TEXT
                                       [--dtype float16|float32]

Writes rescodec/weights/ID.safetensors and the digest in rescodec/zoo.py. Golden files and measured
figures are then made anew (CONTRIBUTING.md says when that is allowed).
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import torch

from rescodec.weights_file import Weights, read_weights, weights_of, write_weights

ROOT = Path(__file__).parents[1]


def main() -> None:
    """Convert the weights and enter their digest."""
    parser = argparse.ArgumentParser(description="Make weights those of a released id.")
    parser.add_argument("weights", type=Path)
    parser.add_argument("id")
    parser.add_argument("--dtype", choices=("float16", "float32"), default="float16")
    parser.add_argument("--licence", required=True, help="of the weights")
    parser.add_argument("--data", required=True, help="what they were trained on, and its licences")
    args = parser.parse_args()
    try:
        trained = read_weights(args.weights)
        metadata = {**trained.metadata, "licence": args.licence, "data": args.data}
        released = weights_of(trained.build(), metadata, getattr(torch, args.dtype))
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
        ValueError: There is no such entry, or nothing stands in for a lost plane.
    """
    if weights.config.planes == 1 and not weights.config.plane_neutral:
        raise ValueError(
            "the weights have no plane_neutral, which a run measures at its end; finish it with "
            "--resume --steps"
        )
    table = root / "rescodec/zoo.py"
    entry = rf'(id="{re.escape(model)}".*?weights_sha256=")[0-9a-f]*(")'
    text, found = re.subn(
        entry, rf"\g<1>{weights.digest}\g<2>", table.read_text(), count=1, flags=re.DOTALL
    )
    if not found:
        raise ValueError(f"{model} is not in {table}; add its entry first")
    write_weights(weights, root / "rescodec/weights" / f"{model}.safetensors")
    table.write_text(text)


if __name__ == "__main__":
    main()
