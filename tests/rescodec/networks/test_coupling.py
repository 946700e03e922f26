from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn

from rescodec.networks import ChannelMixing, CouplingBlock
from rescodec.networks.subnets import subnet_factories


def _block(subnet: str, *, joint: bool, mixed: bool = False) -> CouplingBlock:
    return CouplingBlock(3, 9, *subnet_factories(subnet, 8), joint=joint, mixed=mixed)


@pytest.mark.parametrize("mixed", [True, False])
@pytest.mark.parametrize("joint", [True, False])
@pytest.mark.parametrize("subnet", ["plain", "separable", "separable-first", "dense"])
def test_a_new_block_is_the_identity(subnet: str, joint: bool, mixed: bool) -> None:
    low, high = torch.rand(1, 3, 4, 4), torch.rand(1, 9, 4, 4)
    new_low, new_high = _block(subnet, joint=joint, mixed=mixed)(low, high)
    assert torch.equal(new_low, low)
    assert torch.equal(new_high, high)


def test_the_formula(randomise: Callable[[nn.Module], None]) -> None:
    block = _block("dense", joint=False)
    randomise(block)
    low, high = torch.rand(1, 3, 4, 4), torch.rand(1, 9, 4, 4)
    expected_low = low + block.phi(high)
    log_scale = 2 * torch.sigmoid(block.rho(expected_low)) - 1  # as IRN writes it
    expected_high = high * torch.exp(log_scale) + block.eta(expected_low)
    new_low, new_high = block(low, high)
    torch.testing.assert_close(new_low, expected_low)
    torch.testing.assert_close(new_high, expected_high)


def test_residual_stream_stays_float32_under_autocast(
    randomise: Callable[[nn.Module], None],
) -> None:
    block = _block("plain", joint=True, mixed=True)
    randomise(block)
    low, high = torch.rand(1, 3, 4, 4), torch.rand(1, 9, 4, 4)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        outputs = block(low, high)
        restored = block.inverse(*outputs)
    assert {t.dtype for t in (*outputs, *restored)} == {torch.float32}
    # The inverse evaluates the same roundings of the same subnets.
    torch.testing.assert_close(restored, (low, high), rtol=0, atol=0.05)


def test_mixing_is_an_exponential(randomise: Callable[[nn.Module], None]) -> None:
    mixing = ChannelMixing(2).double().requires_grad_(False)
    # That of a right angle is a rotation.
    mixing.logarithm.copy_(torch.tensor([[0.0, -1.0], [1.0, 0.0]]) * torch.pi / 2)
    x = torch.rand(1, 2, 3, 4, dtype=torch.float64)
    torch.testing.assert_close(mixing(x), torch.stack((-x[:, 1], x[:, 0]), dim=1))


def test_the_high_branch_is_mixed_last(randomise: Callable[[nn.Module], None]) -> None:
    block = _block("plain", joint=True, mixed=True)
    randomise(block)
    low, high = torch.rand(1, 3, 4, 4), torch.rand(1, 9, 4, 4)
    mixed = block(low, high)
    assert block.mixing is not None
    mixing, block.mixing = block.mixing, None
    plain = block(low, high)
    torch.testing.assert_close(mixed[0], plain[0])
    torch.testing.assert_close(mixed[1], mixing(plain[1]))
