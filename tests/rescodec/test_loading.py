from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from torch import nn

from rescodec import loading
from rescodec.inventory import WEIGHTS_DIR_VARIABLE
from rescodec.loading import load_model, load_named
from rescodec.networks import NetworkConfig, Rescaler
from rescodec.weights_file import Weights, WeightsError, weights_of, write_weights
from rescodec.zoo import FAMILIES, MODELS

RELEASED = "alpha-x2-lite-1"


@pytest.fixture
def weights(tiny_config: NetworkConfig, randomise: Callable[[nn.Module], None]) -> Weights:
    network = Rescaler(tiny_config)
    randomise(network)
    return weights_of(network)


@pytest.fixture
def folder(weights: Weights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A weights folder whose released model is the tiny one."""
    write_weights(weights, tmp_path / f"{RELEASED}.safetensors")
    write_weights(weights, tmp_path / "mine.safetensors")
    monkeypatch.setenv(WEIGHTS_DIR_VARIABLE, str(tmp_path))
    entry = replace(MODELS[RELEASED], weights_sha256=weights.digest)
    monkeypatch.setattr(loading, "MODELS", {RELEASED: entry})
    return tmp_path


def test_by_path(folder: Path, weights: Weights) -> None:
    for path in (folder / "mine.safetensors", str(folder / "mine.safetensors")):
        model = load_model(path)
        assert model.id == "mine"
        assert model.weights.digest == weights.digest
        assert model.path == Path(path)


@pytest.mark.parametrize("name", [RELEASED, "mine"])
def test_by_id_in_the_weights_folder(name: str, folder: Path, weights: Weights) -> None:
    model = load_model(name)
    assert model.id == name
    assert model.weights.digest == weights.digest


def test_other_weights_under_a_released_id_are_refused(
    folder: Path, tiny_config: NetworkConfig
) -> None:
    write_weights(weights_of(Rescaler(tiny_config)), folder / f"{RELEASED}.safetensors")
    with pytest.raises(WeightsError, match=f"weights are not those of {RELEASED}"):
        load_model(RELEASED)


def test_unknown_ids_name_the_nearest(folder: Path) -> None:
    with pytest.raises(WeightsError, match=f"did you mean '{RELEASED}'"):
        load_model("alpha-x2-light-1")
    with pytest.raises(WeightsError, match="did you mean 'latent'"):
        load_model("latnet")
    with pytest.raises(WeightsError, match=f"known are {RELEASED} and the families alpha, "):
        load_model("zzz")


def test_released_weights_that_are_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "find_weights", lambda name: None)
    with pytest.raises(WeightsError, match=f"{RELEASED} is a released model, but its weights"):
        load_named(RELEASED)


@pytest.mark.parametrize("family", FAMILIES)
def test_families_are_no_ids(family: str, folder: Path, weights: Weights) -> None:
    """A header names weights; what a family stands for may change."""
    for load in (load_model, load_named):
        with pytest.raises(WeightsError, match=f"'{family}' is a family of models"):
            load(family)
    write_weights(weights, folder / f"{family}.safetensors")
    with pytest.raises(WeightsError, match=f"'{family}' is the name of a family"):
        load_model(folder / f"{family}.safetensors")


def test_missing_path(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="cannot read weights"):
        load_model(tmp_path / "absent.safetensors")


def test_other_weights_named_like_released_ones_are_refused(
    tiny_config: NetworkConfig, tmp_path: Path
) -> None:
    """Their files would say that the released weights had made them."""
    path = tmp_path / f"{RELEASED}.safetensors"
    write_weights(weights_of(Rescaler(tiny_config)), path)
    with pytest.raises(WeightsError, match="give other weights another name"):
        load_model(path)


@pytest.mark.parametrize("name", ["my weights", "größe", ".hidden", "x" * 129])
def test_names_that_no_file_can_carry(name: str, weights: Weights, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.safetensors"
    write_weights(weights, path)
    with pytest.raises(WeightsError, match="cannot be a model's id; rename"):
        load_model(path)


def test_released_weights_are_in_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(WEIGHTS_DIR_VARIABLE, raising=False)
    for name, entry in MODELS.items():
        model = load_model(name)
        assert model.id == name
        assert model.weights.digest == entry.weights_sha256


def test_the_weights_folder_need_not_hold_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(WEIGHTS_DIR_VARIABLE, str(tmp_path))
    assert load_model(RELEASED).weights.digest == MODELS[RELEASED].weights_sha256


def test_damaged_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(WEIGHTS_DIR_VARIABLE, str(tmp_path))
    (tmp_path / f"{RELEASED}.safetensors").write_bytes(b"nonsense")
    with pytest.raises(WeightsError, match="cannot read weights"):
        load_model(RELEASED)


def test_paths_do_not_hide_in_ids(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(WEIGHTS_DIR_VARIABLE, raising=False)
    with pytest.raises(WeightsError, match="no weights for model"):
        load_model("../weights/" + RELEASED)


def test_headers_name_no_paths(
    weights: Weights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_weights(weights, tmp_path / "mine.safetensors")
    assert load_model("mine.safetensors").id == "mine"
    with pytest.raises(WeightsError, match="no weights for model"):
        load_named("mine.safetensors")
