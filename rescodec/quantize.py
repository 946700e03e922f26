"""The rounding that fixes a file's bytes, and its stand-in while training.

Everything before this module is floating point; everything after it is exact.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

LEVELS = 255
DEEP_LEVELS = 65535
MOST_STEPS = 32767
# What is added to magnitudes in steps before they are cut off: less than a half makes more zeros,
# and saves more bits than the error costs.
ROUND_UP = 0.42


def to_uint8(x: Tensor) -> Tensor:
    """Round values in 0 to 1 to the nearest of 256 levels.

    Args:
        x: Any shape, floating point; values outside 0 to 1 are clamped.

    Returns:
        uint8, same shape.
    """
    return (_at_least_float32(x).clamp(0, 1) * LEVELS).round().to(torch.uint8)


def from_uint8(x: Tensor, dtype: torch.dtype = torch.float32) -> Tensor:
    """Return 8-bit values as floats in 0 to 1."""
    return x.to(dtype) / LEVELS


def to_uint16(x: Tensor) -> Tensor:
    """Round values in 0 to 1 to the nearest of 65536 levels.

    Args:
        x: Any shape, floating point; values outside 0 to 1 are clamped.

    Returns:
        uint16, same shape.
    """
    return (_at_least_float32(x).clamp(0, 1) * DEEP_LEVELS).round().to(torch.uint16)


def from_uint16(x: Tensor, dtype: torch.dtype = torch.float32) -> Tensor:
    """Return 16-bit values as floats in 0 to 1."""
    return x.to(dtype) / DEEP_LEVELS


def to_code(x: Tensor, levels: int) -> Tensor:
    """Round values in -1 to 1 to the nearest of an odd number of levels.

    Args:
        x: Any shape, floating point; values outside -1 to 1 are clamped.
        levels: 3 to 255.

    Returns:
        int8, same shape, -(levels - 1) / 2 to (levels - 1) / 2.
    """
    return (x.float().clamp(-1, 1) / code_step(levels)).round().to(torch.int8)


def from_code(x: Tensor, levels: int, dtype: torch.dtype = torch.float32) -> Tensor:
    """Return the elements of a code as floats in -1 to 1."""
    return x.to(dtype) * code_step(levels)


def from_multiples(x: Tensor, steps: Tensor) -> Tensor:
    """Return multiples of a step as floats, of the type of the steps."""
    return x.to(steps.dtype) * steps


def round_to_multiples_straight_through(x: Tensor, steps: Tensor) -> Tensor:
    """Round down in magnitude below 0.58 of a step; backwards x gets the gradient unchanged.

    That is about where ``to_multiples`` does, which looks at the neighbours too.
    The gradient of the steps is that of the rounding error, which is proportional to them.
    """
    multiples = x / steps
    rounded = (multiples + ROUND_UP * multiples.sign()).trunc()
    return x + steps * (rounded - multiples).detach()


def code_step(levels: int) -> float:
    """Return the distance of two neighbouring levels in -1 to 1."""
    return 2 / (levels - 1)


def is_code(code: npt.NDArray[np.int8], levels: int) -> bool:
    """Tell whether all elements are among the levels."""
    most = levels // 2
    return bool(((code >= -most) & (code <= most)).all())


def round_straight_through(x: Tensor) -> Tensor:
    """Round 0 to 1 to 8 bits forwards, pass the gradient backwards as if nothing happened.

    Clamped values keep their gradient too, so that the reconstruction loss can pull
    them back into range.
    """
    return _straight_through(from_uint8(to_uint8(x.detach())), x)


def add_rounding_noise(x: Tensor, generator: torch.Generator) -> Tensor:
    """Stand in for the rounding of 0 to 1 to 8 bits by uniform noise of half a level.

    Its error is distributed alike, and its gradient is the true one of what it computes.

    Args:
        x: Any shape; values outside 0 to 1 are clamped, and have no gradient.
        generator: On the device of x.
    """
    noise = torch.rand(x.shape, generator=generator, dtype=x.dtype, device=x.device)
    return x.clamp(0, 1) + (noise - 0.5) / LEVELS


def round_code_straight_through(x: Tensor, levels: int) -> Tensor:
    """Round as ``to_code`` does forwards, pass the gradient backwards unchanged."""
    return _straight_through(from_code(to_code(x.detach(), levels), levels), x)


def _at_least_float32(x: Tensor) -> Tensor:
    return x if x.dtype == torch.float64 else x.float()


def _straight_through(rounded: Tensor, x: Tensor) -> Tensor:
    return x + (rounded - x).detach()
