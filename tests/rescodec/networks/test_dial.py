"""Networks with a dial: planes of bands, and the steps in which they are rounded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional

from rescodec.networks import NetworkConfig, Rescaler
from rescodec.networks.dial import PlaneSteps, lr_step, plane_groups
from rescodec.networks.plane import ColorBands

DIAL: dict[str, Any] = {"dial_steps": (0.5, 16.0), "lr_steps": (4, 7)}


def config_of(scale: int, **changes: Any) -> NetworkConfig:
    levels = scale.bit_length() - 1
    sizes: dict[str, Any] = {"blocks": (1,) * levels, "widths": (4,) * levels}
    return NetworkConfig(scale, **{**sizes, "planes": 3 * scale**2, **DIAL, **changes})


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


@pytest.mark.parametrize("scale", [2, 4, 8])
def test_the_network_is_invertible(randomise: Callable[[nn.Module], None], scale: int) -> None:
    """Whatever was done to the LR image, its refinement knows it."""
    network = Rescaler(config_of(scale)).double()
    randomise(network)
    hr = torch.rand(2, 3, 16, 24).double()
    down = network(hr)
    assert down.lr.shape == (2, 3, 16 // scale, 24 // scale)
    assert down.planes.shape == (2, 3 * scale**2 - 3, 16 // scale, 24 // scale)
    assert down.z.numel() == 0
    assert network.refinement is not None
    for rounded in (down.lr, (9 * down.lr).round() / 9, torch.rand_like(down.lr)):
        planes = torch.cat((network.refinement(down.lr, rounded), down.planes), dim=1)
        torch.testing.assert_close(network.inverse(rounded, planes), hr, rtol=0, atol=1e-9)


def test_fine_planes_are_those_of_the_first_level(randomise: Callable[[nn.Module], None]) -> None:
    """The second level leaves them alone: they are the planes of a network of scale 2."""
    large, small = Rescaler(config_of(4)), Rescaler(config_of(2))
    randomise(large)
    first = {
        name: tensor for name, tensor in large.state_dict().items() if name.startswith("levels.0")
    }
    small.load_state_dict(small.state_dict() | first)
    hr = torch.rand(1, 3, 16, 24)
    fine = functional.pixel_shuffle(large(hr).planes[:, 9:], 2)
    torch.testing.assert_close(fine, small(hr).planes)


def test_the_guess_is_of_the_lr_image(randomise: Callable[[nn.Module], None]) -> None:
    network = Rescaler(config_of(2))
    randomise(network)
    assert network.refinement is not None
    lr = torch.rand(1, 3, 6, 6)
    guess = lr + network.refinement.guess(lr)
    torch.testing.assert_close(network.refinement.inverse(lr, None), guess)
    torch.testing.assert_close(network.refinement.inverse(lr, torch.zeros(1, 3, 6, 6)), guess)
    assert network.refinement(guess, lr).abs().max() < 1e-6


def test_without_planes_they_are_zero(randomise: Callable[[nn.Module], None]) -> None:
    network = Rescaler(config_of(2))
    randomise(network)
    lr = torch.rand(1, 3, 8, 8)
    assert torch.equal(network.inverse(lr), network.inverse(lr, torch.zeros(1, 12, 8, 8)))


def test_groups_of_planes() -> None:
    assert plane_groups(1) == [(1, 1), (3, 1)]
    assert plane_groups(3) == [(1, 1), (3, 1), (3, 2), (3, 4)]
    assert sum(3 * group.means * group.finer**2 for group in plane_groups(3)) == 3 * 8**2


def test_lr_images_are_coarse_beside_coarse_planes() -> None:
    steps = torch.tensor([0.2, 2.0, 14.0])
    assert lr_step(steps, 1, (4, 7)).tolist() == [4, 5, 7]
    assert lr_step(2 * steps, 2, (4, 7)).tolist() == [4, 5, 7]


def test_each_plane_has_its_own_step(randomise: Callable[[nn.Module], None]) -> None:
    coarse, fine = [0.1, 0.45, 0.45] + [0.1] * 3 + [0.45] * 6, [0.2] * 3 + [0.9] * 6
    assert PlaneSteps(2).of(51.0) == pytest.approx(coarse + fine)
    steps = PlaneSteps(2)
    randomise(steps)
    for step in (0.5, 1.0, 7.0):
        of_batch = steps(torch.tensor([step, 2 * step]))
        assert of_batch.shape == (2, 48, 1, 1)
        of_channels = steps.of_channels(steps.of(step))
        assert of_batch[0].flatten().tolist() == pytest.approx(of_channels, rel=1e-5)
    assert len(set(steps.of(1.0))) == 21
    assert all(len(str(one)) < 12 for one in steps.of(1.0))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"planes": 1}, "0 and 1, or 12 with dial_steps"),
        ({"planes": 9}, "0 and 1, or 12 with dial_steps"),
        ({"dial_steps": ()}, "planes is 12"),
        ({"dial_steps": (), "planes": 0}, "lr_steps is set"),
        ({"dial_steps": (1.0,)}, "finest and the coarsest"),
        ({"dial_steps": (2.0, 1.0)}, "finest and the coarsest"),
        ({"dial_steps": (0.0, 1.0)}, "finest and the coarsest"),
        ({"lr_steps": ()}, "finest and the coarsest step of the LR image"),
        ({"lr_steps": (0, 4)}, "from 1 to 64"),
        ({"lr_steps": (5, 4)}, "from 1 to 64"),
        ({"lr_steps": (4, 65)}, "from 1 to 64"),
        ({"plane_floor": 0.5}, "plane_floor"),
        ({"latent_std": 1.0}, "random z"),
        ({"dlv_channels": 3}, "dlv_channels"),
        ({"hidden_planes": 1}, "hidden_planes is 1"),
    ],
)
def test_impossible_configurations(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        config_of(2, **changes)


def test_other_configurations_do_not_mention_the_dial(tiny_config: NetworkConfig) -> None:
    assert "dial_steps" not in tiny_config.to_dict()
    config = config_of(2)
    assert config.to_dict()["dial_steps"] == [0.5, 16.0]
    assert NetworkConfig.from_dict(config.to_dict()) == config
