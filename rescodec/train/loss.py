"""The training objective."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from rescodec.networks.rescaler import Rescaler
from rescodec.quantize import round_straight_through
from rescodec.resample import bicubic_downscale
from rescodec.train.recipe import Recipe


class Losses(NamedTuple):
    """The terms of the objective, unweighted, and their weighted sum.

    Attributes:
        total: What is minimised.
        reconstruction: Mean Charbonnier distance of HR and its restoration.
        guidance: MSE of LR and bicubic.
        latent: Mean square of z.
    """

    total: Tensor
    reconstruction: Tensor
    guidance: Tensor
    latent: Tensor


def rescaling_loss(network: Rescaler, hr: Tensor, recipe: Recipe) -> Losses:
    """Send a batch down and up again, as files do, and measure what is lost.

    ``mean Charbonnier(HR, inverse(rounded LR, rounded planes, z = 0))
    + w_g MSE(LR, bicubic) + w_z mean(z**2)``, the objective of IRN (arXiv 2005.05650,
    section 3.3) with per-element means and z = 0 (arXiv 2303.06747, section 2.1).

    Args:
        network: The network in training.
        hr: (B, 3, H, W) in 0 to 1.
        recipe: Weights of the terms.

    Returns:
        All terms, float32 scalars.
    """
    down = network(hr)
    restored = network.inverse(round_straight_through(down.lr), round_straight_through(down.planes))
    distance = torch.sqrt((restored - hr).square() + recipe.charbonnier_eps**2)
    reconstruction = distance.mean()
    guidance = (down.lr - bicubic_downscale(hr, network.config.scale)).square().mean()
    latent = down.z.square().mean()
    total = reconstruction + recipe.guidance_weight * guidance + recipe.latent * latent
    return Losses(total, reconstruction, guidance, latent)
