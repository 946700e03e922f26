"""exiftool reads and writes the metadata of LR files, and header and payload stay."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

import rescodec
import rescodec_formats as formats
from benchmarks.interoperability.outcomes import EXACT, outcome

EDITS = {
    "-EXIF:Artist=Somebody": (b"eXIf", b"Somebody"),
    "-XMP-dc:Title=Bridge": (b"iTXt", b"Bridge"),
    "-GPSLatitude=52": (b"eXIf", b""),
    "-PNG:Software=exiftool": (b"tEXt", b"Software\0exiftool"),
    "-PNG:Title=Brücke": (b"iTXt", "Brücke".encode()),
}


@pytest.fixture
def exiftool(require: Callable) -> Callable[..., str]:
    executable = require("exiftool").executable

    def run(*arguments: object) -> str:
        command = [executable, *map(str, arguments)]
        return subprocess.run(
            command, check=True, capture_output=True, text=True, timeout=60
        ).stdout

    return run


@pytest.fixture
def path(tmp_path: Path, lr_files: Mapping[str, bytes]) -> Path:
    path = tmp_path / "a.lr.png"
    path.write_bytes(lr_files["chunk"])
    return path


def test_it_finds_nothing_wrong_and_reads_our_comment(exiftool: Callable, path: Path) -> None:
    (found,) = json.loads(exiftool("-json", "-validate", "-warning", path))
    assert found["Validate"] == "OK"
    (found,) = json.loads(exiftool("-json", path))
    assert found["Comment"].endswith("restore with: rescodec decode FILE")
    assert found["ProfileDescription"].startswith("sRGB")


@pytest.mark.parametrize("edit", EDITS)
def test_edits_arrive_and_break_nothing(
    exiftool: Callable, path: Path, lr_files: Mapping[str, bytes], edit: str
) -> None:
    chunk_type, content = EDITS[edit]
    exiftool("-q", "-charset", "utf8", "-overwrite_original", edit, path)
    file = path.read_bytes()
    assert outcome(lr_files["chunk"], file) == EXACT
    chunks = [chunk for chunk in formats.read(file).chunks if chunk.type == chunk_type]
    assert any(content in chunk.data for chunk in chunks)


def test_edits_of_the_lr_file_reach_the_photo(
    exiftool: Callable, path: Path, tmp_path: Path
) -> None:
    target = tmp_path / "b.png"
    edits = ("-EXIF:Artist=Somebody", "-Orientation#=6", "-XMP-dc:Title=Bridge")
    exiftool("-q", "-overwrite_original", *edits, path)
    photo = rescodec.decode(path, target, device="cpu")
    # Nothing is turned: the picture and the photo lie on the same side.
    assert (photo.width, photo.height) == (161, 101)
    (found,) = json.loads(exiftool("-json", "-n", target))
    assert (found["Artist"], found["Orientation"], found["Title"]) == ("Somebody", 6, "Bridge")
    assert found["Make"] == "Maker"
