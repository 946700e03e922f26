"""The training objective of networks with a dial: error and bits at random steps."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

from rescodec.metrics import LUMA_WEIGHTS
from rescodec.networks.dial import lr_step
from rescodec.networks.rescaler import Rescaler
from rescodec.quantize import round_to_multiples_straight_through
from rescodec.resample import bicubic_downscale
from rescodec.train.loss import Losses
from rescodec.train.recipe import Recipe

LEVELS = 255
# Squared error that a bit per pixel is worth, in squared steps, where steps are small. A plane's
# error of step**2 / 12, a quarter of that in the samples of the photo, falls to a quarter with each
# of its bits, each of which is a quarter of a bit per pixel: 4 * (2 ln(2)) * step**2 / 48.
BIT = math.log(2) / 6
# A side of the window whose mean magnitude stands for what a coder has learned by then.
WINDOW = 5


def dial_loss(network: Rescaler, hr: Tensor, recipe: Recipe, generator: torch.Generator) -> Losses:
    """Send a batch down and up again, each photo with a step of its own.

    With E the squared errors in levels of 255 to 1 and s the step, likewise,

    ``mean(((E(HR, restored) + w_y E(luma)) / (1 + w_y) + w_g E(LR, bicubic)) / s
    + w_r BIT s bits)``

    plus ``w_z mean(z**2)``. Bits and errors have the ratio that is best for uniform
    quantisation with that step; the common factor 1 / s keeps gradients of fine and coarse steps
    alike. Steps are log-uniform over the dial.

    Args:
        network: The network in training, with a dial.
        hr: (B, 3, H, W) in 0 to 1.
        recipe: Weights of the terms.
        generator: Draws the steps, on the device of ``hr``.

    Returns:
        All terms, float32 scalars; errors in squared levels.
    """
    config = network.config
    assert network.steps is not None  # noqa: S101 - for the type checker
    finest, coarsest = config.dial_steps
    position = torch.rand(hr.shape[0], generator=generator, device=hr.device)
    step = finest * (coarsest / finest) ** position
    steps = network.steps(step)
    down = network(hr)
    levels = lr_step(step, config.lr_steps)[:, None, None, None]
    lr = round_to_multiples_straight_through(down.lr, levels / LEVELS).clamp(0, 1)
    restored = network.inverse(lr, round_to_multiples_straight_through(down.planes, steps))
    difference = (restored - hr) * LEVELS
    weights = torch.as_tensor(LUMA_WEIGHTS, dtype=hr.dtype, device=hr.device)[:, None, None]
    error = _mean_square(difference)
    luma = _mean_square((difference * weights).sum(dim=1, keepdim=True))
    guidance = _mean_square((down.lr - bicubic_downscale(hr, config.scale)) * LEVELS)
    bits = (
        lr_bits(down.lr * LEVELS / levels) + magnitude_bits(down.planes / steps)
    ) / config.scale**2
    errors = (error + recipe.luma * luma) / (1 + recipe.luma) + recipe.guidance_weight * guidance
    latent = down.z.square().sum() / max(1, down.z.numel())
    total = (errors / step + recipe.rate * BIT * step * bits).mean() + recipe.latent * latent
    zero = hr.new_zeros(())
    terms = (error.mean(), luma.mean(), guidance.mean(), latent, zero, bits.mean())
    return Losses(total, *terms)


def magnitude_bits(x: Tensor) -> Tensor:
    """Estimate the bits of rounded values by an adaptive coder.

    A Laplace distribution of mean magnitude b has about ``log2(2 e b)`` bits where b is
    large; ``log2(1 + 2 e b)`` is that, and 7 bits for a single 1 among zeros, which is what
    one costs. b is taken from the neighbourhood.

    Args:
        x: (B, C, h, w), in units of the step.

    Returns:
        (B,) bits per position, of all channels together.
    """
    local = functional.avg_pool2d(
        x.abs(), WINDOW, stride=1, padding=WINDOW // 2, count_include_pad=False
    )
    return torch.log2(1 + 2 * math.e * local).mean(dim=(2, 3)).sum(dim=1)


def lr_bits(lr: Tensor) -> Tensor:
    """Estimate the bits of an LR image, predicted from the left and from above.

    Args:
        lr: (B, 3, h, w), in units of its step.

    Returns:
        (B,) bits per position.
    """
    prediction = (lr[:, :, 1:, :-1] + lr[:, :, :-1, 1:]) / 2
    return magnitude_bits(lr[:, :, 1:, 1:] - prediction)


def _mean_square(x: Tensor) -> Tensor:
    return x.square().mean(dim=(1, 2, 3))
