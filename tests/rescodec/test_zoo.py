"""The table of models says what is true, and ids are for good."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import pytest

from rescodec.loading import load_model
from rescodec.networks import macs_per_hr_pixel, parameter_count
from rescodec.weights_file import read_weights
from rescodec.zoo import DEFAULT_MODELS, MODELS, default_model

WEIGHTS = Path(str(resources.files("rescodec") / "weights"))


def test_ids_are_permanent() -> None:
    """Files in the world carry them: an id may be added here, but never changed or removed."""
    assert list(MODELS) == ["alpha-x2-lite-1", "alpha-x4-lite-1"]
    assert all(entry.id == name for name, entry in MODELS.items())


def test_defaults() -> None:
    assert DEFAULT_MODELS == {2: "alpha-x2-lite-1", 4: "alpha-x4-lite-1"}
    for scale, name in DEFAULT_MODELS.items():
        assert default_model(scale) == name
        assert MODELS[name].scale == scale
    with pytest.raises(ValueError, match="available scales: 2, 4"):
        default_model(3)


@pytest.mark.parametrize("name", MODELS)
def test_the_table_describes_the_weights(name: str) -> None:
    entry, weights = MODELS[name], load_model(name).weights
    assert weights.digest == entry.weights_sha256
    assert weights.config.scale == entry.scale
    assert entry.family == ("alpha" if weights.config.planes == 1 else "irn")
    network = weights.build()
    assert parameter_count(network) == entry.parameters
    assert macs_per_hr_pixel(network) / 1000 == pytest.approx(entry.kmac_per_hr_pixel, abs=0.05)


def test_every_packaged_file_is_in_the_table() -> None:
    assert {path.stem for path in WEIGHTS.glob("*.safetensors")} == set(MODELS)
    for path in WEIGHTS.glob("*.safetensors"):
        assert read_weights(path).digest == MODELS[path.stem].weights_sha256
