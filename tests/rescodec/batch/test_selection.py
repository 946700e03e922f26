"""Which files of a tree are chosen."""

from __future__ import annotations

import pytest

from rescodec.batch.selection import Selection

NAMES = [
    *("a.jpg", "b.JPEG", "c.png", "c.lr.png", "notes.txt", "x/d.webp", "x/e.lr.png", "x/raw/f.tif"),
    *(".hidden.jpg", "x/no-suffix"),
]


def chosen(**options: object) -> list[str]:
    selection = Selection(**{"lr_files": False, **options})  # type: ignore[arg-type]
    return [name for name in NAMES if selection.has(name)]


def test_photos() -> None:
    expected = ["a.jpg", "b.JPEG", "c.png", "x/d.webp", "x/raw/f.tif", ".hidden.jpg"]
    assert chosen() == expected


def test_lr_files() -> None:
    assert chosen(lr_files=True) == ["c.lr.png", "x/e.lr.png"]


@pytest.mark.parametrize(
    ("include", "exclude", "expected"),
    [
        (["*.txt"], [], ["notes.txt"]),
        (["*.png"], [], ["c.png", "c.lr.png", "x/e.lr.png"]),
        (["x/"], ["raw/"], ["x/d.webp", "x/e.lr.png", "x/no-suffix"]),
        (["/*.jpg"], [".*"], ["a.jpg"]),
        ([], ["*.jpg", "/x/*", "b.JPEG"], ["c.png"]),
        (["*.png", "!*.lr.png"], [], ["c.png"]),
    ],
)
def test_patterns(include: list[str], exclude: list[str], expected: list[str]) -> None:
    assert chosen(include=include, exclude=exclude) == expected


def test_bad_pattern() -> None:
    with pytest.raises(ValueError, match="!"):
        Selection(lr_files=False, include=["!"])
