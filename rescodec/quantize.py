"""The rounding that fixes a file's bytes, and its stand-in while training.

Everything before this module is floating point; everything after it is exact.
"""

from __future__ import annotations

import torch
from torch import Tensor

LEVELS = 255


def to_uint8(x: Tensor) -> Tensor:
    """Round values in 0 to 1 to the nearest of 256 levels.

    Args:
        x: Any shape, floating point; values outside 0 to 1 are clamped.

    Returns:
        uint8, same shape.
    """
    return (x.float().clamp(0, 1) * LEVELS).round().to(torch.uint8)


def from_uint8(x: Tensor, dtype: torch.dtype = torch.float32) -> Tensor:
    """Return 8-bit values as floats in 0 to 1."""
    return x.to(dtype) / LEVELS


def round_straight_through(x: Tensor) -> Tensor:
    """Round to 8 bits forwards, pass the gradient backwards as if nothing happened.

    Clamped values keep their gradient too, so that the reconstruction loss can pull
    them back into range.
    """
    rounded = (x.detach().clamp(0, 1) * LEVELS).round() / LEVELS
    return x + (rounded - x).detach()
