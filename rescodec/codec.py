"""Encoding and decoding of pixel arrays: a network with its rounding."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from rescodec.devices import choose_device, full_float32
from rescodec.loading import LoadedModel, load_model
from rescodec.networks import in_tiles
from rescodec.quantize import from_uint8, to_uint8
from rescodec.zoo import default_model

Image = npt.NDArray[np.uint8]

# Positions a side. On a CPU what a tile needs fits the cache; a GPU wants large kernels.
CPU_TILE = 192
GPU_TILE = 1024


@dataclass(frozen=True, eq=False)
class EncodedImage:
    """All that decoding needs, as 8-bit samples.

    Attributes:
        lr: (h, w, 3) uint8 RGB, h = ceil(H / scale), w = ceil(W / scale).
        planes: (P, h, w) uint8 learned planes; None where they are lost.
        hr_size: (H, W) of the original.
    """

    lr: Image
    planes: Image | None
    hr_size: tuple[int, int]


class Codec:
    """A model ready to encode and decode arrays on one device.

    Args:
        model: Loaded weights and their name; ``Codec.open`` finds them by name.
        device: ``auto``, ``cpu``, ``cuda`` or ``mps``.

    Raises:
        WeightsError: The weights do not fit their configuration.
        ValueError: The device is not available.
    """

    def __init__(self, model: LoadedModel, *, device: str = "auto") -> None:
        self.id = model.id
        self.weights_sha256 = model.weights.digest
        self.config = model.weights.config
        self.device = choose_device(device)
        network = model.weights.build().to(self.device)
        network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._network = in_tiles(network, CPU_TILE if self.device.type == "cpu" else GPU_TILE)

    @classmethod
    def open(
        cls, model: str | Path | None = None, *, scale: int = 2, device: str = "auto"
    ) -> Codec:
        """Load a model by id or path, or the default model of a scale.

        Raises:
            WeightsError: The weights are missing or damaged.
            ValueError: There is no model for the scale, or no such device.
        """
        return cls(load_model(default_model(scale) if model is None else model), device=device)

    @property
    def scale(self) -> int:
        """Downscaling factor a side."""
        return self.config.scale

    @torch.inference_mode()
    def encode(self, hr: Image) -> EncodedImage:
        """Downscale an image.

        Args:
            hr: (H, W, 3) uint8 RGB of any size from 1x1.

        Returns:
            The LR image and its planes, rounded to 8 bits.

        Raises:
            ValueError: The array is no RGB image.
        """
        _require_rgb(hr, "HR image")
        height, width = hr.shape[:2]
        with full_float32(self.device):
            down = self._network(_pad_to_multiple(self._to_batch(hr), self.scale))
        planes = to_uint8(down.planes)[0].cpu().numpy()
        return EncodedImage(_to_image(to_uint8(down.lr)), planes, (height, width))

    @torch.inference_mode()
    def decode(self, encoded: EncodedImage) -> Image:
        """Restore the HR image.

        With ``planes`` None a neutral plane stands in, and the result is about as good
        as upscaling.

        Args:
            encoded: LR image, planes and HR size.

        Returns:
            (H, W, 3) uint8 RGB.

        Raises:
            ValueError: Shapes do not fit each other or the model.
        """
        _require_rgb(encoded.lr, "LR image")
        height, width = encoded.hr_size
        size = encoded.lr.shape[:2]
        expected = (-(-height // self.scale), -(-width // self.scale))
        if size != expected:
            raise ValueError(f"LR image is {size}; HR {encoded.hr_size} needs {expected}")
        planes = None
        if encoded.planes is not None:
            shape = (self.config.planes, *size)
            if encoded.planes.dtype != np.uint8 or encoded.planes.shape != shape:
                raise ValueError(
                    f"planes have shape {encoded.planes.shape}, {encoded.planes.dtype}; "
                    f"expected {shape}, uint8"
                )
            planes = from_uint8(torch.from_numpy(encoded.planes.copy()).to(self.device))[None]
        lr = self._to_batch(encoded.lr)
        with full_float32(self.device):
            hr = self._network.inverse(lr, planes, self._latent(lr))
        return _to_image(to_uint8(hr[:, :, :height, :width]))

    def _latent(self, lr: Tensor) -> Tensor | None:
        """Return z for networks that were trained with noise, None for z = 0."""
        if self.config.latent_std == 0:
            return None
        # Drawn on the CPU, so that every device restores the same picture.
        generator = torch.Generator().manual_seed(0)
        shape = (1, self.config.latent_channels, *lr.shape[2:])
        noise = torch.randn(shape, generator=generator) * self.config.latent_std
        return noise.to(self.device)

    def _to_batch(self, image: Image) -> Tensor:
        # (H, W, 3) seen as (1, 3, H, W) is already in channels-last order.
        pixels = torch.from_numpy(np.array(image)).to(self.device)
        return from_uint8(pixels).permute(2, 0, 1)[None]


def _require_rgb(image: Image, what: str) -> None:
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or image.size == 0:
        raise ValueError(
            f"{what} is {image.dtype} with shape {image.shape}; expected uint8 (H, W, 3)"
        )


def _pad_to_multiple(batch: Tensor, multiple: int) -> Tensor:
    """Repeat the last row and column until both sizes are multiples."""
    height, width = batch.shape[2:]
    bottom, right = -height % multiple, -width % multiple
    if not bottom and not right:
        return batch
    return functional.pad(batch, (0, right, 0, bottom), mode="replicate")


def _to_image(batch: Tensor) -> Image:
    image: Image = batch[0].permute(1, 2, 0).contiguous().cpu().numpy()
    return image
