"""``rescodec report``: a page of what a benchmark has found."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from rescodec.bench.results import Results

QUICK = ("--model", "plain", "--scale", "2", "--no-rivals", "--device", "cpu")


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """A file of few results."""
    found = Results(tmp_path / "results.json")
    found.add_model("alpha-x2-lite-1", {"family": "alpha", "scale": 2})
    record = {"folder": "Set5", "image": "a.png", "way": "alpha-x2-lite-1"}
    found.add("fidelity", record | {"psnr_y": 47.92, "ssim_y": 0.995, "bpp_chunk": 5.0})
    found.save()
    return found.path


def test_a_page(rescodec: Callable, results: Path, tmp_path: Path) -> None:
    result = rescodec("report", "results.json")
    assert (result.code, result.out) == (0, b"")
    assert result.err.startswith("results.json -> results.report.html  0 photos, ")
    page = (tmp_path / "results.report.html").read_text(encoding="utf-8")
    assert "47.92 / 0.9950" in page
    assert "<code>rescodec report --photo FILE</code>" in page


def test_as_a_program_with_a_photo(
    program: Callable, results: Path, photo: Path, tmp_path: Path
) -> None:
    result = program("report", results, "-o", "page.html", "--photo", photo, *QUICK)
    assert (result.code, result.out) == (0, b"")
    assert "1 photo, " in result.err
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "<h2>photo.png</h2>" in page
    assert "data:image/webp;base64," in page


def test_existing_pages(rescodec: Callable, results: Path, tmp_path: Path) -> None:
    page = tmp_path / "results.report.html"
    page.write_bytes(b"mine")
    rescodec("report", results).failed(1, "exists", "--overwrite")
    assert page.read_bytes() == b"mine"
    assert rescodec("report", results, "--overwrite").code == 0


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", json.dumps({"format": "other"}).encode(), b"\x89PNG"]
)
def test_no_results(rescodec: Callable, files: Callable, content: bytes) -> None:
    Path("other.json").write_bytes(content)
    before = files()
    result = rescodec("report", "other.json")
    result.failed(1, "other.json: ", "rescodec-bench-1" if b"other" in content else "no results")
    assert result.err.count("other.json") == 1
    assert files() == before


def test_photos_that_cannot_be_shown(
    rescodec: Callable, results: Path, photo: Path, files: Callable
) -> None:
    Path("text.jpg").write_text("no photo")
    before = files()
    for name in ("text.jpg", "absent.jpg"):
        rescodec("report", results, "--photo", photo, "--photo", name, *QUICK).failed(1, name)
    crop = ("--crop", "600x400")
    rescodec("report", results, "--photo", photo, *crop, *QUICK).failed(1, "photo.png", "inside")
    assert files() == before


@pytest.mark.parametrize("option", [["--model", "dial"], ["--no-rivals"], ["--device", "cpu"]])
def test_options_of_pictures_without_a_photo(
    rescodec: Callable, results: Path, files: Callable, option: list[str]
) -> None:
    before = files()
    rescodec("report", results, *option).failed(2, option[0], "--photo")
    assert files() == before


def test_what_is_missing(
    rescodec: Callable, results: Path, files: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = files()
    rescodec("report", "absent.json").failed(1, "absent.json: No such file")
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "bjontegaard" else find(name)
    )
    rescodec("report", results).failed(2, "bjontegaard", "pip install 'rescodec[bench]'")
    assert files() == before
