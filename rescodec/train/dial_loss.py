"""The training objective of networks with a dial: error and bits at random steps."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

from rescodec.lr_rounding import round_batch_for_png
from rescodec.metrics import LUMA_WEIGHTS
from rescodec.networks.dial import lr_step
from rescodec.networks.rescaler import Rescaler
from rescodec.plane_rounding import BIT
from rescodec.quantize import from_uint8, round_to_multiples_straight_through
from rescodec.resample import bicubic_downscale
from rescodec.train.loss import Losses
from rescodec.train.recipe import Recipe

LEVELS = 255
# A side of the window whose mean magnitude stands for what a coder has learned by then.
WINDOW = 5


def dial_loss(network: Rescaler, hr: Tensor, recipe: Recipe, generator: torch.Generator) -> Losses:
    """Send a batch down and up again, each photo with a step of its own.

    With E the squared errors in levels of 255 to 1 and s the step, likewise,

    ``mean(((E(HR, restored) + w_y E(luma)) / (1 + w_y) + w_g E(LR, bicubic)) / s
    + w_r BIT s bits)``

    Bits and errors have the ratio that is best for uniform quantisation with that step; the common
    factor 1 / s keeps gradients of fine and coarse steps alike. Steps are log-uniform over the
    dial.

    Args:
        network: The network in training, with a dial.
        hr: (B, 3, H, W) in 0 to 1.
        recipe: Weights of the terms.
        generator: Draws the steps, on the device of ``hr``.

    Returns:
        All terms, float32 scalars; errors in squared levels.
    """
    config = network.config
    # For the type checker.
    assert network.steps is not None  # noqa: S101
    assert network.refinement is not None  # noqa: S101
    finest, coarsest = config.dial_steps
    position = torch.rand(hr.shape[0], generator=generator, device=hr.device)
    step = finest * (coarsest / finest) ** position
    steps = network.steps(step)
    down = network(hr)
    levels = lr_step(step, config.levels, config.lr_steps)
    lr = _rounded(down.lr, levels)
    planes = torch.cat((network.refinement(down.lr, lr), down.planes), dim=1)
    restored = network.inverse(lr, round_to_multiples_straight_through(planes, steps))
    difference = (restored - hr) * LEVELS
    weights = torch.as_tensor(LUMA_WEIGHTS, dtype=hr.dtype, device=hr.device)[:, None, None]
    error = _mean_square(difference)
    luma = _mean_square((difference * weights).sum(dim=1, keepdim=True))
    guidance = _mean_square((down.lr - bicubic_downscale(hr, config.scale)) * LEVELS)
    # For the gradient there is no rounding.
    seen = down.lr + (lr - down.lr).detach()
    lr_size = lr_bits(seen * LEVELS / levels[:, None, None, None])
    bits = (lr_size + magnitude_bits(planes / steps)) / config.scale**2
    errors = (error + recipe.luma * luma) / (1 + recipe.luma) + recipe.guidance_weight * guidance
    total = (errors / step + recipe.rate * BIT * step * bits).mean()
    zero = hr.new_zeros(())
    terms = (error.mean(), luma.mean(), guidance.mean(), zero, zero, bits.mean(), zero)
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
    """Estimate the bits of an LR image, predicted as PNG's filter "average" does.

    Args:
        lr: (B, 3, h, w), in units of its step.

    Returns:
        (B,) bits per position.
    """
    prediction = (lr[:, :, 1:, :-1] + lr[:, :, :-1, 1:]) / 2
    return magnitude_bits(lr[:, :, 1:, 1:] - prediction)


@torch.compiler.disable  # type: ignore[untyped-decorator]
@torch.no_grad()
def _rounded(lr: Tensor, steps: Tensor) -> Tensor:
    """Round LR images as files have them."""
    rounded = round_batch_for_png((lr.float() * LEVELS).cpu().numpy(), steps.cpu().numpy())
    return from_uint8(torch.from_numpy(rounded).to(lr.device))


def _mean_square(x: Tensor) -> Tensor:
    return x.square().mean(dim=(1, 2, 3))
