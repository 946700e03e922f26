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

from rescodec.weights_file import read_weights, weights_of, write_weights

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
    trained = read_weights(args.weights)
    metadata = {**trained.metadata, "licence": args.licence, "data": args.data}
    released = weights_of(trained.build(), metadata, getattr(torch, args.dtype))
    table = ROOT / "rescodec/zoo.py"
    entry = rf'(id="{re.escape(args.id)}".*?weights_sha256=")[0-9a-f]*(")'
    text, found = re.subn(
        entry, rf"\g<1>{released.digest}\g<2>", table.read_text(), count=1, flags=re.DOTALL
    )
    if not found:
        raise SystemExit(f"{args.id} is not in {table}; add its entry first")
    write_weights(released, ROOT / "rescodec/weights" / f"{args.id}.safetensors")
    table.write_text(text)
    print(f"{args.id}: {released.digest}, {args.dtype}")


if __name__ == "__main__":
    main()
