"""What a rounded LR image lacks, as planes."""

from __future__ import annotations

from torch import Tensor, nn

from rescodec.networks.config import NetworkConfig
from rescodec.networks.plane import ColorBands
from rescodec.networks.subnets import subnet_factories

RGB = 3


class LrRefinement(nn.Module):
    """Half of a coupling block between a rounded LR image and the one before rounding.

    The LR image that people see may be coarse: a subnet guesses from it what rounding has
    taken, and what the guess leaves are three planes, a mean of the colours and two
    differences. An error of theirs costs in the photo what it costs in those of the last
    level's high bands.

    Args:
        config: Of a network with a dial.
    """

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        _, low_to_high = subnet_factories(config.subnet, config.widths[-1])
        self.lost = low_to_high(RGB, RGB)
        self.colors = ColorBands(config.plane_gain)
        self.offset = config.input_offset

    def forward(self, lr: Tensor, rounded: Tensor) -> Tensor:
        """Return the (B, 3, h, w) planes of two (B, 3, h, w) images, RGB in 0 to 1."""
        planes: Tensor = self.colors(lr - rounded - self.guess(rounded))
        return planes

    def inverse(self, rounded: Tensor, planes: Tensor | None) -> Tensor:
        """Undo ``forward``: return the LR image before rounding; zeros for planes of None."""
        lr = rounded + self.guess(rounded)
        return lr if planes is None else lr + self.colors.inverse(planes)

    def guess(self, rounded: Tensor) -> Tensor:
        """Return what rounding is expected to have taken, (B, 3, h, w)."""
        guess: Tensor = self.lost(rounded - self.offset)
        # Under autocast the subnet answers in 16 bits.
        return guess.to(rounded.dtype)
