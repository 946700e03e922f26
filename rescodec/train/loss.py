"""The training objective."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from rescodec.metrics import LUMA_WEIGHTS
from rescodec.networks.latent_code import pad_to_code
from rescodec.networks.rescaler import Rescaled, Rescaler
from rescodec.quantize import (
    add_rounding_noise,
    round_code_straight_through,
    round_straight_through,
)
from rescodec.resample import bicubic_downscale
from rescodec.train.recipe import Recipe


class Losses(NamedTuple):
    """The terms of the objective, unweighted, and their weighted sum.

    Attributes:
        total: What is minimised.
        reconstruction: Mean Charbonnier distance of HR and its restoration.
        luma: Likewise, of their luma.
        guidance: MSE of LR and bicubic.
        latent: Mean square of z.
        code: MSE of z and what its code restores; 0 for networks without a code.
        rate: Estimated bits of LR image and planes per HR pixel; 0 for networks without a
            dial.
        distil: MSE of LR image and planes and those of a teacher; 0 without one.
    """

    total: Tensor
    reconstruction: Tensor
    luma: Tensor
    guidance: Tensor
    latent: Tensor
    code: Tensor
    rate: Tensor
    distil: Tensor


def rescaling_loss(
    network: Rescaler,
    hr: Tensor,
    recipe: Recipe,
    generator: torch.Generator,
    teacher: Rescaler | None = None,
) -> Losses:
    """Send a batch down and up again, as files do, and measure what is lost.

    ``mean Charbonnier(HR, inverse(rounded LR, rounded planes, z')) + w_y the same of luma
    + w_g MSE(LR, bicubic) + w_z mean(z**2) + w_c MSE(z', z)``, the objective of IRN (arXiv
    2005.05650, section 3.3) and IRN-M (arXiv 2303.06747, eq. 2) with per-element means.
    z' is what the rounded code restores in networks that have one, noise where
    ``latent_std`` says so, and 0 otherwise (arXiv 2303.06747, section 3).

    Args:
        network: The network in training.
        hr: (B, 3, H, W) in 0 to 1.
        recipe: Weights of the terms.
        generator: Draws z', the downscaling latent and noise that stands in for rounding, on the
            device of ``hr``.
        teacher: A trained network with as many planes, whose LR images and planes this one is to
            find too.

    Returns:
        All terms, float32 scalars.
    """
    config = network.config
    half = (hr.shape[0], config.dlv_channels, hr.shape[2] // 2, hr.shape[3] // 2)
    dlv = _noise(half, recipe.dlv_std, hr, generator) if config.dlv_channels else None
    down = network(hr, dlv)
    z, code_loss = None, hr.new_zeros(())
    if network.autoencoder is not None:
        code = network.autoencoder.encode(pad_to_code(down.z))
        z = network.autoencoder.decode(round_code_straight_through(code, config.code_levels))
        z = z[:, :, : down.z.shape[2], : down.z.shape[3]]
        code_loss = (z - down.z).square().mean()
    elif config.latent_std > 0:
        z = _noise(down.z.shape, config.latent_std, hr, generator)
    lr, planes = (_rounded(x, recipe, generator) for x in (down.lr, down.planes))
    restored = network.inverse(lr, planes, z)
    difference = restored - hr
    reconstruction = _charbonnier(difference, recipe.charbonnier_eps)
    weights = torch.as_tensor(LUMA_WEIGHTS, dtype=hr.dtype, device=hr.device)[:, None, None]
    luma = _charbonnier((difference * weights).sum(dim=1), recipe.charbonnier_eps)
    guidance = (down.lr - bicubic_downscale(hr, config.scale)).square().mean()
    latent = down.z.square().mean()
    zero = hr.new_zeros(())
    distil = zero if teacher is None else _distance(down, teacher, hr)
    total = (
        reconstruction
        + recipe.luma * luma
        + recipe.guidance_weight * guidance
        + recipe.latent * latent
        + recipe.code * code_loss
        + recipe.distil * distil
    )
    return Losses(total, reconstruction, luma, guidance, latent, code_loss, zero, distil)


def _rounded(x: Tensor, recipe: Recipe, generator: torch.Generator) -> Tensor:
    if recipe.rounding == "noise":
        return add_rounding_noise(x, generator)
    return round_straight_through(x)


def _distance(down: Rescaled, teacher: Rescaler, hr: Tensor) -> Tensor:
    with torch.no_grad():
        wanted = teacher(hr)
    ours = torch.cat((down.lr, down.planes), dim=1)
    return (ours - torch.cat((wanted.lr, wanted.planes), dim=1)).square().mean()


def _charbonnier(difference: Tensor, eps: float) -> Tensor:
    return torch.sqrt(difference.square() + eps**2).mean()


def _noise(shape: Sequence[int], std: float, like: Tensor, generator: torch.Generator) -> Tensor:
    return std * torch.randn(shape, generator=generator, dtype=like.dtype, device=like.device)
