from __future__ import annotations

import pytest
import torch

from rescodec.networks.subnets import PadbSubnet, subnet_factories


@pytest.mark.parametrize("name", ["plain", "dense", "padb"])
def test_shapes(name: str) -> None:
    high_to_low, low_to_high = subnet_factories(name, 8)
    assert high_to_low(9, 3)(torch.rand(2, 9, 5, 7)).shape == (2, 3, 5, 7)
    assert low_to_high(3, 9)(torch.rand(2, 3, 5, 7)).shape == (2, 9, 5, 7)


def test_padb_expands_only_above_factor_one() -> None:
    assert PadbSubnet(4, 3, factor=0.5).expand is None
    assert PadbSubnet(3, 9, factor=3.0).expand is not None


def test_unknown_name() -> None:
    with pytest.raises(ValueError, match="unknown subnet 'denze'"):
        subnet_factories("denze", 8)
