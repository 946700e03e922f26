from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn

from rescodec.networks import NetworkConfig, Rescaler
from rescodec.train.checkpoint import TrainingState, update_average

CPU = torch.device("cpu")


def _state(config: NetworkConfig) -> TrainingState:
    network = Rescaler(config)
    average = copy.deepcopy(network).requires_grad_(False)
    return TrainingState(network, average, torch.optim.Adam(network.parameters()))


@pytest.fixture
def saved(
    tiny_config: NetworkConfig, randomise: Callable[[nn.Module], None], tmp_path: Path
) -> tuple[TrainingState, Path]:
    state = _state(tiny_config)
    randomise(state.network)
    state.network(torch.rand(1, 3, 8, 8)).lr.mean().backward()
    state.optimizer.step()
    state.step = 7
    path = tmp_path / "checkpoint.pt"
    state.save(path)
    return state, path


def test_round_trip(saved: tuple[TrainingState, Path], tiny_config: NetworkConfig) -> None:
    state, path = saved
    again = _state(tiny_config)
    again.load(path, CPU)
    assert again.step == 7
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


def test_another_network_is_refused(saved: tuple[TrainingState, Path]) -> None:
    other = _state(NetworkConfig(scale=2, blocks=(1,), widths=(5,)))
    with pytest.raises(ValueError, match="another one") as caught:
        other.load(saved[1], CPU)
    assert "\n" not in str(caught.value)


def test_damage_is_refused(saved: tuple[TrainingState, Path], tiny_config: NetworkConfig) -> None:
    _, path = saved
    data = path.read_bytes()
    for content in (b"", b"text", data[: len(data) // 2]):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"checkpoint\.pt: damaged, or no checkpoint"):
            _state(tiny_config).load(path, CPU)


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
