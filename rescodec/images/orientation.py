"""Turning pixels upright as EXIF's orientation asks."""

from __future__ import annotations

from typing import Any

import numpy as np

from rescodec.photo import Samples


def turned(samples: Samples, orientation: int) -> Samples:
    """Return samples upright and contiguous.

    Args:
        samples: (H, W) or (H, W, C), rows and columns as stored.
        orientation: 1 to 8, where EXIF 2.3 (tag 274) says that row 0 and column 0 are.

    >>> turned(np.array([[1, 2], [3, 4]], np.uint8), 6).tolist()
    [[3, 1], [4, 2]]
    """
    # The stored rows are the columns of the scene from 5 on.
    view: Any = samples.swapaxes(0, 1) if orientation >= 5 else samples
    if orientation in (3, 4, 7, 8):
        view = view[::-1]
    if orientation in (2, 3, 6, 7):
        view = view[:, ::-1]
    upright: Samples = np.ascontiguousarray(view)
    return upright
