from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from benchmarks.ablations.plan import Ablation
from benchmarks.ablations.timing import step_seconds
from benchmarks.ablations.training import FIRST, Bench, is_measured
from rescodec.networks import NetworkConfig
from rescodec.train.recipe import Recipe
from rescodec.weights_file import read_weights


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    data = tmp_path / "data"
    data.mkdir()
    for name, size in (("a", (32, 40)), ("b", (40, 32))):
        rows, columns = np.indices(size)
        pixels = np.stack((rows * 6, columns * 6, rows * columns / 7), axis=2)
        Image.fromarray(pixels.astype(np.uint8)).save(data / f"{name}.png")
    return Bench([data], data, every=1, runs=tmp_path / "runs")


@pytest.fixture
def ablation() -> Ablation:
    network = NetworkConfig(scale=2, blocks=(2,), widths=(4,), planes=1, plane_floor=0.5)
    recipe = Recipe(network, steps=2, batch=2, crop=16, valid_images=1)
    return Ablation("small", "a small one", recipe, (2, 3))


def test_a_run_is_measured_at_each_of_its_ends(bench: Bench, ablation: Ablation) -> None:
    result = bench.measured(ablation)
    assert [point["steps"] for point in result["points"]] == [2, 3]
    for point in result["points"]:
        assert point.keys() == {"steps", "bpp", "psnr_y", "psnr_rgb", "lr_psnr"}
        assert 5 < point["psnr_y"] < 60
    assert result["images"] == 2
    assert Recipe.from_dict(result["recipe"]) == ablation.recipe
    # The checkpoint is there, so that nothing is trained again.
    assert bench.measured(ablation) == result


def test_a_run_whose_plan_has_grown_goes_on(bench: Bench, ablation: Ablation) -> None:
    result = bench.measured(ablation)
    assert is_measured(ablation, result)
    assert not is_measured(ablation, None)
    longer = dataclasses.replace(ablation, steps=(2, 3, 4))
    assert not is_measured(longer, result)
    points = bench.measured(longer)["points"]
    assert [point["steps"] for point in points] == [2, 3, 4]
    assert points[:2] == result["points"]


def test_a_run_may_start_from_half_its_scale(bench: Bench, ablation: Ablation) -> None:
    bench.measured(ablation)
    network = dataclasses.replace(ablation.recipe.network, scale=4, blocks=(2, 1), widths=(4, 4))
    recipe = dataclasses.replace(ablation.recipe, network=network)
    larger = Ablation("large", "a large one", recipe, (1,), staged="small")
    initial = bench.run_of(larger, [], Path()).initial
    assert initial is not None
    # That of the smaller run where it was measured first, after which it went on.
    first, last = (
        read_weights(bench.runs / "small" / name) for name in (FIRST, "weights.safetensors")
    )
    name = "levels.0.blocks.0.phi.first.weight"
    assert torch.equal(initial.tensors[name], first.tensors[name])
    assert not torch.equal(first.tensors[name], last.tensors[name])
    assert bench.measured(larger)["points"][0]["psnr_y"] > 5


def test_steps_are_timed(bench: Bench, ablation: Ablation, tmp_path: Path) -> None:
    other = dataclasses.replace(ablation, name="other")
    seconds = step_seconds(bench, [ablation, other], tmp_path / "timed", rounds=2)
    assert seconds.keys() == {"small", "other"}
    assert min(seconds.values()) > 0
