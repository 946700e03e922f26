from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from rescodec.networks import NetworkConfig, Rescaler
from rescodec.networks.streamed import StreamedForward, StreamedInverse
from rescodec.networks.subnets import SUBNET_RADIUS

KINDS: dict[str, dict[str, Any]] = {
    "joint": {"scale": 2, "blocks": (2,), "widths": (4,)},
    "plane": {"scale": 4, "blocks": (2, 1), "widths": (4, 4), "planes": 1, "plane_floor": 0.5},
    "hidden": {"scale": 2, "blocks": (2,), "widths": (4,), "hidden_planes": 1},
    "dlv": {"scale": 4, "blocks": (1, 2), "widths": (4, 4), "dlv_channels": 2},
    "irn": {
        "scale": 4,
        "blocks": (2, 1),
        "widths": (4, 4),
        "subnet": "dense",
        "coupling": "separate",
        "haar_factor": 0.5,
    },
    "firn": {
        "scale": 4,
        "blocks": (1, 1),
        "widths": (1, 1),
        "subnet": "padb",
        "coupling": "separate",
        "latent_std": 1.0,
    },
    "mixing": {"scale": 4, "blocks": (2, 1), "widths": (4, 4), "mixing": True},
    "separable": {"scale": 2, "blocks": (2,), "widths": (4,), "subnet": "separable"},
    "post-split": {
        "scale": 4,
        "blocks": (2, 1),
        "widths": (4, 4),
        "planes": 1,
        "plane_start": "after",
    },
    "three levels": {"scale": 8, "blocks": (1, 2, 1), "widths": (4, 4, 4), "planes": 1},
}
kinds = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture
def network_of(randomise: Callable[[nn.Module], None]) -> Callable[[str], Rescaler]:
    def make(kind: str) -> Rescaler:
        network = Rescaler(NetworkConfig(**KINDS[kind])).double().requires_grad_(False)
        randomise(network)
        return network

    return make


def in_strips(image: Tensor, rows: int) -> list[tuple[Tensor, bool]]:
    height = image.shape[2]
    return [(image[:, :, i : i + rows], i + rows >= height) for i in range(0, height, rows)]


@kinds
@pytest.mark.parametrize("size", [(8, 8), (104, 40), (40, 72)])
@pytest.mark.parametrize("rows", [8, 16, 56])
@pytest.mark.parametrize("side", [5, 64])
def test_strips_change_nothing(
    kind: str,
    network_of: Callable[[str], Rescaler],
    size: tuple[int, int],
    rows: int,
    side: int,
) -> None:
    network = network_of(kind)
    hr = torch.rand(2, 3, *size, dtype=torch.float64)
    before = hr.clone()
    forward = StreamedForward(network, side=side)
    strips = [forward.push(strip, last=last) for strip, last in in_strips(hr, rows)]
    assert torch.equal(hr, before)
    expected = network(hr)
    down = [torch.cat(parts, dim=2) for parts in zip(*strips, strict=True)]
    for ours, whole in zip(down, expected, strict=True):
        torch.testing.assert_close(ours, whole, rtol=0, atol=1e-9)
    inverse = StreamedInverse(network, side=side)
    low_rows = rows // network.config.scale
    parts = zip(*(in_strips(part, low_rows) for part in expected), strict=True)
    restored = torch.cat(
        [inverse.push(lr, planes, z, last=last) for (lr, last), (planes, _), (z, _) in parts],
        dim=2,
    )
    torch.testing.assert_close(restored, network.inverse(*expected), rtol=0, atol=1e-9)
    torch.testing.assert_close(restored, hr, rtol=0, atol=1e-8)


@kinds
def test_without_planes_and_z(kind: str, network_of: Callable[[str], Rescaler]) -> None:
    network = network_of(kind)
    lr = torch.rand(1, 3, 21, 9, dtype=torch.float64)
    inverse = StreamedInverse(network, side=8)
    strips = [inverse.push(strip, last=last) for strip, last in in_strips(lr, 4)]
    restored = torch.cat(strips, dim=2)
    torch.testing.assert_close(restored, network.inverse(lr), rtol=0, atol=1e-9)


@kinds
def test_memory_does_not_grow_with_the_height(
    kind: str, network_of: Callable[[str], Rescaler]
) -> None:
    """What is held back, what a strip makes and what a subnet sees are all bounded."""
    network = network_of(kind)
    config, side, rows = network.config, 6, 16
    radius = SUBNET_RADIUS[config.subnet]
    seen = []
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            module.register_forward_pre_hook(lambda _, args: seen.append(args[0].shape[2:]))
    forward, inverse = StreamedForward(network, side=side), StreamedInverse(network, side=side)
    most = {0: 0, 1: 0}
    for strip, last in in_strips(torch.rand(1, 3, 640, 16, dtype=torch.float64), rows):
        if not last:
            down = forward.push(strip, last=False)
            assert down.lr.shape[2] <= rows
            restored = inverse.push(*down, last=False)
            assert restored.shape[2] <= 2 * rows
        for index, streamed in enumerate((forward, inverse)):
            most[index] = max(most[index], *(blocks.held_rows for blocks in streamed.blocks))
    held = (2 * max(config.blocks) + 1) * radius + 1
    assert 0 < max(most.values()) <= held
    for height, width in seen:
        assert height <= side + 2 * radius
        assert height * width <= (side + 2 * radius) * (side**2 + 2 * radius)
