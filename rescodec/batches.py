"""Images of one size between arrays and the strips of a network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from rescodec.devices import to_cpu
from rescodec.encoded_image import EncodedImage
from rescodec.fitting import lr_size
from rescodec.latent import Latent
from rescodec.networks import Rescaler
from rescodec.networks.latent_code import code_size
from rescodec.networks.rescaler import RGB
from rescodec.quantize import to_uint8, to_uint16
from rescodec.strips import decode_strips, encode_strips, to_images

Pixels = npt.NDArray[Any]


class Downscaled(NamedTuple):
    """What a network makes of one image.

    Attributes:
        lr: (h, w, 3), as in ``EncodedStrip``.
        planes: (P, h, w), likewise.
        code: (code_channels, ceil(h / 4), ceil(w / 4)) int8; None for networks without a code.
    """

    lr: Pixels
    planes: Pixels
    code: npt.NDArray[np.int8] | None


class Rows:
    """An array that is filled strip by strip.

    Args:
        shape: Of the array.
        dtype: Of the array.
        axis: Which axis the rows are.

    Attributes:
        array: Its rows beyond those that were filled are undefined.
    """

    def __init__(self, shape: tuple[int, ...], dtype: type[np.generic], *, axis: int = 0) -> None:
        self.array: Pixels = np.empty(shape, dtype)
        # The same memory with the rows first.
        self._rows = np.moveaxis(self.array, axis, 0)
        self._axis = axis
        self._filled = 0

    def fill(self, strip: Pixels) -> None:
        """Put a strip below the last one; rows beyond the array's end are padding."""
        rows = np.moveaxis(strip, self._axis, 0)
        left = self._rows[self._filled :]
        left[: len(rows)] = rows[: len(left)]
        self._filled += len(rows)


def downscaled(
    network: Rescaler,
    images: Sequence[Pixels],
    device: torch.device,
    *,
    rows: int,
    side: int,
    dtype: type[np.generic],
) -> list[Downscaled]:
    """Return what a network makes of images.

    Args:
        network: On the device.
        images: (H, W, 3) uint8 or uint16, all alike.
        device: Where to compute.
        rows: As for ``encode_strips``.
        side: Likewise.
        dtype: Of LR images and planes: uint8, or float32 for networks with a dial.
    """
    config = network.config
    size = lr_size(images[0].shape[:2], config.scale)
    lr = [Rows((*size, RGB), dtype) for _ in images]
    planes = [Rows((config.analysed_planes, *size), dtype, axis=1) for _ in images]
    coded = (config.code_channels, *code_size(size))
    codes = [Rows(coded, np.int8, axis=1) for _ in images] if config.code_channels else []
    for strip in encode_strips(network, images, device, rows=rows, side=side):
        for wholes, parts in zip((lr, planes, codes), strip, strict=True):
            if parts is not None:
                _fill(wholes, parts)
    return [
        Downscaled(lr[i].array, planes[i].array, codes[i].array if codes else None)
        for i in range(len(images))
    ]


def restored(
    network: Rescaler,
    images: Sequence[EncodedImage],
    latent: Latent,
    device: torch.device,
    *,
    rows: int,
    side: int,
    bits: Literal[8, 16],
) -> list[Pixels]:
    """Return the (H, W, 3) uint8 or uint16 images that a network restores.

    Args:
        network: On the device.
        images: All alike.
        latent: Of the images.
        device: Where to compute.
        rows: As for ``decode_strips``.
        side: Likewise.
        bits: Of the samples.
    """
    height, width = images[0].hr_size
    dtype = np.uint8 if bits == 8 else np.uint16
    wholes = [Rows((height, width, RGB), dtype) for _ in images]
    strips = decode_strips(
        network,
        [image.lr for image in images],
        [image.planes for image in images if image.planes is not None] or None,
        latent,
        device,
        rows=rows,
        side=side,
        steps=[image.steps for image in images],
    )
    for strip in strips:
        # Not every device knows uint16.
        levels = to_uint8(strip) if bits == 8 else to_uint16(to_cpu(strip))
        _fill(wholes, to_images(levels)[:, :, :width])
    return [whole.array for whole in wholes]


def _fill(wholes: Sequence[Rows], parts: Tensor) -> None:
    for whole, part in zip(wholes, to_cpu(parts).numpy(), strict=True):
        whole.fill(part)
