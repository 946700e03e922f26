"""Whole folders: what is refused before anything is done."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["in", "x", "-r", "-o", "out"], ["one folder, got 2"]),
        (["in", "-r"], ["give it -o OUT/"]),
        (["in", "-r", "-o", "-"], ["give it -o OUT/"]),
        (["nowhere", "-r", "-o", "out"], ["nowhere is no folder"]),
        (["in/a.png", "-r", "-o", "out"], ["leave -r out"]),
        (["in", "-r", "-o", "in/a.png"], ["in/a.png"]),
        (["in", "-r", "-o", "no/where/out"], ["no/where"]),
        (["in", "-o", "out", "--dry-run"], ["--dry-run is for folders; add -r"]),
        (["in", "-o", "out", "--include", "*"], ["--include is for folders"]),
        (["in", "-r", "-o", "out", "--name", "{steam}"], ["field 'steam'"]),
        (["in", "-r", "-o", "out", "--include", "!"], ["!"]),
        (["in", "-r", "-o", "out", "--workers", "0"], ["1 to 256"]),
        (["in", "-r", "-o", "out", "--from-manifest"], ["--manifest FILE"]),
        (["in", "-r", "-o", "out", "--from-manifest", "--manifest", "m"], ["no manifest m"]),
        (["in", "-r", "-o", "out", "--from-manifest", "--manifest", "y" * 300], ["no manifest y"]),
        (["in", "-r", "-o", "out", "--manifest", "in"], ["in: is no regular file"]),
        (["in", "-r", "-o", "out", "--manifest", "no/m"], ["No such file"]),
        (["in", "-r", "-o", "out", "--name", "{stem}.jpg"], ["end it with .lr.png"]),
        (["in", "-r", "-o", "in/a.png", "--dry-run"], ["a.png"]),
        (["memory://x", "-r", "-o", "out"], ["--workers 1"]),
        (["in", "-r", "-o", "out", "--manifest", "in/notes.txt"], ["line 1 is no entry"]),
        (["in", "-r", "-o", "out", "--ray-address", "auto"], ["--engine ray"]),
        (["in", "-r", "-o", "s3://b/out"], ["--manifest FILE"]),
        (["in", "-r", "-o", "out", "--overwrite", "--skip-existing"], ["contradict"]),
        (["weird://x", "-r", "-o", "out"], ["weird"]),
        (["memory://x", "-r", "-o", "out", "--preserve"], ["not URLs"]),
    ],
)
def test_wrong_usage(
    rescodec: Callable, folder: Path, arguments: list[str], words: list[str]
) -> None:
    rescodec("encode", *arguments).failed(2, *words)
    assert not list(Path().glob("out/*.png"))
