"""Which tiles there are, what their figures are, and which are the worst."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.failures.borders import tile_columns
from benchmarks.failures.figures import TileFigures, picture_figures, tile_figures
from benchmarks.failures.hunt import MOST_OF_ONE, WORST, middle, surroundings, worst
from benchmarks.failures.pictures import Picture
from benchmarks.failures.restoring import RoundTrip, enlarged
from benchmarks.failures.tiling import TILE, corners, tile
from rescodec.resample import bicubic_image

ORIGINAL = np.random.default_rng(0).integers(60, 180, (100, 132, 3)).astype(np.uint8)


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((64, 64), [(0, 0)]),
        ((40, 64), [(0, 0)]),
        ((64, 128), [(0, 0), (0, 64)]),
        ((100, 132), [(0, 0), (0, 64), (0, 68), (36, 0), (36, 64), (36, 68)]),
    ],
)
def test_corners(size: tuple[int, int], expected: list[tuple[int, int]]) -> None:
    assert corners(*size) == expected


def test_tiles_cover_a_picture_and_do_not_leave_it() -> None:
    covered = np.zeros(ORIGINAL.shape[:2], bool)
    for top, left in corners(*ORIGINAL.shape[:2]):
        assert tile(ORIGINAL, (top, left)).shape == (TILE, TILE, 3)
        covered[top : top + TILE, left : left + TILE] = True
    assert covered.all()


def damaged(trip_scale: int = 2) -> RoundTrip:
    """A round trip in which the last tile alone is green, in the LR image too."""
    restored = ORIGINAL.copy()
    restored[36:, 120:, 1] += 40
    small = bicubic_image(ORIGINAL, trip_scale)
    lr = small.copy()
    lr[40:, 64:, 1] += 20
    return RoundTrip(ORIGINAL, lr, restored, 1650, small)


def test_figures_of_tiles_are_of_their_place() -> None:
    figures = list(tile_figures(Picture("drawn", "x", ORIGINAL), damaged(), 2))
    assert [each.corner for each in figures] == corners(*ORIGINAL.shape[:2])
    first, last = figures[0], figures[-1]
    assert first.tint == first.lr_tint == (0, 0)
    assert first.psnr_rgb == float("inf")
    assert first.to_dict()["psnr_rgb"] is None
    assert last.to_dict()["hue"] == "green"
    assert last.lr_tint[1] < 0
    share = 12 / TILE
    assert last.tint[0] == pytest.approx(-40 * share * 0.331264)


def test_figures_of_a_picture() -> None:
    figures = picture_figures(Picture("drawn", "x", ORIGINAL), damaged(), 2)
    assert figures.bpp == 1
    assert figures.gradient_kept == pytest.approx(1, abs=0.1)
    assert figures.bicubic_gradient_kept is not None
    assert figures.bicubic_gradient_kept < 0.5
    assert enlarged(damaged().lr, (100, 132)).shape == ORIGINAL.shape


def figures_of(picture: str, psnr: float) -> TileFigures:
    known = next(tile_figures(Picture("drawn", picture, ORIGINAL), damaged(), 2))
    return replace(known, psnr_rgb=psnr, ringing=None)


def test_the_worst_come_first_and_few_of_one_picture() -> None:
    tiles = [figures_of(name, 20 + k) for name in "abcdefgh" for k in range(4)]
    chosen = worst(tiles, "psnr")
    assert len(chosen) == WORST
    assert [each.psnr_rgb for each in chosen] == [20] * 8 + [21] * 2
    assert max(sum(a.picture == b.picture for b in chosen) for a in chosen) <= MOST_OF_ONE
    assert worst(tiles, "ringing") == []


def test_parts_of_pictures() -> None:
    assert np.array_equal(middle(ORIGINAL, (100, 32)), ORIGINAL[:, 50:82])
    assert middle(ORIGINAL, (999, 999)).shape == ORIGINAL.shape
    assert np.array_equal(surroundings(ORIGINAL, (36, 68)), ORIGINAL[:, 4:])


def test_columns_of_tiles() -> None:
    assert tile_columns(384) == []
    assert tile_columns(1152) == [384, 768]
    assert tile_columns(1000) == [332, 666]
