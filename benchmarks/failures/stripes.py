"""Up to which contrast models restore stripes of one pixel, the finest pattern there is."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from benchmarks.failures.restoring import enlarged, quality_of
from rescodec import Codec
from rescodec.metrics import psnr
from rescodec.resample import bicubic_image

Image = npt.NDArray[np.uint8]
Indices = npt.NDArray[np.int_]

SIDE = 96
# Shares of the way from black to white, about the middle.
CONTRASTS = (0.1, 0.25, 0.5, 0.75, 1.0)
PATTERNS: Mapping[str, Callable[[Indices, Indices], Indices]] = {
    "rows": lambda y, x: y % 2,
    "columns": lambda y, x: x % 2,
    "chequers": lambda y, x: (x + y) % 2,
}


def stripes(pattern: str, contrast: float) -> Image:
    """Draw one of ``PATTERNS`` in grey, as large as its contrast allows, on a grey margin."""
    y, x = np.mgrid[:SIDE, :SIDE]
    sign = 2 * PATTERNS[pattern](y, x) - 1
    inside = (np.maximum(np.abs(y - SIDE / 2 + 0.5), np.abs(x - SIDE / 2 + 0.5))) < SIDE / 3
    grey = np.rint(127.5 + 127.5 * contrast * sign * inside).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


def by_contrast(codec: Codec) -> dict[str, list[float]]:
    """Return the PSNR over RGB of each pattern, in dB, in the order of ``CONTRASTS``.

    And that of rows that bicubic interpolation made smaller and larger, as ``bicubic``.
    """
    quality = quality_of(codec)
    results = {}
    for pattern in PATTERNS:
        drawn = [stripes(pattern, contrast) for contrast in CONTRASTS]
        restored = [codec.decode(codec.encode(image, quality=quality)) for image in drawn]
        pairs = zip(drawn, restored, strict=True)
        results[pattern] = [round(psnr(*pair), 2) for pair in pairs]
    rows = [stripes("rows", contrast) for contrast in CONTRASTS]
    results["bicubic"] = [
        round(psnr(image, enlarged(bicubic_image(image, codec.scale), (SIDE, SIDE))), 2)
        for image in rows
    ]
    return results
