from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rescodec.networks import NetworkConfig
from rescodec.strip_height import (
    HELD_COPIES,
    LEAST_ROWS,
    SHARE,
    STRIP_COPIES,
    held_rows,
    row_bytes,
    strip_height,
)

X2 = NetworkConfig(scale=2, blocks=(8,), widths=(32,))
X4 = NetworkConfig(scale=4, blocks=(8, 8), widths=(32, 64))
GIB = 2**30


@pytest.mark.parametrize(
    ("tile", "rows"), [(1, 4), (4, 4), (5, 8), (1000, 1000), (0, 0), (None, 384)]
)
def test_multiples_of_the_scale(tile: int | None, rows: int) -> None:
    assert strip_height(tile, 200, X4, free=8 * GIB, most=384) == rows


@given(width=st.integers(1, 10**6), free=st.integers(0, 2**40))
def test_automatic_strips_fit(width: int, free: int) -> None:
    rows = strip_height(None, width, X4, free=free, most=384)
    assert rows % 4 == 0
    assert LEAST_ROWS <= rows <= 384
    copies = STRIP_COPIES * (rows - 4) + HELD_COPIES * held_rows(X4)
    assert rows == LEAST_ROWS or copies * row_bytes(width, X4) <= SHARE * free


def test_wider_images_get_fewer_rows() -> None:
    rows = [strip_height(None, width, X2, free=GIB, most=384) for width in (4000, 10_000, 30_000)]
    assert rows[0] == 384
    assert rows == sorted(set(rows), reverse=True)


def test_rows_that_a_network_holds_back() -> None:
    assert held_rows(X2) == 17 * 3 * 2
    assert held_rows(X4) == 17 * 3 * 2 + 17 * 3 * 4


@pytest.mark.parametrize("tile", [-1, 2.0, True, "auto"])
def test_what_is_no_number_of_rows(tile: Any) -> None:
    with pytest.raises(ValueError, match="tile is"):
        strip_height(tile, 10, X2, free=GIB, most=384)
