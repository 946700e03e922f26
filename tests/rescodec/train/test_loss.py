from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from rescodec.networks import Rescaler
from rescodec.networks.latent_code import pad_to_code
from rescodec.quantize import from_code, from_uint8, to_code, to_uint8
from rescodec.resample import bicubic_downscale
from rescodec.train.loss import rescaling_loss
from rescodec.train.recipe import Recipe


@pytest.fixture
def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def test_terms_and_their_weights(recipe: Recipe, generator: torch.Generator) -> None:
    hr = torch.rand(2, 3, 16, 16, generator=generator)
    network = Rescaler(recipe.network)
    losses = rescaling_loss(network, hr, recipe, generator)
    down = network(hr)
    guidance = (down.lr - bicubic_downscale(hr, 2)).square().mean()
    torch.testing.assert_close(losses.guidance, guidance)
    torch.testing.assert_close(losses.latent, down.z.square().mean())
    total = losses.reconstruction + 4 * losses.guidance + 1e-3 * losses.latent
    torch.testing.assert_close(losses.total, total)


def test_a_perfect_restoration_costs_epsilon(recipe: Recipe, generator: torch.Generator) -> None:
    # A constant picture loses nothing, and 51 / 255 is a level.
    hr = torch.full((1, 3, 16, 16), 0.2)
    network = Rescaler(dataclasses.replace(recipe.network, planes=0))
    losses = rescaling_loss(network, hr, recipe, generator)
    assert losses.reconstruction.item() == pytest.approx(recipe.charbonnier_eps, rel=1e-3)
    assert losses.guidance.item() == pytest.approx(0, abs=1e-10)


def test_restoration_starts_from_what_a_file_holds(
    recipe: Recipe, randomise: Callable[[nn.Module], None], generator: torch.Generator
) -> None:
    hr = torch.rand(1, 3, 16, 16, generator=generator)
    network = Rescaler(recipe.network)
    randomise(network)
    down = network(hr)
    lr, planes = (from_uint8(to_uint8(part)) for part in (down.lr, down.planes))
    losses = rescaling_loss(network, hr, recipe, generator)
    for restored, same in (
        (network.inverse(lr, planes), True),
        (network.inverse(down.lr, planes), False),
        (network.inverse(lr, down.planes), False),
    ):
        distance = torch.sqrt((restored - hr).square() + recipe.charbonnier_eps**2).mean()
        assert (abs(distance - losses.reconstruction) < 1e-6) == same


KINDS: dict[str, dict[str, Any]] = {
    "plane": {},
    "code": {"planes": 0, "code_channels": 2, "code_width": 4},
    "noise": {"planes": 0, "latent_std": 1.0},
    "dlv": {"dlv_channels": 2},
}


@pytest.mark.parametrize("kind", KINDS)
def test_terms_are_float32_under_autocast(
    recipe: Recipe, generator: torch.Generator, kind: str
) -> None:
    network = Rescaler(dataclasses.replace(recipe.network, **KINDS[kind]))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        losses = rescaling_loss(network, torch.rand(1, 3, 16, 16), recipe, generator)
    assert {term.dtype for term in losses} == {torch.float32}


def test_a_code_is_restored_from_what_a_file_holds(
    recipe: Recipe, randomise: Callable[[nn.Module], None], generator: torch.Generator
) -> None:
    network = Rescaler(dataclasses.replace(recipe.network, **KINDS["code"], code_levels=15))
    randomise(network)
    # An LR size that no code covers exactly.
    hr = torch.rand(1, 3, 12, 20, generator=generator)
    losses = rescaling_loss(network, hr, recipe, generator)
    down = network(hr)
    assert network.autoencoder is not None
    code = to_code(network.autoencoder.encode(pad_to_code(down.z)), 15)
    z = network.autoencoder.decode(from_code(code, 15))[:, :, :6, :10]
    torch.testing.assert_close(losses.code, (z - down.z).square().mean())
    restored = network.inverse(from_uint8(to_uint8(down.lr)), None, z)
    distance = torch.sqrt((restored - hr).square() + recipe.charbonnier_eps**2).mean()
    torch.testing.assert_close(losses.reconstruction, distance)
    weighted = dataclasses.replace(recipe, code=2.0)
    total = rescaling_loss(network, hr, weighted, generator).total
    torch.testing.assert_close(total, losses.total + (2 - recipe.code) * losses.code)


