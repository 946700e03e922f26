from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from rescodec.networks import NetworkConfig
from rescodec.train.data import CropSampler
from rescodec.train.loop import Run
from rescodec.train.recipe import Recipe

RECIPE = """\
[network]
scale = 2
blocks = [1]
widths = [4]
planes = 1
plane_gain = 4.0
plane_floor = 0.5

[training]
steps = 3
batch = 2
crop = 16
warmup = 1
log_every = 1
"""


@pytest.fixture
def recipe(tiny_config: NetworkConfig) -> Recipe:
    return Recipe(tiny_config, steps=6, batch=2, crop=16, warmup=2, valid_every=4, log_every=2)


@pytest.fixture
def recipe_file(tmp_path: Path) -> Path:
    path = tmp_path / "recipe.toml"
    path.write_text(RECIPE)
    return path


@pytest.fixture
def run_of(picture: Callable[..., np.ndarray], tmp_path: Path) -> Callable[..., Run]:
    def make(recipe: Recipe, out: str = "run", **changes: Any) -> Run:
        images = [picture(24, 32, seed) for seed in range(3)]
        values: dict[str, Any] = {
            "recipe": recipe,
            "sampler": CropSampler(images, recipe.crop, recipe.batch, recipe.seed),
            "valid": images[:1],
            "out": tmp_path / out,
            "device": torch.device("cpu"),
            "bf16": False,
            "compiled": False,
            "minutes": None,
            "provenance": {"licence": "Apache-2.0", "data": "drawn"},
            "teacher": None,
            "initial": None,
            "report": lambda record: None,
        }
        return Run(**{**values, **changes})

    return make
