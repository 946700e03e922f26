"""The measures see what they are meant to see, and nothing else."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest

from benchmarks.failures import measures

SIDE = 64


def flat(*color: int) -> npt.NDArray[np.uint8]:
    return np.full((SIDE, SIDE, 3), color, np.uint8)


def grating(contrast: float) -> npt.NDArray[np.float64]:
    wave = 127.5 + 127.5 * contrast * np.sin(np.arange(SIDE) / 2)
    return np.tile(wave, (SIDE, 1))


@pytest.mark.parametrize(
    ("shift", "hue"),
    [
        ((0, 4, 0), "green"),
        ((4, 0, 0), "red"),
        ((0, 0, 4), "blue"),
        ((4, 4, 0), "yellow"),
        ((4, 0, 4), "magenta"),
        ((0, 4, 4), "cyan"),
        ((-4, 0, -4), "green"),
    ],
)
def test_the_tint_of_a_shift_has_its_hue(shift: tuple[int, int, int], hue: str) -> None:
    original = flat(100, 110, 120)
    restored = (original.astype(int) + shift).astype(np.uint8)
    assert measures.hue(measures.tint(measures.error(original, restored))) == hue


def test_the_tint_of_a_known_shift() -> None:
    # Of ITU-R BT.601, as in JFIF: 4 levels of green.
    cb, cr = measures.tint(measures.error(flat(90, 90, 90), flat(90, 94, 90)))
    assert cb == pytest.approx(-4 * 0.331264)
    assert cr == pytest.approx(-4 * 0.418688)


def test_brightness_and_errors_that_cancel_are_no_tint() -> None:
    original, restored = flat(90, 90, 90), flat(99, 99, 99)
    assert measures.tint(measures.error(original, restored)) == pytest.approx((0, 0), abs=1e-9)
    restored[::2, :, 0] += 5
    restored[1::2, :, 0] -= 5
    assert measures.tint(measures.error(original, restored)) == pytest.approx((0, 0), abs=1e-9)


def test_share_of_colour() -> None:
    assert measures.color_share(np.full((4, 4, 3), 2.0)) == 0
    assert measures.color_share(np.tile([3.0, 0.0, -3.0], (4, 4, 1))) == 1
    assert measures.color_share(np.zeros((4, 4, 3))) == 0


def test_decibels() -> None:
    assert measures.decibels(255.0**2) == 0
    assert measures.decibels(0) == math.inf


def test_gradients_kept() -> None:
    original = grating(1.0)
    assert measures.gradient_kept(original, original) == pytest.approx(1)
    assert measures.gradient_kept(original, grating(0.4)) == pytest.approx(0.4)
    noise = np.random.default_rng(0).normal(0, 10, original.shape)
    assert measures.gradient_kept(original, original + noise) == pytest.approx(1, abs=0.03)
    assert measures.gradient_kept(grating(0.01), original) is None


def test_ringing_counts_beside_edges_alone() -> None:
    edge = np.zeros((SIDE, SIDE))
    edge[:, 32:] = 200
    area = measures.ringing_area(edge)
    # The edge lies between columns 31 and 32, which are not flat.
    assert np.flatnonzero(area[7]).tolist() == [26, 27, 28, 29, 30, 33, 34, 35, 36, 37]
    wrong = np.zeros_like(edge)
    wrong[:, :20] = wrong[:, 31:33] = 50
    assert measures.ringing(wrong, area) == 0
    wrong[:, 29] = -10
    assert measures.ringing(wrong, area) == pytest.approx(math.sqrt(10))


def test_pictures_without_edges_have_no_ringing() -> None:
    area = measures.ringing_area(np.zeros((SIDE, SIDE)))
    assert not area.any()
    assert measures.ringing(np.ones((SIDE, SIDE)), area) is None


def test_a_seam_shows() -> None:
    wrong = np.random.default_rng(1).normal(size=(200, 96))
    assert measures.seam(wrong, [32, 64], 2) == pytest.approx(1, abs=0.15)
    wrong[:, 32:64] += 5
    assert measures.seam(wrong, [32, 64], 2) > 4


def test_a_seam_without_errors() -> None:
    wrong = np.zeros((8, 8))
    assert measures.seam(wrong, [4], 2) == 1
    wrong[:, 4:] = 1
    assert measures.seam(wrong, [4], 2) == math.inf
