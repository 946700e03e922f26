"""How near two images are, by several measures at once."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import torch
from torchmetrics.functional.image import (
    multiscale_structural_similarity_index_measure,
    visual_information_fidelity,
)

from rescodec.metrics import PEAK, luma, psnr, psnr_y, ssim_y

Image = npt.NDArray[np.uint8]

# Sides that four halvings leave as large as the window of MS-SSIM, and what VIF needs.
MS_SSIM_SIDE = 176
VIF_SIDE = 41
_DIGITS = {"psnr_y": 3, "ssim_y": 5, "psnr_rgb": 3, "ms_ssim": 6, "vif": 5}


def quality(reference: Image, image: Image, border: int) -> dict[str, float | None]:
    """Measure an image against its original.

    PSNR and SSIM as the papers of this field have them (``rescodec.metrics``); MS-SSIM (Wang et
    al. 2003) and VIF (Sheikh and Bovik 2006, in the pixel domain), neither of them learned, on the
    same luma, as torchmetrics computes them.

    Args:
        reference: (H, W, 3) uint8 RGB.
        image: Same shape.
        border: Pixels left out on each side.

    Returns:
        ``psnr_y`` and ``psnr_rgb`` in dB, ``ssim_y``, ``ms_ssim`` and ``vif``, higher is better in
        all. None where an image is too small for a measure, or equal to its original and the
        measure infinite.

    Raises:
        ValueError: The images differ in shape or are too small for SSIM.
    """
    x, y = (_luma(side, border) for side in (reference, image))
    smallest = min(x.shape[2:])
    values: dict[str, float | None] = {
        "psnr_y": psnr_y(reference, image, border),
        "ssim_y": ssim_y(reference, image, border),
        "psnr_rgb": psnr(reference, image, border),
        "ms_ssim": None,
        "vif": None,
    }
    if smallest >= MS_SSIM_SIDE:
        similarity = multiscale_structural_similarity_index_measure(y, x, data_range=PEAK)
        assert isinstance(similarity, torch.Tensor)  # noqa: S101 - for the type checker
        values["ms_ssim"] = similarity.item()
    if smallest >= VIF_SIDE:
        values["vif"] = visual_information_fidelity(y, x).item()
    return {name: rounded(value, _DIGITS[name]) for name, value in values.items()}


def rounded(value: float | None, digits: int) -> float | None:
    """Round a figure for JSON, which has no infinity."""
    return round(value, digits) if value is not None and math.isfinite(value) else None


def _luma(image: Image, border: int) -> torch.Tensor:
    """Return (1, 1, H, W) float32 luma without the border."""
    inner = slice(border, -border or None)
    return torch.from_numpy(luma(image[inner, inner])).float()[None, None]
