from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from rescodec.zoo import MODELS

Run = Callable[..., Any]


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    samples = np.random.default_rng(0).integers(0, 255, (6, 8, 3), dtype=np.uint8)
    Image.fromarray(samples).resize((64, 48), Image.Resampling.BICUBIC).save(folder / "a.png")
    return folder


def test_results_are_written_and_gone_on_with(rescodec: Run, photos: Path) -> None:
    options = ("--data", photos, "-o", "r.json", "--model", "alpha-x2-lite-1", "--device", "cpu")
    first = rescodec("bench", "fidelity", *options)
    assert (first.code, first.err) == (0, "")
    assert first.text.splitlines() == [
        "fidelity: photos/a.png, 1 record",
        "r.json: `rescodec report r.json` makes a page of it",
    ]
    results = json.loads(Path("r.json").read_text(encoding="utf-8"))
    assert results["fidelity"][0]["way"] == "alpha-x2-lite-1"
    assert "rate" not in results
    second = rescodec("bench", "fidelity", *options, "-q")
    assert (second.code, second.out) == (0, b"")


def test_all_installed_models_are_measured(
    rescodec: Run, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "weights"
    own.mkdir()
    released = resources.files("rescodec") / "weights/plain-x2-lite-1.safetensors"
    (own / "mine.safetensors").write_bytes(released.read_bytes())
    (own / "broken.safetensors").write_bytes(b"none")
    monkeypatch.setenv("RESCODEC_WEIGHTS_DIR", str(own))
    result = rescodec("bench", "fidelity", "--data", photos, "-o", "r.json", "--device", "cpu")
    assert (result.code, result.err) == (0, "")
    results = json.loads(Path("r.json").read_text(encoding="utf-8"))
    assert [record["way"] for record in results["fidelity"]] == [*MODELS, "mine"]


def test_a_program(photos: Path) -> None:
    line = [sys.executable, "-m", "rescodec_cli", "bench", "rate", "--no-rivals", "--device", "cpu"]
    line += ["--data", str(photos), "-o", str(photos / "r.json"), "--model", "plain-x4-lite-1"]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "rate: photos/a.png, 1 record" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("bench", "--data", "photos"), 2, ("--output",)),
        (("bench", "-o", "r.json"), 2, ("--data",)),
        (("bench", "fast", "--data", "photos", "-o", "r.json"), 2, ("fast", "fidelity")),
        (("bench", "fidelity", "--data", "nowhere", "-o", "r.json"), 1, ("nowhere",)),
        (("bench", "fidelity", "--data", "photos", "-o", "a/r.json"), 1, ("a/r.json",)),
        (("bench", "fidelity", "--data", "photos", "-o", "photos/a.png"), 1, ("no results of",)),
        (
            ("bench", "--data", "photos", "-o", "r.json", "--model", "alpha-x3-lite-1"),
            1,
            ("alpha-x3-lite-1",),
        ),
    ],
)
def test_what_is_wrong_is_said_in_a_line(
    rescodec: Run, photos: Path, arguments: tuple[str, ...], code: int, words: tuple[str, ...]
) -> None:
    before = (photos / "a.png").read_bytes()
    rescodec(*arguments).failed(code, *words)
    assert (photos / "a.png").read_bytes() == before
    assert not Path("r.json").exists()


def test_without_the_extra(rescodec: Run, photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "torchmetrics" else real(name)
    )
    result = rescodec("bench", "--data", photos, "-o", "r.json")
    result.failed(2, "torchmetrics not installed", "pip install 'rescodec[bench]'")
