from __future__ import annotations

from collections.abc import Callable
from itertools import chain, pairwise
from typing import cast

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from rescodec.networks import CouplingBlock
from rescodec.networks.streamed_blocks import (
    HIGH,
    LOW,
    Step,
    StreamedBlocks,
    forward_steps,
    inverse_steps,
)
from rescodec.networks.subnets import SUBNET_RADIUS, subnet_factories
from rescodec.networks.tiles import Region, at

cuts = st.lists(st.integers(0, 40), max_size=8).map(sorted)


def pushed(
    blocks: StreamedBlocks, low: Tensor, high: Tensor, cuts: list[int]
) -> list[tuple[Tensor, Tensor]]:
    """Return what the blocks send on for each strip between two cuts."""
    bounds = [0, *(min(cut, low.shape[2]) for cut in cuts), low.shape[2]]
    return [
        blocks.push(low[:, :, a:b], high[:, :, a:b], last=index == len(cuts))
        for index, (a, b) in enumerate(pairwise(bounds))
    ]


def joined(strips: list[tuple[Tensor, Tensor]]) -> tuple[Tensor, Tensor]:
    low, high = (torch.cat(parts, dim=2) for parts in zip(*strips, strict=True))
    return low, high


@pytest.mark.parametrize("joint", [True, False])
@pytest.mark.parametrize("subnet", SUBNET_RADIUS)
@settings(max_examples=6)
@given(cuts=cuts, width=st.integers(1, 9), side=st.integers(1, 12))
def test_strips_change_nothing(
    subnet: str,
    joint: bool,
    randomise: Callable[[nn.Module], None],
    cuts: list[int],
    width: int,
    side: int,
) -> None:
    factories = subnet_factories(subnet, 4)
    network = nn.ModuleList(CouplingBlock(3, 5, *factories, joint=joint) for _ in range(2))
    network.double().requires_grad_(False)
    randomise(network)
    blocks = [cast(CouplingBlock, block) for block in network]
    generator = torch.Generator().manual_seed(len(cuts))
    low, high = (
        torch.rand(1, channels, 33, width, generator=generator, dtype=torch.float64)
        for channels in (3, 5)
    )
    before = low.clone(), high.clone()
    radius = SUBNET_RADIUS[subnet]
    forward = StreamedBlocks(
        chain.from_iterable(map(forward_steps, blocks)), radius=radius, side=side
    )
    changed = joined(pushed(forward, low, high, cuts))
    assert torch.equal(low, before[0])
    assert torch.equal(high, before[1])
    expected = before
    for block in blocks:
        expected = block(*expected)
    for ours, theirs in zip(changed, expected, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-10)
    inverse = StreamedBlocks(
        chain.from_iterable(map(inverse_steps, reversed(blocks))), radius=radius, side=side
    )
    for ours, original in zip(joined(pushed(inverse, *changed, cuts)), before, strict=True):
        torch.testing.assert_close(ours, original, rtol=0, atol=1e-9)


@given(cuts=cuts, radius=st.integers(0, 4), multiple=st.integers(1, 3), count=st.integers(1, 5))
def test_every_row_is_computed_once_and_few_are_held(
    cuts: list[int], radius: int, multiple: int, count: int
) -> None:
    computed = torch.zeros(count, 36)
    largest = 0

    def step(index: int) -> Step:
        def change(target: Tensor, seen: Tensor, crop: Region) -> None:
            nonlocal largest
            # The first column tells which row it is.
            rows = at(seen, crop)[0, 0, :, 0].long()
            computed[index, rows] += 1
            target[:, 1:] += 1
            largest = max(largest, seen.shape[2])

        return Step(LOW if index % 2 else HIGH, change)

    rows = torch.arange(36.0)[:, None].expand(36, 2)
    low, high = rows.expand(1, 2, 36, 2), rows.expand(1, 3, 36, 2)
    blocks = StreamedBlocks(map(step, range(count)), radius=radius, side=6, multiple=multiple)
    held = (count + 1) * radius + multiple - 1
    bounds = [0, *(min(cut, 36) for cut in cuts), 36]
    strips = []
    for index, (a, b) in enumerate(pairwise(bounds)):
        last = index == len(cuts)
        strips.append(blocks.push(low[:, :, a:b], high[:, :, a:b], last=last))
        assert blocks.held_rows <= held
        assert last or strips[-1][0].shape[2] % multiple == 0
        assert strips[-1][0].shape[2] <= b - a + held
    assert (computed == 1).all()
    assert largest <= 6 + 2 * radius
    sent_low, sent_high = joined(strips)
    assert torch.equal(sent_low[0, 0, :, 0], torch.arange(36.0))
    assert torch.equal(sent_low[0, 1], rows + count // 2 + count % 2)
    assert torch.equal(sent_high[0, 1], rows + count // 2)
