"""The table of models says what is true, and ids are for good."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from rescodec.loading import load_model
from rescodec.networks import macs_per_hr_pixel, parameter_count
from rescodec.weights_file import read_weights
from rescodec.zoo import (
    DEFAULT_FAMILY,
    DEFAULT_MODELS,
    FAMILIES,
    MEASURED_ON,
    MODELS,
    choose_model,
    default_model,
    family_of,
)

RESULTS = Path(__file__).parents[2] / "docs/results"
WEIGHTS = Path(str(resources.files("rescodec") / "weights"))


def test_ids_are_permanent() -> None:
    """Files in the world carry them: an id may be added here, but never changed or removed."""
    assert list(MODELS) == [
        *("alpha-x2-lite-1", "alpha-x4-lite-1"),
        "dial-x2-lite-1",
        "dial-x4-lite-1",
        *("latent-x2-lite-1", "latent-x4-lite-1"),
        *("plain-x2-lite-1", "plain-x4-lite-1"),
    ]
    assert all(entry.id == name for name, entry in MODELS.items())


def test_ids_say_what_they_are() -> None:
    for name, entry in MODELS.items():
        assert entry.family in FAMILIES
        assert name.startswith(f"{entry.family}-x{entry.scale}-")


def test_defaults() -> None:
    assert DEFAULT_FAMILY in FAMILIES
    assert len(DEFAULT_MODELS) == sum(entry.default for entry in MODELS.values())
    for (family, scale), name in DEFAULT_MODELS.items():
        assert default_model(scale, family) == name
        assert (MODELS[name].family, MODELS[name].scale) == (family, scale)
    assert (default_model(2), default_model(4)) == ("alpha-x2-lite-1", "alpha-x4-lite-1")


@pytest.mark.parametrize(
    ("family", "scale"),
    [("alpha", 3), ("alpha", 8), ("dial", 8), ("latent", 8), ("plain", 8), ("plian", 2)],
)
def test_no_such_default(family: str, scale: int) -> None:
    message = f"no model of family '{family}' for scale {scale}; available: alpha x2, alpha x4"
    with pytest.raises(ValueError, match=message):
        default_model(scale, family)


def test_choose_model(tmp_path: Path) -> None:
    assert choose_model(None, 4) == choose_model("alpha", 4) == "alpha-x4-lite-1"
    for other in ("alpha-x2-lite-1", "nonsense", "", tmp_path / "plain.safetensors"):
        assert choose_model(other, 4) == other
    with pytest.raises(ValueError, match="no model of family 'plain' for scale 8"):
        choose_model("plain", 8)


def test_family_of() -> None:
    assert family_of({"planes": 1}) == "alpha"
    assert family_of({"planes": 9, "dial_steps": [1.0, 2.0]}) == "dial"
    assert family_of({"planes": 0, "code_channels": 4}) == "latent"
    assert family_of({"planes": 0}) == "plain"


@pytest.mark.parametrize("name", MODELS)
def test_measured_figures_are_the_committed_ones(name: str) -> None:
    entry = MODELS[name]
    report = json.loads((RESULTS / f"{name}.json").read_text())
    assert report["model"]["weights_sha256"] == entry.weights_sha256
    (means,) = (f["means"] for f in report["folders"] if f["name"] == MEASURED_ON)
    assert entry.psnr_y == round(means["psnr_y"], 2)
    carrier = "none" if entry.family == "plain" else "chunk"
    assert entry.bpp == round(means["bpp"][carrier], 3)


def _digests(value: Any, name: object = None) -> Iterator[tuple[object, str]]:
    """Yield names and digests of models wherever results tell them."""
    if isinstance(value, list):
        value = dict(enumerate(value))
    if isinstance(value, dict):
        if "weights_sha256" in value:
            yield value.get("id", value.get("model", name)), value["weights_sha256"]
        for key, item in value.items():
            yield from _digests(item, key)


@pytest.mark.parametrize("path", sorted(RESULTS.glob("*.json")), ids=lambda path: path.stem)
def test_results_are_those_of_these_weights(path: Path) -> None:
    stale = {
        name
        for name, digest in _digests(json.loads(path.read_text()))
        if name in MODELS and MODELS[str(name)].weights_sha256 != digest
    }
    assert not stale, "measure them again: CONTRIBUTING.md, releasing weights"


def test_digests_are_found_in_results() -> None:
    found = {
        path.stem: {name for name, _ in _digests(json.loads(path.read_text()))}
        for path in RESULTS.glob("*.json")
    }
    for stem in ("bench", "failures", "precision"):
        assert found[stem] & set(MODELS), stem
    assert found["dial-x2-curves"] == {"dial-x2-lite-1"}
    assert all(found[name] == {name} for name in MODELS)


@pytest.mark.parametrize("name", MODELS)
def test_the_table_describes_the_weights(name: str) -> None:
    entry, weights = MODELS[name], load_model(name).weights
    assert weights.digest == entry.weights_sha256
    assert weights.config.scale == entry.scale
    assert weights.metadata["licence"] == entry.licence
    # For people, not the folders that a training run names.
    assert weights.metadata["data"].startswith("358 crops of 97 photographs and wallpapers: ")
    assert entry.family == family_of(weights.config.to_dict())
    network = weights.build()
    assert parameter_count(network) == entry.parameters
    assert macs_per_hr_pixel(network) / 1000 == pytest.approx(entry.kmac_per_hr_pixel, abs=0.05)


def test_every_packaged_file_is_in_the_table() -> None:
    assert {path.stem for path in WEIGHTS.glob("*.safetensors")} == set(MODELS)
    for path in WEIGHTS.glob("*.safetensors"):
        assert read_weights(path).digest == MODELS[path.stem].weights_sha256
