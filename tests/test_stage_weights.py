"""Networks that start from those of half the scale."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn

from rescodec.networks import NetworkConfig, Rescaler
from rescodec.weights_file import WeightsError, read_weights, weights_of, write_weights
from tools import stage_weights

# As released: the recipe does not say what stands in for a lost plane.
SMALL = NetworkConfig(scale=2, blocks=(1,), widths=(4,), planes=1, plane_neutral=-1.5)
RECIPE = """\
[network]
scale = 4
blocks = [1, 2]
widths = [4, 6]
planes = 1

[training]
steps = 1
crop = 8
"""


@pytest.fixture
def small() -> Rescaler:
    network = Rescaler(SMALL)
    with torch.no_grad():
        for parameter in network.parameters():
            nn.init.normal_(parameter, std=0.1)
    return network


def test_training_starts_from_the_smaller_network(
    small: Rescaler, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [tmp_path / name for name in ("small.safetensors", "recipe.toml", "out.safetensors")]
    write_weights(weights_of(small), paths[0])
    paths[1].write_text(RECIPE)
    monkeypatch.setattr(sys, "argv", ["stage", *map(str, paths)])
    stage_weights.main()
    network = read_weights(paths[2]).build()
    assert network.config.scale == 4
    hr = torch.rand(1, 3, 8, 12)
    expected = nn.functional.avg_pool2d(small(hr).lr, 2)
    torch.testing.assert_close(network(hr).lr, expected)


def test_a_wrong_file_is_one_line(tmp_path: Path, tool_error: Callable[..., str]) -> None:
    wrong = tmp_path / "wrong.safetensors"
    wrong.write_text("no weights")
    out = tmp_path / "out.safetensors"
    message = tool_error(stage_weights.main, [str(wrong), str(tmp_path / "recipe.toml"), str(out)])
    assert message.startswith(f"error: {wrong}: cannot read weights")
    assert not out.exists()


def test_the_autoencoder_begins_anew(tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(RECIPE.replace("planes = 1", "code_channels = 4"))
    first = weights_of(Rescaler(NetworkConfig(scale=2, blocks=(1,), widths=(4,), code_channels=4)))
    found = stage_weights.staged(first, stage_weights.Recipe.read(recipe))
    assert found.config.latent_channels == 45
    assert found.build().autoencoder is not None


def test_a_dial_is_refused(tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(
        RECIPE.replace("planes = 1", "planes = 48\ndial_steps = [1.0, 9.0]\nlr_steps = [4, 6]")
    )
    with pytest.raises(WeightsError, match="a dial have other planes at each scale"):
        stage_weights.staged(weights_of(Rescaler(SMALL)), stage_weights.Recipe.read(recipe))


def test_other_networks_are_refused(tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(RECIPE.replace("[4, 6]", "[5, 6]"))
    with pytest.raises(WeightsError, match="not of the recipe's network without its last level"):
        stage_weights.staged(weights_of(Rescaler(SMALL)), stage_weights.Recipe.read(recipe))
