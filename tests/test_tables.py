"""Figures in the documents are those of the results."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.fill_tables import DOCUMENTS, ROOT, TABLES, filled, names


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_documents_agree_with_results(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert filled(text) == text, "run python -m benchmarks.fill_tables"


def test_every_table_is_told_somewhere() -> None:
    told = {name for path in DOCUMENTS for name in names(path.read_text(encoding="utf-8"))}
    assert told == set(TABLES)


def test_blocks_are_filled_and_nothing_else() -> None:
    text = "a\n<!-- table: one -->\nold\nold\n<!-- end -->\nb\n<!-- table: two -->\n<!-- end -->\n"
    tables = {"one": lambda: "new", "two": lambda: "| x |"}
    expected = (
        "a\n<!-- table: one -->\nnew\n<!-- end -->\nb\n<!-- table: two -->\n| x |\n<!-- end -->\n"
    )
    assert filled(text, tables) == expected
    assert filled(expected, tables) == expected
    assert names(text) == ["one", "two"]


def test_an_unknown_block_is_an_error() -> None:
    with pytest.raises(ValueError, match="no table is called 'three'; known are one"):
        filled("<!-- table: three -->\n<!-- end -->\n", {"one": lambda: ""})
