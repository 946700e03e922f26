"""Pixels turned upright, against Pillow's own rotations."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image as PillowImage

from rescodec.images.orientation import turned

METHODS = {
    2: PillowImage.Transpose.FLIP_LEFT_RIGHT,
    3: PillowImage.Transpose.ROTATE_180,
    4: PillowImage.Transpose.FLIP_TOP_BOTTOM,
    5: PillowImage.Transpose.TRANSPOSE,
    6: PillowImage.Transpose.ROTATE_270,
    7: PillowImage.Transpose.TRANSVERSE,
    8: PillowImage.Transpose.ROTATE_90,
}


@pytest.mark.parametrize("orientation", range(1, 9))
def test_as_pillow_turns(orientation: int) -> None:
    pixels = np.arange(4 * 5 * 3, dtype=np.uint8).reshape(4, 5, 3)
    image = PillowImage.fromarray(pixels)
    if orientation > 1:
        image = image.transpose(METHODS[orientation])
    found = turned(pixels, orientation)
    assert np.array_equal(found, np.asarray(image))
    assert found.flags.c_contiguous
    assert np.array_equal(turned(pixels[..., 0], orientation), np.asarray(image)[..., 0])
