from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rescodec.dial import default_quality
from rescodec.evaluate.__main__ import main
from rescodec.networks import NetworkConfig, Rescaler
from rescodec.weights_file import weights_of, write_weights


@pytest.fixture
def model(tiny_config: NetworkConfig, tmp_path: Path) -> Path:
    path = tmp_path / "tiny-1.safetensors"
    write_weights(weights_of(Rescaler(tiny_config)), path)
    return path


@pytest.fixture
def data(folder_of: Callable[..., Path], picture: Callable[..., np.ndarray]) -> Path:
    return folder_of("Two", picture(24, 32), picture(32, 24, seed=1))


def test_prints_a_table_and_writes_json(model: Path, data: Path, tmp_path: Path) -> None:
    out = tmp_path / "result.json"
    command = [sys.executable, "-W", "error", "-m", "rescodec.evaluate", str(model)]
    command += ["--data", str(data), str(data), "--json", str(out), "--device", "cpu"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    title, heading, first, second = done.stdout.splitlines()
    assert title.startswith("tiny-1 x2, weights ")
    assert heading.split()[0] == "folder"
    assert first.split()[:2] == second.split()[:2] == ["Two", "2"]
    values = json.loads(out.read_text())
    assert [folder["name"] for folder in values["folders"]] == ["Two", "Two"]
    assert f"{values['folders'][0]['means']['psnr_y']:.2f}" == first.split()[2]


def test_models_with_a_dial(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = NetworkConfig(2, (1,), (4,), planes=12, dial_steps=(0.5, 20.0), lr_steps=(4, 6))
    model, out = tmp_path / "dial-1.safetensors", tmp_path / "result.json"
    write_weights(weights_of(Rescaler(config)), model)

    def measured(*options: str) -> dict[str, Any]:
        assert main([str(model), "--data", str(data), "--json", str(out), *options]) == 0
        values: dict[str, Any] = json.loads(out.read_text())
        assert f"quality {values['quality']:g}" in capsys.readouterr().out
        return values

    coarse, usual, fine = measured("--quality", "0"), measured(), measured("--quality", "100")
    assert (coarse["quality"], usual["quality"], fine["quality"]) == (
        0,
        default_quality(config),
        100,
    )
    means = [values["folders"][0]["means"] for values in (coarse, usual, fine)]
    assert means[0]["psnr_rgb"] < means[1]["psnr_rgb"] < means[2]["psnr_rgb"]
    assert means[0]["bpp"]["chunk"] < means[1]["bpp"]["chunk"] < means[2]["bpp"]["chunk"]
    assert means[0]["bpp"].keys() == {"chunk"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["absent.safetensors"], "absent.safetensors: cannot read weights"),
        (["alpha-x2-lit-1"], "did you mean 'alpha-x2-lite-1'"),
        (["MODEL", "--data", "absent"], "No such file or directory"),
        (["MODEL", "--data", "empty"], "empty: no images found"),
        (["MODEL", "--device", "gpu"], "unknown device 'gpu'"),
        (["MODEL", "--sigma", "0.5"], "error: model tiny-1 was trained without noise"),
        (["MODEL", "--quality", "50"], "error: model tiny-1 has no dial"),
        (["MODEL", "--json", "absent/x.json"], "No such file or directory"),
    ],
)
def test_mistakes_are_one_line_and_exit_status_2(
    arguments: list[str],
    message: str,
    model: Path,
    data: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    given = [str(model) if argument == "MODEL" else argument for argument in arguments]
    if "--data" not in given:
        given += ["--data", str(data)]
    assert main(given) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert message in error
    assert error.count("\n") == 1
