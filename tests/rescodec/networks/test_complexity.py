"""Published and promised sizes."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
import torch

from rescodec.networks import NetworkConfig, Rescaler, macs_per_hr_pixel, parameter_count
from rescodec.zoo import MODELS

RECIPES = Path(__file__).parents[3] / "recipes"

IRN: dict[str, Any] = {"subnet": "dense", "coupling": "separate"}
FIRN: dict[str, Any] = {"subnet": "padb", "coupling": "separate"}
PUBLISHED = {
    "irn-x2": (NetworkConfig(scale=2, blocks=(8,), widths=(32,), **IRN), 1_667_952, 416),
    "irn-x4": (NetworkConfig(scale=4, blocks=(8, 8), widths=(32, 32), **IRN), 4_355_136, 584),
    "firn-x4": (NetworkConfig(scale=4, blocks=(8, 8), widths=(1, 1), **FIRN), 320_640, 32),
    "alpha-x2": (NetworkConfig(scale=2, blocks=(8,), widths=(32,), planes=1), 222_368, 55),
}


def _on_meta(config: NetworkConfig) -> Rescaler:
    with torch.device("meta"):
        return Rescaler(config)


@pytest.mark.parametrize(("config", "parameters", "kmac"), PUBLISHED.values(), ids=PUBLISHED)
def test_size(config: NetworkConfig, parameters: int, kmac: int) -> None:
    network = _on_meta(config)
    assert parameter_count(network) == parameters
    assert round(macs_per_hr_pixel(network) / 1000) == kmac


@pytest.mark.parametrize("model", MODELS)
def test_model_table_matches_the_recipe(model: str) -> None:
    recipe = RECIPES / f"{model.rpartition('-')[0]}.toml"
    config = NetworkConfig.from_dict(tomllib.loads(recipe.read_text())["network"])
    network = _on_meta(config)
    entry = MODELS[model]
    assert config.scale == entry.scale
    assert parameter_count(network) == entry.parameters
    assert round(macs_per_hr_pixel(network) / 1000, 1) == entry.kmac_per_hr_pixel


def test_frozen_parameters_count_too() -> None:
    network = _on_meta(PUBLISHED["alpha-x2"][0])
    assert parameter_count(network.requires_grad_(False)) == 222_368
