"""The rounding of an LR image that PNG compresses well."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from rescodec.quantize import LEVELS, ROUND_UP

Floats = npt.NDArray[np.float32]
# A pixel's colours take one common difference where it is off by at most so many steps for each:
# what it is without steps, what each level of the step adds, and the most.
COMMON = (0.45, 0.05, 0.75)


def round_for_png(image: Floats, step: int) -> npt.NDArray[np.uint8]:
    """Round an image so that PNG's filter "average" leaves little to compress.

    Each sample is rounded to a multiple of the step away from the mean of those to its left and
    above, which are rounded already (in the first row, from that to its left). So few different
    numbers are left, most of them 0, and smooth areas do not fall into bands as they do if the
    samples themselves become multiples. PNG knows nothing of colours; but three equal numbers
    repeat more often than three of one's own each, and so all colours of a pixel take the
    same one where that is nearly as good. (Differential pulse-code modulation, as in
    near-lossless JPEG-LS, ITU-T T.87, with another prediction.)

    Args:
        image: (h, w, C), nominally 0 to 1; values outside are clamped.
        step: In levels of 255; 1 to ``config.MOST_LR_STEP``.

    Returns:
        (h, w, C); off by at most 0.75 steps, or by one near black and white.
    """
    samples = np.moveaxis(image, 2, 0)[None] * np.float32(LEVELS)
    rounded = round_batch_for_png(samples, np.array([step], np.float32))
    return np.ascontiguousarray(np.moveaxis(rounded[0], 0, 2))


def round_batch_for_png(samples: Floats, steps: Floats) -> npt.NDArray[np.uint8]:
    """Round images, each in its step; see ``round_for_png``.

    Pixels of one diagonal depend on those of the one before alone, and are rounded together.

    Args:
        samples: (B, C, h, w) in levels, nominally 0 to 255.
        steps: (B,) whole numbers.

    Returns:
        (B, C, h, w).
    """
    *_, height, width = samples.shape
    pixels = np.ascontiguousarray(samples).reshape(*samples.shape[:2], -1)
    rounded = np.empty(pixels.shape, np.uint8)
    step = steps[:, None, None]
    offset, slope, most = COMMON
    tolerance = np.minimum(most, offset + slope * step)
    # The diagonal before by rows, with one row more above the image.
    before = np.zeros((*samples.shape[:2], height + 1), np.float32)
    for diagonal in range(height + width - 1):
        first, last = max(0, diagonal - width + 1), min(height - 1, diagonal)
        start, stop = (row * width + diagonal - row for row in (first, last))
        here = slice(start, stop + 1, max(1, width - 1))
        left, above = before[..., first + 1 : last + 2], before[..., first : last + 1]
        expected = np.floor((left + above) / 2)
        if first == 0:
            expected[..., 0] = left[..., 0]
        difference = (pixels[..., here].clip(0, LEVELS) - expected) / step
        common = _rounded(difference.mean(axis=1, keepdims=True))
        nearly = np.abs(difference - common).max(axis=1, keepdims=True) <= tolerance
        value = expected + step * np.where(nearly, common, _rounded(difference))
        value += step * ((value < 0).astype(np.float32) - (value > LEVELS))
        before[..., first + 1 : last + 2] = value
        rounded[..., here] = value
    return rounded.reshape(samples.shape)


def _rounded(difference: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.floating[Any]]:
    whole: npt.NDArray[np.floating[Any]] = np.trunc(difference + np.copysign(ROUND_UP, difference))
    return whole
