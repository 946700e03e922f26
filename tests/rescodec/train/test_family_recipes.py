"""The recipes of the published family: what they describe, and that each member works."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

import rescodec_formats as formats
from rescodec.codec import Codec
from rescodec.files import encoded_from, write_encoded
from rescodec.loading import load_model
from rescodec.networks import Rescaler, parameter_count
from rescodec.train.loop import WEIGHTS, Run, start, train
from rescodec.train.recipe import Recipe

FAMILY = Path(__file__).parents[3] / "recipes/family"

# Eight blocks of l low and h high channels have 8 (D(h, l) + 2 D(l, h)) parameters, where a dense
# block has D(n, m) = sum over i < 4 of 32 (9 (n + 32 i) + 1), plus m (9 (n + 128) + 1). x4 adds a
# second level. The autoencoder of c channels has 39,368 + 9 (32 c + 32 c) + c.
PARAMETERS = {
    "irn-x2": 1_667_952,  # l 3, h 9
    "irn-x4": 1_667_952 + 2_687_184,  # then l 3, h 45
    "irn-a-x2": 1_669_024,  # l 4, h 8
    "irn-a-x4": 1_669_024 + 2_696_032,  # then l 4, h 44
    "irn-m-x2": 1_667_952 + 44_557,  # c 9
    "irn-m-x4": 4_355_136 + 65_329,  # c 45
    "dlv-irn-x2": 1_752_888,  # l 3, h 12
    "dlv-irn-x4": 1_752_888 + 3_026_928,  # then l 3, h 57
    "dlv-irn-a-x2": 1_754_608,  # l 4, h 11
    "dlv-irn-a-x4": 1_754_608 + 3_038_368,  # then l 4, h 56
    "dlv-irn-m-x2": 1_752_888 + 46_288,  # c 12
    "dlv-irn-m-x4": 4_779_816 + 72_253,  # c 57
    "firn-x4": 320_640,
}
# A crop's values: the published losses sum over them, ours take means.
VALUES = 3 * 144**2


def _recipe(name: str) -> Recipe:
    return Recipe.read(FAMILY / f"{name}.toml")


def test_there_are_two_recipes_of_each_member() -> None:
    names = {path.stem for path in FAMILY.iterdir()}
    assert names == set(PARAMETERS) | {f"{name}-short" for name in PARAMETERS}


@pytest.mark.parametrize("name", PARAMETERS)
def test_both_recipes_are_of_one_network(name: str) -> None:
    assert _recipe(f"{name}-short").network == _recipe(name).network


@pytest.mark.parametrize(("name", "parameters"), PARAMETERS.items())
def test_size(name: str, parameters: int) -> None:
    with torch.device("meta"):
        network = Rescaler(_recipe(name).network)
    assert parameter_count(network) == parameters


@pytest.mark.parametrize("name", PARAMETERS)
def test_sums_became_means(name: str) -> None:
    recipe = _recipe(name)
    network = recipe.network
    assert 3 * recipe.crop**2 == VALUES
    assert recipe.guidance_weight == 1
    weight = network.latent_channels / (3 * network.scale**2)
    assert recipe.latent == pytest.approx(weight, abs=5e-7)
    if network.code_channels:
        assert recipe.code == recipe.latent
    assert recipe.clip == pytest.approx(10 / VALUES, rel=0.01)
    assert recipe.weight_decay == pytest.approx(1e-5 / VALUES, rel=0.01)
    assert recipe.adam_eps == pytest.approx(1e-8 / VALUES, rel=0.01)
    assert recipe.charbonnier_eps == (1e-6 if "firn" in name else 1e-3)
    assert (recipe.peak_lr, recipe.warmup, recipe.ema) == (2e-4, 0, 0)


@pytest.mark.parametrize("name", PARAMETERS)
def test_every_member_trains_and_is_a_codec(
    name: str, run_of: Callable[..., Run], picture: Callable[..., np.ndarray]
) -> None:
    recipe = dataclasses.replace(
        _recipe(f"{name}-short"), steps=1, batch=1, crop=16, pretraining=1, warmup=0
    )
    photo = picture(45, 37)
    run = run_of(recipe)
    state = start(run, resume=False)
    first = {name: p.detach().clone() for name, p in state.network.named_parameters()}
    train(run, state)
    changed = {
        name.split(".")[0]
        for name, p in state.network.named_parameters()
        if not torch.equal(p, first[name])
    }
    assert changed == {name.split(".")[0] for name in first}

    codec = Codec(load_model(run.out / WEIGHTS), device="cpu")
    assert codec.config.as_trained == recipe.network
    encoded = codec.encode(photo)
    file = io.BytesIO()
    write_encoded(file, encoded, codec)
    read = encoded_from(formats.read(file.getvalue()), codec.config)
    assert np.array_equal(read.lr, encoded.lr)
    assert encoded.planes is not None
    assert np.array_equal(read.planes, encoded.planes)
    assert len(encoded.planes) == recipe.network.planes
    assert (encoded.code is not None) == (recipe.network.code_channels > 0)
    assert encoded.code is None or np.array_equal(read.code, encoded.code)
    restored = codec.decode(read)
    assert restored.shape == photo.shape
    assert np.array_equal(restored, codec.decode(encoded))
