from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rescodec.networks.tiles import enlarged, tiles


@given(
    rows=st.tuples(st.integers(0, 20), st.integers(0, 20)).map(sorted),
    below=st.integers(0, 5),
    width=st.integers(1, 20),
    side=st.integers(1, 8),
    halo=st.integers(0, 4),
)
def test_tiles_cover_every_position_of_the_rows_once(
    rows: list[int], below: int, width: int, side: int, halo: int
) -> None:
    start, stop = rows
    height = stop + below
    positions = np.arange(height * width).reshape(height, width)
    covered = np.zeros((height, width), int)
    for inner, outer, crop in tiles((start, stop), (height, width), side, halo):
        covered[inner] += 1
        assert np.array_equal(positions[outer][crop], positions[inner])
        assert positions[inner].size <= side**2
        assert positions[outer].shape[0] <= side + 2 * halo
        reach = [max(0, inner[0].start - halo), min(height, inner[0].stop + halo)]
        assert [outer[0].start, outer[0].stop] == reach
    assert (covered[start:stop] == 1).all()
    assert covered.sum() == (stop - start) * width


def test_few_rows_make_wide_tiles() -> None:
    widths = [tile.inner[1].stop - tile.inner[1].start for tile in tiles((5, 7), (9, 64), 8, 1)]
    assert widths == [32, 32]


def test_a_region_of_something_larger() -> None:
    assert enlarged((slice(1, 3), slice(0, 2)), 4) == (slice(4, 12), slice(0, 8))
