"""--keep, --strip and --preserve."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest
from PIL import Image as PillowImage
from PIL.PngImagePlugin import PngInfo

from rescodec.metadata import Keep
from rescodec_cli.options import KEEP

NANOSECONDS = 1_234_567_890_123_456_789
CAMERA, PLACE = 0x010F, 0x8825


@pytest.fixture
def camera_photo(tmp_path: Path) -> Path:
    """A JPEG with a camera's name, a place and a profile."""
    exif = PillowImage.Exif()
    exif[CAMERA] = "A camera"
    exif[PLACE] = {1: "N", 2: (40.0, 42.0, 47.0)}
    path = tmp_path / "photo.jpg"
    image = PillowImage.effect_noise((24, 16), 60).convert("RGB")
    image.save(path, exif=exif, icc_profile=b"profile of RGB  ", dpi=(300, 300))
    return path


def found(path: str) -> set[str]:
    with PillowImage.open(path) as image:
        exif = image.getexif()
        names = {
            "camera": CAMERA in exif,
            "place": bool(exif.get_ifd(PLACE)),
            "profile": "icc_profile" in image.info,
            "dpi": "dpi" in image.info,
        }
    return {name for name, there in names.items() if there}


EVERYTHING = {"camera", "place", "profile", "dpi"}
KEPT = {
    "": EVERYTHING,
    "--keep all": EVERYTHING,
    "--keep no-gps": EVERYTHING - {"place"},
    "--keep gps": {"place", "profile"},
    "--keep none": {"profile"},
    "--strip": {"profile"},
    "--strip --keep none": {"profile"},
}


def test_names_are_those_of_the_library() -> None:
    assert get_args(Keep) == KEEP


@pytest.mark.parametrize("options", KEPT)
def test_encode(rescodec: Callable, camera_photo: Path, options: str) -> None:
    assert rescodec("encode", camera_photo, *options.split()).code == 0
    assert rescodec("decode", "photo.lr.png").code == 0
    assert found("photo.png") == KEPT[options]


@pytest.mark.parametrize("options", KEPT)
def test_decode(rescodec: Callable, camera_photo: Path, options: str) -> None:
    assert rescodec("encode", camera_photo).code == 0
    assert rescodec("decode", "photo.lr.png", *options.split()).code == 0
    assert found("photo.png") == KEPT[options]


@pytest.mark.parametrize("command", ["encode", "decode"])
@pytest.mark.parametrize("keep", ["all", "no-gps", "gps"])
def test_contradiction(rescodec: Callable, photo: Path, command: str, keep: str) -> None:
    result = rescodec(command, photo, "--strip", "--keep", keep)
    result.failed(2, f"--strip and --keep {keep} contradict each other")


@pytest.mark.parametrize("command", ["encode", "decode"])
def test_unknown_policy(rescodec: Callable, photo: Path, command: str) -> None:
    rescodec(command, photo, "--keep", "exif").failed(2, "'exif'", "no-gps")


def test_preserve(rescodec: Callable, camera_photo: Path) -> None:
    os.utime(camera_photo, ns=(0, NANOSECONDS))
    assert rescodec("encode", camera_photo, "--preserve").code == 0
    assert Path("photo.lr.png").stat().st_mtime_ns == NANOSECONDS
    assert rescodec("decode", "photo.lr.png", "--preserve", "-o", "new/").code == 0
    assert Path("new/photo.png").stat().st_mtime_ns == NANOSECONDS
    assert rescodec("decode", "photo.lr.png").code == 0
    assert Path("photo.png").stat().st_mtime_ns > NANOSECONDS


def test_preserve_of_replaced_and_of_skipped_files(rescodec: Callable, camera_photo: Path) -> None:
    assert rescodec("encode", camera_photo).code == 0
    before = Path("photo.lr.png").stat().st_mtime_ns
    os.utime(camera_photo, ns=(0, NANOSECONDS))
    rescodec("encode", camera_photo, "--preserve", "--skip-existing")
    assert Path("photo.lr.png").stat().st_mtime_ns == before
    rescodec("encode", camera_photo, "--preserve", "--overwrite")
    assert Path("photo.lr.png").stat().st_mtime_ns == NANOSECONDS


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        ("encode", ("-", "-o", "small.lr.png")),
        ("encode", ("photo.png", "-o", "-")),
        ("decode", ("-", "-o", "big.png")),
        ("decode", ("small.lr.png", "-o", "-")),
    ],
)
def test_streams_have_no_time(
    rescodec: Callable, photo: Path, encoded: Path, command: str, arguments: tuple[str, ...]
) -> None:
    result = rescodec(command, *arguments, "--preserve", stdin=b"never read")
    result.failed(2, "--preserve needs files")


def test_more_metadata_than_the_limit(rescodec: Callable, camera_photo: Path) -> None:
    result = rescodec("encode", camera_photo, "--limit", "ancillary-bytes=64")
    result.failed(1, "bytes of metadata", "limit of 64", "--keep none", "--limit ancillary-bytes=N")
    assert not Path("photo.lr.png").exists()


def test_more_chunks_of_metadata_than_the_limit(rescodec: Callable, photo: Path) -> None:
    texts = PngInfo()
    for number in range(3):
        texts.add_text(f"text {number}", "value")
    PillowImage.open(photo).save(photo, pnginfo=texts)
    result = rescodec("encode", photo, "--limit", "ancillary-chunks=2")
    hint = "--limit ancillary-chunks=N"
    result.failed(1, "3 chunks of metadata, over the limit of 2;", "--keep none", hint)
    assert rescodec("encode", photo, "--limit", "ancillary-chunks=4").code == 0
