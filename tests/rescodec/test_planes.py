from __future__ import annotations

import numpy as np
import pytest

from rescodec.planes import channels_of_planes, plane_sizes, planes_of_channels


@pytest.mark.parametrize("levels", [1, 2, 3])
def test_there_and_back(levels: int) -> None:
    shape = (3 * 4**levels, 5, 7)
    channels = np.random.default_rng(0).integers(-9, 9, shape).astype(np.int16)
    planes = planes_of_channels(channels, levels)
    assert [plane.shape for plane in planes] == plane_sizes((5, 7), levels)
    np.testing.assert_array_equal(channels_of_planes(planes, levels), channels)


def test_channels_are_positions_of_a_plane() -> None:
    channels = np.arange(48 * 2 * 3, dtype=np.int16).reshape(48, 2, 3)
    planes = planes_of_channels(channels, 2)
    assert len(planes) == 21
    np.testing.assert_array_equal(planes[:12], channels[:12])
    for index, plane in enumerate(planes[12:]):
        four = channels[12 + 4 * index : 16 + 4 * index]
        for position, channel in enumerate(four):
            np.testing.assert_array_equal(plane[position // 2 :: 2, position % 2 :: 2], channel)
