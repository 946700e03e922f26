from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from rescodec.networks import NetworkConfig, Rescaler
from rescodec.networks.latent_code import (
    CODE_RADIUS,
    LatentAutoencoder,
    code_size,
    pad_to_code,
)

CONFIG = NetworkConfig(scale=2, blocks=(1,), widths=(4,), code_channels=4, code_width=8)
KINDS: list[dict[str, Any]] = [
    {"code_resampling": resampling, "code_layers": layers}
    for resampling in ("pool", "shuffle")
    for layers in (2, 4)
]


@pytest.fixture(params=KINDS, ids=lambda kind: "-".join(map(str, kind.values())))
def autoencoder(
    request: pytest.FixtureRequest, randomise: Callable[[nn.Module], None]
) -> LatentAutoencoder:
    network = LatentAutoencoder(dataclasses.replace(CONFIG, **request.param)).double()
    randomise(network)
    return network


def test_shapes_and_range(autoencoder: LatentAutoencoder) -> None:
    z = 100 * torch.randn(2, 9, 8, 12, dtype=torch.float64)
    code = autoencoder.encode(z)
    assert code.shape == (2, 4, 2, 3)
    assert code.abs().max() <= 1
    assert autoencoder.decode(code).shape == z.shape


def test_a_new_one_answers_zero() -> None:
    network = LatentAutoencoder(CONFIG)
    z = torch.randn(1, 9, 8, 8)
    assert network.encode(z).abs().max() > 0
    assert (network.decode(network.encode(z)) == 0).all()


def test_radius_covers_what_a_code_sees(autoencoder: LatentAutoencoder) -> None:
    side = 2 * CODE_RADIUS + 3
    middle = side // 2
    z = torch.randn(1, 9, 4 * side, 4 * side, dtype=torch.float64, requires_grad=True)
    autoencoder.encode(z)[0, :, middle, middle].sum().backward()
    assert z.grad is not None
    seen = z.grad[0].abs().sum(dim=0).nonzero() // 4
    assert (seen - middle).abs().max() <= CODE_RADIUS
    code = torch.randn(1, 4, side, side, dtype=torch.float64, requires_grad=True)
    part = slice(4 * middle, 4 * middle + 4)
    autoencoder.decode(code)[0, :, part, part].sum().backward()
    assert code.grad is not None
    assert (code.grad[0].abs().sum(dim=0).nonzero() - middle).abs().max() <= CODE_RADIUS


@pytest.mark.parametrize("size", [(1, 1), (4, 8), (5, 3)])
def test_padding_repeats_the_border_until_a_code_covers_it(size: tuple[int, int]) -> None:
    z = torch.randn(1, 9, *size)
    padded = pad_to_code(z)
    height, width = code_size(size)
    assert padded.shape[2:] == (4 * height, 4 * width)
    assert torch.equal(padded[:, :, : size[0], : size[1]], z)
    assert torch.equal(padded[:, :, -1, -1], z[:, :, -1, -1])


def test_four_layers_at_x2_by_hand() -> None:
    network = LatentAutoencoder(dataclasses.replace(CONFIG, code_width=32))
    # Weights and biases of 9 -> 32 -> 32 -> 32 -> 4 and back.
    encoder = 9 * (9 * 32 + 2 * 32 * 32 + 32 * 4) + 3 * 32 + 4
    decoder = 9 * (4 * 32 + 2 * 32 * 32 + 32 * 9) + 3 * 32 + 9
    assert sum(p.numel() for p in network.parameters()) == encoder + decoder
    # One at the size of z, one at half, two at a quarter of its sides.
    by_hand = 9 * (9 * 32 + 32 * 32 / 4 + (32 * 32 + 32 * 4) / 16)
    assert network.macs_per_position() == by_hand


def test_tensor_names_are_part_of_the_weights_format() -> None:
    names = {name for name in Rescaler(CONFIG).state_dict() if name.startswith("autoencoder.")}
    assert names == {
        f"autoencoder.{side}.{layer}.{kind}"
        for side in ("encoder", "decoder")
        for layer in range(4)
        for kind in ("weight", "bias")
    }
