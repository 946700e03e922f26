"""How strong stripes of one pixel are in the images that networks were trained on.

Usage: python -m benchmarks.failures.contrasts --data DIR... --json FILE

What no image has shown a network it has to guess: see ``stripes``.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.failures.stripes import PATTERNS
from rescodec.image_folder import image_paths, load_rgb
from rescodec.quantize import LEVELS

Floats = npt.NDArray[np.float64]

# Pixels a side over which a pattern must hold, as far as a network looks within a few blocks.
SIDE = 16
PERCENTILES = (99.0, 99.99, 100.0)


def main() -> None:
    """Measure all images and write percentiles over all areas."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.failures.contrasts",
        description="How strong stripes of one pixel are in images.",
    )
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="folders of images")
    parser.add_argument("--json", type=Path, required=True)
    args = parser.parse_args()
    found: dict[str, list[Floats]] = {pattern: [] for pattern in PATTERNS}
    paths = image_paths(args.data)
    for path in paths:
        grey = load_rgb(path).mean(axis=2) / LEVELS
        for pattern, values in contrasts(grey).items():
            found[pattern].append(values)
    results = {
        "images": len(paths),
        "percentiles": PERCENTILES,
        "contrasts": {
            pattern: np.percentile(np.concatenate(values), PERCENTILES).round(3).tolist()
            for pattern, values in found.items()
        },
    }
    args.json.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


def contrasts(grey: Floats) -> dict[str, Floats]:
    """Return the contrast of each pattern in each area of ``SIDE`` pixels a side.

    Args:
        grey: (H, W), 0 to 1; what is left over at the end is not looked at.

    Returns:
        Means over the area of a pattern's coefficient in 2x2 pixels: 1 for one that is black
        and white.
    """
    height, width = (length // SIDE * SIDE for length in grey.shape)
    a, b, c, d = (grey[y:height:2, x:width:2] for y in (0, 1) for x in (0, 1))
    bands = {"rows": a + b - c - d, "columns": a - b + c - d, "chequers": a - b - c + d}
    half = SIDE // 2
    return {
        pattern: np.abs(bands[pattern] / 2)
        .reshape(height // SIDE, half, width // SIDE, half)
        .mean(axis=(1, 3))
        .ravel()
        for pattern in PATTERNS
    }


if __name__ == "__main__":
    main()
