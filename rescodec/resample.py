"""Antialiased bicubic downscaling: what an honest LR image looks like."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from rescodec.quantize import from_uint8, to_uint8

Image = npt.NDArray[np.uint8]


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


def bicubic_image(hr: Image, scale: int) -> Image:
    """Return the 8-bit LR image that bicubic downscaling makes.

    Args:
        hr: (H, W, 3) uint8, H and W multiples of the scale.
        scale: Factor a side.

    Returns:
        (H / scale, W / scale, 3) uint8.
    """
    batch = from_uint8(torch.from_numpy(np.array(hr))).permute(2, 0, 1)[None]
    pixels: Image = to_uint8(bicubic_downscale(batch, scale))[0].permute(1, 2, 0).numpy()
    return pixels
