"""Fill the tables of the documents from the results that they tell.

Usage: python -m benchmarks.fill_tables [--check]

A document has blocks, each a line `<!-- table: NAME -->`, anything, and a line `<!-- end -->`. What
is between them is written anew by the function of this name; nothing else is touched. With --check
nothing is written, and the exit status is 1 if a document would change.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks import document_tables, result_tables
from benchmarks.ablations import tables as ablation_tables
from benchmarks.failures import tables as failure_tables

ROOT = Path(__file__).parent.parent
DOCUMENTS = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
TABLES: Mapping[str, Callable[[], str]] = {
    **result_tables.TABLES,
    **document_tables.TABLES,
    **failure_tables.TABLES,
    **ablation_tables.TABLES,
}
BLOCK = re.compile(r"(?<=^<!-- table: )(?P<name>[^\n]*?)( -->\n).*?(?=^<!-- end -->$)", re.M | re.S)


def main() -> int:
    """Fill all documents; return the exit status."""
    parser = argparse.ArgumentParser(description="Fill the tables of the documents.")
    parser.add_argument(
        "--check", action="store_true", help="write nothing, tell what would change"
    )
    args = parser.parse_args()
    stale = []
    for path in DOCUMENTS:
        text = path.read_text(encoding="utf-8")
        new = filled(text)
        if new != text:
            stale.append(path)
            if not args.check:
                path.write_text(new, encoding="utf-8")
    for path in stale:
        print(f"{path.relative_to(ROOT)}: {'stale' if args.check else 'filled'}")
    return 1 if args.check and stale else 0


def filled(text: str, tables: Mapping[str, Callable[[], str]] = TABLES) -> str:
    """Return a document with all of its blocks filled.

    Raises:
        ValueError: A block has the name of no table.
    """

    def content(block: re.Match[str]) -> str:
        name = block["name"]
        if name not in tables:
            raise ValueError(f"no table is called {name!r}; known are {', '.join(tables)}")
        return f"{name} -->\n{tables[name]()}\n"

    return BLOCK.sub(content, text)


def names(text: str) -> list[str]:
    """Return the names of the blocks of a document."""
    return [block["name"] for block in BLOCK.finditer(text)]


if __name__ == "__main__":
    sys.exit(main())
