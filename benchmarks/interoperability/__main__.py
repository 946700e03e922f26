"""What survives which program.

Usage: python -m benchmarks.interoperability [--out FILE]

Runs every command of programs.toml on LR files of each kind and writes docs/interoperability.md.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.interoperability.document import document
from benchmarks.interoperability.programs import ProgramError, load_programs
from benchmarks.interoperability.samples import lr_files

DOCUMENT = Path(__file__).parents[2] / "docs/interoperability.md"


def main() -> None:
    """Run everything and write the document."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.interoperability", description="What survives which program."
    )
    parser.add_argument("--out", type=Path, default=DOCUMENT, help="the document to write")
    args = parser.parse_args()
    try:
        text = document([program.find() for program in load_programs()], lr_files())
    except ProgramError as error:
        sys.exit(f"error: {error}")
    args.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
