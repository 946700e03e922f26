from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from rescodec.networks import NetworkConfig, Rescaler
from rescodec.train import loop
from rescodec.train.data import CropSampler
from rescodec.train.loop import DivergenceError, Run, learning_rate, start, train
from rescodec.train.neutral_plane import with_neutral_plane
from rescodec.train.recipe import Recipe
from rescodec.weights_file import WeightsError, read_weights, weights_of


class _CrashError(Exception):
    """Stands for a machine that goes away."""


class _CrashingSampler(CropSampler):
    crash_at = 3

    def sample(self, step: int) -> Tensor:
        if step == self.crash_at:
            raise _CrashError
        return super().sample(step)


def _trained(run: Run, *, resume: bool = False) -> Rescaler:
    state = start(run, resume=resume)
    train(run, state)
    return state.network


def _equal(a: nn.Module, b: nn.Module) -> bool:
    pairs = zip(a.parameters(), b.parameters(), strict=True)
    return all(torch.equal(x, y) for x, y in pairs)


NETWORKS: dict[str, dict[str, Any]] = {
    "dense": {"subnet": "dense"},
    "separate": {"coupling": "separate"},
    "noise": {"planes": 0, "latent_std": 1.0},
    "code": {"planes": 0, "code_channels": 2, "code_width": 4},
    "dlv": {"dlv_channels": 2},
    "hidden": {"planes": 0, "hidden_planes": 1},
}


def test_learning_rate_rises_then_falls(recipe: Recipe) -> None:
    recipe = dataclasses.replace(recipe, steps=110, warmup=10, peak_lr=1.0, final_lr=0.1)
    assert learning_rate(recipe, 0) == pytest.approx(0.1)
    assert learning_rate(recipe, 10) == pytest.approx(1.0)
    assert learning_rate(recipe, 60) == pytest.approx(0.55)
    assert learning_rate(recipe, 110) == pytest.approx(0.1)
    assert learning_rate(recipe, 500) == pytest.approx(0.1)


def test_learning_rate_starts_again(recipe: Recipe) -> None:
    recipe = dataclasses.replace(
        recipe, steps=110, warmup=10, peak_lr=1.0, final_lr=0.1, restarts=1
    )
    rates = [learning_rate(recipe, step) for step in (10, 35, 59, 60, 85, 110, 500)]
    assert rates == pytest.approx([1.0, 0.55, 0.1, 1.0, 0.55, 0.1, 0.1], abs=1e-3)


def test_learning_rate_halves(recipe: Recipe) -> None:
    recipe = dataclasses.replace(recipe, warmup=0, peak_lr=1.0, halve_every=10)
    rates = [learning_rate(recipe, step) for step in (0, 9, 10, 19, 35)]
    assert rates == [1.0, 1.0, 0.5, 0.5, 0.125]


def test_weight_decay_shrinks_weights(run_of: Callable[..., Run], recipe: Recipe) -> None:
    def norm(decay: float) -> float:
        network = _trained(run_of(dataclasses.replace(recipe, weight_decay=decay), str(decay)))
        return sum(p.square().sum().item() for p in network.parameters())

    assert norm(10.0) < norm(0.0)


def test_epsilon_damps_small_gradients(run_of: Callable[..., Run], recipe: Recipe) -> None:
    def distance(eps: float) -> float:
        run = run_of(dataclasses.replace(recipe, adam_eps=eps), str(eps))
        before = start(run, resume=False).network
        pairs = zip(_trained(run).parameters(), before.parameters(), strict=True)
        return sum((a - b).abs().sum().item() for a, b in pairs)

    assert distance(10.0) < 0.01 * distance(1e-8)


def test_the_same_recipe_trains_the_same_weights(
    run_of: Callable[..., Run], recipe: Recipe
) -> None:
    first, second = _trained(run_of(recipe, "a")), _trained(run_of(recipe, "b"))
    assert _equal(first, second)
    other = _trained(run_of(dataclasses.replace(recipe, seed=1), "c"))
    assert not _equal(first, other)


