from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st

from rescodec.quantize import from_uint8, round_straight_through, to_uint8


def test_every_level_survives() -> None:
    levels = torch.arange(256, dtype=torch.uint8)
    assert torch.equal(to_uint8(from_uint8(levels)), levels)
    assert torch.equal(to_uint8(from_uint8(levels, torch.float64)), levels)


def test_values_outside_are_clamped() -> None:
    values = torch.tensor([-1.0, -0.001, 1.001, 7.0])
    assert to_uint8(values).tolist() == [0, 0, 255, 255]


@given(st.floats(0, 1))
def test_rounding_goes_to_the_nearest_level(value: float) -> None:
    x = torch.tensor(value)
    assert abs(from_uint8(to_uint8(x)).item() - x.item()) <= 0.5 / 255 + 1e-7


def test_training_rounds_as_files_do_and_passes_gradients() -> None:
    x = torch.linspace(-0.2, 1.2, 1001, requires_grad=True)
    rounded = round_straight_through(x)
    torch.testing.assert_close(rounded.detach(), from_uint8(to_uint8(x.detach())))
    rounded.sum().backward()
    assert x.grad is not None
    assert torch.equal(x.grad, torch.ones_like(x))
