"""What is listed, and what is wrong with it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rescodec import inventory
from rescodec.inventory import (
    WEIGHTS_DIR_VARIABLE,
    find_weights,
    list_models,
    problem_of_name,
    weights_folder,
)
from rescodec.networks import NetworkConfig, Rescaler, parameter_count
from rescodec.weights_file import weights_of, write_weights
from rescodec.zoo import MODELS

RELEASED = "alpha-x2-lite-1"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(WEIGHTS_DIR_VARIABLE, str(tmp_path))
    return tmp_path


def test_released_models_come_from_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(WEIGHTS_DIR_VARIABLE, raising=False)
    assert weights_folder() is None
    assert [model.id for model in list_models()] == list(MODELS)
    for model in list_models():
        entry = MODELS[model.id]
        assert (model.installed, model.problem) == ("package", None)
        assert model.path == find_weights(model.id)
        assert (model.family, model.scale, model.psnr_y) == (
            entry.family,
            entry.scale,
            entry.psnr_y,
        )


def test_own_weights_are_listed(folder: Path, tiny_config: NetworkConfig) -> None:
    network = Rescaler(tiny_config)
    write_weights(weights_of(network, {"licence": "MIT"}), folder / "mine.safetensors")
    plain = Rescaler(NetworkConfig(scale=4, blocks=(1, 1), widths=(2, 2)))
    write_weights(weights_of(plain), folder / "another.safetensors")
    (folder / "folder.safetensors").mkdir()
    (folder / "notes.txt").write_text("nothing")
    another, mine = list_models()[len(MODELS) :]
    assert (another.id, another.family, another.scale, another.licence) == (
        *("another", "plain", 4),
        None,
    )
    assert (mine.id, mine.family, mine.scale, mine.licence) == ("mine", "alpha", 2, "MIT")
    assert mine.parameters == parameter_count(network)
    assert (mine.installed, mine.path, mine.problem) == (
        "folder",
        folder / "mine.safetensors",
        None,
    )
    assert mine.psnr_y is None
    assert not mine.default


def test_the_folder_comes_first(folder: Path) -> None:
    packaged = list_models()[0].path
    assert packaged is not None
    copy = folder / f"{RELEASED}.safetensors"
    copy.write_bytes(packaged.read_bytes())
    first, *others = list_models()
    assert (first.id, first.installed, first.path) == (RELEASED, "folder", copy)
    assert find_weights(RELEASED) == copy
    assert len(others) == len(MODELS) - 1


def test_damaged_and_misnamed_weights(folder: Path, tiny_config: NetworkConfig) -> None:
    (folder / f"{RELEASED}.safetensors").write_bytes(b"nonsense")
    (folder / "cut.safetensors").write_bytes(b"")
    for name in ("my weights", "plain"):
        write_weights(weights_of(Rescaler(tiny_config)), folder / f"{name}.safetensors")
    problems = {model.id: model.problem for model in list_models() if model.problem}
    assert list(problems) == [RELEASED, "cut", "my weights", "plain"]
    assert problems[RELEASED].startswith("damaged: ")
    assert problems["cut"].startswith("damaged: ")
    assert "cannot be a model's id; rename" in problems["my weights"]
    assert "is the name of a family" in problems["plain"]


def test_one_bad_file_hides_no_other(folder: Path, tiny_config: NetworkConfig) -> None:
    write_weights(weights_of(Rescaler(tiny_config)), folder / "mine.safetensors")
    whole = (folder / "mine.safetensors").read_bytes()
    length = int.from_bytes(whole[:8], "little")
    header = json.loads(whole[8 : 8 + length])
    header[next(name for name in header if name != "__metadata__")]["shape"] = [10**4000] * 4
    text = json.dumps(header).encode()
    content = len(text).to_bytes(8, "little") + text + whole[8 + length :]
    (folder / "bad.safetensors").write_bytes(content)
    bad, mine = list_models()[len(MODELS) :]
    assert (bad.id, bad.parameters, mine.problem) == ("bad", None, None)
    assert bad.problem is not None
    assert len(bad.problem) < 100


def test_missing_weights(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, folder: Path) -> None:
    monkeypatch.setattr(inventory, "_package", lambda: tmp_path / "absent")
    assert {(model.installed, model.path) for model in list_models()} == {("missing", None)}


@pytest.mark.parametrize("name", ["absent", "x" * 300])
def test_folders_that_are_not_there(
    name: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(WEIGHTS_DIR_VARIABLE, str(folder / name))
    assert [model.id for model in list_models()] == list(MODELS)
    assert find_weights("mine") is None


@pytest.mark.parametrize("name", ["../mine", "a/b", "", ".hidden", "x" * 129])
def test_names_are_no_paths(name: str, folder: Path) -> None:
    assert find_weights(name) is None
    assert problem_of_name(name) is not None
