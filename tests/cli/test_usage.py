"""Wrong usage: exit 2, one line, nothing done."""

from __future__ import annotations

import stat
from collections.abc import Callable
from importlib.metadata import entry_points, version
from pathlib import Path

import pytest
import torch

from rescodec_cli.main import COMMANDS, main


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nonsense"], ["nonsense", "rescodec --help"]),
        (["--nonsense"], ["--nonsense"]),
        (["encode"], ["SRC", "rescodec encode --help"]),
        (["encode", "photo.png", "--scale", "3"], ["--scale", "2", "4"]),
        (["encode", "photo.png", "--carrier", "smoke"], ["--carrier", "chunk", "alpha"]),
        (["encode", "photo.png", "--model", "alpha-x2-light-1"], ["alpha-x2-lite-1"]),
        (["encode", "photo.png", "--model", ""], ["no weights"]),
        (["encode", "photo.png", "--model", "absent.safetensors"], ["absent.safetensors"]),
        (["encode", "photo.png", "--model", "alpha-x2-lite-1", "--scale", "4"], ["has scale 2"]),
        (["encode", "photo.png", "--device", "abacus"], ["abacus", "auto"]),
        (["decode", "small.lr.png", "--device", "abacus"], ["abacus", "auto"]),
        (["decode", "small.lr.png", "--device", "cuda:99"], ["cuda:99", "not available"]),
        (["decode", "small.lr.png", "--model", "nonsense"], ["nonsense"]),
        (["decode", "small.lr.png", "--model", "alpha-x4-lite-1", "--scale", "2"], ["scale 4"]),
        (["decode", "small.lr.png", "-o", "x.xyz"], ["x.xyz", ".webp"]),
        (["decode", "small.lr.png", "-o", "x"], ["x", "without suffix", ".png"]),
        (["encode", "photo.png", "--overwrite", "--skip-existing"], ["contradict"]),
        (["encode", "photo.png", "--quiet", "--verbose"], ["contradict"]),
        (["decode", "small.lr.png", "-qv"], ["contradict"]),
        (["encode", "photo.png", "-o", "photo.png", "--overwrite"], ["is a source"]),
        (["encode", "photo.png", "-o", "./x/../photo.png", "--overwrite"], ["no folder"]),
        (["encode", "photo.png", "-o", "link.png", "--overwrite"], ["is a source"]),
        (["encode", "photo.png", "-o", "hard.png", "--overwrite"], ["is a source"]),
        (["decode", "small.lr.png", "-o", "small.lr.png", "--overwrite"], ["is a source"]),
        (["convert", "--carrier", "alpha", "small.lr.png", "-o", "small.lr.png"], ["is a source"]),
        (["encode", "photo.png", "photo.jpg"], ["photo.lr.png", "one by one"]),
        (["encode", "photo.png", "small.lr.png", "-o", "x.png"], ["x.png", "several"]),
        (["encode", "photo.png", "-o", "absent/x.png"], ["absent", "make it"]),
        (["encode", "photo.png", "-o", "absent/absent/"], ["absent", "make it"]),
        (["encode", "photo.png", "-o", "photo.png/"], ["photo.png"]),
        (["encode", "photo.png", "-o", ""], ["-o is empty"]),
        (["encode", "photo.png", "-o", "x.jpg"], ["x.jpg", "PNG"]),
        (["convert", "--carrier", "alpha", "small.lr.png", "-o", "x.jpg"], ["x.jpg", "PNG"]),
        (["convert", "small.lr.png"], ["--carrier"]),
        (["encode", ""], ["an empty name"]),
        (["encode", "."], [". is no file"]),
        (["encode", "-", "-"], ["one source only"]),
        (["encode", "-", "photo.png", "-o", "-"], ["one source only"]),
        (["encode", "-", "-o", "folder"], ["no name"]),
        (["encode", "photo.png", "--max-pixels", "0"], ["--max-pixels"]),
        (["encode", "photo.png", "--tile", "-8"], ["--tile", "'-8'", "number of rows nor auto"]),
        (["decode", "small.lr.png", "--tile", "1.5"], ["--tile", "'1.5'"]),
        (["encode", "photo.png", "--limit", "stream=3"], ["did you mean 'streams'"]),
        (
            ["info", "small.lr.png", "--limit", "hr-pixels=3"],
            ["--limit", "unknown key 'hr-pixels'"],
        ),
        (["decode", "small.lr.png", "--limit", "streams"], ["streams", "whole number", "''"]),
        (["verify", "small.lr.png", "--limit", "streams=-1"], ["streams", "GiB", "'-1'"]),
        (["verify", "small.lr.png", "--limit", "streams=1TB"], ["streams", "GiB", "'1TB'"]),
        (["encode", "photo.png", "--model", "latent", "--scale", "8"], ["--scale"]),
        (["encode", "photo.png", "--model", "plian"], ["did you mean 'plain'"]),
        (["models", "nonsense"], ["nonsense", "rescodec models --help"]),
        (["models", "--json", "show", "alpha-x2-lite-1"], ["write --json after show"]),
        (["models", "show"], ["ID|PATH"]),
        (["models", "show", "alpha-x2-light-1"], ["did you mean 'alpha-x2-lite-1'"]),
        (["models", "show", "alpha"], ["family", "alpha-x2-lite-1, alpha-x4-lite-1"]),
        (["models", "show", "absent.safetensors"], ["absent.safetensors", "cannot read"]),
        (["models", "show", "photo.png"], ["no weights for model 'photo.png'"]),
        (["models", "import", "--family", "irn"], ["FILE.pth"]),
        (["models", "import", "photo.png"], ["--family", "rescodec models import --help"]),
        (["models", "import", "photo.png", "--family", "dlv"], ["dlv", "firn", "irn"]),
        (["models", "import", "photo.png", "--family", "irn", "--scale", "3"], ["--scale", "8"]),
        (["models", "import", "-", "--family", "irn"], ["not standard streams"]),
        (["models", "import", "x.pth", "--family", "irn", "-o", "-"], ["not standard streams"]),
        (["info"], ["FILE"]),
        (["verify"], ["FILE"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else str(value),
)
def test_wrong_usage(
    arguments: list[str],
    words: list[str],
    rescodec: Callable,
    photo: Path,
    encoded: Path,
    files: Callable,
    tmp_path: Path,
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "link.png").symlink_to(photo)
    (tmp_path / "hard.png").hardlink_to(photo)
    before = files()
    rescodec(*arguments).failed(2, *words)
    assert files() == before
    assert not (tmp_path / "absent").exists()


def test_a_device_that_is_not_here(rescodec: Callable, photo: Path) -> None:
    if torch.backends.mps.is_available():
        pytest.skip("this machine has MPS")
    rescodec("encode", photo, "--device", "mps").failed(2, "mps", "not available")


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"]])
def test_help_names_every_command(rescodec: Callable, arguments: list[str]) -> None:
    result = rescodec(*arguments)
    assert result.code == (0 if arguments else 2)
    text = result.text + result.err
    for command in COMMANDS:
        assert f"\n  {command} " in text
    assert "..." not in text.split("Commands:")[1]
    assert "Exit status" in text


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_commands(rescodec: Callable, command: str) -> None:
    result = rescodec(command, "--help")
    assert result.code == 0
    assert result.text.startswith(f"Usage: rescodec {command} ")
    assert result.err == ""


def test_version(rescodec: Callable) -> None:
    assert rescodec("--version").text.split()[-1] == version("rescodec")


def test_the_installed_command_is_this_one() -> None:
    (found,) = entry_points(group="console_scripts", name="rescodec")
    assert found.load() is main


def test_a_source_keeps_its_permissions_and_content(
    rescodec: Callable, photo: Path, files: Callable
) -> None:
    photo.chmod(0o444)
    before = files()
    assert rescodec("encode", photo).code == 0
    assert stat.S_IMODE(photo.stat().st_mode) == 0o444
    assert files().items() >= before.items()
