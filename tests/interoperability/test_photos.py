"""Photos that other programs have written go in with their metadata, and turned once."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage

import rescodec
from benchmarks.interoperability.samples import PART, PHOTOS

MAKER, ORIENTATION, TURNED = 0x010F, 0x0112, 6
# Program, and what makes the second file of a JPEG whose EXIF turns it.
COMMANDS = [
    ("ImageMagick", "a.jpg b.png"),
    ("ImageMagick", "a.jpg -define png:color-type=6 b.png"),
    ("ImageMagick", "a.jpg b.tif"),
    ("ImageMagick", "a.jpg -define webp:lossless=true b.webp"),
    ("libvips", "copy a.jpg b.png"),
    ("libvips", "copy a.jpg b.tif"),
    ("libvips", "copy a.jpg b.webp[lossless]"),
    ("exiftool", "-q -Artist=Somebody -o b.jpg a.jpg"),
]


@pytest.mark.parametrize(("program", "arguments"), COMMANDS, ids=lambda value: value)
def test_orientation_and_exif(
    program: str, arguments: str, require: Callable, tmp_path: Path
) -> None:
    exif = PillowImage.Exif()
    exif[MAKER], exif[ORIENTATION] = "Maker", TURNED
    with PillowImage.open(PHOTOS / "chrysanthemums.jpg") as image:
        image.crop(PART).save(tmp_path / "a.jpg", exif=exif)
    command = [require(program).executable, *shlex.split(arguments)]
    subprocess.run(command, check=True, cwd=tmp_path, timeout=60)

    (path,) = tmp_path.glob("b.*")
    photo = rescodec.read_photo(path)
    with PillowImage.open(tmp_path / "a.jpg") as image:
        expected = np.rot90(np.asarray(image), -1)
    assert photo.pixels.shape == expected.shape
    difference = np.abs(photo.pixels.astype(float) - expected)
    # Decoders of JPEG round differently.
    assert difference.mean() < 1
    assert photo.metadata.orientation == 1
    # Neither program writes EXIF into a TIFF.
    if path.suffix != ".tif":
        assert b"Maker" in (photo.metadata.exif or b"")
