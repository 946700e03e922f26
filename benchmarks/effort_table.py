"""Print the Markdown table of the ten efforts from the JSON of benchmarks/effort.py.

Usage: python benchmarks/effort_table.py docs/results/effort.json
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

WAYS = ("usual levels", *(f"effort {number}" for number in range(10)))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="The ten efforts as a Markdown table.")
    parser.add_argument("json", type=Path)
    rows: list[dict[str, Any]] = json.loads(parser.parse_args().json.read_text(encoding="utf-8"))
    found = {(row["images"], row["how"]): row for row in rows if row["what"] == "file"}
    print("| | photos: bytes | ms per million pixels | drawing: bytes | ms per million pixels |")
    print("|---|---|---|---|---|")
    for way in WAYS:
        cells = [way]
        for images in ("photos", "drawing"):
            row = found[images, way]
            cells += [f"{row['percent']:+.2f} %", f"{row['ms_per_million']:.1f}"]
        print(f"| {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
