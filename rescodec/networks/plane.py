"""Learned planes: where they start, and how a single one fits into 8 bits."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

PLANE_STEP = 1 / 255


class PlaneSplit(nn.Module):
    """Give the low branch a fourth channel made from the high channels.

    The plane is ``gain`` times the mean of the 3C high channels, and the first high
    channel is dropped, since it can be recovered (arXiv 2303.06747, section 2.1 and
    eq. 1, there with gain 1). A linear bijection: the channel count is unchanged.

    Args:
        gain: Factor on what the plane is made from.
        averaged: Whether that is the mean, rather than the first high channel alone.
    """

    def __init__(self, gain: float = 1.0, *, averaged: bool = True) -> None:
        super().__init__()
        self.gain = gain
        self.averaged = averaged

    def forward(self, low: Tensor, high: Tensor) -> tuple[Tensor, Tensor]:
        """Map (B, C, h, w) and (B, N, h, w) to C + 1 and N - 1 channels."""
        start = high.mean(dim=1, keepdim=True) if self.averaged else high[:, :1]
        plane = self.gain * start
        return torch.cat((low, plane), dim=1), high[:, 1:]

    def inverse(self, low: Tensor, high: Tensor) -> tuple[Tensor, Tensor]:
        """Undo ``forward``: ``x_m = N * plane / gain - sum of the others`` if averaged."""
        low, plane = low[:, :-1], low[:, -1:]
        dropped = plane / self.gain
        if self.averaged:
            dropped = (high.shape[1] + 1) * dropped - high.sum(dim=1, keepdim=True)
        return low, torch.cat((dropped, high), dim=1)


class ColorBands(nn.Module):
    """See the three colours of each high band as a mean and two differences.

    With r, g and b of a band and f the gain: ``f (r+g+b) / 3``, ``f (r-b) / sqrt(6)`` and
    ``f (r-2g+b) / sqrt(18)``, an orthogonal change of basis. With the gain 2 and the usual Haar
    factor, errors of all channels cost the same in the photo.

    Args:
        gain: f above.
    """

    def __init__(self, gain: float = 1.0) -> None:
        super().__init__()
        self.gain = gain

    def forward(self, high: Tensor) -> Tensor:
        """Map (B, 3N, h, w), bands of R, G and B, to N means and then N differences twice."""
        r, g, b = _every_third(high)
        mean = (r + g + b) / 3
        channels = (mean, (r - b) / math.sqrt(6), (r - 2 * g + b) / math.sqrt(18))
        return self.gain * torch.cat(channels, dim=1)

    def inverse(self, channels: Tensor) -> Tensor:
        """Undo ``forward``."""
        mean, first, second = torch.chunk(channels / self.gain, 3, dim=1)
        first, second = math.sqrt(3 / 2) * first, math.sqrt(1 / 2) * second
        colors = (mean + first + second, mean - 2 * second, mean - first + second)
        return torch.stack(colors, dim=2).flatten(1, 2)


class PlaneSquash(nn.Module):
    """Map a plane from the real line into (floor, 1), ready for 8 bits.

    ``floor + (1 - floor) * sigmoid(x + bias)`` (arXiv 2303.06747, section 2.1, there
    without floor and bias).

    Args:
        floor: Lowest value, in [0, 1).
        bias: Shift before the sigmoid.
    """

    def __init__(self, floor: float = 0.0, bias: float = 0.0) -> None:
        super().__init__()
        self.floor = floor
        self.bias = bias

    def forward(self, x: Tensor) -> Tensor:
        """Map any real tensor to the same shape, values in (floor, 1)."""
        return self.floor + (1 - self.floor) * torch.sigmoid(x + self.bias)

    def inverse(self, plane: Tensor) -> Tensor:
        """Undo ``forward``; values are first kept half an 8-bit step inside the range."""
        half = PLANE_STEP / 2
        inside = plane.clamp(self.floor + half, 1 - half)
        return torch.logit((inside - self.floor) / (1 - self.floor)) - self.bias


def _every_third(x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    return x[:, 0::3], x[:, 1::3], x[:, 2::3]
