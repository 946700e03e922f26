from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest

from rescodec.plane_rounding import BIT, ROWS, to_multiples

RNG = np.random.default_rng(0)
Floats = npt.NDArray[np.float32]


def laplace(magnitude: float, shape: tuple[int, ...] = (1, 200, 300)) -> Floats:
    return RNG.laplace(0, magnitude, shape).astype(np.float32)


def cost(x: Floats, multiples: npt.NDArray[np.int16]) -> float:
    """Return squared error and bits of values in steps, with what a perfect coder would take."""
    _, counts = np.unique(multiples, return_counts=True)
    share = counts / counts.sum()
    bits = -(share * np.log2(share)).sum()
    return float(np.square(x - multiples).mean() + BIT * bits)


@pytest.mark.parametrize("magnitude", [0.1, 0.4, 1.0, 5.0])
def test_it_costs_less_than_the_nearest_multiples(magnitude: float) -> None:
    x = laplace(magnitude)
    found = to_multiples(x, (1.0,))
    nearest = np.rint(x).astype(np.int16)
    assert cost(x, found) <= cost(x, nearest)
    assert np.abs(x - found).max() <= 1
    assert (np.abs(found) <= np.abs(nearest)).all()


def test_each_plane_has_its_step() -> None:
    x = laplace(3.0, (2, 20, 30))
    both = to_multiples(x, (0.5, 4.0))
    for plane, step, multiples in zip(x, (0.5, 4.0), both, strict=True):
        np.testing.assert_array_equal(to_multiples(plane[None], (step,))[0], multiples)
        np.testing.assert_array_equal(to_multiples(plane[None] / step, (1.0,))[0], multiples)


def test_what_stands_alone_becomes_zero() -> None:
    alone = np.zeros((1, 9, 9), np.float32)
    alone[0, 4, 4] = -0.95
    assert not to_multiples(alone, (1.0,)).any()
    alone[0, 4, 4] = -1.9
    assert to_multiples(alone, (1.0,))[0, 4, 4] == -1
    busy = np.full((1, 9, 9), 9.0, np.float32)
    busy[0, 4, 4] = -0.6
    assert to_multiples(busy, (1.0,))[0, 4, 4] == -1


def test_bits_are_those_of_a_laplace_distribution() -> None:
    """All neighbours are 2 steps, so 0.5 to 1.5 steps have a known probability."""
    mean = 2.0
    zero = 1 - math.exp(-0.5 / mean)
    one = (math.exp(-0.5 / mean) - math.exp(-1.5 / mean)) / 2
    two = (math.exp(-1.5 / mean) - math.exp(-2.5 / mean)) / 2
    for lower, bits in ((0, math.log2(zero / one)), (1, math.log2(one / two))):
        threshold = lower + 0.5 + BIT / 2 * bits
        for x, expected in ((threshold - 1e-3, lower), (threshold + 1e-3, lower + 1)):
            plane = np.full((1, 3, 3), mean, np.float32)
            plane[0, 1, 1] = x
            assert to_multiples(plane, (1.0,))[0, 1, 1] == expected


def test_blocks_of_rows_have_no_border() -> None:
    x = laplace(0.6, (1, 2 * ROWS + 3, 5))
    whole = to_multiples(x, (1.0,))[0]
    for start in (ROWS - 5, 2 * ROWS - 5):
        part = to_multiples(x[:, start : start + 8], (1.0,))[0]
        np.testing.assert_array_equal(part[1:-1], whole[start + 1 : start + 7])


def test_large_values_are_clamped() -> None:
    x = np.array([[[1e9, -1e9, 0.0]]], np.float32)
    assert to_multiples(x, (1e-3,)).tolist() == [[[32767, -32767, 0]]]
