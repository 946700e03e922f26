"""The whole invertible network between an HR image and LR image, planes and z."""

from __future__ import annotations

from typing import NamedTuple, cast

import torch
from torch import Tensor, nn

from rescodec.networks.config import NetworkConfig
from rescodec.networks.coupling import CouplingBlock
from rescodec.networks.dial import PlaneSteps
from rescodec.networks.haar import HaarTransform
from rescodec.networks.latent_code import LatentAutoencoder
from rescodec.networks.plane import ColorBands, PlaneSplit, PlaneSquash
from rescodec.networks.refinement import LrRefinement
from rescodec.networks.subnets import subnet_factories

RGB = 3


class Rescaled(NamedTuple):
    """What the network makes of an HR image, before any rounding.

    Attributes:
        lr: (B, 3, h, w) LR image, RGB, nominally 0 to 1 but not clamped.
        planes: (B, P, h, w) learned planes in (plane_floor, 1); P may be 0. In networks
            with a dial any values about 0, and without those three that refine the LR image:
            they depend on how it is rounded.
        z: (B, latent_channels, h, w) latent, about N(0, 1) or near 0.
    """

    lr: Tensor
    planes: Tensor
    z: Tensor


class Level(nn.Module):
    """One halving of the image: Haar transform, then coupling blocks.

    The first level of a network with a plane also splits it off, and that of a network
    with a downscaling latent takes it in.

    Args:
        config: The network's configuration.
        index: 0 for the level at HR size.

    Attributes:
        sizes: Channels of the low and of the high branch, and of others that the blocks
            leave alone.
    """

    def __init__(self, config: NetworkConfig, index: int) -> None:
        super().__init__()
        self.haar = HaarTransform(config.haar_factor)
        self.sizes = self.sizes_of(config, index)
        splits = index == 0 and config.low_channels > RGB
        averaged = config.plane_start == "mean"
        self.split = PlaneSplit(config.plane_gain, averaged=averaged) if splits else None
        self.dlv_channels = config.dlv_channels if index == 0 else 0
        phi, affine = subnet_factories(config.subnet, config.widths[index])
        joint = config.coupling == "joint"
        low, high = self.sizes[:2]
        self.blocks = nn.ModuleList(
            CouplingBlock(low, high, phi, affine, joint=joint, mixed=config.mixing)
            for _ in range(config.blocks[index])
        )

    def sizes_of(self, config: NetworkConfig, index: int) -> tuple[int, ...]:
        """Return ``sizes``."""
        total = (RGB * 4 + config.dlv_channels) * 4**index
        return config.low_channels, total - config.low_channels

    def forward(self, x: Tensor, dlv: Tensor | None = None) -> Tensor:
        """Map (B, C, H, W) to (B, 4C + D, H/2, W/2), the low branch first.

        ``dlv`` is the (B, D, H/2, W/2) downscaling latent, zeros where it is None.
        """
        low, high, *others = self.analyse(x, dlv)
        for block in self.blocks:
            low, high = block(low, high)
        return torch.cat((low, high, *others), dim=1)

    def inverse(self, y: Tensor) -> Tensor:
        """Undo ``forward``; the downscaling latent is discarded."""
        low, high, *others = self.branches(y)
        for block in reversed(self.blocks):
            low, high = cast(CouplingBlock, block).inverse(low, high)
        return self.synthesise(low, high, *others)

    def branches(self, y: Tensor) -> tuple[Tensor, ...]:
        """Part what ``forward`` has joined."""
        parts: tuple[Tensor, ...] = torch.split(y, list(self.sizes), dim=1)
        return parts

    def analyse(self, x: Tensor, dlv: Tensor | None = None) -> tuple[Tensor, ...]:
        """Return the branches before the first block; each depends on its own 2x2 pixels."""
        bands = self.haar(x)
        low, high = bands[:, : self.sizes[0]], bands[:, self.sizes[0] :]
        if self.split is not None:
            low, high = self.split(bands[:, :RGB], bands[:, RGB:])
        if self.dlv_channels:
            if dlv is None:
                dlv = high.new_zeros(high.shape[0], self.dlv_channels, *high.shape[2:])
            high = torch.cat((high, dlv), dim=1)
        return low, high

    def synthesise(self, low: Tensor, high: Tensor, *others: Tensor) -> Tensor:
        """Undo ``analyse``; the downscaling latent is discarded."""
        if self.dlv_channels:
            high = high[:, : -self.dlv_channels]
        if self.split is not None:
            low, high = self.split.inverse(low, high)
        return self.haar.inverse(torch.cat((low, high, *others), dim=1))


class DialLevel(Level):
    """A halving of the image in a network with a dial.

    Only the low branch, three channels, is halved. Its high bands, whose colours are seen
    as a mean and differences, become planes; those of the levels before stay what they
    are, 2x2 positions as channels.
    """

    def __init__(self, config: NetworkConfig, index: int) -> None:
        super().__init__(config, index)
        self.colors = ColorBands(config.plane_gain)

    def sizes_of(self, config: NetworkConfig, index: int) -> tuple[int, ...]:
        """Return ``sizes``."""
        total = RGB * 4 ** (index + 1)
        return RGB, 3 * RGB, total - 4 * RGB

    def analyse(self, x: Tensor, dlv: Tensor | None = None) -> tuple[Tensor, ...]:
        """Return the branches before the first block; each depends on its own 2x2 pixels."""
        bands = self.haar(x[:, :RGB])
        return bands[:, :RGB], self.colors(bands[:, RGB:]), _positions(x[:, RGB:])

    def synthesise(self, low: Tensor, high: Tensor, *others: Tensor) -> Tensor:
        """Undo ``analyse``."""
        x = self.haar.inverse(torch.cat((low, self.colors.inverse(high)), dim=1))
        return torch.cat((x, *map(_from_positions, others)), dim=1)


