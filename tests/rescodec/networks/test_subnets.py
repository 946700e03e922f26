from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn

from rescodec.networks.subnets import SUBNET_RADIUS, PadbSubnet, subnet_factories


@pytest.mark.parametrize("name", SUBNET_RADIUS)
def test_shapes(name: str) -> None:
    high_to_low, low_to_high = subnet_factories(name, 8)
    assert high_to_low(9, 3)(torch.rand(2, 9, 5, 7)).shape == (2, 3, 5, 7)
    assert low_to_high(3, 9)(torch.rand(2, 3, 5, 7)).shape == (2, 9, 5, 7)


@pytest.mark.parametrize(("name", "grouped"), [("separable", 3), ("separable-first", 1)])
def test_separable_convolutions(name: str, grouped: int) -> None:
    for factory, channels in zip(subnet_factories(name, 8), (9, 3), strict=True):
        parts = [m for m in factory(channels, 5).modules() if isinstance(m, nn.Conv2d)]
        depthwise = [m for m in parts if m.groups > 1]
        assert [m.groups for m in depthwise] == [channels, 8, 8][:grouped]
        assert all(m.groups == m.in_channels == m.out_channels for m in depthwise)
        assert len(parts) == 3 + grouped


def test_padb_expands_only_above_factor_one() -> None:
    assert PadbSubnet(4, 3, factor=0.5).expand is None
    assert PadbSubnet(3, 9, factor=3.0).expand is not None


def test_unknown_name() -> None:
    with pytest.raises(ValueError, match="unknown subnet 'denze'"):
        subnet_factories("denze", 8)


@pytest.mark.parametrize("subnet", SUBNET_RADIUS)
def test_radius_is_what_a_subnet_sees(subnet: str, randomise: Callable[[nn.Module], None]) -> None:
    radius = SUBNET_RADIUS[subnet]
    seen = 0
    for factory, channels in zip(subnet_factories(subnet, 4), ((9, 3), (3, 9)), strict=True):
        network = factory(*channels).double()
        randomise(network)
        x = torch.rand(1, channels[0], 15, 15, dtype=torch.float64, requires_grad=True)
        network(x)[0, :, 7, 7].sum().backward()
        assert x.grad is not None
        distance = (x.grad[0].abs().sum(dim=0).nonzero() - 7).abs().max().item()
        assert distance <= radius
        seen = max(seen, int(distance))
    assert seen == radius
