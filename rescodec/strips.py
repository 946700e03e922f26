"""Images through a network strip by strip, from integers to rounded integers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from rescodec.latent import Latent
from rescodec.networks import Rescaled, Rescaler
from rescodec.networks.latent_code import pad_to_code
from rescodec.networks.padding import pad_to_multiple
from rescodec.networks.streamed import StreamedForward, StreamedInverse, StreamedRefinement
from rescodec.networks.streamed_code import StreamedEncoder
from rescodec.quantize import (
    from_multiples,
    from_uint8,
    from_uint16,
    to_code,
    to_uint8,
)

Pixels = npt.NDArray[Any]


class EncodedStrip(NamedTuple):
    """Some rows of an encoded image.

    Attributes:
        lr: (n, w, 3) RGB: uint8, or float32 in 0 to 1 and unrounded where there is a dial.
        planes: (P, n, w) uint8, or float32 and unrounded likewise.
        code: (code_channels, m, ceil(w / 4)) int8, its rows behind those of the LR image;
            None for networks without a code.
    """

    lr: Tensor
    planes: Tensor
    code: Tensor | None


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


def encode_strips(
    network: Rescaler, hr: Pixels, device: torch.device, *, rows: int, side: int
) -> Iterator[EncodedStrip]:
    """Encode an image.

    Args:
        network: On the device.
        hr: (H, W, 3) uint8 or uint16.
        device: Where to compute.
        rows: HR rows of a strip, a multiple of the scale; 0 to run the network on the whole
            image, as its definition has it.
        side: Of the tiles in which a strip is computed, in positions of a level.

    Yields:
        The encoded image from top to bottom.
    """
    scale, autoencoder = network.config.scale, network.autoencoder
    if not rows:
        down = network(pad_to_multiple(_to_batch(hr, device, network.dtype), scale))
        code = None if autoencoder is None else autoencoder.encode(pad_to_code(down.z))
        yield _rounded(network, down, code)
        return
    forward = StreamedForward(network, side=side)
    encoder = None if autoencoder is None else StreamedEncoder(autoencoder, side=side)
    for top in range(0, hr.shape[0], rows):
        last = top + rows >= hr.shape[0]
        batch = pad_to_multiple(_to_batch(hr[top : top + rows], device, network.dtype), scale)
        down = forward.push(batch, last=last)
        code = None if encoder is None else encoder.push(down.z, last=last)
        yield _rounded(network, down, code)


def refine_strips(
    network: Rescaler,
    lr: npt.NDArray[np.float32],
    rounded: Pixels,
    device: torch.device,
    *,
    rows: int,
    side: int,
) -> Iterator[Tensor]:
    """Return what a rounded LR image lacks, as the first planes of a network with a dial.

    Args:
        network: On the device; with a dial.
        lr: (h, w, 3), in 0 to 1, unrounded.
        rounded: (h, w, 3) uint8.
        device: Where to compute.
        rows: LR rows of a strip; 0 for the whole image at once.
        side: Of the tiles in which a strip is computed, in positions.

    Yields:
        (1, 3, n, w) planes, from top to bottom.
    """
    forward = StreamedRefinement(network, side=side)
    height = len(lr)
    rows = rows or height
    for start in range(0, height, rows):
        stop = min(start + rows, height)
        floats = torch.from_numpy(lr[start:stop]).to(device, network.dtype)
        image = floats.permute(2, 0, 1)[None]
        seen = _to_batch(rounded[start:stop], device, network.dtype)
        yield forward.push(image, seen, last=stop == height)


def decode_strips(
    network: Rescaler,
    lr: Pixels,
    planes: Pixels | None,
    latent: Latent,
    device: torch.device,
    *,
    rows: int,
    side: int,
    steps: Sequence[float] = (),
) -> Iterator[Tensor]:
    """Decode an image.

    Args:
        network: On the device.
        lr: (h, w, 3) uint8.
        planes: (P, h, w) uint8, or int16 multiples of ``steps``; None for neutral ones.
        latent: Of the image.
        device: Where to compute.
        rows: LR rows of a strip; 0 as for ``encode_strips``.
        side: Of the tiles in which a strip is computed, in positions of a level.
        steps: Of the planes, for networks with a dial.

    Yields:
        (1, 3, n, w * scale) of the image, nominally 0 to 1, from top to bottom.
    """
    height, width = lr.shape[:2]
    dtype = network.dtype
    if network.steps is not None and steps:
        steps = network.steps.of_channels(steps)
    if not rows:
        z = latent.rows(0, height, side=max(height, width))
        stack = _to_planes(planes, device, dtype, steps)
        yield network.inverse(_to_batch(lr, device, dtype), stack, z)
        return
    inverse = StreamedInverse(network, side=side)
    for start in range(0, height, rows):
        stop = min(start + rows, height)
        yield inverse.push(
            _to_batch(lr[start:stop], device, dtype),
            _to_planes(None if planes is None else planes[:, start:stop], device, dtype, steps),
            latent.rows(start, stop, side=side),
            last=stop == height,
        )


def to_image(batch: Tensor) -> Tensor:
    """Return (1, 3, h, w) as (h, w, 3)."""
    return batch[0].permute(1, 2, 0)


def _rounded(network: Rescaler, down: Rescaled, code: Tensor | None) -> EncodedStrip:
    if network.steps is not None:
        return EncodedStrip(to_image(down.lr.float()), down.planes[0].float(), None)
    return EncodedStrip(
        lr=to_image(to_uint8(down.lr)),
        planes=to_uint8(down.planes)[0],
        code=None if code is None else to_code(code, network.config.code_levels)[0],
    )


def _to_batch(image: Pixels, device: torch.device, dtype: torch.dtype) -> Tensor:
    # A copy: torch warns about arrays that must not be written to, and takes no mirrored ones.
    pixels = torch.from_numpy(np.array(image))
    if image.dtype == np.uint8:
        floats = from_uint8(pixels.to(device), dtype)
    else:
        # Not every device knows uint16.
        floats = from_uint16(pixels, dtype).to(device)
    # (H, W, 3) seen as (1, 3, H, W) is already in channels-last order.
    return floats.permute(2, 0, 1)[None]


def _to_planes(
    planes: Pixels | None, device: torch.device, dtype: torch.dtype, steps: Sequence[float]
) -> Tensor | None:
    if planes is None:
        return None
    stored = torch.from_numpy(np.array(planes)).to(device)
    if not steps:
        return from_uint8(stored, dtype)[None]
    sizes = torch.tensor(steps, dtype=dtype, device=device)
    return from_multiples(stored, sizes[:, None, None])[None]
