"""The step in which planes are rounded, and how it is divided among them."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from rescodec.networks.config import BANDS

LEVEL = 1 / 255
# Steps of colour differences, in those of the means, at the start; training moves them.
COLOR_STEPS = 4.5


def lr_step(step: Tensor, coarsest: int) -> Tensor:
    """Return the step of the LR image beside planes of a step.

    Errors of both cost the same there: one of a plane, twice the mean of three channels' bands,
    changes 12 samples of the photo by half of it, one of the LR image changes 4 by all of it.

    Args:
        step: Of the planes, in levels of 255 to 1, of any shape.
        coarsest: ``NetworkConfig.lr_steps``.

    Returns:
        Whole numbers of levels, 1 to ``coarsest``, of the same shape.
    """
    return (step * (math.sqrt(3) / 2)).round().clamp(1, coarsest)


class PlaneSteps(nn.Module):
    """The step of each plane, from that of the whole file.

    Plane k is rounded to multiples of ``step * exp(a_k + b_k * log(step))``; a and b are
    learned, so that each plane gets the bits that it is worth at every setting. The planes of
    colour differences start with coarser steps.

    Args:
        planes: How many.
    """

    def __init__(self, planes: int) -> None:
        super().__init__()
        weights = torch.zeros(planes, 2)
        weights[BANDS:, 0] = math.log(COLOR_STEPS)
        self.weights = nn.Parameter(weights)

    def forward(self, step: Tensor) -> Tensor:
        """Map (B,) steps of files, in levels of 255 to 1, to (B, P, 1, 1) steps of planes."""
        log = step.log()[:, None]
        logs = log + self.weights[:, 0] + self.weights[:, 1] * log
        return (logs.exp() * LEVEL)[:, :, None, None]

    @torch.no_grad()
    def of(self, step: float) -> tuple[float, ...]:
        """Return the step of each plane, in units of the plane, for a file's step in levels."""
        weights = self.weights.double().tolist()
        return tuple(LEVEL * step * math.exp(a + b * math.log(step)) for a, b in weights)
