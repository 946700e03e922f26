"""Quality on held-out images while training: no files, but real rounding."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from rescodec.codec import Codec
from rescodec.loading import LoadedModel
from rescodec.metrics import psnr, psnr_y
from rescodec.networks import Rescaler
from rescodec.resample import bicubic_image
from rescodec.weights_file import weights_of

# The middle of the dial.
DIAL_QUALITY = 50

Image = npt.NDArray[np.uint8]


def require_size(image: Image, scale: int, path: Path) -> None:
    """Refuse an image of which ``validate`` would have nothing left to compare.

    Raises:
        ValueError: It has no pixel outside borders of ``scale``.
    """
    if min(image.shape[:2]) <= 2 * scale:
        raise ValueError(f"{path}: too small for validation at scale {scale}")


def validate(network: Rescaler, images: Sequence[Image], device: torch.device) -> dict[str, float]:
    """Encode and decode images as files would.

    Args:
        network: In float32; one with a dial works with the step in its middle.
        images: (H, W, 3) uint8, sizes multiples of the scale.
        device: Where to compute.

    Returns:
        ``psnr_y`` of HR and restoration and ``lr_psnr`` of LR and bicubic, in dB, means
        over the images.
    """
    codec = Codec(LoadedModel("validation", weights_of(network)), device=str(device))
    quality = DIAL_QUALITY if network.config.dial_steps else None
    rows = []
    for image in images:
        encoded = codec.encode(image, quality=quality)
        restored = psnr_y(image, codec.decode(encoded), codec.scale)
        rows.append((restored, psnr(bicubic_image(image, codec.scale), encoded.lr)))
    hr_psnr, lr_psnr = np.mean(rows, axis=0)
    return {"psnr_y": float(hr_psnr), "lr_psnr": float(lr_psnr)}
