"""Files and weights that do not belong together."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from safetensors import safe_open
from safetensors.torch import save_file

import rescodec as library
import rescodec_formats as formats
from rescodec.zoo import default_model

WEIGHTS = Path(library.__file__).parent / "weights"
MODEL, OTHER_MODEL = default_model(2), default_model(4)


def other_weights(path: Path) -> Path:
    """Weights of the default network with one value changed."""
    with safe_open(WEIGHTS / f"{MODEL}.safetensors", framework="pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        metadata = file.metadata()
    name = sorted(tensors)[0]
    tensors[name] = tensors[name] + 1
    save_file(tensors, path, metadata)
    return path


def test_wrong_weights(rescodec: Callable, encoded: Path, tmp_path: Path) -> None:
    other = other_weights(tmp_path / "mine.safetensors")
    rescodec("decode", encoded, "--model", other).failed(1, MODEL, "mine", "weights")
    rescodec("decode", encoded, "--model", OTHER_MODEL).failed(1, MODEL, OTHER_MODEL, "weights")


def test_other_weights_make_files_of_their_own(
    rescodec: Callable, photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = other_weights(tmp_path / "mine.safetensors")
    assert rescodec("encode", photo, "--model", other).code == 0
    rescodec("decode", "photo.lr.png", "-o", "x.png").failed(1, "'mine'")
    assert "not part of rescodec" in rescodec("verify", "photo.lr.png").text
    assert rescodec("decode", "photo.lr.png", "-o", "x.png", "--model", other).code == 0
    monkeypatch.setenv("RESCODEC_WEIGHTS_DIR", str(tmp_path))
    assert rescodec("decode", "photo.lr.png", "-o", "y.png").code == 0
    assert Path("x.png").read_bytes() == Path("y.png").read_bytes()


def test_other_weights_under_a_released_name(
    rescodec: Callable, photo: Path, encoded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = other_weights(tmp_path / f"{MODEL}.safetensors")
    rescodec("encode", photo, "--model", other).failed(2, str(other), "not those of", "name")
    monkeypatch.setenv("RESCODEC_WEIGHTS_DIR", str(tmp_path))
    rescodec("encode", photo).failed(1, str(other), f"not those of {MODEL}")
    rescodec("decode", encoded, "-o", "x.png").failed(1, str(other), f"not those of {MODEL}")
    other.write_bytes(b"nonsense")
    rescodec("encode", photo).failed(1, str(other), "cannot read weights")
    rescodec("decode", encoded, "-o", "x.png").failed(1, str(other), "cannot read weights")


def test_verify_knows_the_weights_of_this_release(rescodec: Callable, encoded: Path) -> None:
    container = formats.read(encoded)
    formats.write(
        "foreign.lr.png",
        container.lr,
        scale=2,
        hr_size=container.header.hr_size,
        model=formats.ModelRef(MODEL, "ab" * 32),
        streams=list(container.streams.values()),
    )
    rescodec("verify", "foreign.lr.png").failed(1, "other weights", MODEL, "--model")
    rescodec("decode", "foreign.lr.png").failed(1, "abababababab", MODEL)


def test_names_that_no_file_can_carry(rescodec: Callable, photo: Path, tmp_path: Path) -> None:
    other = other_weights(tmp_path / "my weights.safetensors")
    rescodec("encode", photo, "--model", other).failed(2, "my weights", "rename")