def test_luma_is_what_psnr_y_measures(
    recipe: Recipe, randomise: Callable[[nn.Module], None], generator: torch.Generator
) -> None:
    network = Rescaler(recipe.network)
    randomise(network)
    hr = torch.rand(1, 3, 16, 16, generator=generator)
    recipe = dataclasses.replace(recipe, luma=3.0, charbonnier_eps=1e-9)
    losses = rescaling_loss(network, hr, recipe, generator)
    down = network(hr)
    restored = network.inverse(*(from_uint8(to_uint8(part)) for part in (down.lr, down.planes)))
    a, b = (image[0].permute(1, 2, 0).detach().double().numpy() for image in (hr, restored))
    weights = np.array([65.481, 128.553, 24.966]) / 255
    assert losses.luma.item() == pytest.approx(np.abs((a - b) @ weights).mean(), rel=1e-4)
    others = losses.reconstruction + 4 * losses.guidance + 1e-3 * losses.latent
    torch.testing.assert_close(losses.total, others + 3 * losses.luma)


@pytest.mark.parametrize("kind", ["code", "plane"])
def test_gradients_pass_the_rounding(
    recipe: Recipe, randomise: Callable[[nn.Module], None], generator: torch.Generator, kind: str
) -> None:
    network = Rescaler(dataclasses.replace(recipe.network, **KINDS[kind]))
    randomise(network)
    hr = torch.rand(1, 3, 16, 16, generator=generator)
    rescaling_loss(network, hr, recipe, generator).reconstruction.backward()
    assert all(p.grad is not None and p.grad.abs().max() > 0 for p in network.parameters())


def test_noise_is_drawn_for_networks_that_decode_with_it(
    recipe: Recipe, randomise: Callable[[nn.Module], None]
) -> None:
    hr = torch.rand(1, 3, 16, 16, generator=torch.Generator().manual_seed(0))

    def reconstruction(kind: str, seed: int) -> float:
        network = Rescaler(dataclasses.replace(recipe.network, **KINDS[kind]))
        randomise(network)
        generator = torch.Generator().manual_seed(seed)
        return rescaling_loss(network, hr, recipe, generator).reconstruction.item()

    for kind in KINDS:
        assert reconstruction(kind, 1) == reconstruction(kind, 1)
        assert (reconstruction(kind, 1) == reconstruction(kind, 2)) == (kind in ("plane", "code"))


def test_noise_stands_in_for_rounding(
    recipe: Recipe, randomise: Callable[[nn.Module], None], generator: torch.Generator
) -> None:
    network = Rescaler(recipe.network)
    randomise(network)
    hr = torch.rand(1, 3, 16, 16, generator=generator)
    recipe = dataclasses.replace(recipe, rounding="noise")
    losses = [
        rescaling_loss(network, hr, recipe, torch.Generator().manual_seed(seed)).reconstruction
        for seed in (1, 1, 2)
    ]
    assert losses[0] == losses[1] != losses[2]
    rounded = rescaling_loss(
        network, hr, dataclasses.replace(recipe, rounding="straight-through"), generator
    )
    assert losses[0].item() == pytest.approx(rounded.reconstruction.item(), rel=0.05)


def test_a_teacher_shows_lr_images_and_planes(
    recipe: Recipe, randomise: Callable[[nn.Module], None], generator: torch.Generator
) -> None:
    network, teacher = Rescaler(recipe.network), Rescaler(recipe.network)
    randomise(teacher)
    hr = torch.rand(1, 3, 16, 16, generator=generator)
    alone = rescaling_loss(network, hr, recipe, generator)
    recipe = dataclasses.replace(recipe, distil=2.0)
    losses = rescaling_loss(network, hr, recipe, generator, teacher)
    ours, theirs = (torch.cat(net(hr)[:2], dim=1) for net in (network, teacher))
    torch.testing.assert_close(losses.distil, (ours - theirs).square().mean())
    torch.testing.assert_close(losses.total, alone.total + 2 * losses.distil)
    losses.total.backward()
    assert all(p.grad is None for p in teacher.parameters())
    assert rescaling_loss(teacher, hr, recipe, generator, teacher).distil == 0
