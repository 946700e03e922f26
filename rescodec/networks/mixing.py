"""Invertible 1x1 convolutions, which let each channel become a mixture of all."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional


class ChannelMixing(nn.Module):
    """Multiply the channels of each position by an invertible matrix, ``exp(A)``.

    Invertible 1x1 convolutions are those of Glow (arXiv 1807.03039, section 3.2). As the
    exponential of any matrix A the weights are invertible whatever A becomes, ``exp(-A)`` is the
    inverse, and A = 0 is the identity, with which training starts.

    Args:
        channels: C.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.logarithm = nn.Parameter(torch.zeros(channels, channels))

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, C, h, w) to the same shape."""
        return _mixed(x, self.logarithm)

    def inverse(self, x: Tensor) -> Tensor:
        """Undo ``forward``, up to floating-point rounding."""
        return _mixed(x, -self.logarithm)


def _mixed(x: Tensor, logarithm: Tensor) -> Tensor:
    # Under autocast too: this is part of the stream, whose rounding nothing undoes.
    with torch.autocast(x.device.type, enabled=False):
        return functional.conv2d(x, torch.linalg.matrix_exp(logarithm)[:, :, None, None])
