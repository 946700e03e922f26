"""Every program in examples/ runs and says what it should."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

import rescodec

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A part of an example photo, small enough to be quick."""
    path = tmp_path / "photos/bridge.jpg"
    path.parent.mkdir()
    with Image.open(EXAMPLES / "photos/roebling-bridge.jpg") as image:
        image.crop((0, 0, 97, 61)).save(path, quality=95)
    return path


def run(name: str, *arguments: object) -> str:
    done = _start(name, *arguments)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


def refused(name: str, *arguments: object) -> str:
    done = _start(name, *arguments)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    return done.stderr


def _start(name: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", str(EXAMPLES / name), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        check=False,
    )


def test_there_is_a_test_for_every_example() -> None:
    names = {path.name for path in EXAMPLES.glob("*.py")}
    assert names == set(re.findall(r'run\("(\w+\.py)"', Path(__file__).read_text("utf-8")))


def test_python_api(photo: Path) -> None:
    text = run("python_api.py", photo)
    assert "LR image: 49x31" in text
    assert "restored: 97x61" in text
    assert "LR (16, 25, 3), planes (1, 16, 25)" in text


def test_read_without_torch(photo: Path, tmp_path: Path) -> None:
    source, copy = tmp_path / "x.lr.png", tmp_path / "tagged.lr.png"
    rescodec.encode(photo, source, device="cpu")
    text = run("read_without_torch.py", source, copy)
    assert "a photo of 97x61" in text
    assert "metadata: none" in text
    assert "LR image: (31, 49, 3), thumbnail: (4, 7, 3)" in text
    assert "stream 'plane': (31, 49) uint8" in text
    assert "metadata: tEXt" in run("read_without_torch.py", copy)


def test_read_without_torch_says_what_a_file_is_not(photo: Path, tmp_path: Path) -> None:
    assert "an ordinary picture, or none: not a PNG file" in refused("read_without_torch.py", photo)
    edited = tmp_path / "edited.png"
    rescodec.encode(photo, edited, device="cpu")
    edited.write_bytes(edited.read_bytes()[:-100])
    assert "the photo is lost (truncated)" in refused("read_without_torch.py", edited)


def test_convert_folder(photo: Path, tmp_path: Path) -> None:
    assert run("convert_folder.py", photo.parent, tmp_path / "out") == "bridge.jpg (31, 49)\n"
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["bridge.lr.png"]


def test_demo(photo: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    lines = run("demo.py", photo, "--out", out).splitlines()
    assert len(lines) == 4
    assert re.fullmatch(r"bridge +x2 +97x61 +49x31 +\S+ B +\S+ +\S+ dB +\S+ s +\S+ s", lines[1])
    assert re.fullmatch(r"bridge +x4 +97x61 +25x16 +\S+ B +\S+ +\S+ dB +\S+ s +\S+ s", lines[2])
    names = {path.name for path in out.iterdir()}
    assert names == {f"bridge-x{scale}{end}" for scale in (2, 4) for end in (".lr.png", ".png")}
