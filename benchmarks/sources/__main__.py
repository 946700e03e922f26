"""What comes back of which kind of source.

Usage: python -m benchmarks.sources [--out FILE]

Encodes and decodes a file of each kind and writes docs/sources.md.
"""

from __future__ import annotations

import argparse
import datetime
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from benchmarks.sources.kinds import Deep
from benchmarks.sources.tables import (
    fidelity_rows,
    grey_rows,
    refused_rows,
    restored_rows,
    timed_rows,
)
from rescodec import Codec

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs/sources.md"
PHOTO = ROOT / "examples/photos/chrysanthemums.jpg"
HEAD = Path(__file__).with_name("head.md")
# Averages of 4 x 4 pixels have the bits that an 8-bit photo lacks.
REDUCTION = 4
CROP_SIDE = 256


def main() -> None:
    """Run everything and write the document."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.sources", description="What comes back of which kind of source."
    )
    parser.add_argument("--out", type=Path, default=DOCUMENT, help="the document to write")
    args = parser.parse_args()
    photo = deep_photo(PHOTO)
    codec = Codec.open(scale=2, device="cpu")
    today = datetime.datetime.now(datetime.UTC).date()
    text = HEAD.read_text(encoding="utf-8").format(
        date=f"{today.day} {today:%B %Y}",
        model=codec.id,
        size=f"{photo.shape[1]}x{photo.shape[0]}",
        grey=table(grey_rows(grey_crops())),
        restored=table(restored_rows(photo, codec)),
        refused=table(refused_rows(photo, codec)),
        fidelity=table(fidelity_rows(photo)),
        timed=table(timed_rows(photo)),
    )
    args.out.write_text(text, encoding="utf-8")


def grey_crops() -> list[npt.NDArray[np.uint8]]:
    """Return grey crops of both example photos."""
    crops = []
    for path in sorted(PHOTO.parent.glob("*.jpg")):
        with Image.open(path) as image:
            grey = np.asarray(image.convert("L"))
        height, width = (n // 2 for n in grey.shape)
        corners = ((y, x) for y in (0, height) for x in (0, width))
        crops += [grey[y : y + CROP_SIDE, x : x + CROP_SIDE] for y, x in corners]
    return crops


def deep_photo(path: Path) -> Deep:
    """Return a photo of 16 bits: the averages of an 8-bit photo's blocks of pixels."""
    with Image.open(path) as image:
        pixels = np.asarray(image.convert("RGB"))
    height, width = (n // REDUCTION for n in pixels.shape[:2])
    blocks = pixels[: height * REDUCTION, : width * REDUCTION].astype(np.float64)
    means = blocks.reshape(height, REDUCTION, width, REDUCTION, 3).mean(axis=(1, 3))
    deep: Deep = np.rint(means * 257).astype(np.uint16)
    return deep


def table(rows: Iterable[tuple[str, ...]]) -> str:
    """Return the rows of a Markdown table."""
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


if __name__ == "__main__":
    main()
