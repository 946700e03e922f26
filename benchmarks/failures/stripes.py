"""Up to which contrast models restore stripes of one pixel, the finest pattern there is."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt
import torch

from benchmarks.failures.causes import batch
from benchmarks.failures.measures import MOST
from benchmarks.failures.restoring import enlarged, round_trip
from rescodec import Codec
from rescodec.loading import load_model
from rescodec.metrics import psnr
from rescodec.quantize import LEVELS

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


@torch.inference_mode()
def by_contrast(codec: Codec) -> dict[str, dict[str, list[float]]]:
    """Return what becomes of each pattern, in the order of ``CONTRASTS``.

    That is ``psnr_rgb`` of the restored pixels; ``lr_psnr`` of the LR image against bicubic; and
    ``lr_beyond``, how far the network's LR image leaves black and white before it is clipped, in
    levels. For comparison ``bicubic`` holds the PSNR of what is made smaller and larger again.
    """
    network = load_model(codec.id).weights.build()
    results: dict[str, dict[str, list[float]]] = {}
    for pattern in PATTERNS:
        columns: dict[str, list[float]] = {}
        for contrast in CONTRASTS:
            drawn = stripes(pattern, contrast)
            trip = round_trip(codec, drawn)
            lr = network(batch(drawn)).lr
            larger = enlarged(trip.bicubic, (SIDE, SIDE))
            found = {
                "psnr_rgb": min(psnr(drawn, trip.restored), MOST),
                "lr_psnr": min(psnr(trip.lr, trip.bicubic), MOST),
                "lr_beyond": LEVELS * float(torch.maximum(-lr, lr - 1).max().clamp(min=0)),
                "bicubic": psnr(drawn, larger),
            }
            for name, value in found.items():
                columns.setdefault(name, []).append(round(value, 2))
        results[pattern] = columns
    return results
