"""``rescodec compare``: a page of one photo."""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as PillowImage

from rescodec.bench.rivals import RIVALS
from rescodec_cli import picture_options

QUICK = ("--model", "plain", "--scale", "2", "--no-rivals", "--device", "cpu")


def versions(page: Path) -> list[dict[str, Any]]:
    text = page.read_text(encoding="utf-8")
    (block,) = re.findall('<script type="application/json">(.*?)</script>', text)
    found: list[dict[str, Any]] = json.loads(block)["versions"]
    return found


def names(page: Path) -> list[str]:
    return [version["name"] for version in versions(page)]


def test_one_command(rescodec: Callable, photo: Path, tmp_path: Path) -> None:
    result = rescodec("compare", "photo.png", "--rival", "jpeg", "--rival", "AVIF")
    assert (result.code, result.out) == (0, b"")
    assert re.fullmatch(
        r"photo\.png -> photo\.compare\.html  60x44, \d+ pictures, [\d,]+ bytes  [\d.]+ s\n",
        result.err,
    )
    found = names(tmp_path / "photo.compare.html")
    assert found[0] == "original"
    for model in ("alpha-x2-lite-1", "alpha-x4-lite-1", "dial-x2-lite-1", "dial-x4-lite-1"):
        assert f"restored · {model}" in found
        assert f"LR, nearest · {model}" in found
    assert "JPEG · alpha-x2-lite-1" in found
    assert not [name for name in found if "WebP" in name or "JPEG XL" in name]


def test_as_a_program(program: Callable, photo: Path, tmp_path: Path) -> None:
    result = program("compare", photo, "-o", "page.html", *QUICK)
    assert result.code == 0
    assert names(tmp_path / "page.html") == [
        "original",
        *(f"{name} · plain-x2-lite-1" for name in ("restored", "LR, nearest", "LR, smooth")),
    ]


def test_to_standard_output_from_standard_input(
    rescodec: Callable, photo: Path, files: Callable
) -> None:
    before = files()
    result = rescodec("compare", "-", *QUICK, "-q", stdin=photo.read_bytes())
    assert (result.code, result.err) == (0, "")
    assert result.text.startswith("<!DOCTYPE html>")
    assert "<title>standard input</title>" in result.text
    assert files() == before


def test_options_of_the_pictures(rescodec: Callable, photo: Path, tmp_path: Path) -> None:
    options = ("--model", "dial", "--model", "dial-x2-lite-1", "--scale", "2", "--no-rivals")
    result = rescodec("compare", photo, *options, "--quality", "3", "--crop", "32x24+8+4", "-v")
    assert result.code == 0
    assert result.err.startswith("models dial-x2-lite-1, device ")
    found = versions(tmp_path / "photo.compare.html")
    assert [v["facts"][0] for v in found if v["name"].startswith("restored")] == ["quality 3"]
    assert "32 × 24 of 61 × 45 pixels, from (8, 4)" in Path("photo.compare.html").read_text()


def test_existing_pages(rescodec: Callable, photo: Path, tmp_path: Path) -> None:
    page = tmp_path / "photo.compare.html"
    page.write_bytes(b"mine")
    rescodec("compare", photo, *QUICK).failed(1, "photo.compare.html exists", "--overwrite")
    assert rescodec("compare", photo, *QUICK, "--skip-existing").code == 3
    assert page.read_bytes() == b"mine"
    assert rescodec("compare", photo, *QUICK, "--overwrite").code == 0
    assert page.stat().st_size > 1000


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], ["PHOTO", "rescodec compare --help"]),
        (["photo.png", "--crop", "wide"], ["--crop", "'wide'", "WxH"]),
        (["photo.png", "--rival", "jpeg", "--no-rivals"], ["--rival", "--no-rivals"]),
        (["photo.png", "--rival", "bpg"], ["bpg", "jpeg"]),
        (["photo.png", "--model", "plain", "--quality", "5"], ["--quality", "dial"]),
        (["photo.png", "--model", "nonsense"], ["nonsense"]),
        (["photo.png", "-o", "photo.png"], ["is a source"]),
        (["photo.png", "-o", "absent/x.html"], ["absent"]),
        (["photo.png", "-q", "-v"], ["--quiet", "--verbose"]),
    ],
    ids=" ".join,
)
def test_wrong_usage(
    rescodec: Callable, photo: Path, files: Callable, arguments: list[str], words: list[str]
) -> None:
    before = files()
    rescodec("compare", *arguments).failed(2, *words)
    assert files() == before


def test_photos_that_cannot_be_compared(
    rescodec: Callable, photo: Path, tmp_path: Path, files: Callable
) -> None:
    (tmp_path / "text.jpg").write_text("no photo")
    PillowImage.fromarray(np.zeros((20, 64, 3), np.uint8)).save(tmp_path / "low.png")
    before = files()
    rescodec("compare", "text.jpg", *QUICK).failed(1, "text.jpg")
    rescodec("compare", "absent.jpg", *QUICK).failed(1, "absent.jpg: No such file")
    rescodec("compare", tmp_path, *QUICK).failed(1, "is a folder")
    rescodec("compare", "low.png", *QUICK).failed(1, "low.png", "24 pixels")
    outside = ("--crop", "60x40+10+0")
    rescodec("compare", photo, *QUICK, *outside).failed(1, "61x45", "does not lie inside")
    assert files() == before


def test_without_imagecodecs(
    rescodec: Callable, photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "imagecodecs" else find(name)
    )
    quick = ("--model", "plain", "--scale", "2")
    rescodec("compare", photo, "--rival", "jpeg").failed(2, "imagecodecs", "rescodec[bench]")
    result = rescodec("compare", photo, *quick)
    assert result.code == 0
    assert result.err.startswith("without JPEG, WebP, AVIF and JPEG XL: imagecodecs not installed")
    assert len(names(tmp_path / "photo.compare.html")) == 4


def test_every_rival_has_a_name() -> None:
    assert list(picture_options.RIVALS.values()) == list(RIVALS)
