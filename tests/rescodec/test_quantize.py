from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rescodec.quantize import (
    add_rounding_noise,
    code_step,
    from_code,
    from_uint8,
    from_uint16,
    round_code_straight_through,
    round_straight_through,
    to_code,
    to_uint8,
    to_uint16,
)


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


@pytest.mark.parametrize("levels", [3, 15, 255])
def test_every_level_of_a_code_survives(levels: int) -> None:
    half = levels // 2
    code = torch.arange(-half, half + 1, dtype=torch.int8)
    values = from_code(code, levels)
    assert values.tolist() == pytest.approx(torch.linspace(-1, 1, levels).tolist(), abs=1e-6)
    assert torch.equal(to_code(values, levels), code)
    assert torch.equal(to_code(values + 0.49 * code_step(levels), levels), code)
    assert to_code(torch.tensor([-3.0, 3.0]), levels).tolist() == [-half, half]


def test_training_rounds_codes_as_files_do_and_passes_gradients() -> None:
    x = torch.linspace(-1.2, 1.2, 1001, requires_grad=True)
    rounded = round_code_straight_through(x, 15)
    torch.testing.assert_close(rounded.detach(), from_code(to_code(x.detach(), 15), 15))
    rounded.sum().backward()
    assert x.grad is not None
    assert torch.equal(x.grad, torch.ones_like(x))


def test_all_16_bit_levels_come_back() -> None:
    levels = torch.arange(65536, dtype=torch.int32).to(torch.uint16)
    assert torch.equal(to_uint16(from_uint16(levels)).to(torch.int32), levels.to(torch.int32))
    ends = to_uint16(torch.tensor([-0.1, 0.0, 0.5, 1.0, 1.1]))
    assert ends.tolist() == [0, 0, 32768, 65535, 65535]


def test_noise_has_the_error_of_rounding() -> None:
    x = torch.linspace(-0.2, 1.2, 10_001, requires_grad=True)
    noisy = add_rounding_noise(x, torch.Generator().manual_seed(0))
    error = noisy.detach() - x.detach().clamp(0, 1)
    assert error.abs().max() <= 0.5 / 255 + 1e-6
    assert error.std().item() == pytest.approx(1 / 255 / 12**0.5, rel=0.03)
    noisy.sum().backward()
    inside = (x > 0) & (x < 1)
    assert torch.equal(x.grad, inside.float())
