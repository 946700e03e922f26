"""Antialiased bicubic downscaling: what an honest LR image looks like."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional


def bicubic_downscale(hr: Tensor, scale: int) -> Tensor:
    """Downscale with antialiased bicubic interpolation, a = -0.5.

    Equal to what Pillow's BICUBIC computes, up to rounding.

    Args:
        hr: (B, C, H, W) floating point, H and W multiples of the scale.
        scale: Factor a side.

    Returns:
        (B, C, H / scale, W / scale); may overshoot the input's range slightly.
    """
    size = (hr.shape[2] // scale, hr.shape[3] // scale)
    return functional.interpolate(
        hr, size=size, mode="bicubic", align_corners=False, antialias=True
    )
