"""Print evaluation results as a Markdown table.

Usage: python benchmarks/results_table.py RESULT.json...

Each file is one that `python -m rescodec.evaluate MODEL --data DIR... --json RESULT.json` wrote.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

COLUMNS = ("model", "images", "PSNR-Y", "SSIM-Y", "PSNR-RGB", "LR PSNR", "bpp", "bpp alpha")


def main() -> None:
    """Print one row for each file and folder of images."""
    print(evaluation_table(map(Path, sys.argv[1:])))


def evaluation_table(paths: Iterable[Path]) -> str:
    """Return a row for each file and folder of images."""
    rows = []
    for path in paths:
        result = json.loads(path.read_text(encoding="utf-8"))
        quality = f", quality {result['quality']:g}" if "quality" in result else ""
        for folder in result["folders"]:
            means = folder["means"]
            rows.append(
                (
                    path.stem + quality,
                    f"{folder['name']} ({len(folder['images'])})",
                    f"{means['psnr_y']:.2f}",
                    f"{means['ssim_y']:.4f}",
                    f"{means['psnr_rgb']:.2f}",
                    f"{means['lr_psnr']:.2f}",
                    # Models without a payload have the carrier "none", those without planes no
                    # alpha.
                    _cell(means["bpp"].get("chunk", means["bpp"].get("none"))),
                    _cell(means["bpp"].get("alpha")),
                )
            )
    return markdown(COLUMNS, rows)


def markdown(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    lines = [f"| {' | '.join(columns)} |", f"|{'---|' * len(columns)}"]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join(lines)


def _cell(bpp: float | None) -> str:
    return "" if bpp is None else f"{bpp:.3f}"


if __name__ == "__main__":
    main()
