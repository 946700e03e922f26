"""The tables of documents come from the committed figures."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PIL import Image

from benchmarks.failures.results import results
from benchmarks.failures.tables import TABLES
from benchmarks.results_table import markdown
from rescodec.zoo import MODELS

DOCS = Path(__file__).parents[2] / "docs"
MAX_PICTURES_BYTES = 1_500_000


def test_a_table_is_markdown() -> None:
    assert markdown(("a", "b"), [("1", "2")]) == "| a | b |\n|---|---|\n| 1 | 2 |"


def test_figures_of_all_models_are_there() -> None:
    assert list(results()) == list(MODELS)


@pytest.mark.parametrize("name", TABLES)
def test_every_table_can_be_made(name: str) -> None:
    lines = TABLES[name]().splitlines()
    assert lines
    assert all(line.strip() for line in lines)
    if lines[0].startswith("|"):
        assert len({line.count("|") for line in lines}) == 1


def test_documents_hold_every_table_once() -> None:
    text = "".join(
        (DOCS / name).read_text(encoding="utf-8") for name in ("failures.md", "models.md")
    )
    blocks = re.findall(r"^<!-- table: ((?:failures|card)-\S+) -->$", text, re.MULTILINE)
    assert sorted(blocks) == sorted(TABLES)


def test_pictures_are_small_and_there_for_every_model() -> None:
    paths = sorted((DOCS / "pictures/failures").iterdir())
    assert [path.stem for path in paths] == sorted(MODELS)
    assert sum(path.stat().st_size for path in paths) < MAX_PICTURES_BYTES
    for path in paths:
        with Image.open(path) as image:
            assert max(image.size) < 1000
