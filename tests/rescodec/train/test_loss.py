from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest
import torch
from torch import nn

from rescodec.networks import Rescaler
from rescodec.quantize import from_uint8, to_uint8
from rescodec.resample import bicubic_downscale
from rescodec.train.loss import rescaling_loss
from rescodec.train.recipe import Recipe


def test_terms_and_their_weights(recipe: Recipe) -> None:
    hr = torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    network = Rescaler(recipe.network)
    losses = rescaling_loss(network, hr, recipe)
    down = network(hr)
    guidance = (down.lr - bicubic_downscale(hr, 2)).square().mean()
    torch.testing.assert_close(losses.guidance, guidance)
    torch.testing.assert_close(losses.latent, down.z.square().mean())
    total = losses.reconstruction + 4 * losses.guidance + 1e-3 * losses.latent
    torch.testing.assert_close(losses.total, total)


def test_a_perfect_restoration_costs_epsilon(recipe: Recipe) -> None:
    # A constant picture loses nothing, and 51 / 255 is a level.
    hr = torch.full((1, 3, 16, 16), 0.2)
    losses = rescaling_loss(Rescaler(dataclasses.replace(recipe.network, planes=0)), hr, recipe)
    assert losses.reconstruction.item() == pytest.approx(recipe.charbonnier_eps, rel=1e-3)
    assert losses.guidance.item() == pytest.approx(0, abs=1e-10)


def test_restoration_starts_from_what_a_file_holds(
    recipe: Recipe, randomise: Callable[[nn.Module], None]
) -> None:
    hr = torch.rand(1, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    network = Rescaler(recipe.network)
    randomise(network)
    down = network(hr)
    lr, planes = (from_uint8(to_uint8(part)) for part in (down.lr, down.planes))
    losses = rescaling_loss(network, hr, recipe)
    for restored, same in (
        (network.inverse(lr, planes), True),
        (network.inverse(down.lr, planes), False),
        (network.inverse(lr, down.planes), False),
    ):
        distance = torch.sqrt((restored - hr).square() + recipe.charbonnier_eps**2).mean()
        assert (abs(distance - losses.reconstruction) < 1e-6) == same


def test_terms_are_float32_under_autocast(recipe: Recipe) -> None:
    with torch.autocast("cpu", dtype=torch.bfloat16):
        losses = rescaling_loss(Rescaler(recipe.network), torch.rand(1, 3, 16, 16), recipe)
    assert {term.dtype for term in losses} == {torch.float32}
