"""Networks for images of any size: subnets see tiles, the branches stay whole.

A coupling block changes one branch by a function of the other, which stays as it is
meanwhile. So each half of a block can be computed tile by tile, and a tile needs only
the few positions around it that one subnet sees (3 for ``plain``) rather than the
receptive field of the whole network (about 100 HR pixels at x2, 300 at x4). The result
is that of the whole image, next to nothing is computed twice, and what a tile needs
stays in the processor's cache.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import NamedTuple, cast

import torch
from torch import Tensor, nn

from rescodec.networks.coupling import CouplingBlock
from rescodec.networks.latent_code import (
    CODE_FACTOR,
    CODE_RADIUS,
    LatentAutoencoder,
    code_size,
)
from rescodec.networks.rescaler import Level, Rescaler
from rescodec.networks.subnets import SUBNET_RADIUS

Region = tuple[slice, slice]


class Tile(NamedTuple):
    """One part of a branch.

    Attributes:
        inner: The rows and columns to compute.
        outer: ``inner`` and the halo around it, as far as the branch reaches.
        crop: ``inner`` as seen from ``outer``.
    """

    inner: Region
    outer: Region
    crop: Region


def tiles(height: int, width: int, side: int, halo: int) -> Iterator[Tile]:
    """Yield tiles of at most ``side`` a side that cover (height, width) once."""
    for top in range(0, height, side):
        rows = _span(top, height, side, halo)
        for left in range(0, width, side):
            columns = _span(left, width, side, halo)
            yield Tile(*zip(rows, columns, strict=True))


class TiledCouplingBlock(nn.Module):
    """A coupling block computed in tiles; equal to the block itself.

    At the border of the image a tile ends like the image, so that convolutions pad with
    zeros in the same places.

    Args:
        block: Shared, not copied.
        side: Height and width of a tile.
        halo: Radius of what one output position of a subnet sees.
    """

    def __init__(self, block: CouplingBlock, side: int, halo: int) -> None:
        super().__init__()
        self.block = block
        self.side = side
        self.halo = halo

    def forward(self, low: Tensor, high: Tensor) -> tuple[Tensor, Tensor]:
        """Compute ``CouplingBlock.forward``."""
        new_low, new_high = torch.empty_like(low), torch.empty_like(high)
        for inner, outer, crop in self._tiles(low):
            shift = self.block.phi(_at(high, outer))
            _at(new_low, inner)[:] = _at(low, inner) + _at(shift, crop)
        for inner, outer, crop in self._tiles(low):
            log_scale, shift = self.block.scale_and_shift(_at(new_low, outer))
            scaled = _at(high, inner) * torch.exp(_at(log_scale, crop))
            _at(new_high, inner)[:] = scaled + _at(shift, crop)
        return new_low, new_high

    def inverse(self, low: Tensor, high: Tensor) -> tuple[Tensor, Tensor]:
        """Compute ``CouplingBlock.inverse``."""
        new_low, new_high = torch.empty_like(low), torch.empty_like(high)
        for inner, outer, crop in self._tiles(low):
            log_scale, shift = self.block.scale_and_shift(_at(low, outer))
            difference = _at(high, inner) - _at(shift, crop)
            _at(new_high, inner)[:] = difference * torch.exp(-_at(log_scale, crop))
        for inner, outer, crop in self._tiles(low):
            shift = self.block.phi(_at(new_high, outer))
            _at(new_low, inner)[:] = _at(low, inner) - _at(shift, crop)
        return new_low, new_high

    def _tiles(self, branch: Tensor) -> Iterator[Tile]:
        return tiles(branch.shape[2], branch.shape[3], self.side, self.halo)


class TiledAutoencoder(nn.Module):
    """The autoencoder of z computed in tiles; equal to the autoencoder itself.

    Args:
        autoencoder: Shared, not copied.
        side: Height and width of a tile, in positions of the code.
    """

    def __init__(self, autoencoder: LatentAutoencoder, side: int) -> None:
        super().__init__()
        self.autoencoder = autoencoder
        self.side = side

    def encode(self, z: Tensor) -> Tensor:
        """Compute ``LatentAutoencoder.encode``."""
        batch, _, height, width = z.shape
        height, width = code_size((height, width))
        code = z.new_empty(batch, self.autoencoder.code_channels, height, width)
        for inner, outer, crop in tiles(height, width, self.side, CODE_RADIUS):
            part = self.autoencoder.encode(_at(z, _enlarged(outer)))
            _at(code, inner)[:] = _at(part, crop)
        return code

    def decode(self, code: Tensor) -> Tensor:
        """Compute ``LatentAutoencoder.decode``."""
        batch, _, height, width = code.shape
        size = (CODE_FACTOR * height, CODE_FACTOR * width)
        z = code.new_empty(batch, self.autoencoder.latent_channels, *size)
        for inner, outer, crop in tiles(height, width, self.side, CODE_RADIUS):
            part = self.autoencoder.decode(_at(code, outer))
            _at(z, _enlarged(inner))[:] = _at(part, _enlarged(crop))
        return z


def in_tiles(network: Rescaler, side: int) -> Rescaler:
    """Return a copy of a network that computes its subnets and its autoencoder in tiles.

    Args:
        network: With plain coupling blocks.
        side: Height and width of a tile, in positions of a level or of z.
    """
    tiled = copy.deepcopy(network)
    halo = SUBNET_RADIUS[network.config.subnet]
    for level in tiled.levels:
        blocks = [cast(CouplingBlock, block) for block in cast(Level, level).blocks]
        cast(Level, level).blocks = nn.ModuleList(
            TiledCouplingBlock(block, side, halo) for block in blocks
        )
    if tiled.autoencoder is not None:
        code_side = max(1, side // CODE_FACTOR)
        # It is asked for the same two functions.
        tiled.autoencoder = cast(LatentAutoencoder, TiledAutoencoder(tiled.autoencoder, code_side))
    return tiled


def _enlarged(region: Region) -> Region:
    """Return the part of z that a part of its code covers."""
    rows, columns = (slice(CODE_FACTOR * s.start, CODE_FACTOR * s.stop) for s in region)
    return rows, columns


def _span(start: int, length: int, side: int, halo: int) -> tuple[slice, slice, slice]:
    stop = min(start + side, length)
    first, last = max(0, start - halo), min(length, stop + halo)
    return slice(start, stop), slice(first, last), slice(start - first, stop - first)


def _at(branch: Tensor, region: Region) -> Tensor:
    rows, columns = region
    return branch[:, :, rows, columns]
