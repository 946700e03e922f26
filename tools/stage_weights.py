"""Start a network of scale 4 from one of scale 2, as its first level.

Usage: python tools/stage_weights.py X2.safetensors RECIPE.toml OUT.safetensors

The blocks of the level that the recipe adds are new: with most subnets they change nothing at
first, so that training starts from the network of scale 2 and a Haar transform of its output.
"""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path

import torch

from rescodec.networks import Rescaler
from rescodec.train.loop import is_of_autoencoder
from rescodec.train.recipe import Recipe
from rescodec.weights_file import Weights, WeightsError, read_weights, weights_of, write_weights


def main() -> None:
    """Read weights and a recipe, and write weights."""
    parser = argparse.ArgumentParser(description="Start a network from one with a level less.")
    parser.add_argument("first", type=Path, help="weights of the smaller scale")
    parser.add_argument("recipe", type=Path, help="of the larger scale")
    parser.add_argument("out", type=Path)
    args = parser.parse_args()
    try:
        write_weights(staged(read_weights(args.first), Recipe.read(args.recipe)), args.out)
    except (OSError, ValueError) as error:
        parser.exit(2, f"error: {error}\n")


def staged(first: Weights, recipe: Recipe) -> Weights:
    """Return weights of a recipe's network, whose first levels are those of a smaller one.

    Raises:
        WeightsError: The smaller network is not the larger one without its last level, or has a
            dial, whose planes are others at each scale.
    """
    config = recipe.network
    if config.dial_steps or first.config.dial_steps:
        raise WeightsError("networks with a dial have other planes at each scale")
    smaller = dataclasses.replace(
        config, scale=config.scale // 2, blocks=config.blocks[:-1], widths=config.widths[:-1]
    )
    if first.config.as_trained != smaller.as_trained:
        raise WeightsError("the weights are not of the recipe's network without its last level")
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(recipe.seed)
        network = Rescaler(config)
    # The autoencoder of z has another z at each scale, and begins anew.
    kept = {n: tensor for n, tensor in first.tensors.items() if not is_of_autoencoder(n)}
    network.load_state_dict(kept, strict=False)
    return weights_of(network, first.metadata)


if __name__ == "__main__":
    main()
