"""Print what `large_photo.py` measured as a Markdown table.

Usage: python benchmarks/large_photo_table.py docs/results/large-photo.json
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

COLUMNS = ("photo", "model", "encode", "memory", "decode", "memory")


def main() -> None:
    """Print one row for each size and scale."""
    rows = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    print(f"| {' | '.join(COLUMNS)} |")
    print(f"|{'---|' * len(COLUMNS)}")
    for row in rows:
        if row["command"] == "encode":
            decoded = next(
                other
                for other in rows
                if other["command"] == "decode"
                and all(other[key] == row[key] for key in ("model", "megapixels", "scale"))
            )
            photo = f"{row['megapixels']} MP ({row['width']}x{row['height']})"
            costs = (
                cell
                for cost in (row, decoded)
                for cell in (f"{cost['cpu_seconds']:.0f} s", f"{cost['peak_gib']:.2f} GiB")
            )
            print(f"| {photo} | {row['model']} x{row['scale']} | {' | '.join(costs)} |")


if __name__ == "__main__":
    main()
