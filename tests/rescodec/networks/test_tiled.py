from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from rescodec.networks import NetworkConfig, Rescaler
from rescodec.networks.subnets import SUBNET_RADIUS, subnet_factories
from rescodec.networks.tiled import in_tiles, tiles


@given(st.integers(1, 20), st.integers(1, 20), st.integers(1, 8), st.integers(0, 4))
def test_tiles_cover_every_position_once(height: int, width: int, side: int, halo: int) -> None:
    positions = np.arange(height * width).reshape(height, width)
    covered = np.zeros((height, width), int)
    for inner, outer, crop in tiles(height, width, side, halo):
        covered[inner] += 1
        assert np.array_equal(positions[outer][crop], positions[inner])
        assert max(positions[inner].shape) <= side
        assert positions[outer].shape[0] <= side + 2 * halo
    assert (covered == 1).all()


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


@pytest.mark.parametrize("subnet", SUBNET_RADIUS)
@pytest.mark.parametrize("planes", [0, 1])
@pytest.mark.parametrize("side", [3, 8, 64])
def test_tiles_change_nothing(
    subnet: str, planes: int, side: int, randomise: Callable[[nn.Module], None]
) -> None:
    config = NetworkConfig(
        scale=4, blocks=(2, 1), widths=(4, 4), subnet=subnet, planes=planes, plane_floor=0.5
    )
    network = Rescaler(config).double().requires_grad_(False)
    randomise(network)
    tiled = in_tiles(network, side)
    hr = torch.rand(2, 3, 20, 36, dtype=torch.float64)
    expected = network(hr)
    for ours, whole in zip(tiled(hr), expected, strict=True):
        torch.testing.assert_close(ours, whole, rtol=0, atol=1e-12)
    restored = tiled.inverse(*expected)
    torch.testing.assert_close(restored, network.inverse(*expected), rtol=0, atol=1e-12)
    torch.testing.assert_close(restored, hr, rtol=0, atol=1e-9)


def test_the_network_itself_stays_untiled(tiny_config: NetworkConfig) -> None:
    network = Rescaler(tiny_config)
    before = repr(network)
    in_tiles(network, 4)
    assert repr(network) == before


@pytest.mark.parametrize("resampling", ["pool", "shuffle"])
@pytest.mark.parametrize("side", [1, 8, 64])
def test_tiles_change_no_code(
    resampling: str, side: int, randomise: Callable[[nn.Module], None]
) -> None:
    config = NetworkConfig(
        scale=2,
        blocks=(1,),
        widths=(4,),
        code_channels=3,
        code_width=8,
        code_resampling=resampling,
        dlv_channels=2,
    )
    network = Rescaler(config).double().requires_grad_(False)
    randomise(network)
    tiled = in_tiles(network, side)
    assert network.autoencoder is not None
    assert tiled.autoencoder is not None
    z = torch.randn(2, config.latent_channels, 40, 56, dtype=torch.float64)
    code = network.autoencoder.encode(z)
    torch.testing.assert_close(tiled.autoencoder.encode(z), code, rtol=0, atol=1e-12)
    expected = network.autoencoder.decode(code)
    torch.testing.assert_close(tiled.autoencoder.decode(code), expected, rtol=0, atol=1e-12)
