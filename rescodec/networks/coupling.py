"""The invertible step of the network: an enhanced affine coupling block."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from rescodec.networks.mixing import ChannelMixing
from rescodec.networks.subnets import SubnetFactory


class CouplingBlock(nn.Module):
    """Update the low branch from the high one, then the high from the low.

    ``l' = l + phi(h)``, ``h' = h * exp(s) + e`` with scale ``s = tanh(r / 2)`` in
    (-1, 1) and ``r, e`` functions of ``l'`` (arXiv 2005.05650, section 3.2, whose
    ``2 sigmoid(r) - 1`` is the same scale).

    Args:
        low: Channels of the low branch (LR image and planes).
        high: Channels of the high branch.
        high_to_low: Builds phi.
        low_to_high: Builds the functions for r and e.
        joint: One network yields r and e together (rescodec's default) rather than
            one each (IRN's H and G).
        mixed: Whether an invertible 1x1 convolution mixes the high channels afterwards.

    Attributes:
        mixing: That convolution, or None.
    """

    def __init__(
        self,
        low: int,
        high: int,
        high_to_low: SubnetFactory,
        low_to_high: SubnetFactory,
        *,
        joint: bool,
        mixed: bool = False,
    ) -> None:
        super().__init__()
        self.phi = high_to_low(high, low)
        if joint:
            self.affine = low_to_high(low, 2 * high)
        else:
            self.rho = low_to_high(low, high)
            self.eta = low_to_high(low, high)
        self.joint = joint
        self.mixing = ChannelMixing(high) if mixed else None

    def forward(self, low: Tensor, high: Tensor) -> tuple[Tensor, Tensor]:
        """Map (B, low, h, w) and (B, high, h, w) to tensors of the same shapes."""
        low = low + self.phi(high)
        log_scale, shift = self.scale_and_shift(low)
        high = high * torch.exp(log_scale) + shift
        return low, high if self.mixing is None else self.mixing(high)

    def inverse(self, low: Tensor, high: Tensor) -> tuple[Tensor, Tensor]:
        """Undo ``forward`` exactly, up to floating-point rounding."""
        if self.mixing is not None:
            high = self.mixing.inverse(high)
        log_scale, shift = self.scale_and_shift(low)
        high = (high - shift) * torch.exp(-log_scale)
        return low - self.phi(high), high

    def scale_and_shift(self, low: Tensor) -> tuple[Tensor, Tensor]:
        """Return log-scale s and shift e of the high branch, each (B, high, h, w)."""
        if self.joint:
            raw, shift = self.affine(low).chunk(2, dim=1)
        else:
            raw, shift = self.rho(low), self.eta(low)
        # Under autocast the subnets answer in 16 bits; the stream stays as it is.
        return torch.tanh(raw.to(low.dtype) / 2), shift.to(low.dtype)
