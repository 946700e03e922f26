from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from rescodec.networks import NetworkConfig, Rescaler


@pytest.mark.parametrize(("scale", "planes"), [(2, 0), (2, 1), (4, 0), (4, 1), (8, 0)])
def test_shapes(scale: int, planes: int) -> None:
    levels = scale.bit_length() - 1
    config = NetworkConfig(scale=scale, blocks=(1,) * levels, widths=(4,) * levels, planes=planes)
    network = Rescaler(config)
    down = network(torch.rand(2, 3, 3 * scale, scale))
    assert down.lr.shape == (2, 3, 3, 1)
    assert down.planes.shape == (2, planes, 3, 1)
    assert down.z.shape == (2, config.latent_channels, 3, 1)
    assert network.inverse(down.lr, down.planes).shape == (2, 3, 3 * scale, scale)


def test_a_new_network_downscales_by_averaging() -> None:
    hr = torch.rand(1, 3, 8, 12)
    for scale in (2, 4):
        levels = scale.bit_length() - 1
        network = Rescaler(NetworkConfig(scale=scale, blocks=(2,) * levels, widths=(4,) * levels))
        torch.testing.assert_close(network(hr).lr, nn.functional.avg_pool2d(hr, scale))


def test_the_plane_of_a_new_network_lies_between_floor_and_one(tiny_config: NetworkConfig) -> None:
    planes = Rescaler(tiny_config)(torch.rand(1, 3, 8, 8)).planes
    assert planes.min() > tiny_config.plane_floor
    assert planes.max() < 1


@pytest.mark.parametrize("shape", [(3, 4, 4), (1, 1, 4, 4), (1, 3, 5, 4), (1, 3, 4, 6)])
def test_wrong_shapes_are_refused(shape: tuple[int, ...]) -> None:
    network = Rescaler(NetworkConfig(scale=4, blocks=(1, 1), widths=(4, 4)))
    with pytest.raises(ValueError, match="multiples of 4"):
        network(torch.rand(shape))


@pytest.mark.parametrize("neutral", [0.0, -1.5])
def test_lost_planes_and_latent_are_neutral(
    neutral: float, tiny_config: NetworkConfig, randomise: Callable[[nn.Module], None]
) -> None:
    network = Rescaler(dataclasses.replace(tiny_config, plane_neutral=neutral))
    randomise(network)
    lr = torch.rand(1, 3, 4, 5)
    planes = network.squash(torch.full((1, 1, 4, 5), neutral))
    z = torch.zeros(1, tiny_config.latent_channels, 4, 5)
    torch.testing.assert_close(
        network.inverse(lr), network.inverse(lr, planes, z), rtol=0, atol=1e-5
    )


def test_memory_format_changes_nothing_but_rounding(
    tiny_config: NetworkConfig, randomise: Callable[[nn.Module], None]
) -> None:
    network = Rescaler(tiny_config)
    randomise(network)
    hr = torch.rand(1, 3, 8, 10)
    expected = network(hr)
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    result = network(hr.contiguous(memory_format=torch.channels_last))
    for a, b in zip(result, expected, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-5)


def test_gradients_reach_every_parameter(
    tiny_config: NetworkConfig, randomise: Callable[[nn.Module], None]
) -> None:
    network = Rescaler(tiny_config)
    randomise(network)
    down = network(torch.rand(1, 3, 8, 8))
    network.inverse(down.lr, down.planes).square().mean().backward()
    assert all(p.grad is not None and p.grad.abs().max() > 0 for p in network.parameters())


def test_tensor_names_are_part_of_the_weights_format() -> None:
    config = NetworkConfig(scale=2, blocks=(1,), widths=(4,), planes=1)
    layers = ["affine.first", "affine.last", "affine.middle", "phi.first", "phi.last", "phi.middle"]
    expected = [
        f"levels.0.blocks.0.{layer}.{kind}" for layer in layers for kind in ("bias", "weight")
    ]
    assert sorted(Rescaler(config).state_dict()) == expected


@pytest.mark.parametrize("scale", [2, 4])
@pytest.mark.parametrize("planes", [0, 1])
def test_a_downscaling_latent_goes_in_and_is_dropped(
    scale: int, planes: int, randomise: Callable[[nn.Module], None]
) -> None:
    levels = scale.bit_length() - 1
    config = NetworkConfig(
        scale=scale, blocks=(2,) * levels, widths=(4,) * levels, planes=planes, dlv_channels=3
    )
    network = Rescaler(config).double()
    randomise(network)
    hr = torch.rand(1, 3, 16, 24, dtype=torch.float64)
    noise = torch.randn(1, 3, 8, 12, dtype=torch.float64)
    without, zero, noisy = network(hr), network(hr, torch.zeros_like(noise)), network(hr, noise)
    assert without.z.shape[1] == config.latent_channels
    assert torch.equal(without.lr, zero.lr)
    assert not torch.equal(without.lr, noisy.lr)
    for down in (without, noisy):
        torch.testing.assert_close(network.inverse(*down), hr, rtol=0, atol=1e-9)


@pytest.mark.parametrize("scale", [2, 4])
def test_a_hidden_plane_is_the_first_channel_of_z(
    scale: int, randomise: Callable[[nn.Module], None]
) -> None:
    levels = scale.bit_length() - 1
    sizes: dict[str, Any] = {"scale": scale, "blocks": (2,) * levels, "widths": (4,) * levels}
    stored = Rescaler(NetworkConfig(**sizes, plane_gain=4.0, planes=1)).double()
    hidden = Rescaler(NetworkConfig(**sizes, plane_gain=4.0, hidden_planes=1)).double()
    randomise(stored)
    hidden.load_state_dict(stored.state_dict())
    hr = torch.rand(1, 3, 16, 24, dtype=torch.float64)
    down, same = hidden(hr), stored(hr)
    assert down.planes.shape[1] == 0
    assert down.z.shape[1] == hidden.config.latent_channels
    assert torch.equal(down.lr, same.lr)
    assert torch.equal(down.z[:, 1:], same.z)
    torch.testing.assert_close(stored.squash(down.z[:, :1]), same.planes)
    torch.testing.assert_close(hidden.inverse(*down), hr, rtol=0, atol=1e-9)


@pytest.mark.parametrize("scale", [2, 4])
def test_a_plane_that_is_split_off_last_is_the_first_high_channel(
    scale: int, randomise: Callable[[nn.Module], None]
) -> None:
    levels = scale.bit_length() - 1
    sizes: dict[str, Any] = {"scale": scale, "blocks": (2,) * levels, "widths": (4,) * levels}
    plain = Rescaler(NetworkConfig(**sizes)).double()
    split = Rescaler(NetworkConfig(**sizes, planes=1, plane_start="after")).double()
    randomise(plain)
    split.load_state_dict(plain.state_dict())
    hr = torch.rand(1, 3, 16, 24, dtype=torch.float64)
    down, same = split(hr), plain(hr)
    assert torch.equal(down.lr, same.lr)
    torch.testing.assert_close(down.planes, split.squash(same.z[:, :1]))
    assert torch.equal(down.z, same.z[:, 1:])
