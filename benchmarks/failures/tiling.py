"""How a picture is cut into the tiles that are measured."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Corner = tuple[int, int]

# Pixels of the photo a side.
TILE = 64


def corners(height: int, width: int, side: int = TILE) -> list[Corner]:
    """Return top and left of tiles that cover a picture.

    The last tile of a row or column ends at the picture's edge and overlaps the one before,
    so that all have the same area; a picture smaller than a tile has one, smaller too.

    >>> corners(64, 100)
    [(0, 0), (0, 36)]
    """
    return [(top, left) for top in _starts(height, side) for left in _starts(width, side)]


def tile(picture: npt.NDArray[np.generic], corner: Corner, side: int = TILE) -> Floats:
    """Return a tile's samples as floats, ``(side, side, ...)`` or what there is."""
    top, left = corner
    samples: Floats = picture[top : top + side, left : left + side].astype(np.float64)
    return samples


def _starts(length: int, side: int) -> list[int]:
    starts = list(range(0, max(length - side, 0) + 1, side))
    if starts[-1] + side < length:
        starts.append(length - side)
    return starts
