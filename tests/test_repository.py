"""What must hold for the repository and for what is built from it."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from rescodec.report.page import SCRIPTS, STYLES

ROOT = Path(__file__).parent.parent
PHOTOS = sorted(
    path
    for path in (ROOT / "examples/photos").iterdir()
    if path.suffix in {".jpg", ".jpeg", ".png", ".webp"}
)

MAX_WEIGHTS_BYTES = 25_000_000
MAX_PHOTOS_BYTES = 3_000_000
MAX_FILE_BYTES = 1_500_000
# Wanted in the history for good. Released weights are held to MAX_WEIGHTS_BYTES together.
LARGE_FILES = ["rescodec/weights/*.safetensors"]


def _project(path: str) -> dict[str, Any]:
    return tomllib.loads((ROOT / path).read_text(encoding="utf-8"))["project"]


def _weights() -> list[Path]:
    return sorted((ROOT / "rescodec/weights").glob("*.safetensors"))


# --- versions ----------------------------------------------------------------------------------


def test_both_distributions_carry_one_version() -> None:
    assert _project("pyproject.toml")["version"] == _project("formats/pyproject.toml")["version"]


def test_the_format_is_pinned_to_the_same_version() -> None:
    project = _project("pyproject.toml")
    assert f"rescodec-formats=={project['version']}" in project["dependencies"]


def test_the_newest_changelog_entry_is_this_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.search(r"^## \[(.+?)\]", text, re.MULTILINE)
    assert newest is not None
    assert newest[1] == _project("pyproject.toml")["version"]


def test_every_changelog_entry_speaks_of_format_and_weights() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    entries = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    assert entries
    for entry in entries:
        assert "### File format and weights" in entry, entry.splitlines()[0]


def test_constraints_name_exact_versions_of_every_dependency() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", pin) for pin in pins)
    pinned = {_normal(pin.split("==")[0]) for pin in pins}

    needed = _project("pyproject.toml")["dependencies"]
    needed += _project("pyproject.toml")["optional-dependencies"]["dev"]
    needed += _project("formats/pyproject.toml")["dependencies"]
    names = {_normal(re.split(r"[\s<>=!~;\[]", requirement)[0]) for requirement in needed}
    assert names - pinned == {"rescodec", "rescodec-formats"}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


# --- files -------------------------------------------------------------------------------------


def test_licence_is_apache_2() -> None:
    for licence in ("LICENSE", "formats/LICENSE"):
        words = (ROOT / licence).read_text(encoding="utf-8").split()
        assert words[:4] == ["Apache", "License", "Version", "2.0,"]
    assert _project("pyproject.toml")["license"] == "Apache-2.0"
    assert _project("formats/pyproject.toml")["license"] == "Apache-2.0"


def test_weights_stay_small() -> None:
    assert sum(path.stat().st_size for path in _weights()) <= MAX_WEIGHTS_BYTES


def test_no_large_files() -> None:
    names = _files()
    large = [name for name in names if (ROOT / name).stat().st_size > MAX_FILE_BYTES]
    assert [name for name in large if not any(fnmatch(name, ok) for ok in LARGE_FILES)] == []


# --- example photos ----------------------------------------------------------------------------


def test_there_are_photos_and_they_are_small() -> None:
    assert PHOTOS
    assert sum(path.stat().st_size for path in PHOTOS) <= MAX_PHOTOS_BYTES


@pytest.mark.parametrize("photo", PHOTOS, ids=lambda path: path.name)
def test_photo_has_a_megapixel_and_an_attribution(photo: Path) -> None:
    with Image.open(photo) as image:
        assert image.width * image.height >= 1_000_000

    text = (photo.parent / "ATTRIBUTION.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"^## (.+?)\n(.+?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL))
    for field in ("Title", "Author", "Source", "Licence", "Changes"):
        assert re.search(rf"^- {field}: \S", sections[photo.name], re.MULTILINE), field


# --- wheels ------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=[".", "formats"])
def wheel(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Names of the files in one distribution's wheel."""
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out)]
    result = subprocess.run(
        [*command, str(ROOT / request.param)], check=False, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stdout + result.stderr
    (path,) = out.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        return archive.namelist()


def test_wheel_holds_the_packages_and_nothing_else(wheel: list[str]) -> None:
    packages = {name.split("/")[0] for name in wheel if ".dist-info/" not in name}
    assert packages in ({"rescodec", "rescodec_cli"}, {"rescodec_formats"})
    for package in packages:
        assert f"{package}/py.typed" in wheel
    assert not [name for name in wheel if "test" in name.lower() or "__pycache__" in name]
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in wheel)

    if "rescodec" in packages:
        shipped = {name for name in wheel if name.endswith(".safetensors")}
        assert shipped == {f"rescodec/weights/{path.name}" for path in _weights()}
        assets = {f"rescodec/report/assets/{name}" for name in (*STYLES, *SCRIPTS)}
        assert assets == {name for name in wheel if "/assets/" in name}
        assert any(name.endswith(".dist-info/entry_points.txt") for name in wheel)


# --- documents -------------------------------------------------------------------------------


def test_links_between_documents_lead_somewhere() -> None:
    # A head becomes part of a document in docs/.
    names = [name for name in _files() if name.endswith(".md") and not name.endswith("/head.md")]
    documents = [ROOT / name for name in names]
    assert len(documents) > 10
    links = re.compile(r"\]\((?!https?:|#)([^)#\s]+)")
    broken = [
        f"{document.relative_to(ROOT)}: {link}"
        for document in documents
        for link in links.findall(document.read_text(encoding="utf-8"))
        if not (document.parent / link).exists()
    ]
    assert not broken


def _files() -> list[str]:
    """Return what is in the repository, or would be if it were committed now."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split("\0")
    return [name for name in listed if name and (ROOT / name).is_file()]
