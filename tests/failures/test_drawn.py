"""The drawn pictures are the same every time, and are what their names say."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.failures.contrasts import contrasts
from benchmarks.failures.drawn import DRAWINGS
from benchmarks.failures.lettering import SIDE
from benchmarks.failures.pictures import pictures
from benchmarks.failures.stripes import CONTRASTS, PATTERNS, stripes


@pytest.mark.parametrize("kind", DRAWINGS)
def test_drawings_are_deterministic(kind: str) -> None:
    first, second = DRAWINGS[kind](), DRAWINGS[kind]()
    assert first.dtype == np.uint8
    assert first.shape == (SIDE, SIDE, 3)
    assert np.array_equal(first, second)
    assert first.std() > 10


def test_kinds_differ() -> None:
    drawn = [draw().tobytes() for draw in DRAWINGS.values()]
    assert len(set(drawn)) == len(drawn)


@pytest.mark.parametrize("kind", ["text", "line art", "fine gratings"])
def test_black_and_white_has_no_colour(kind: str) -> None:
    assert (np.ptp(DRAWINGS[kind](), axis=2) == 0).all()


def test_letters_for_an_lcd_are_coloured_at_their_edges() -> None:
    assert np.ptp(DRAWINGS["subpixel text"](), axis=2).max() > 60


def test_noise_has_no_mean() -> None:
    quiet, loud = (DRAWINGS["noise"]()[rows, 40:150] for rows in (slice(192), slice(192, 384)))
    assert quiet.std(axis=0).mean() < loud.std(axis=0).mean()
    assert quiet.mean() == pytest.approx(loud.mean(), abs=1)


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("contrast", CONTRASTS)
def test_stripes_have_their_contrast(pattern: str, contrast: float) -> None:
    image = stripes(pattern, contrast)
    assert int(np.ptp(image)) == pytest.approx(255 * contrast, abs=1)
    assert image[0, 0].tolist() == [128] * 3


@pytest.mark.parametrize("pattern", PATTERNS)
def test_contrast_is_measured_where_it_is(pattern: str) -> None:
    found = contrasts(stripes(pattern, 0.5).mean(axis=2) / 255)
    assert found[pattern].max() == pytest.approx(0.5, abs=0.01)
    assert found[pattern].min() == 0
    assert all(found[other].max() < 0.01 for other in PATTERNS if other != pattern)


def test_groups_of_pictures() -> None:
    found = list(pictures([]))
    assert [each.group for each in found] == ["drawn"] * len(DRAWINGS) + ["examples"] * 2
    assert all(each.shown for each in found)
    assert all(n % 4 == 0 for each in found for n in each.pixels.shape[:2])
