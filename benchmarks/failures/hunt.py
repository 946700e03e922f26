"""Sending all pictures through one model, and its worst tiles."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks.failures.borders import borders
from benchmarks.failures.causes import costs
from benchmarks.failures.figures import (
    PictureFigures,
    TileFigures,
    picture_figures,
    tile_figures,
)
from benchmarks.failures.pictures import DRAWN_GROUP, PHOTO_GROUP, Image, Picture
from benchmarks.failures.restoring import RoundTrip, round_trip
from benchmarks.failures.stripes import by_contrast
from benchmarks.failures.tiling import TILE
from rescodec import Codec

WORST = 10
# Of one picture in a list, so that it shows more than one failure.
MOST_OF_ONE = 2
# Of a photo's middle, rows and columns, that are computed at once to find causes, and to compare
# them with tiles, of which they need six.
CROP = (384, 384)
BORDERED = (768, 1152)
# Pixels around a tile that go into it.
MARGIN = 64
# What makes a tile bad, by the name of the list; None where that does not apply to it.
BADNESS: Mapping[str, Callable[[TileFigures], float | None]] = {
    "psnr": lambda figures: -figures.psnr_rgb,
    "tint": lambda figures: math.hypot(*figures.tint),
    "ringing": lambda figures: figures.ringing,
    "blur": lambda figures: None if figures.gradient_kept is None else -figures.gradient_kept,
}


@dataclass(frozen=True)
class Findings:
    """What was found in a model.

    Attributes:
        tiles: Figures of all tiles.
        pictures: Figures of all pictures.
        trips: Pixels, by group and name of a picture.
        causes: What each step costs, by the name of a picture that may be shown.
        worst_causes: Likewise, around the photos' tiles with the lowest PSNR.
        borders: As ``borders`` returns it, of an example photo.
        stripes: As ``by_contrast`` returns it.
    """

    tiles: list[TileFigures] = field(default_factory=list)
    pictures: list[PictureFigures] = field(default_factory=list)
    trips: dict[tuple[str, str], RoundTrip] = field(default_factory=dict)
    causes: dict[str, list[dict[str, object]]] = field(default_factory=dict)
    worst_causes: list[list[dict[str, object]]] = field(default_factory=list)
    borders: dict[str, object] = field(default_factory=dict)
    stripes: dict[str, dict[str, list[float]]] = field(default_factory=dict)


def hunt(codec: Codec, pictures: Iterable[Picture]) -> Findings:
    """Send pictures through a model.

    Args:
        codec: The model.
        pictures: As ``pictures.pictures`` yields them.
    """
    findings = Findings()
    for picture in pictures:
        trip = round_trip(codec, picture.pixels)
        findings.trips[picture.group, picture.name] = trip
        findings.tiles.extend(tile_figures(picture, trip, codec.scale))
        findings.pictures.append(picture_figures(picture, trip, codec.scale))
        if picture.shown:
            findings.causes[picture.name] = costs(codec, middle(picture.pixels, CROP))
        if picture.group == PHOTO_GROUP and not findings.borders:
            findings.borders.update(borders(codec, middle(picture.pixels, BORDERED)))
    photos = [each for each in findings.tiles if each.group != DRAWN_GROUP]
    for each in worst(photos, "psnr"):
        original = findings.trips[each.group, each.picture].original
        findings.worst_causes.append(costs(codec, surroundings(original, each.corner)))
    findings.stripes.update(by_contrast(codec))
    return findings


def worst(tiles: Sequence[TileFigures], measure: str) -> list[TileFigures]:
    """Return the worst tiles by a measure, the worst first, few of one picture.

    Args:
        tiles: To choose from.
        measure: A key of ``BADNESS``.
    """
    badness = BADNESS[measure]
    known = [(value, each) for each in tiles if (value := badness(each)) is not None]
    chosen: list[TileFigures] = []
    for _, each in sorted(known, key=lambda pair: -pair[0]):
        same = sum(other.picture == each.picture for other in chosen)
        if same < MOST_OF_ONE:
            chosen.append(each)
        if len(chosen) == WORST:
            break
    return chosen


def middle(pixels: Image, size: tuple[int, int]) -> Image:
    """Return the middle of a picture, at most so many rows and columns."""
    height, width = size
    top, left = (
        max(0, (length - most) // 2) for length, most in zip(pixels.shape[:2], size, strict=True)
    )
    return pixels[top : top + height, left : left + width]


def surroundings(pixels: Image, corner: tuple[int, int]) -> Image:
    """Return a tile and what is around it, as far as the picture goes."""
    top, left = (max(0, start - MARGIN) for start in corner)
    bottom, right = (start + TILE + MARGIN for start in corner)
    return pixels[top:bottom, left:right]
