"""Quality on held-out images while training: no files, but real rounding."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from rescodec.metrics import psnr, psnr_y
from rescodec.networks import Rescaler
from rescodec.quantize import from_uint8, to_uint8
from rescodec.resample import bicubic_downscale

Image = npt.NDArray[np.uint8]


def require_size(image: Image, scale: int, path: Path) -> None:
    """Refuse an image of which ``validate`` would have nothing left to compare.

    Raises:
        ValueError: It has no pixel outside borders of ``scale``.
    """
    if min(image.shape[:2]) <= 2 * scale:
        raise ValueError(f"{path}: too small for validation at scale {scale}")


@torch.inference_mode()
def validate(network: Rescaler, images: Sequence[Image], device: torch.device) -> dict[str, float]:
    """Restore images from their 8-bit LR image and planes.

    Args:
        network: In float32.
        images: (H, W, 3) uint8, sizes multiples of the scale.
        device: Where the network is.

    Returns:
        ``psnr_y`` of HR and restoration and ``lr_psnr`` of LR and bicubic, in dB, means
        over the images.
    """
    scale = network.config.scale
    rows = []
    for image in images:
        hr = from_uint8(torch.from_numpy(np.array(image)).to(device))
        hr = hr.permute(2, 0, 1)[None]
        down = network(hr)
        lr, planes = to_uint8(down.lr), to_uint8(down.planes)
        restored = to_uint8(network.inverse(from_uint8(lr), from_uint8(planes)))
        bicubic = to_uint8(bicubic_downscale(hr, scale))
        rows.append((psnr_y(image, _pixels(restored), scale), psnr(_pixels(bicubic), _pixels(lr))))
    quality, lr_quality = np.mean(rows, axis=0)
    return {"psnr_y": float(quality), "lr_psnr": float(lr_quality)}


def _pixels(batch: torch.Tensor) -> Image:
    pixels: Image = batch[0].permute(1, 2, 0).cpu().numpy()
    return pixels
