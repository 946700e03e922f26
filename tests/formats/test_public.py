"""The public names: documented, listed in the README, and used there as they are meant."""

import dataclasses
import inspect
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import rescodec_formats as rf

README = (Path(__file__).parents[2] / "formats/README.md").read_text("utf-8")
FUNCTIONS = [name for name in rf.__all__ if inspect.isfunction(getattr(rf, name))]
RECORDS = [name for name in rf.__all__ if dataclasses.is_dataclass(getattr(rf, name))]
ERRORS = [
    name
    for name in rf.__all__
    if inspect.isclass(getattr(rf, name)) and issubclass(getattr(rf, name), Exception)
]


def section(doc: str, title: str) -> list[str]:
    """Return the names that a section of a docstring describes."""
    body = re.search(rf"^{title}:\n((?:    .*\n?|\n)+)", doc, re.MULTILINE)
    return re.findall(r"^    (\w+):", body[1], re.MULTILINE) if body else []


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_describe_their_arguments(name: str) -> None:
    function = getattr(rf, name)
    doc = inspect.getdoc(function)
    assert doc is not None
    assert section(doc, "Args") == list(inspect.signature(function).parameters)


@pytest.mark.parametrize("name", RECORDS)
def test_records_describe_their_fields(name: str) -> None:
    doc = inspect.getdoc(getattr(rf, name))
    assert doc is not None
    fields = [field.name for field in dataclasses.fields(getattr(rf, name))]
    assert section(doc, "Attributes") == fields


@pytest.mark.parametrize("name", ERRORS)
def test_errors_say_when_they_are_raised(name: str) -> None:
    assert inspect.getdoc(getattr(rf, name)) != inspect.getdoc(getattr(rf, name).__base__)


def test_the_readme_lists_every_name() -> None:
    cells = re.findall(r"^\| (.+?) \|", README.partition("## All names")[2], re.MULTILINE)
    assert sorted(re.findall(r"`(\w+)`", " ".join(cells))) == sorted(rf.__all__)


def test_the_readme_runs(
    make: Callable[..., bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "photo.lr.png").write_bytes(make("chunk"))
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for block in re.findall(r"```python\n(.*?)```", README, re.DOTALL):
        exec(block, names)
    assert {path.name for path in tmp_path.iterdir()} == {
        "alpha.lr.png",
        "new.lr.png",
        "photo.lr.png",
        "tagged.lr.png",
    }
    assert rf.read(tmp_path / "tagged.lr.png").chunks == (
        rf.Chunk(b"tEXt", b"Title\0Under the bridge"),
    )
    np.testing.assert_array_equal(rf.read(tmp_path / "new.lr.png").lr, 0)
