"""Blend two weights of one network, one of which was trained from the other.

Usage: python tools/blend_weights.py FIRST.safetensors SECOND.safetensors SHARE OUT.safetensors

Each tensor, and what stands in for a lost plane, is (1 - SHARE) of the first's and SHARE of the
second's. Between weights that are near each other, a blend may keep most of what either is good at
(Wortsman et al., Model soups, 2022).
"""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path

from rescodec.weights_file import Weights, WeightsError, read_weights, write_weights


def main() -> None:
    """Read two files and write a third."""
    parser = argparse.ArgumentParser(description="Blend two weights of one network.")
    parser.add_argument("first", type=Path)
    parser.add_argument("second", type=Path)
    parser.add_argument("share", type=float, help="of the second, 0 to 1")
    parser.add_argument("out", type=Path)
    args = parser.parse_args()
    try:
        write_weights(
            blended(read_weights(args.first), read_weights(args.second), args.share), args.out
        )
    except (OSError, ValueError) as error:
        parser.exit(2, f"error: {error}\n")


def blended(first: Weights, second: Weights, share: float) -> Weights:
    """Return a blend, with the metadata of the second.

    Raises:
        ValueError: The share is not in 0 to 1.
        WeightsError: The weights are of two networks.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"the share is {share}; it must lie in 0 to 1")
    if first.config.as_trained != second.config.as_trained:
        raise WeightsError("the weights are of two different networks")
    tensors = {
        name: (1 - share) * tensor + share * second.tensors[name]
        for name, tensor in first.tensors.items()
    }
    neutral = (1 - share) * first.config.plane_neutral + share * second.config.plane_neutral
    config = dataclasses.replace(first.config, plane_neutral=round(neutral, 3))
    return Weights(config, tensors, dict(second.metadata))


if __name__ == "__main__":
    main()
