from __future__ import annotations

import copy
import dataclasses
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from rescodec.networks import NetworkConfig, Rescaler
from rescodec.train.checkpoint import TrainingState, update_average
from rescodec.train.recipe import Recipe

CPU = torch.device("cpu")


def _state(config: NetworkConfig) -> TrainingState:
    network = Rescaler(config)
    average = copy.deepcopy(network).requires_grad_(False)
    return TrainingState(network, average, torch.optim.Adam(network.parameters()))


@pytest.fixture
def recipe(tiny_config: NetworkConfig) -> Recipe:
    return Recipe(network=tiny_config, steps=10)


@pytest.fixture
def saved(
    tiny_config: NetworkConfig,
    recipe: Recipe,
    randomise: Callable[[nn.Module], None],
    tmp_path: Path,
) -> tuple[TrainingState, Path]:
    state = _state(recipe.network)
    randomise(state.network)
    state.network(torch.rand(1, 3, 8, 8)).lr.mean().backward()
    state.optimizer.step()
    state.step, state.seconds = 7, 1.5
    state.provenance = {"licence": "CC0"}
    path = tmp_path / "checkpoint.pt"
    state.save(path, recipe)
    return state, path


def test_round_trip(saved: tuple[TrainingState, Path], recipe: Recipe) -> None:
    state, path = saved
    again = _state(recipe.network)
    again.load(path, CPU, recipe)
    assert (again.step, again.seconds) == (7, 1.5)
    assert again.provenance == {"licence": "CC0"}
    for a, b in zip(
        (*again.network.parameters(), *again.average.parameters()),
        (*state.network.parameters(), *state.average.parameters()),
        strict=True,
    ):
        assert torch.equal(a, b)
    ours, theirs = again.optimizer.state_dict(), state.optimizer.state_dict()
    assert ours["param_groups"] == theirs["param_groups"]
    for index, moments in theirs["state"].items():
        for name, value in moments.items():
            assert torch.equal(ours["state"][index][name], value)


def test_another_network_is_refused(saved: tuple[TrainingState, Path], recipe: Recipe) -> None:
    config = NetworkConfig(scale=2, blocks=(1,), widths=(5,))
    with pytest.raises(ValueError, match=r"made with \w+ .* in \[network\]") as caught:
        _state(config).load(saved[1], CPU, dataclasses.replace(recipe, network=config))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "options",
    [
        {"dlv_channels": 2},
        {"hidden_planes": 1},
        {"code_channels": 2},
        {"code_channels": 2, "code_levels": 25},
        {"code_channels": 2, "code_layers": 2},
        {"code_channels": 2, "code_width": 4},
        {"code_channels": 2, "code_resampling": "shuffle"},
    ],
)
def test_younger_options_are_compared_both_ways(
    options: dict[str, Any], recipe: Recipe, tmp_path: Path
) -> None:
    """They are not written at their default, so one side may not have them."""
    *shared, last = options
    base = dataclasses.replace(recipe.network, planes=0, **{key: options[key] for key in shared})
    changed = dataclasses.replace(base, **{last: options[last]})
    for before, after in ((base, changed), (changed, base)):
        path = tmp_path / "checkpoint.pt"
        _state(before).save(path, dataclasses.replace(recipe, network=before))
        with pytest.raises(ValueError, match=rf"made with {last} .* in \[network\]"):
            _state(after).load(path, CPU, dataclasses.replace(recipe, network=after))


def test_another_recipe_is_refused(saved: tuple[TrainingState, Path], recipe: Recipe) -> None:
    other = dataclasses.replace(recipe, seed=3)
    with pytest.raises(ValueError, match=r"made with seed 0 in \[training\], the recipe has 3"):
        _state(recipe.network).load(saved[1], CPU, other)


def test_a_run_may_be_made_longer(saved: tuple[TrainingState, Path], recipe: Recipe) -> None:
    longer = dataclasses.replace(recipe, steps=99, log_every=1)
    again = _state(recipe.network)
    again.load(saved[1], CPU, longer)
    assert again.step == 7


def test_a_recipe_of_another_version_is_told_apart(
    saved: tuple[TrainingState, Path], recipe: Recipe
) -> None:
    _, path = saved
    state = torch.load(path, weights_only=True)
    state["recipe"]["training"]["future"] = 1
    torch.save(state, path)
    with pytest.raises(ValueError, match=r"checkpoint\.pt: made by another version: .*'future'"):
        _state(recipe.network).load(path, CPU, recipe)


def test_a_full_disk_is_an_error_of_the_system(
    saved: tuple[TrainingState, Path], recipe: Recipe
) -> None:
    state, path = saved
    before = path.read_bytes()
    path.with_name(path.name + ".partial").symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left"):
        state.save(path, recipe)
    assert path.read_bytes() == before


def test_damage_is_refused(saved: tuple[TrainingState, Path], recipe: Recipe) -> None:
    _, path = saved
    data = path.read_bytes()
    for content in (b"", b"text", data[: len(data) // 2]):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"checkpoint\.pt: damaged, or no checkpoint"):
            _state(recipe.network).load(path, CPU, recipe)
    odd = torch.load(io.BytesIO(data), weights_only=True) | {"provenance": "none"}
    for content in ([], torch.zeros(2), {"recipe": recipe.to_dict(), "network": 3}, odd):
        torch.save(content, path)
        with pytest.raises(ValueError, match=r"checkpoint\.pt: damaged, or no checkpoint"):
            _state(recipe.network).load(path, CPU, recipe)


def test_average_forgets_the_start_and_then_moves_slowly() -> None:
    average, network = nn.Linear(1, 1), nn.Linear(1, 1)
    for module, value in ((average, 0.0), (network, 1.0)):
        for parameter in module.parameters():
            nn.init.constant_(parameter, value)
    update_average(average, network, 0.999, step=0)
    assert average.weight.item() == pytest.approx(0.9)
    nn.init.zeros_(average.weight)
    update_average(average, network, 0.999, step=100_000)
    assert average.weight.item() == pytest.approx(0.001)
