"""Draw pictures to train on beside photographs: what photographs hardly hold.

Usage: python tools/draw_training_images.py DIR [--count 40] [--seed 1]

Each picture is a patchwork of text, lines, fine stripes and chequers of any contrast, strong
colours, noise and slopes, all of it random. Networks that have never seen stripes one pixel wide
restore something else (docs/failures.md). The same seed draws the same pictures.
"""

from __future__ import annotations

import argparse
import string
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image as PillowImage
from PIL import ImageDraw, ImageFont

SIDE = 512
PATCH = 128
# Text is what screenshots are made of.
SHARES = {"text": 0.3, "stripes": 0.25, "lines": 0.15, "colors": 0.1, "noise": 0.1, "slopes": 0.1}
FONT_SIZES = (9, 10, 11, 12, 14, 16, 20, 28)
LETTERS = string.ascii_letters + string.digits + ".,;:!?()[]{}+-=/%&@#" + " " * 12

Image = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]
Random = np.random.Generator


def main() -> None:
    """Draw pictures into a folder."""
    parser = argparse.ArgumentParser(description="Draw pictures to train on.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    for number in range(args.count):
        image = patchwork(np.random.default_rng((args.seed, number)))
        PillowImage.fromarray(image).save(args.folder / f"drawn-{number:03}.png")


def patchwork(rng: Random) -> Image:
    """Return a picture of random patches: (SIDE, SIDE, 3) uint8."""
    image = np.empty((SIDE, SIDE, 3), np.uint8)
    kinds, odds = list(SHARES), list(SHARES.values())
    for top in range(0, SIDE, PATCH):
        for left in range(0, SIDE, PATCH):
            draw = PATCHES[kinds[rng.choice(len(kinds), p=odds)]]
            image[top : top + PATCH, left : left + PATCH] = draw(rng)
    return image


def text(rng: Random) -> Image:
    """Draw lines of random letters in one size and colour, black on white as often as not."""
    paper, ink = _paper_and_ink(rng)
    image, draw = _canvas(paper)
    size = int(rng.choice(FONT_SIZES))
    font = ImageFont.load_default(size)
    for y in range(int(rng.integers(4)), PATCH, round(1.3 * size)):
        letters = "".join(LETTERS[i] for i in rng.integers(len(LETTERS), size=40))
        draw.text((2 - int(rng.integers(8)), y), letters, ink, font=font)
    return np.asarray(image)


def lines(rng: Random) -> Image:
    """Draw lines, frames and circles one or two pixels wide."""
    paper, ink = _paper_and_ink(rng)
    image, draw = _canvas(paper)
    for _ in range(int(rng.integers(4, 24))):
        (x, right), (y, bottom) = (np.sort(rng.integers(PATCH, size=2)).tolist() for _ in range(2))
        width = int(rng.integers(1, 3))
        kind = rng.integers(4)
        if kind == 0:
            draw.rectangle((x, y, right, bottom), outline=ink, width=width)
        elif kind == 1:
            draw.ellipse((x, y, right, bottom), outline=ink, width=width)
        else:
            ends = (x, bottom, right, y) if kind == 2 else (x, y, right, bottom)
            draw.line(ends, ink, width)
    return np.asarray(image)


def stripes(rng: Random) -> Image:
    """Draw rows, columns, chequers or diagonals of one to four pixels between two colours."""
    y, x = np.mgrid[:PATCH, :PATCH]
    width = int(rng.choice((1, 1, 1, 2, 3, 4)))
    place = [y, x, x // width * width + y // width * width, x + y, x - y][rng.integers(5)]
    # Of every contrast, the strongest too.
    first, second = rng.uniform(0, 255, (2, 3))
    if rng.random() < 0.5:
        first, second = (np.full(3, value) for value in rng.choice((0.0, 255.0), 2, replace=False))
    second = first + (second - first) * rng.choice((0.05, 0.1, 0.2, 0.4, 0.7, 1.0))
    return _rounded(np.where((place // width % 2 == 0)[..., None], first, second))


def colors(rng: Random) -> Image:
    """Draw flat patches of strong colours."""
    cell = int(rng.choice((8, 16, 21, 32, 64)))
    count = -(-PATCH // cell)
    cells = rng.choice((0.0, 64.0, 128.0, 255.0), (count, count, 3))
    return _rounded(cells.repeat(cell, axis=0).repeat(cell, axis=1)[:PATCH, :PATCH])


def noise(rng: Random) -> Image:
    """Draw a slope under noise, of each sample or of brightness alone."""
    unit = rng.normal(size=(PATCH, PATCH, 3 if rng.random() < 0.5 else 1))
    return _rounded(_slope(rng) + rng.uniform(2, 50) * unit)


def slopes(rng: Random) -> Image:
    """Draw a slope from one colour to another."""
    return _rounded(_slope(rng))


PATCHES: dict[str, Callable[[Random], Image]] = {
    "text": text,
    "stripes": stripes,
    "lines": lines,
    "colors": colors,
    "noise": noise,
    "slopes": slopes,
}


def _slope(rng: Random) -> Floats:
    y, x = np.mgrid[:PATCH, :PATCH] / PATCH
    angle = rng.uniform(0, 2 * np.pi)
    share = (np.cos(angle) * x + np.sin(angle) * y)[..., None]
    first, second = rng.uniform(0, 255, (2, 3))
    return np.asarray(first + (second - first) * share)


def _paper_and_ink(rng: Random) -> tuple[tuple[int, ...], tuple[int, ...]]:
    if rng.random() < 0.5:
        return ((255,) * 3, (0,) * 3) if rng.random() < 0.7 else ((0,) * 3, (255,) * 3)
    paper, ink = rng.integers(256, size=(2, 3)).tolist()
    return tuple(paper), tuple(ink)


def _canvas(color: tuple[int, ...]) -> tuple[PillowImage.Image, ImageDraw.ImageDraw]:
    image = PillowImage.new("RGB", (PATCH, PATCH), color)
    return image, ImageDraw.Draw(image)


def _rounded(pixels: Floats) -> Image:
    return np.asarray(np.clip(np.round(pixels), 0, 255), np.uint8)


if __name__ == "__main__":
    main()
