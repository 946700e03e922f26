"""The step in which planes are rounded, and how it is divided among them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

LEVEL = 1 / 255
# Steps of colour differences, in those of the means, at the start; training moves them.
COLOR_STEPS = 4.5
# Step of the LR image, in those of the planes at its size.
LR_COARSER = 2.5
DIGITS = 6
RGB = 3


class PlaneGroup(NamedTuple):
    """Planes of one size.

    Attributes:
        means: How many planes are means of colours; each has two of differences.
        finer: How many times larger than the LR image, a side.
    """

    means: int
    finer: int


def plane_groups(levels: int) -> list[PlaneGroup]:
    """Return the planes of a network with a dial, in their order.

    Those at the size of the LR image come first: three that refine it, the mean and two
    differences, and nine of the last level's high bands, their means first. Then come nine of
    each level before. As channels of the LR image's size each has ``finer**2`` of them.

    Args:
        levels: Of the network.
    """
    return [PlaneGroup(1, 1)] + [PlaneGroup(3, 2**k) for k in range(levels)]


def lr_step(step: Tensor, levels: int, bounds: tuple[int, ...]) -> Tensor:
    """Return the step of the LR image beside planes of a step.

    It is coarser than they are: what it lacks, three of them hold, in colours and steps that
    serve the photo, for fewer bytes than a PNG needs.

    Args:
        step: Of the largest planes, in levels of 255 to 1, of any shape.
        levels: Of the network.
        bounds: ``NetworkConfig.lr_steps``.

    Returns:
        Whole numbers of levels within the bounds, of the same shape.
    """
    finest, coarsest = bounds
    return (step * (LR_COARSER / 2.0 ** (levels - 1))).round().clamp(finest, coarsest)


class PlaneSteps(nn.Module):
    """The step of each plane, from that of the whole file.

    Plane k is rounded to multiples of ``step * exp(a_k + b_k * log(step))``; a and b are
    learned, so that each plane gets the bits that it is worth at every setting. The planes of
    colour differences start with coarser steps, and with each level of the network the steps
    halve, as an error there has an effect on four times as many pixels.

    Args:
        levels: Of the network.

    Attributes:
        channels: How many channels at LR size each plane is.
    """

    def __init__(self, levels: int) -> None:
        super().__init__()
        starts, channels = [], []
        for means, finer in plane_groups(levels):
            log = math.log(finer / 2 ** (levels - 1))
            starts += [log] * means + [log + math.log(COLOR_STEPS)] * 2 * means
            channels += [finer**2] * 3 * means
        self.weights = nn.Parameter(torch.tensor([(start, 0.0) for start in starts]))
        self.channels = channels

    def forward(self, step: Tensor) -> Tensor:
        """Map (B,) steps of files, in levels of 255 to 1, to (B, P, 1, 1) of all channels."""
        log = step.log()[:, None]
        logs = log + self.weights[:, 0] + self.weights[:, 1] * log
        counts = torch.tensor(self.channels, device=step.device)
        total = sum(self.channels)
        of_channels = (logs.exp() * LEVEL).repeat_interleave(counts, dim=1, output_size=total)
        return of_channels[:, :, None, None]

    def of_channels(self, steps: Sequence[float]) -> list[float]:
        """Repeat the step of each plane for its channels at LR size."""
        return [
            step for step, count in zip(steps, self.channels, strict=True) for _ in range(count)
        ]

    @torch.no_grad()
    def of(self, step: float) -> tuple[float, ...]:
        """Return the step of each plane, in units of the plane, for a file's step in levels.

        Rounded to few digits, which take less room in a file.
        """
        weights = self.weights.double().tolist()
        steps = (LEVEL * step * math.exp(a + b * math.log(step)) for a, b in weights)
        return tuple(float(f"{one:.{DIGITS}g}") for one in steps)
