"""PSNR and SSIM as the papers of this field measure them.

On the luma of BT.601 (16 to 235), from 8-bit rounded RGB images, with a border of
``crop`` pixels left out; averaged over images by the caller.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]
Float = npt.NDArray[np.float64]

PEAK = 255.0
LUMA_WEIGHTS = np.array([65.481, 128.553, 24.966]) / 255
LUMA_OFFSET = 16.0
SSIM_WINDOW = 11
SSIM_SIGMA = 1.5
SSIM_C1 = (0.01 * PEAK) ** 2
SSIM_C2 = (0.03 * PEAK) ** 2


def luma(image: Image) -> Float:
    """Return BT.601 luma, unrounded, 16 to 235.

    Args:
        image: (H, W, 3) uint8 RGB.

    Returns:
        (H, W) float64.
    """
    weighted: Float = image.astype(np.float64) @ LUMA_WEIGHTS + LUMA_OFFSET
    return weighted


def psnr(a: Image, b: Image, crop: int = 0) -> float:
    """Return the PSNR in dB over all samples of two 8-bit images.

    Args:
        a: (H, W, C) or (H, W) uint8.
        b: Same shape.
        crop: Pixels to leave out on each side.

    Returns:
        Decibels; infinity for equal images.

    Raises:
        ValueError: Types or shapes differ, or the crop leaves nothing.
    """
    a, b = _matching(a, b, crop)
    return _psnr(a.astype(np.float64), b.astype(np.float64))


def psnr_y(a: Image, b: Image, crop: int = 0) -> float:
    """Return the PSNR in dB on BT.601 luma; arguments as ``psnr``, RGB only."""
    a, b = _matching(a, b, crop)
    return _psnr(luma(a), luma(b))


def ssim_y(a: Image, b: Image, crop: int = 0) -> float:
    """Return the mean SSIM on BT.601 luma, 11x11 Gaussian window, sigma 1.5.

    Only windows that lie wholly inside count (Wang et al. 2004, and the MATLAB code
    that the papers used).

    Raises:
        ValueError: Shapes differ or fewer than 11 rows or columns are left.
    """
    a, b = _matching(a, b, crop)
    if min(a.shape[:2]) < SSIM_WINDOW:
        raise ValueError(f"SSIM needs at least {SSIM_WINDOW} rows and columns, got {a.shape[:2]}")
    x, y = luma(a), luma(b)
    mean_x, mean_y = _gaussian(x), _gaussian(y)
    var_x = _gaussian(x * x) - mean_x**2
    var_y = _gaussian(y * y) - mean_y**2
    covariance = _gaussian(x * y) - mean_x * mean_y
    numerator = (2 * mean_x * mean_y + SSIM_C1) * (2 * covariance + SSIM_C2)
    denominator = (mean_x**2 + mean_y**2 + SSIM_C1) * (var_x + var_y + SSIM_C2)
    return float(np.mean(numerator / denominator))


def _matching(a: Image, b: Image, crop: int) -> tuple[Image, Image]:
    if a.dtype != np.uint8 or b.dtype != np.uint8:
        raise ValueError(f"images are {a.dtype} and {b.dtype}; expected uint8")
    if a.shape != b.shape:
        raise ValueError(f"images differ in shape: {a.shape} and {b.shape}")
    if crop < 0 or min(a.shape[:2]) <= 2 * crop:
        raise ValueError(f"a border of {crop} leaves nothing of an image of {a.shape[:2]}")
    inner = slice(crop, -crop or None)
    return a[inner, inner], b[inner, inner]


def _psnr(a: Float, b: Float) -> float:
    error = float(np.mean((a - b) ** 2))
    return math.inf if error == 0 else 10 * math.log10(PEAK**2 / error)


def _gaussian(x: Float) -> Float:
    offsets = np.arange(SSIM_WINDOW) - SSIM_WINDOW // 2
    kernel = np.exp(-(offsets**2) / (2 * SSIM_SIGMA**2))
    kernel /= kernel.sum()
    height, width = x.shape[0] - SSIM_WINDOW + 1, x.shape[1] - SSIM_WINDOW + 1
    rows = np.zeros((height, x.shape[1]))
    for i, weight in enumerate(kernel):
        rows += weight * x[i : i + height]
    result = np.zeros((height, width))
    for i, weight in enumerate(kernel):
        result += weight * rows[:, i : i + width]
    return result
