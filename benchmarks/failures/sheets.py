"""Contact sheets: original, restored and the error of tiles, side by side."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image as PillowImage
from PIL import ImageDraw, ImageFont

from benchmarks.failures.figures import TileFigures
from benchmarks.failures.hunt import Findings, worst
from benchmarks.failures.pictures import DRAWN_GROUP, PHOTO_GROUP
from benchmarks.failures.tiling import TILE, tile

Image = npt.NDArray[np.uint8]

# Pixels of a sheet for one of a tile.
ZOOM = 2
# Errors are shown so many times larger, about a middle grey.
GAIN = 8
GREY = 128
COLUMNS = 2
# Of a palette, chosen in so many rounds: sheets become less than half as large.
SHEET_COLORS = 256
ROUNDS = 3
GAP = 4
LABEL = 15
INK = (30, 30, 30)
PAPER = 255


@dataclass(frozen=True, eq=False)
class Specimen:
    """A tile to look at.

    Attributes:
        figures: Of the tile.
        original: (h, w, 3) uint8 RGB.
        restored: Likewise.
    """

    figures: TileFigures
    original: Image
    restored: Image


def worst_of_each(findings: Findings) -> list[Specimen]:
    """Return the tile with the lowest PSNR of each picture that documents may show."""
    shown = [each for each in findings.tiles if each.group in (DRAWN_GROUP, PHOTO_GROUP)]
    names = dict.fromkeys(each.picture for each in shown)
    tiles = [worst([each for each in shown if each.picture == name], "psnr")[0] for name in names]
    return _specimens(findings, tiles)


def worst_of_all(findings: Findings, measure: str, *, drawn: bool) -> list[Specimen]:
    """Return the worst tiles by a measure of all drawings or of all photos."""
    tiles = [each for each in findings.tiles if (each.group == DRAWN_GROUP) is drawn]
    return _specimens(findings, worst(tiles, measure))


def write_sheet(path: Path, specimens: Sequence[Specimen]) -> None:
    """Write a sheet as PNG."""
    cell_width, cell_height = 3 * (TILE * ZOOM + GAP) + GAP, TILE * ZOOM + LABEL + GAP
    rows = math.ceil(len(specimens) / COLUMNS)
    size = (COLUMNS * cell_width + GAP, rows * cell_height + GAP)
    sheet = PillowImage.new("RGB", size, (PAPER, PAPER, PAPER))
    draw = ImageDraw.Draw(sheet)
    for index, specimen in enumerate(specimens):
        left = GAP + index % COLUMNS * cell_width
        top = GAP + index // COLUMNS * cell_height
        draw.text((left, top - 1), _label(specimen.figures), INK, ImageFont.load_default(11))
        for number, pixels in enumerate(_columns(specimen)):
            enlarged = PillowImage.fromarray(pixels.repeat(ZOOM, axis=0).repeat(ZOOM, axis=1))
            sheet.paste(enlarged, (left + number * (TILE * ZOOM + GAP), top + LABEL))
    path.parent.mkdir(parents=True, exist_ok=True)
    palette = sheet.quantize(SHEET_COLORS, kmeans=ROUNDS, dither=PillowImage.Dither.NONE)
    palette.save(path, optimize=True)


def _specimens(findings: Findings, tiles: Sequence[TileFigures]) -> list[Specimen]:
    specimens = []
    for figures in tiles:
        trip = findings.trips[figures.group, figures.picture]
        parts = (
            tile(pixels, figures.corner).astype(np.uint8)
            for pixels in (trip.original, trip.restored)
        )
        specimens.append(Specimen(figures, *parts))
    return specimens


def _columns(specimen: Specimen) -> tuple[Image, Image, Image]:
    wrong = specimen.restored.astype(np.int16) - specimen.original
    amplified = (GREY + GAIN * wrong).clip(0, 255).astype(np.uint8)
    return specimen.original, specimen.restored, amplified


def _label(figures: TileFigures) -> str:
    top, left = figures.corner
    tint = math.hypot(*figures.tint)
    name = figures.picture.rpartition(".")[0] or figures.picture
    return f"{name}, at {left}, {top}: {figures.psnr_rgb:.1f} dB, tint {tint:.1f}"
