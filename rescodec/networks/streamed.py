"""Networks for images of any size: rows pass through them as through a pipeline.

Strips of rows go in, strips of rows come out, and in between each level holds back the
few rows that its steps still have to see. So the memory needed is proportional to the
width and to the height of a strip, not to the image.
"""

from __future__ import annotations

from itertools import chain
from typing import cast

import torch
from torch import Tensor

from rescodec.networks.coupling import CouplingBlock
from rescodec.networks.rescaler import Level, Rescaled, Rescaler
from rescodec.networks.streamed_blocks import StreamedBlocks, forward_steps, inverse_steps
from rescodec.networks.subnets import SUBNET_RADIUS


class StreamedForward:
    """``Rescaler.forward`` on strips.

    Args:
        network: Shared, not copied.
        side: Of the tiles in which a strip is computed, in positions of a level.
    """

    def __init__(self, network: Rescaler, *, side: int) -> None:
        self._network = network
        self._levels = [cast(Level, level) for level in network.levels]
        self.blocks = [
            StreamedBlocks(
                chain.from_iterable(map(forward_steps, _blocks(level))),
                radius=SUBNET_RADIUS[network.config.subnet],
                side=side,
                # The next level halves what it gets.
                multiple=1 if level is self._levels[-1] else 2,
            )
            for level in self._levels
        ]

    def push(self, hr: Tensor, *, last: bool) -> Rescaled:
        """Take in the next rows of an image and return those of the LR image that are ready.

        Args:
            hr: (B, 3, n, W) next rows, n and W multiples of the scale.
            last: Whether the image ends here.

        Returns:
            As ``Rescaler.forward``; perhaps no rows, or more than a strip's if ``last``.
        """
        x = hr - self._network.config.input_offset
        for level, blocks in zip(self._levels, self.blocks, strict=True):
            x = torch.cat(blocks.push(*level.analyse(x), last=last), dim=1)
        return self._network.parted(x)


class StreamedInverse:
    """``Rescaler.inverse`` on strips.

    Args:
        network: Shared, not copied.
        side: Of the tiles in which a strip is computed, in positions of a level.
    """

    def __init__(self, network: Rescaler, *, side: int) -> None:
        self._network = network
        self._levels = [cast(Level, level) for level in reversed(network.levels)]
        self.blocks = [
            StreamedBlocks(
                chain.from_iterable(map(inverse_steps, reversed(_blocks(level)))),
                radius=SUBNET_RADIUS[network.config.subnet],
                side=side,
            )
            for level in self._levels
        ]

    def push(
        self, lr: Tensor, planes: Tensor | None = None, z: Tensor | None = None, *, last: bool
    ) -> Tensor:
        """Take in the next rows of an LR image and return those of the image that are ready.

        Args:
            lr: (B, 3, n, w) next rows; planes and z as for ``Rescaler.inverse``.
            planes: The same rows of the planes.
            z: The same rows of z.
            last: Whether the image ends here.

        Returns:
            (B, 3, m, w * scale); m may be 0, or more than a strip's if ``last``.
        """
        y = self._network.joined(lr, planes, z)
        for level, blocks in zip(self._levels, self.blocks, strict=True):
            low, high = y[:, : level.low], y[:, level.low :]
            y = level.synthesise(*blocks.push(low, high, last=last))
        return y + self._network.config.input_offset


def _blocks(level: Level) -> list[CouplingBlock]:
    return [cast(CouplingBlock, block) for block in level.blocks]
