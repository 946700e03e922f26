"""The program, in a process of its own where that matters."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from rescodec.networks import NetworkConfig, Rescaler
from rescodec.train.__main__ import main
from rescodec.weights_file import read_weights, weights_of, write_weights

# Runs the program on what a bare GPU machine has: none of the project's other dependencies.
BARE_MACHINE = """
import runpy, sys

BANNED = {"rescodec_formats", "rescodec_cli", "zstandard", "click", "rich"}

class Fence:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in BANNED:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return None

sys.meta_path.insert(0, Fence())
sys.argv[0] = "rescodec.train"
runpy.run_module("rescodec.train", run_name="__main__", alter_sys=True)
"""


@pytest.fixture
def data(folder_of: Callable[..., Path], picture: Callable[..., np.ndarray]) -> Path:
    return folder_of("data", picture(24, 32), picture(40, 20, seed=1))


def _arguments(recipe: Path, data: Path, out: Path) -> list[str]:
    names = [str(recipe), "--data", str(data), "--valid", str(data), "--out", str(out)]
    return [*names, "--device", "cpu", "--precision", "fp32"]


def test_trains_with_torch_numpy_pillow_and_safetensors_alone(
    recipe_file: Path, data: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    command = [sys.executable, "-c", BARE_MACHINE, *_arguments(recipe_file, data, out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "finished at step 3"
    assert done.stderr == ""
    weights = read_weights(out / "weights.safetensors")
    assert weights.metadata["data"] == f"{data.parent.name}/data"
    assert {p.name for p in out.iterdir()} == {"checkpoint.pt", "weights.safetensors", "log.jsonl"}


def test_a_bad_recipe_is_one_line_and_exit_status_2(data: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "bad.toml"
    recipe.write_text("[network]\nscale = 2\nblokcs = [1]\n[training]\nsteps = 1\n")
    arguments = _arguments(recipe, data, tmp_path / "out")
    command = [sys.executable, "-m", "rescodec.train", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 2
    assert done.stdout == ""
    expected = "network configuration: unknown key 'blokcs'; did you mean 'blocks'?"
    assert done.stderr == f"error: {recipe}: {expected}\n"


def test_resume(
    recipe_file: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    arguments = _arguments(recipe_file, data, out)
    assert main([*arguments, "--minutes", "0"]) == 0
    assert capsys.readouterr().out == "stopped, resumable, at step 0\n"
    assert main([*arguments, "--resume"]) == 0
    assert capsys.readouterr().out.endswith("finished at step 3\n")
    assert main([*arguments, "--resume", "--steps", "4"]) == 0
    steps = [json.loads(line)["step"] for line in (out / "log.jsonl").read_text().splitlines()]
    assert steps == [1, 2, 3, 3, 4, 4]


def test_initial_weights(
    recipe_file: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = _arguments(recipe_file, data, tmp_path / "out")
    assert main(arguments) == 0
    initial = str(tmp_path / "out/weights.safetensors")
    arguments = _arguments(recipe_file, data, tmp_path / "again")
    assert main([*arguments, "--init", initial, "--steps", "1", "--licence", "CC0"]) == 0
    # It need not be said again.
    assert main([*arguments, "--resume"]) == 0
    metadata = read_weights(tmp_path / "again/weights.safetensors").metadata
    assert metadata["init"] == read_weights(Path(initial)).digest
    assert metadata["licence"] == "CC0"
    capsys.readouterr()
    other = str(tmp_path / "again/weights.safetensors")
    assert "give the same, or train" in _error(capsys, *arguments, "--resume", "--init", other)


def test_a_teacher(
    recipe_file: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(_arguments(recipe_file, data, tmp_path / "teacher")) == 0
    teacher = ["--teacher", str(tmp_path / "teacher/weights.safetensors")]
    capsys.readouterr()
    arguments = _arguments(recipe_file, data, tmp_path / "out")
    assert "a teacher and distil in the recipe need each other" in _error(
        capsys, *arguments, *teacher
    )
    recipe_file.write_text(recipe_file.read_text() + "distil = 2.0\n")
    assert "need each other" in _error(capsys, *arguments)
    assert main([*arguments, *teacher]) == 0
    capsys.readouterr()
    first, *_ = (tmp_path / "out/log.jsonl").read_text().splitlines()
    assert json.loads(first)["distil"] > 0
    recipe_file.write_text(recipe_file.read_text().replace("planes = 1\n", ""))
    arguments = _arguments(recipe_file, data, tmp_path / "other")
    assert "another scale than the recipe, or other planes" in _error(capsys, *arguments, *teacher)


def _error(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(list(arguments)) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert captured.err.startswith("error: ")
    return captured.err


def test_a_checkpoint_is_not_overwritten(
    recipe_file: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = _arguments(recipe_file, data, tmp_path / "out")
    assert main([*arguments, "--steps", "1"]) == 0
    capsys.readouterr()
    assert "holds a checkpoint; use --resume" in _error(capsys, *arguments)


def test_a_checkpoint_of_another_network(
    recipe_file: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = _arguments(recipe_file, data, tmp_path / "out")
    assert main([*arguments, "--steps", "1"]) == 0
    capsys.readouterr()
    recipe_file.write_text(recipe_file.read_text().replace("[4]", "[5]"))
    assert "made with widths (4,) in [network]" in _error(capsys, *arguments, "--resume")


def test_initial_weights_of_another_network(
    recipe_file: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = Rescaler(NetworkConfig(scale=2, blocks=(1,), widths=(5,)))
    write_weights(weights_of(other), tmp_path / "other.safetensors")
    arguments = _arguments(recipe_file, data, tmp_path / "out")
    message = _error(capsys, *arguments, "--init", str(tmp_path / "other.safetensors"))
    assert "of another network than the recipe's: 12 tensors differ" in message


def test_images_that_are_too_small(
    recipe_file: Path,
    data: Path,
    folder_of: Callable[..., Path],
    picture: Callable[..., np.ndarray],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    small = folder_of("small", picture(15, 15))
    arguments = _arguments(recipe_file, small, tmp_path / "out")
    assert "no training image is at least 16 pixels a side" in _error(capsys, *arguments)
    tiny = folder_of("tiny", picture(5, 40))
    arguments = [str(recipe_file), "--data", str(data), "--valid", str(tiny)]
    message = _error(capsys, *arguments, "--out", str(tmp_path / "out"), "--device", "cpu")
    assert "a.png: too small for validation at scale 2" in message
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (["--data", "absent"], "No such file or directory"),
        (["--data", "."], ".: no images found"),
        (["--device", "gpu"], "unknown device 'gpu'"),
        (["--steps", "0"], "steps is 0; it must be at least 1"),
        (["--init", "absent.safetensors"], "absent.safetensors: cannot read weights"),
    ],
)
def test_wrong_arguments(
    change: list[str],
    message: str,
    recipe_file: Path,
    data: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.chdir(empty)
    arguments = _arguments(recipe_file, data, tmp_path / "out")
    assert message in _error(capsys, *arguments, *change)


def test_a_file_that_is_no_image(
    recipe_file: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (data / "c.png").write_text("no image")
    arguments = _arguments(recipe_file, data, tmp_path / "out")
    assert "c.png" in _error(capsys, *arguments)


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without CUDA")
def test_a_device_that_is_not_here(
    recipe_file: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = _arguments(recipe_file, data, tmp_path / "out")
    assert "device 'cuda' is not available" in _error(capsys, *arguments, "--device", "cuda")
