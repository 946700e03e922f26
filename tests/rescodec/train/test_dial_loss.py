from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from rescodec.networks import NetworkConfig, Rescaler
from rescodec.plane_rounding import BIT
from rescodec.train.dial_loss import dial_loss, lr_bits, magnitude_bits
from rescodec.train.loop import Run, start, train
from rescodec.train.recipe import Recipe

DIAL: dict[str, Any] = {"dial_steps": (0.25, 24.0), "lr_steps": (2, 7)}
CONFIGS = {
    2: NetworkConfig(2, (1,), (4,), planes=12, **DIAL),
    4: NetworkConfig(4, (1, 1), (4, 4), planes=48, **DIAL),
}


@pytest.fixture(params=CONFIGS)
def recipe(request: pytest.FixtureRequest) -> Recipe:
    config = CONFIGS[request.param]
    return Recipe(config, steps=2, batch=2, crop=16, warmup=1, valid_every=2, log_every=1)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("magnitude", [1.0, 5.0, 40.0])
def test_bits_are_about_the_entropy(magnitude: float) -> None:
    x = np.random.default_rng(0).laplace(0, magnitude, (1, 1, 300, 300))
    _, counts = np.unique(x.round(), return_counts=True)
    share = counts / counts.sum()
    entropy = -(share * np.log2(share)).sum()
    assert magnitude_bits(torch.from_numpy(x)).item() == pytest.approx(entropy, rel=0.1)


def test_a_single_value_costs_its_position() -> None:
    x = torch.zeros(1, 1, 25, 25)
    assert magnitude_bits(x).item() == 0
    x[..., 12, 12] = 1
    assert 4 < magnitude_bits(x).item() * 25**2 < 9


def test_smooth_images_have_fewer_bits() -> None:
    slope = torch.linspace(0, 0.1, 32).expand(1, 3, 32, 32)
    noise = torch.rand(1, 3, 32, 32, generator=generator())
    constant = torch.full((1, 3, 32, 32), 0.5)
    assert lr_bits(constant).item() == 0
    assert lr_bits(255 * slope).item() < lr_bits(255 * noise).item() / 2


def test_terms_and_their_weights(recipe: Recipe) -> None:
    """With a dial of one step the sum is that of the docstring."""
    step = 2.0
    config = dataclasses.replace(recipe.network, dial_steps=(step, step * (1 + 1e-9)))
    recipe = dataclasses.replace(recipe, network=config, guidance=0.7, luma=3.0, rate=0.5)
    network, hr = Rescaler(config), torch.rand(2, 3, 16, 16, generator=generator())
    losses = dial_loss(network, hr, recipe, generator())
    errors = (losses.reconstruction + 3 * losses.luma) / 4 + 0.7 * losses.guidance
    expected = errors / step + 0.5 * BIT * step * losses.rate
    torch.testing.assert_close(losses.total, expected)
    assert losses.rate > 0


def test_the_lr_image_costs_bits_alone(recipe: Recipe) -> None:
    """Its planes restore it: a coarse one changes the bits, but hardly the error."""
    hr = torch.rand(2, 3, 16, 16, generator=generator())

    def loss(step: int) -> tuple[float, float]:
        config = dataclasses.replace(recipe.network, dial_steps=(1.0, 1.001), lr_steps=(step, step))
        losses = dial_loss(Rescaler(config), hr, recipe, generator())
        return losses.luma.item(), losses.rate.item()

    (fine, many), (coarse, few) = loss(1), loss(7)
    assert coarse < 1.5 * fine
    assert few < many


def test_errors_follow_the_step(recipe: Recipe) -> None:
    hr = torch.rand(2, 3, 16, 16, generator=generator())

    def loss(step: float) -> tuple[float, float]:
        config = dataclasses.replace(recipe.network, dial_steps=(step, 1.001 * step))
        losses = dial_loss(Rescaler(config), hr, recipe, generator())
        return losses.reconstruction.item(), losses.rate.item()

    (fine, many), (coarse, few) = loss(1.0), loss(100.0)
    assert fine < coarse
    assert many > few


def test_every_weight_gets_a_gradient(
    recipe: Recipe, randomise: Callable[[nn.Module], None]
) -> None:
    network = Rescaler(recipe.network)
    randomise(network)
    hr = torch.rand(2, 3, 16, 16, generator=generator())
    dial_loss(network, hr, recipe, generator()).total.backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name


def test_training(recipe: Recipe, run_of: Callable[..., Run]) -> None:
    run = run_of(recipe)
    state = start(run, resume=False)
    train(run, state)
    assert state.step == 2
    log = (run.out / "log.jsonl").read_text()
    assert '"rate"' in log
    assert math.isfinite(float(log.rsplit('"psnr_y": ')[1].split(",")[0]))


def test_compiling(
    recipe: Recipe, run_of: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The objective is what gets compiled; a real compilation takes minutes."""
    compiled: list[object] = []

    def fake(function: object) -> object:
        compiled.append(function)
        return function

    monkeypatch.setattr(torch, "compile", fake)
    run = run_of(recipe, compiled=True)
    train(run, start(run, resume=False))
    assert compiled == [dial_loss]