@pytest.mark.parametrize("kind", ["separate", "noise", "code", "dlv"])
def test_a_crashed_run_resumes_as_if_nothing_had_happened(
    kind: str, run_of: Callable[..., Run], recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = dataclasses.replace(recipe.network, **NETWORKS[kind])
    recipe = dataclasses.replace(recipe, network=network, pretraining=2)
    whole = run_of(recipe, "whole")
    expected = start(whole, resume=False)
    train(whole, expected)

    monkeypatch.setattr(loop, "SAVE_SECONDS", -1.0)
    run = run_of(recipe, "interrupted")
    crashing = _CrashingSampler(run.sampler.images, recipe.crop, recipe.batch, recipe.seed)
    broken = dataclasses.replace(run, sampler=crashing)
    with pytest.raises(_CrashError):
        train(broken, start(broken, resume=False))

    resumed = start(run, resume=True)
    assert resumed.step == 3
    train(run, resumed)
    assert resumed.step == recipe.steps
    assert _equal(resumed.network, expected.network)
    assert _equal(resumed.average, expected.average)
    a, b = (read_weights(r.out / loop.WEIGHTS).digest for r in (run, whole))
    assert a == b


def test_loss_falls_on_one_picture(run_of: Callable[..., Run], recipe: Recipe) -> None:
    records: list[dict[str, Any]] = []
    recipe = dataclasses.replace(
        recipe, steps=40, batch=4, peak_lr=1e-2, warmup=1, log_every=1, valid_every=40
    )
    run = run_of(recipe, report=records.append)
    one = CropSampler(run.sampler.images[:1], recipe.crop, recipe.batch, recipe.seed)
    _trained(dataclasses.replace(run, sampler=one))
    losses = [record["reconstruction"] for record in records if "reconstruction" in record]
    assert len(losses) == 40
    assert sum(losses[-5:]) < 0.8 * sum(losses[:5])


def test_a_run_leaves_weights_checkpoint_and_log(
    run_of: Callable[..., Run], recipe: Recipe
) -> None:
    records: list[dict[str, Any]] = []
    run = run_of(recipe, report=records.append)
    state = start(run, resume=False)
    train(run, state)
    assert {path.name for path in run.out.iterdir()} == {loop.CHECKPOINT, loop.WEIGHTS, loop.LOG}

    weights = read_weights(run.out / loop.WEIGHTS)
    assert weights.config.as_trained == recipe.network
    assert weights.config.plane_neutral != 0
    released = with_neutral_plane(weights_of(state.average), run.valid, run.device)
    assert weights.digest == released.digest
    assert weights.metadata["licence"] == "Apache-2.0"
    assert weights.metadata["data"] == "drawn"
    assert weights.metadata["step"] == "6"
    assert Recipe.from_dict(json.loads(weights.metadata["recipe"])) == recipe

    lines = (run.out / loop.LOG).read_text().splitlines()
    assert [json.loads(line) for line in lines] == records
    steps = [(record["step"], "psnr_y" in record) for record in records]
    assert steps == [(2, False), (4, False), (4, True), (6, False), (6, True)]


def test_the_recipe_decides_how_far_weights_are_averaged(
    run_of: Callable[..., Run], recipe: Recipe
) -> None:
    for decay, follows in ((0.0, True), (0.9, False)):
        run = run_of(dataclasses.replace(recipe, ema=decay), f"ema-{decay}")
        state = start(run, resume=False)
        train(run, state)
        assert _equal(state.average, state.network) == follows


def test_a_finished_run_is_not_trained_further(run_of: Callable[..., Run], recipe: Recipe) -> None:
    run = run_of(recipe)
    first = _trained(run)
    again = start(run, resume=True)
    train(run, again)
    assert again.step == recipe.steps
    assert _equal(again.network, first)


def test_time_limit_stops_resumably(run_of: Callable[..., Run], recipe: Recipe) -> None:
    run = run_of(recipe, minutes=0.0)
    state = start(run, resume=False)
    train(run, state)
    assert state.step == 0
    assert start(run, resume=True).step == 0
    assert (run.out / loop.CHECKPOINT).exists()


def test_initial_weights_are_trained_on(
    run_of: Callable[..., Run], recipe: Recipe, randomise: Callable[[nn.Module], None]
) -> None:
    network = Rescaler(recipe.network)
    randomise(network)
    state = start(run_of(recipe, initial=weights_of(network)), resume=False)
    assert _equal(state.network, network)
    assert _equal(state.average, network)
    assert state.network.training
    assert all(p.requires_grad for p in state.network.parameters())


def test_initial_weights_may_lack_the_autoencoder(
    run_of: Callable[..., Run], recipe: Recipe, randomise: Callable[[nn.Module], None]
) -> None:
    plain = dataclasses.replace(recipe.network, planes=0)
    network = Rescaler(plain)
    randomise(network)
    latent = dataclasses.replace(plain, code_channels=2, code_width=4)
    run = run_of(dataclasses.replace(recipe, network=latent), initial=weights_of(network))
    started = start(run, resume=False).network
    assert _equal(started.levels, network.levels)
    assert started.autoencoder is not None
    assert all(p.abs().max() > 0 for p in started.autoencoder.encoder[0].parameters())
    with pytest.raises(
        WeightsError,
        match=r"another network than the recipe's: \d+ tensors differ, such as levels",
    ):
        start(run_of(recipe, initial=weights_of(network)), resume=False)


def test_a_hidden_plane_starts_from_a_stored_one(
    run_of: Callable[..., Run], recipe: Recipe, randomise: Callable[[nn.Module], None]
) -> None:
    network = Rescaler(recipe.network)
    randomise(network)
    hidden = dataclasses.replace(recipe.network, planes=0, hidden_planes=1)
    run = run_of(dataclasses.replace(recipe, network=hidden), initial=weights_of(network))
    assert _equal(start(run, resume=False).network, network)


def test_pretraining_teaches_the_autoencoder_alone(
    run_of: Callable[..., Run], recipe: Recipe
) -> None:
    network = NetworkConfig(
        scale=2,
        blocks=(1,),
        widths=(4,),
        code_channels=72,
        code_layers=2,
        code_width=72,
        code_resampling="shuffle",
    )
    recipe = dataclasses.replace(recipe, network=network, batch=64, crop=24, peak_lr=2e-3)

    def started(pretraining: int) -> Rescaler:
        run = run_of(dataclasses.replace(recipe, pretraining=pretraining))
        return start(run, resume=False).network

    def error(network: Rescaler) -> float:
        assert network.autoencoder is not None
        z = torch.randn(4, 9, 16, 16, generator=torch.Generator().manual_seed(9))
        restored = network.autoencoder.decode(network.autoencoder.encode(z))
        return (restored - z).square().mean().item()

    untrained, pretrained = started(0), started(100)
    assert _equal(pretrained.levels, untrained.levels)
    assert error(untrained) == pytest.approx(1, abs=0.1)
    assert error(pretrained) < 0.9 * error(untrained)
    assert _equal(pretrained, started(100))


def test_a_fixed_code_stays_as_pretraining_left_it(
    run_of: Callable[..., Run], recipe: Recipe
) -> None:
    network = dataclasses.replace(recipe.network, planes=0, code_channels=2, code_width=4)
    recipe = dataclasses.replace(recipe, network=network, steps=3, pretraining=2)
    for fixed in (True, False):
        run = run_of(dataclasses.replace(recipe, fixed_code=fixed), out=f"fixed-{fixed}")
        before = start(run, resume=False).network
        after = _trained(run)
        assert before.autoencoder is not None
        assert after.autoencoder is not None
        assert _equal(after.autoencoder, before.autoencoder) == fixed
        assert not _equal(after.levels, before.levels)


def test_late_values_change_the_end_alone(run_of: Callable[..., Run], recipe: Recipe) -> None:
    recipe = dataclasses.replace(recipe, steps=6, log_every=1)
    late = dataclasses.replace(recipe, late_share=0.34, late_charbonnier_eps=1.0)

    def losses(recipe: Recipe, out: str) -> list[float]:
        run = run_of(recipe, out=out)
        _trained(run)
        records = map(json.loads, (run.out / "log.jsonl").read_text().splitlines())
        return [record["total"] for record in records if "total" in record]

    plain, changed = losses(recipe, "plain"), losses(late, "late")
    assert changed[:4] == plain[:4]
    assert min(changed[4:]) > 1


def test_broken_gradients_change_no_weights(
    run_of: Callable[..., Run], recipe: Recipe, randomise: Callable[[nn.Module], None]
) -> None:
    network = Rescaler(recipe.network)
    randomise(network)
    with torch.no_grad():
        next(network.parameters()).fill_(torch.inf)
    run = run_of(dataclasses.replace(recipe, steps=1), initial=weights_of(network))
    assert _equal(_trained(run), network)


def test_a_run_that_diverged_ends(run_of: Callable[..., Run], recipe: Recipe) -> None:
    network = Rescaler(recipe.network)
    with torch.no_grad():
        next(network.parameters()).fill_(torch.nan)
    run = run_of(dataclasses.replace(recipe, steps=100), initial=weights_of(network))
    with pytest.raises(DivergenceError, match="at step 20; lower peak_lr"):
        _trained(run)
    for line in (run.out / "log.jsonl").read_text().splitlines():
        assert "NaN" not in line


def test_training_leaves_the_callers_random_numbers_alone(
    run_of: Callable[..., Run], recipe: Recipe
) -> None:
    before = torch.get_rng_state()
    _trained(run_of(recipe))
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("kind", NETWORKS)
def test_every_kind_of_network_trains(
    kind: str, run_of: Callable[..., Run], recipe: Recipe
) -> None:
    network = dataclasses.replace(recipe.network, **NETWORKS[kind])
    recipe = dataclasses.replace(recipe, network=network, steps=2)
    run = run_of(recipe)
    before = start(run, resume=False).network
    assert not _equal(_trained(run), before)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
def test_training_on_cuda(run_of: Callable[..., Run], recipe: Recipe, tmp_path: Path) -> None:
    run = run_of(recipe, device=torch.device("cuda"), bf16=torch.cuda.is_bf16_supported())
    state = start(run, resume=False)
    train(run, state)
    assert start(run, resume=True).step == recipe.steps
    assert read_weights(run.out / loop.WEIGHTS).digest == weights_of(state.average).digest