class Rescaler(nn.Module):
    """Invertible rescaling network: IRN, IRN-A and rescodec's light variants.

    ::

        HR --Haar--> low, high --blocks--> [Haar --blocks-->] LR | planes | z

    Source: arXiv 2005.05650 (IRN), arXiv 2303.06747 (IRN-A, IRN-M); see
    ``NetworkConfig``.

    Args:
        config: What to build.

    Attributes:
        steps: Of the planes; None without a dial.
        refinement: Of the LR image by the first three planes; None without a dial.
        autoencoder: Between z and the code that files store; None without one.
    """

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        level = DialLevel if config.dial_steps else Level
        self.levels = nn.ModuleList(level(config, i) for i in range(config.levels))
        self.squash = PlaneSquash(config.plane_floor, config.plane_bias)
        self.steps = PlaneSteps(config.levels) if config.dial_steps else None
        self.refinement = LrRefinement(config) if config.dial_steps else None
        self.autoencoder = LatentAutoencoder(config) if config.code_channels else None

    @property
    def dtype(self) -> torch.dtype:
        """Type of the weights, in which images are expected and come back."""
        return next(self.parameters()).dtype

    def forward(self, hr: Tensor, dlv: Tensor | None = None) -> Rescaled:
        """Downscale.

        Args:
            hr: (B, 3, H, W) RGB in 0 to 1; H and W multiples of the scale.
            dlv: (B, dlv_channels, H/2, W/2) downscaling latent, noise while training;
                None for zeros.

        Returns:
            LR image, planes and latent, unrounded.

        Raises:
            ValueError: The shape does not fit.
        """
        scale = self.config.scale
        if hr.ndim != 4 or hr.shape[1] != RGB or hr.shape[2] % scale or hr.shape[3] % scale:
            raise ValueError(
                f"HR batch has shape {tuple(hr.shape)}; expected (B, 3, H, W) with H and W "
                f"multiples of {scale}"
            )
        y = self.levels[0](hr - self.config.input_offset, dlv)
        for level in self.levels[1:]:
            y = level(y)
        return self.parted(y)

    def inverse(self, lr: Tensor, planes: Tensor | None = None, z: Tensor | None = None) -> Tensor:
        """Upscale: undo ``forward``.

        Args:
            lr: (B, 3, h, w) RGB, range 0 to 1.
            planes: (B, P, h, w) in [plane_floor, 1], or about 0 for networks with a dial,
                where those that refine the LR image come first. None for neutral planes.
            z: (B, latent_channels, h, w), or one for all of the batch. None for zeros.

        Returns:
            (B, 3, h * scale, w * scale) RGB, nominally 0 to 1, not clamped.
        """
        if self.refinement is not None:
            differences = None if planes is None else planes[:, :RGB]
            lr = self.refinement.inverse(lr, differences)
            planes = None if planes is None else planes[:, RGB:]
        y = self.joined(lr, planes, z)
        for level in reversed(self.levels):
            y = cast(Level, level).inverse(y)
        return y + self.config.input_offset

    def parted(self, y: Tensor) -> Rescaled:
        """Return what the last level's branches, joined, are; each position alone."""
        low = y.shape[1] - self.config.latent_channels
        planes = y[:, RGB:low]
        return Rescaled(
            lr=y[:, :RGB] + self.config.input_offset,
            planes=self.squash(planes) if self.steps is None else planes,
            z=y[:, low:],
        )

    def joined(self, lr: Tensor, planes: Tensor | None = None, z: Tensor | None = None) -> Tensor:
        """Undo ``parted``, whose planes are those of ``Rescaled``; None as in ``inverse``."""
        config = self.config
        batch, _, height, width = lr.shape
        parts = [lr - config.input_offset]
        if planes is None:
            shape = (batch, config.analysed_planes, height, width)
            parts.append(lr.new_full(shape, config.plane_neutral))
        else:
            parts.append(self.squash.inverse(planes) if self.steps is None else planes)
        if z is None:
            z = lr.new_zeros(1, config.latent_channels, height, width)
        return torch.cat((*parts, z.expand(batch, -1, -1, -1)), dim=1)


# PyTorch's pixel_unshuffle and pixel_shuffle do not take tensors without rows or channels.
def _positions(x: Tensor) -> Tensor:
    """Map (B, C, H, W) to (B, 4C, H/2, W/2): 2x2 positions as channels."""
    batch, channels, height, width = x.shape
    parts = x.reshape(batch, channels, height // 2, 2, width // 2, 2).permute(0, 1, 3, 5, 2, 4)
    return parts.reshape(batch, 4 * channels, height // 2, width // 2)


def _from_positions(x: Tensor) -> Tensor:
    """Undo ``_positions``."""
    batch, channels, height, width = x.shape
    parts = x.reshape(batch, channels // 4, 2, 2, height, width).permute(0, 1, 4, 2, 5, 3)
    return parts.reshape(batch, channels // 4, 2 * height, 2 * width)
