"""Networks with a dial: planes of bands, and the steps in which they are rounded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from rescodec.networks import NetworkConfig, Rescaler
from rescodec.networks.dial import PlaneSteps
from rescodec.networks.plane import ColorBands

DIAL: dict[str, Any] = {"blocks": (2,), "widths": (4,), "planes": 3, "dial_steps": (0.5, 16.0)}


def test_colors_are_a_mean_and_differences() -> None:
    high = torch.rand(2, 9, 4, 5)
    channels = ColorBands(gain=2.0)(high)
    for band in range(3):
        r, g, b = high[:, 3 * band : 3 * band + 3].unbind(dim=1)
        torch.testing.assert_close(channels[:, band], 2 * (r + g + b) / 3)
        torch.testing.assert_close(channels[:, 3 + band], 2 * (r - b) / 6**0.5)
        torch.testing.assert_close(channels[:, 6 + band], 2 * (r - 2 * g + b) / 18**0.5)


def test_colors_are_a_rotation() -> None:
    """Up to a factor, so that errors of all channels cost the same."""
    colors, high = ColorBands(gain=3.0), torch.rand(1, 9, 4, 4).double()
    channels = colors(high)
    torch.testing.assert_close(colors.inverse(channels), high, rtol=0, atol=1e-12)
    torch.testing.assert_close(channels.square().sum(), 3 * high.square().sum())


@pytest.mark.parametrize(("scale", "levels"), [(2, 1), (4, 2)])
def test_the_network_is_invertible(
    randomise: Callable[[nn.Module], None], scale: int, levels: int
) -> None:
    config = NetworkConfig(
        scale=scale, **{**DIAL, "blocks": (1,) * levels, "widths": (4,) * levels}
    )
    network = Rescaler(config).double()
    randomise(network)
    hr = torch.rand(1, 3, 16, 24).double()
    down = network(hr)
    assert down.lr.shape == (1, 3, 16 // scale, 24 // scale)
    assert down.planes.shape == (1, 3, 16 // scale, 24 // scale)
    torch.testing.assert_close(network.inverse(*down), hr, rtol=0, atol=1e-9)


@pytest.mark.parametrize("scale", [2, 4])
def test_all_channels_may_be_planes(randomise: Callable[[nn.Module], None], scale: int) -> None:
    levels, planes = scale // 2, 3 * scale**2 - 3
    changes = {"blocks": (1,) * levels, "widths": (4,) * levels, "planes": planes}
    network = Rescaler(NetworkConfig(scale=scale, **{**DIAL, **changes})).double()
    randomise(network)
    hr = torch.rand(1, 3, 16, 24).double()
    down = network(hr)
    assert down.planes.shape == (1, planes, 16 // scale, 24 // scale)
    assert down.z.numel() == 0
    restored = network.inverse(down.lr, down.planes)
    torch.testing.assert_close(restored, hr, rtol=0, atol=1e-9)


def test_without_planes_they_are_zero() -> None:
    network = Rescaler(NetworkConfig(scale=2, **DIAL))
    lr = torch.rand(1, 3, 8, 8)
    assert torch.equal(network.inverse(lr), network.inverse(lr, torch.zeros(1, 3, 8, 8)))


def test_each_plane_has_its_own_step(randomise: Callable[[nn.Module], None]) -> None:
    assert PlaneSteps(5).of(51.0) == pytest.approx((0.2, 0.2, 0.2, 0.9, 0.9))
    steps = PlaneSteps(3)
    randomise(steps)
    for step in (0.5, 1.0, 7.0):
        of_batch = steps(torch.tensor([step, 2 * step]))
        assert of_batch.shape == (2, 3, 1, 1)
        assert of_batch[0].flatten().tolist() == pytest.approx(steps.of(step), rel=1e-5)
    assert len(set(steps.of(1.0))) == 3


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"planes": 1}, "3 and 9 with dial_steps"),
        ({"planes": 2}, "3 and 9 with dial_steps"),
        ({"dial_steps": ()}, "planes is 3"),
        ({"dial_steps": (1.0,)}, "finest and the coarsest"),
        ({"dial_steps": (2.0, 1.0)}, "finest and the coarsest"),
        ({"dial_steps": (0.0, 1.0)}, "finest and the coarsest"),
        ({"plane_floor": 0.5}, "plane_floor"),
        ({"latent_std": 1.0}, "random z"),
        ({"hidden_planes": 1}, "hidden_planes is 1"),
        ({"planes": 10}, "3 and 9 with dial_steps"),
    ],
)
def test_impossible_configurations(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        NetworkConfig(scale=2, **{**DIAL, **changes})


def test_other_configurations_do_not_mention_the_dial(tiny_config: NetworkConfig) -> None:
    assert "dial_steps" not in tiny_config.to_dict()
    config = NetworkConfig(scale=2, **DIAL)
    assert config.to_dict()["dial_steps"] == [0.5, 16.0]
    assert NetworkConfig.from_dict(config.to_dict()) == config
