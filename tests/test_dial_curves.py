"""The curves of models with a dial, and those of rivals that were measured before."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFile

from benchmarks import dial_curves

MODEL = "dial-x4-lite-1"


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "Photos"
    folder.mkdir()
    ramp = np.linspace(0, 255, 48).astype(np.uint8)
    Image.fromarray(
        np.stack(np.broadcast_arrays(ramp, ramp[:, None], 90), -1).astype(np.uint8)
    ).save(folder / "ramps.png")
    return folder


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> None:
    monkeypatch.setattr(sys, "argv", ["dial_curves.py", *map(str, arguments)])
    before = ImageFile.MAXBLOCK
    dial_curves.main()
    # Left changed, it costs every later reader memory.
    assert before == ImageFile.MAXBLOCK


def test_rivals_are_measured_once(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "curves.json"
    run(monkeypatch, MODEL, "--data", photos, "--json", file)
    first = json.loads(file.read_text())
    curves = first["Photos"]["curves"]
    assert list(curves) == [MODEL, "JPEG 4:4:4", "bicubic + AVIF"]
    sizes = [point["bpp"] for point in curves[MODEL]]
    assert len(sizes) == 11
    # In so small a picture not each step of the dial costs more than the one before.
    assert sizes[-1] > sizes[0]
    # They are taken as they stand: a change shows it.
    curves["JPEG 4:4:4"][0]["bpp"] = 0.125
    earlier = tmp_path / "earlier.json"
    earlier.write_text(json.dumps(first))
    run(monkeypatch, MODEL, "--data", photos, "--json", file, "--rivals", earlier)
    assert json.loads(file.read_text())["Photos"]["curves"] == curves


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "No such file"),
        ("{", "expected figures that --json has written"),
        ("[]", "expected figures that --json has written"),
        ('{"Photos": {}}', "expected figures that --json has written"),
        ('{"model": "dial-x2-lite-1"}', "found dial-x2-lite-1 and no images"),
        (
            f'{{"model": "{MODEL}", "Photos": {{"images": 2, "curves": {{}}}}}}',
            f"expected figures of {MODEL} and 1 images of Photos, found {MODEL} and 2 images",
        ),
    ],
)
def test_rivals_of_other_figures_are_refused(
    photos: Path, tmp_path: Path, tool_error: Callable[..., str], content: str | None, reason: str
) -> None:
    file = tmp_path / "earlier.json"
    if content is not None:
        file.write_text(content)
    message = tool_error(dial_curves.main, [MODEL, "--data", str(photos), "--rivals", str(file)])
    assert message.startswith("error: --rivals: ")
    assert str(file) in message
    assert reason in message
