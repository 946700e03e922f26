from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from PIL import Image as PillowImage

from rescodec.quantize import to_uint8
from rescodec.resample import bicubic_downscale


@pytest.mark.parametrize("scale", [2, 4, 8])
@pytest.mark.parametrize("kind", ["picture", "noise"])
def test_equals_pillow_within_one_level(
    picture: Callable[..., np.ndarray], scale: int, kind: str
) -> None:
    image = picture(48, 64)
    if kind == "noise":
        image = np.random.default_rng(0).integers(0, 256, image.shape, np.uint8)
    batch = torch.from_numpy(image).permute(2, 0, 1)[None] / 255
    ours = to_uint8(bicubic_downscale(batch, scale))[0].permute(1, 2, 0).numpy()
    size = (64 // scale, 48 // scale)
    theirs = PillowImage.fromarray(image).resize(size, PillowImage.Resampling.BICUBIC)
    assert np.abs(ours.astype(int) - np.asarray(theirs).astype(int)).max() <= 1


def test_constants_stay() -> None:
    small = bicubic_downscale(torch.full((1, 3, 8, 12), 0.3), 4)
    assert small.shape == (1, 3, 2, 3)
    torch.testing.assert_close(small, torch.full((1, 3, 2, 3), 0.3))
