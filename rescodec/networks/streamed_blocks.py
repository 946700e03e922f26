"""The coupling blocks of one level on rows that arrive in strips, exactly.

Half of a coupling block changes one branch by what a subnet sees in the other, and a
subnet sees only ``SUBNET_RADIUS`` rows ahead. So each step can follow the one before it
at that distance, down the same few rows of memory::

    rows sent on  |  kept  |                                |  rows still to come
    --------------+--------+---------- window --------------+--------------------
                           ^ last step   ...   step 2 ^  step 1 ^
                                                      <-------->
                                                        radius

What a step still has to see above its rows no later step has changed yet, since that one
is a radius behind. The window is changed in place, a strip's rows are computed once, and
zeros are padded at the borders of the image alone: the result is that of the whole image.

Tiles of the image that overlap by what the whole network sees would be the alternative:
with the default networks 96 HR pixels a side at x2 and 288 at x4, which is 1.6 times the
work with tiles of 2048 pixels at x4, and 4.5 times with 512.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from rescodec.networks.coupling import CouplingBlock
from rescodec.networks.refinement import LrRefinement
from rescodec.networks.tiles import Region, at, tiles

LOW, HIGH = 0, 1


class Step(NamedTuple):
    """Half of a coupling block; the second one mixes the high channels too, if the block does.

    Attributes:
        sees: The branch that its subnets look at, ``LOW`` or ``HIGH``; the other changes.
        change: Changes a region of the other branch in place, given the region with its
            halo of the branch that it sees, and where in the latter the former lies.
    """

    sees: int
    change: Callable[[Tensor, Tensor, Region], None]


def forward_steps(block: CouplingBlock) -> Iterator[Step]:
    """Yield the halves of ``CouplingBlock.forward``."""

    def add_to_low(low: Tensor, high: Tensor, crop: Region) -> None:
        low.add_(at(block.phi(high), crop))

    def scale_high(high: Tensor, low: Tensor, crop: Region) -> None:
        log_scale, shift = block.scale_and_shift(low)
        high.mul_(at(log_scale, crop).exp()).add_(at(shift, crop))
        if block.mixing is not None:
            high.copy_(block.mixing(high))

    yield Step(HIGH, add_to_low)
    yield Step(LOW, scale_high)


def inverse_steps(block: CouplingBlock) -> Iterator[Step]:
    """Yield the halves of ``CouplingBlock.inverse``."""

    def unscale_high(high: Tensor, low: Tensor, crop: Region) -> None:
        log_scale, shift = block.scale_and_shift(low)
        if block.mixing is not None:
            high.copy_(block.mixing.inverse(high))
        high.sub_(at(shift, crop)).mul_(at(log_scale, crop).neg().exp())

    def take_from_low(low: Tensor, high: Tensor, crop: Region) -> None:
        low.sub_(at(block.phi(high), crop))

    yield Step(LOW, unscale_high)
    yield Step(HIGH, take_from_low)


def refinement_step(refinement: LrRefinement) -> Step:
    """Return what takes a rounded LR image and its guess from the one before rounding."""

    def take_from_lr(lr: Tensor, rounded: Tensor, crop: Region) -> None:
        lr.sub_(at(rounded + refinement.guess(rounded), crop))

    return Step(LOW, take_from_lr)


def inverse_refinement_step(refinement: LrRefinement) -> Step:
    """Return what adds a rounded LR image and its guess to what they lack."""

    def add_to_missing(missing: Tensor, rounded: Tensor, crop: Region) -> None:
        missing.add_(at(rounded + refinement.guess(rounded), crop))

    return Step(LOW, add_to_missing)


class StreamedBlocks:
    """Steps that follow each other down the rows of a level.

    Args:
        steps: In the order in which they are taken.
        radius: How far their subnets see, in positions.
        side: Of the tiles in which a strip is computed, in positions.
        multiple: Rows are sent on in multiples of this, except for the last.
    """

    def __init__(self, steps: Iterable[Step], *, radius: int, side: int, multiple: int = 1) -> None:
        self._steps = tuple(steps)
        self._radius = radius
        self._side = side
        self._multiple = multiple
        self._window: tuple[Tensor, ...] = ()
        # Rows of the window that each step has changed, and those that were sent on.
        self._done = [0] * len(self._steps)
        self._sent = 0

    @property
    def held_rows(self) -> int:
        """Rows that wait for the next strip, or are kept for it to be seen."""
        return self._window[LOW].shape[2] if self._window else 0

    def push(self, *strips: Tensor, last: bool) -> tuple[Tensor, ...]:
        """Take in the next rows and send on those that are finished.

        Args:
            strips: (B, C, n, w) next rows of the low and of the high branch, and of others that
                only keep step with them; n may be 0.
            last: Whether the image ends here.

        Returns:
            The next finished rows of all branches; all that are left if ``last``.
        """
        branches = self._grown(*strips)
        done = branches[LOW].shape[2]
        for index, step in enumerate(self._steps):
            before = self._done[index]
            done = done if last else max(before, done - self._radius)
            self._take(step, branches, (before, done))
            self._done[index] = done
        stop = done if last else done - (done - self._sent) % self._multiple
        finished = tuple(branch[:, :, self._sent : stop] for branch in branches)
        keep = max(0, stop - self._radius)
        # A copy, so that the rows that were sent on can be forgotten.
        self._window = tuple(branch[:, :, keep:].clone() for branch in branches)
        self._done = [rows - keep for rows in self._done]
        self._sent = stop - keep
        return finished

    def _take(self, step: Step, branches: tuple[Tensor, ...], rows: tuple[int, int]) -> None:
        seen, changed = branches[step.sees], branches[1 - step.sees]
        height, width = seen.shape[2:]
        for inner, outer, crop in tiles(rows, (height, width), self._side, self._radius):
            step.change(at(changed, inner), at(seen, outer), crop)

    def _grown(self, *strips: Tensor) -> tuple[Tensor, ...]:
        """Return the window with new rows: memory that nobody else sees."""
        if not self._window:
            return tuple(_joined(strip) for strip in strips)
        return tuple(_joined(*pair) for pair in zip(self._window, strips, strict=True))


def _joined(*parts: Tensor) -> Tensor:
    """Return parts below each other in new memory, channels last."""
    batch, channels, _, width = parts[0].shape
    whole = torch.empty(
        (batch, channels, sum(part.shape[2] for part in parts), width),
        dtype=parts[0].dtype,
        device=parts[0].device,
        memory_format=torch.channels_last,
    )
    return torch.cat(parts, dim=2, out=whole)
