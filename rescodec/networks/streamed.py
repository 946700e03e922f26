"""Networks for images of any size: rows pass through them as through a pipeline.

Strips of rows go in, strips of rows come out, and in between each level holds back the
few rows that its steps still have to see. So the memory needed is proportional to the
width and to the height of a strip, not to the image.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from typing import cast

import torch
from torch import Tensor

from rescodec.networks.coupling import CouplingBlock
from rescodec.networks.refinement import LrRefinement
from rescodec.networks.rescaler import RGB, Level, Rescaled, Rescaler
from rescodec.networks.streamed_blocks import (
    Step,
    StreamedBlocks,
    forward_steps,
    inverse_refinement_step,
    inverse_steps,
    refinement_step,
)
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
        self.refinement = None
        if network.refinement is not None:
            self.refinement = _streamed_refinement(network, inverse_refinement_step, side)
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
            planes: The same rows of the planes; None in all strips or in none.
            z: The same rows of z.
            last: Whether the image ends here.

        Returns:
            (B, 3, m, w * scale); m may be 0, or more than a strip's if ``last``.
        """
        if self.refinement is not None:
            lr, planes = self._refined(self.refinement, lr, planes, last=last)
            # Without channels, but with the rows that came in.
            z = None
        y = self._network.joined(lr, planes, z)
        for level, blocks in zip(self._levels, self.blocks, strict=True):
            y = level.synthesise(*blocks.push(*level.branches(y), last=last))
        return y + self._network.config.input_offset

    def _refined(
        self, blocks: StreamedBlocks, lr: Tensor, planes: Tensor | None, *, last: bool
    ) -> tuple[Tensor, Tensor | None]:
        refinement = self._network.refinement
        assert refinement is not None  # noqa: S101 - for the type checker
        if planes is None:
            _, lr = blocks.push(lr, torch.zeros_like(lr), last=last)
            return lr, None
        differences = refinement.colors.inverse(planes[:, :RGB])
        _, lr, others = blocks.push(lr, differences, planes[:, RGB:], last=last)
        return lr, others


class StreamedRefinement:
    """``LrRefinement.forward`` on strips.

    Args:
        network: Shared, not copied; with a dial.
        side: Of the tiles in which a strip is computed, in positions.
    """

    def __init__(self, network: Rescaler, *, side: int) -> None:
        self._network = network
        self.blocks = _streamed_refinement(network, refinement_step, side)

    def push(self, lr: Tensor, rounded: Tensor, *, last: bool) -> Tensor:
        """Take in the next rows of an LR image and return the planes of those that are ready.

        Args:
            lr: (B, 3, n, w) next rows, unrounded.
            rounded: The same rows, rounded.
            last: Whether the image ends here.

        Returns:
            (B, 3, m, w); m may be 0, or more than a strip's if ``last``.
        """
        refinement = self._network.refinement
        assert refinement is not None  # noqa: S101 - for the type checker
        _, missing = self.blocks.push(rounded, lr, last=last)
        planes: Tensor = refinement.colors(missing)
        return planes


def _streamed_refinement(
    network: Rescaler, step: Callable[[LrRefinement], Step], side: int
) -> StreamedBlocks:
    assert network.refinement is not None  # noqa: S101 - for the type checker
    radius = SUBNET_RADIUS[network.config.subnet]
    return StreamedBlocks([step(network.refinement)], radius=radius, side=side)


def _blocks(level: Level) -> list[CouplingBlock]:
    return [cast(CouplingBlock, block) for block in level.blocks]
