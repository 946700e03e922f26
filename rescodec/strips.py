"""Images of one size through a network strip by strip, from integers to rounded integers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from rescodec.devices import to_device
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
    """Some rows of encoded images.

    Attributes:
        lr: (B, n, w, 3) RGB: uint8, or float32 in 0 to 1 and unrounded where there is a dial.
        planes: (B, P, n, w) uint8, or float32 and unrounded likewise.
        code: (B, code_channels, m, ceil(w / 4)) int8, its rows behind those of the LR image;
            None for networks without a code.
    """

    lr: Tensor
    planes: Tensor
    code: Tensor | None


def encode_strips(
    network: Rescaler, hr: Sequence[Pixels], device: torch.device, *, rows: int, side: int
) -> Iterator[EncodedStrip]:
    """Encode images.

    Args:
        network: On the device.
        hr: (H, W, 3) uint8 or uint16, all alike.
        device: Where to compute.
        rows: HR rows of a strip, a multiple of the scale; 0 to run the network on whole
            images, as its definition has it.
        side: Of the tiles in which a strip is computed, in positions of a level.

    Yields:
        The encoded images from top to bottom.
    """
    scale, autoencoder = network.config.scale, network.autoencoder
    if not rows:
        down = network(pad_to_multiple(_to_batch(hr, device, network.dtype), scale))
        code = None if autoencoder is None else autoencoder.encode(pad_to_code(down.z))
        yield _rounded(network, down, code)
        return
    forward = StreamedForward(network, side=side)
    encoder = None if autoencoder is None else StreamedEncoder(autoencoder, side=side)
    height = len(hr[0])
    for top in range(0, height, rows):
        last = top + rows >= height
        strips = [image[top : top + rows] for image in hr]
        batch = pad_to_multiple(_to_batch(strips, device, network.dtype), scale)
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
        seen = _to_batch([rounded[start:stop]], device, network.dtype)
        yield forward.push(image, seen, last=stop == height)


def decode_strips(
    network: Rescaler,
    lr: Sequence[Pixels],
    planes: Sequence[Pixels] | None,
    latent: Latent,
    device: torch.device,
    *,
    rows: int,
    side: int,
    steps: Sequence[Sequence[float]] = (),
) -> Iterator[Tensor]:
    """Decode images.

    Args:
        network: On the device.
        lr: (h, w, 3) uint8, all alike.
        planes: Of each, (P, h, w) uint8, or int16 multiples of ``steps``; None for neutral ones.
        latent: Of the images.
        device: Where to compute.
        rows: LR rows of a strip; 0 as for ``encode_strips``.
        side: Of the tiles in which a strip is computed, in positions of a level.
        steps: Of the planes of each, for networks with a dial.

    Yields:
        (B, 3, n, w * scale) of the images, nominally 0 to 1, from top to bottom.
    """
    height, width = lr[0].shape[:2]
    dtype = network.dtype
    sizes = None
    if network.steps is not None and planes is not None:
        of_channels = [network.steps.of_channels(of_image) for of_image in steps]
        sizes = torch.tensor(of_channels, dtype=dtype, device=device)[:, :, None, None]
    if not rows:
        z = latent.rows(0, height, side=max(height, width))
        stack = _to_planes(planes, device, dtype, sizes)
        yield network.inverse(_to_batch(lr, device, dtype), stack, z)
        return
    inverse = StreamedInverse(network, side=side)
    for start in range(0, height, rows):
        stop = min(start + rows, height)
        yield inverse.push(
            _to_batch([image[start:stop] for image in lr], device, dtype),
            _to_planes(planes and [p[:, start:stop] for p in planes], device, dtype, sizes),
            latent.rows(start, stop, side=side),
            last=stop == height,
        )


def to_images(batch: Tensor) -> Tensor:
    """Return (B, 3, h, w) as (B, h, w, 3)."""
    return batch.permute(0, 2, 3, 1)


def _rounded(network: Rescaler, down: Rescaled, code: Tensor | None) -> EncodedStrip:
    if network.steps is not None:
        return EncodedStrip(to_images(down.lr.float()), down.planes.float(), None)
    return EncodedStrip(
        lr=to_images(to_uint8(down.lr)),
        planes=to_uint8(down.planes),
        code=None if code is None else to_code(code, network.config.code_levels),
    )


def _to_batch(images: Sequence[Pixels], device: torch.device, dtype: torch.dtype) -> Tensor:
    stack = _stacked(images)
    if stack.dtype == torch.uint8:
        floats = from_uint8(to_device(stack, device), dtype)
    else:
        # Not every device knows uint16.
        floats = to_device(from_uint16(stack, dtype), device)
    # (B, H, W, 3) seen as (B, 3, H, W) is already in channels-last order.
    return floats.permute(0, 3, 1, 2)


def _to_planes(
    planes: Sequence[Pixels] | None,
    device: torch.device,
    dtype: torch.dtype,
    steps: Tensor | None,
) -> Tensor | None:
    if planes is None:
        return None
    stored = to_device(_stacked(planes), device)
    return from_uint8(stored, dtype) if steps is None else from_multiples(stored, steps)


def _stacked(arrays: Sequence[Pixels]) -> Tensor:
    # A copy: torch warns about arrays that must not be written to, and takes no mirrored ones.
    return torch.from_numpy(np.stack(arrays))
