"""What is wrong with a restored picture, in figures: maps, and numbers from them.

All pictures are (H, W, 3) uint8 RGB; luma is that of BT.601, its chroma Cb and Cr of the full
range (as JPEG has it), everything in levels of 255.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from rescodec.metrics import PEAK

Image = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

# Beyond these decibels the arithmetic itself is what is measured.
MOST = 80.0
LUMA = np.array([0.299, 0.587, 0.114])
CHROMA = np.array([[-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]])
# Corners of the RGB cube that have a colour, by name.
HUES = {
    "red": (1, 0, 0),
    "yellow": (1, 1, 0),
    "green": (0, 1, 0),
    "cyan": (0, 1, 1),
    "blue": (0, 0, 1),
    "magenta": (1, 0, 1),
}
# Of the luma's gradient, in levels: steps that are seen as edges, and areas seen as flat.
EDGE = 40.0
FLAT = 4.0
# How far from an edge, in pixels, an error counts as ringing.
REACH = 5
# Fewer pixels than this near edges say nothing about a tile.
LEAST_PIXELS = 64
# Mean square of a gradient in levels, below which blur could not be seen.
LEAST_GRADIENT = 16.0


def decibels(mean_square: float) -> float:
    """Return the PSNR of a mean squared error in levels."""
    return math.inf if mean_square == 0 else 10 * math.log10(PEAK**2 / mean_square)


def error(original: Image, restored: Image) -> Floats:
    """Return restored minus original, (H, W, 3)."""
    return restored.astype(np.float64) - original


def color_share(difference: Floats) -> float:
    """Return how much of the squared error is colour: what is left without each pixel's mean."""
    total = float(np.mean(difference**2))
    return 0.0 if total == 0 else 1 - float(np.mean(difference.mean(axis=-1) ** 2)) / total


def tint(difference: Floats) -> tuple[float, float]:
    """Return the mean shift of Cb and Cr over an area of any shape, (..., 3)."""
    cb, cr = CHROMA @ difference.reshape(-1, 3).mean(axis=0)
    return float(cb), float(cr)


def hue(shift: Sequence[float]) -> str:
    """Return the name of the pure colour towards which Cb and Cr are shifted.

    >>> hue((-3.0, -4.0))
    'green'
    """
    direction = np.asarray(shift)

    def likeness(name: str) -> float:
        pure = CHROMA @ np.array(HUES[name], dtype=np.float64)
        return float(direction @ pure / np.linalg.norm(pure))

    return max(HUES, key=likeness)


def gradients(luma: Floats) -> tuple[Floats, Floats]:
    """Return differences to the pixel on the right and to the one below, (H, W) each."""
    across = np.diff(luma, axis=1, append=luma[:, -1:])
    down = np.diff(luma, axis=0, append=luma[-1:])
    return across, down


def gradient_kept(original: Floats, restored: Floats) -> float | None:
    """Return how much of the gradients a restored picture has: 1 all, less where it is blurred.

    The slope of the restored gradients over the original ones; an error that has nothing to
    do with the picture does not change it, as it would the energy.

    Args:
        original: Luma, (H, W).
        restored: Likewise.

    Returns:
        None where the original is too flat to tell.
    """
    before, after = np.stack(gradients(original)), np.stack(gradients(restored))
    energy = float(np.sum(before**2))
    if energy < LEAST_GRADIENT * original.size:
        return None
    return float(np.sum(before * after)) / energy


def ringing_area(luma: Floats) -> Mask:
    """Return where ringing would be seen: flat pixels near a strong edge."""
    across, down = (np.abs(part) for part in gradients(luma))
    # A gradient belongs to both pixels that it lies between.
    largest = np.maximum.reduce([across, down, _shifted(across, 1, 1), _shifted(down, 1, 0)])
    area: Mask = _dilated(largest > EDGE, REACH) & (largest < FLAT)
    return area


def ringing(difference: Floats, area: Mask) -> float | None:
    """Return the RMS of an error of luma in ``ringing_area``; None where that is too small."""
    if np.count_nonzero(area) < LEAST_PIXELS:
        return None
    return math.sqrt(float(np.mean(difference[area] ** 2)))


def seam(difference: Floats, borders: Sequence[int], like: int) -> float:
    """Return how much larger steps of an error are across some columns than across others.

    Args:
        difference: Error of luma, (H, W).
        borders: Columns that begin behind a border.
        like: Borders are compared with all other columns that are multiples of this.

    Returns:
        1 where the borders are like others; more if they show.
    """
    steps = np.abs(np.diff(difference, axis=1)).mean(axis=0)
    # Step k lies before column k + 1.
    others = [x for x in range(like, difference.shape[1], like) if x not in borders]
    elsewhere = float(np.mean([steps[x - 1] for x in others]))
    across = float(np.mean([steps[x - 1] for x in borders]))
    return across / elsewhere if elsewhere else math.inf if across else 1.0


def _shifted(values: Floats, by: int, axis: int) -> Floats:
    moved = np.roll(values, by, axis)
    moved[(slice(None),) * axis + (0,)] = 0
    return moved


def _dilated(mask: Mask, reach: int) -> Mask:
    """Return what lies within so many pixels of a mask, in a square."""
    padded, side = np.pad(mask, reach), 2 * reach + 1
    return np.asarray(sliding_window_view(padded, (side, side)).any(axis=(-2, -1)))
