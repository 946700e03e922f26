"""Which part of a photo is compared."""

from __future__ import annotations

import pytest

from rescodec.images import ImageError
from rescodec.report.crop import Crop, Window, window


@pytest.mark.parametrize("text", ["", "64", "64x", "0x64", "64x23", "64x64+1", "64x64+-1+0", "axb"])
def test_no_crops(text: str) -> None:
    with pytest.raises(ValueError, match="crop"):
        Crop.parse(text)


def test_small_photos_are_compared_whole() -> None:
    assert window((61, 45), None, 1e6) == Window(0, 0, 44, 60)


def test_of_large_photos_the_middle_on_the_grid_of_jpeg() -> None:
    part = window((3000, 4000), None, 1e6)
    assert part.width * part.height <= 1e6
    assert part.width * part.height > 0.98e6
    assert part.left % 16 == part.top % 16 == 0
    assert part.width % 4 == part.height % 4 == 0
    assert abs(2 * part.left + part.width - 4000) <= 32


def test_what_is_asked_for() -> None:
    assert window((100, 100), Crop(50, 41, 3, 5), 1) == Window(3, 5, 48, 40)
    assert window((100, 100), Crop(36, 36), 1) == Window(32, 32, 36, 36)


@pytest.mark.parametrize("crop", [Crop(101, 50), Crop(50, 101), Crop(50, 50, 51, 0)])
def test_outside(crop: Crop) -> None:
    with pytest.raises(ImageError, match="does not lie inside"):
        window((100, 100), crop, 1e6)


def test_too_small() -> None:
    with pytest.raises(ImageError, match="smaller than 24"):
        window((23, 100), None, 1e6)


def test_extreme_shapes_fit_a_webp() -> None:
    part = window((24, 40_000), None, 1e6)
    assert part.width <= 16383
    assert part.height == 24
    assert window((1_000, 100_000), None, 1e5).height >= 24
