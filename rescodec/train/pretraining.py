"""What IRN-M's autoencoder learns before it meets the network."""

from __future__ import annotations

import torch

from rescodec.networks.latent_code import CODE_FACTOR, LatentAutoencoder
from rescodec.quantize import round_code_straight_through
from rescodec.train.random import PRETRAINING, step_generator
from rescodec.train.recipe import Recipe


def pretrain(autoencoder: LatentAutoencoder, recipe: Recipe, device: torch.device) -> None:
    """Train an autoencoder to restore standalone random z ~ N(0, 1), in place.

    Mean squared error at the recipe's peak rate, with the code rounded as files round it
    (arXiv 2303.06747, section 3.1). No checkpoint is written meanwhile: a run that is
    interrupted before its first step starts over.

    Args:
        autoencoder: On ``device``.
        recipe: Says for how many steps and on how large batches.
        device: Where to compute.
    """
    config = recipe.network
    optimizer = torch.optim.Adam(autoencoder.parameters(), lr=recipe.peak_lr, betas=recipe.betas)
    side = -(-recipe.crop // (config.scale * CODE_FACTOR)) * CODE_FACTOR
    shape = (recipe.batch, config.latent_channels, side, side)
    for step in range(recipe.pretraining):
        generator = step_generator(recipe.seed, step, device, PRETRAINING)
        z = torch.randn(shape, generator=generator, device=device)
        code = round_code_straight_through(autoencoder.encode(z), config.code_levels)
        loss = (autoencoder.decode(code) - z).square().mean()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
