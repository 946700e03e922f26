"""The Haar transform between an image and its four half-size bands."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional


class HaarTransform(nn.Module):
    """Split every 2x2 block into one mean and three differences.

    With a, b, c, d the block in reading order and f the factor, the bands are
    ``LL = f(a+b+c+d)``, ``LH = f(a-b+c-d)``, ``HL = f(a+b-c-d)`` and
    ``HH = f(a-b-c+d)`` (IRN, arXiv 2005.05650, section 3.2).

    Args:
        factor: f above; 0.25 keeps LL in the range of the image.
    """

    def __init__(self, factor: float = 0.25) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, x: Tensor) -> Tensor:
        """Transform (B, C, H, W), H and W even, to (B, 4C, H/2, W/2).

        Channels are ordered LL of all C, LH of all C, HL of all C, HH of all C.
        """
        a, b = x[..., 0::2, 0::2], x[..., 0::2, 1::2]
        c, d = x[..., 1::2, 0::2], x[..., 1::2, 1::2]
        top, bottom = a + b, c + d
        top_slope, bottom_slope = a - b, c - d
        bands = (
            top + bottom,
            top_slope + bottom_slope,
            top - bottom,
            top_slope - bottom_slope,
        )
        return torch.cat(bands, dim=1) * self.factor

    def inverse(self, bands: Tensor) -> Tensor:
        """Transform (B, 4C, h, w) back to (B, C, 2h, 2w)."""
        ll, lh, hl, hh = (bands * (0.25 / self.factor)).chunk(4, dim=1)
        top, bottom = ll + hl, ll - hl
        top_slope, bottom_slope = lh + hh, lh - hh
        pixels = (
            top + top_slope,
            top - top_slope,
            bottom + bottom_slope,
            bottom - bottom_slope,
        )
        # (B, C, 4, h, w) flattened is the channel order pixel_shuffle expects.
        return functional.pixel_shuffle(torch.stack(pixels, dim=2).flatten(1, 2), 2)
