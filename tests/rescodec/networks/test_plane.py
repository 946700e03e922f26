from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rescodec.networks import PlaneSplit, PlaneSquash

PARAMETERS = [(0.0, 0.0), (0.5, 0.0), (0.5, 1.5), (0.25, -1.0)]


def test_plane_starts_as_the_mean_of_the_high_channels() -> None:
    low, high = torch.rand(1, 3, 2, 2), torch.rand(1, 9, 2, 2)
    with_plane, rest = PlaneSplit(gain=4.0)(low, high)
    assert torch.equal(with_plane[:, :3], low)
    torch.testing.assert_close(with_plane[:, 3], 4 * high.mean(dim=1))
    assert torch.equal(rest, high[:, 1:])


def test_plane_may_start_as_the_first_high_channel() -> None:
    low, high = torch.rand(1, 3, 2, 2), torch.rand(1, 9, 2, 2)
    with_plane, rest = PlaneSplit(gain=4.0, averaged=False)(low, high)
    torch.testing.assert_close(with_plane[:, 3], 4 * high[:, 0])
    assert torch.equal(rest, high[:, 1:])


@pytest.mark.parametrize(("floor", "bias"), PARAMETERS)
def test_squashed_values_stay_above_the_floor(floor: float, bias: float) -> None:
    squashed = PlaneSquash(floor, bias)(torch.linspace(-50, 50, 101))
    assert squashed.min() >= floor
    assert squashed.max() <= 1


@pytest.mark.parametrize(("floor", "bias"), PARAMETERS)
def test_every_stored_level_has_a_finite_inverse(floor: float, bias: float) -> None:
    levels = torch.arange(256) / 255
    inverse = PlaneSquash(floor, bias).inverse(levels)
    assert torch.isfinite(inverse).all()
    assert (inverse.diff() >= 0).all()


@pytest.mark.parametrize(("floor", "bias"), PARAMETERS)
def test_neutral_is_the_value_of_zero(floor: float, bias: float) -> None:
    squash = PlaneSquash(floor, bias)
    neutral = squash(torch.zeros(())).item()
    assert neutral == pytest.approx(floor + (1 - floor) / (1 + math.exp(-bias)))
    assert squash.inverse(torch.tensor(neutral)).item() == pytest.approx(0, abs=1e-5)


@given(st.integers(128, 255))
def test_a_level_survives_inverse_and_forward(level: int) -> None:
    # Else decoding and encoding again would move the plane. The ends are clamped.
    squash = PlaneSquash(0.5, 1.5)
    plane = torch.tensor(level / 255, dtype=torch.float64)
    again = squash(squash.inverse(plane))
    assert abs(again.item() - level / 255) <= 0.51 / 255
