"""Encoding and decoding of pixel arrays: a network with its rounding."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from rescodec.devices import choose_device, full_float32
from rescodec.loading import LoadedModel, load_model
from rescodec.networks import in_tiles
from rescodec.networks.latent_code import code_size, pad_to_code
from rescodec.networks.padding import pad_to_multiple
from rescodec.noise import MAX_SEED, gaussian_noise
from rescodec.quantize import from_code, from_uint8, is_code, to_code, to_uint8
from rescodec.zoo import choose_model

Image = npt.NDArray[np.uint8]
Code = npt.NDArray[np.int8]

# Positions a side. On a CPU what a tile needs fits the cache; a GPU wants large kernels.
CPU_TILE = 192
GPU_TILE = 1024
# More than any model makes sense of; keeps float32 finite.
MAX_SIGMA = 100.0


@dataclass(frozen=True, eq=False)
class EncodedImage:
    """All that decoding needs, as 8-bit integers.

    Attributes:
        lr: (h, w, 3) uint8 RGB, h = ceil(H / scale), w = ceil(W / scale).
        planes: (P, h, w) uint8 learned planes; None where they are lost.
        hr_size: (H, W) of the original.
        code: (code_channels, ceil(h / 4), ceil(w / 4)) int8 code of z, its values at most
            (code_levels - 1) / 2 from 0; None for models that have none, and where it is
            lost.
    """

    lr: Image
    planes: Image | None
    hr_size: tuple[int, int]
    code: Code | None = None


class NoiseError(ValueError):
    """The noise that was asked for is none that a model can be decoded with."""


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
        """Load a model by id, path or family.

        Args:
            model: Id of a released model, path of a weights file, or a family (``alpha``,
                ``latent`` or ``plain``), whose default model is taken; None for ``alpha``.
            scale: Of the family's model; ignored for ids and paths.
            device: ``auto``, ``cpu``, ``cuda`` or ``mps``.

        Raises:
            WeightsError: The weights are missing or damaged.
            ValueError: The family has no model of this scale, or there is no such device.
        """
        return cls(load_model(choose_model(model, scale)), device=device)

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
            The LR image, its planes and the code of z, rounded to 8 bits.

        Raises:
            ValueError: The array is no RGB image.
        """
        _require_rgb(hr, "HR image")
        height, width = hr.shape[:2]
        with full_float32(self.device):
            down = self._network(pad_to_multiple(self._to_batch(hr), self.scale))
            code = self._code_of(down.z)
        planes = to_uint8(down.planes)[0].cpu().numpy()
        return EncodedImage(_to_image(to_uint8(down.lr)), planes, (height, width), code)

    @torch.inference_mode()
    def decode(
        self, encoded: EncodedImage, *, sigma: float | None = None, seed: int | None = None
    ) -> Image:
        """Restore the HR image.

        With ``planes`` or ``code`` None a neutral plane or z = 0 stands in.

        Args:
            encoded: LR image, payload and HR size.
            sigma: Standard deviation of z, for models that were trained with noise; None
                for the model's own ``latent_std``.
            seed: Of the noise, 0 to 2**64 - 1; None for 0.

        Returns:
            (H, W, 3) uint8 RGB.

        Raises:
            ValueError: Shapes do not fit each other or the model.
            NoiseError: Sigma or seed are given to a model that was not trained with
                noise, or are out of range.
        """
        noise = self._noise(sigma, seed)
        _require_rgb(encoded.lr, "LR image")
        height, width = encoded.hr_size
        size = encoded.lr.shape[:2]
        expected = (-(-height // self.scale), -(-width // self.scale))
        if size != expected:
            raise ValueError(f"LR image is {size}; HR {encoded.hr_size} needs {expected}")
        config = self.config
        planes = code = None
        if encoded.planes is not None:
            _require_shape("planes", encoded.planes, np.uint8, (config.planes, *size))
            planes = from_uint8(torch.from_numpy(encoded.planes.copy()).to(self.device))[None]
        if encoded.code is not None:
            shape = (config.code_channels, *code_size(size))
            _require_shape("code elements", encoded.code, np.int8, shape)
            if not is_code(encoded.code, config.code_levels):
                raise ValueError(f"code elements exceed the model's {config.code_levels} levels")
            code = torch.from_numpy(encoded.code.copy()).to(self.device)[None]
        lr = self._to_batch(encoded.lr)
        with full_float32(self.device):
            z = self._latent(size, code, *noise)
            hr = self._network.inverse(lr, planes, z)
        return _to_image(to_uint8(hr[:, :, :height, :width]))

    def _noise(self, sigma: float | None, seed: int | None) -> tuple[float, int]:
        """Return standard deviation and seed of z; 0 where z is not random."""
        std = self.config.latent_std
        if std == 0 and (sigma is not None or seed is not None):
            raise NoiseError(
                f"model {self.id} was trained without noise: sigma and seed do not apply to it; "
                "leave them out"
            )
        sigma, seed = std if sigma is None else sigma, 0 if seed is None else seed
        for name, value, kinds in (("sigma", sigma, (int, float)), ("seed", seed, int)):
            if not isinstance(value, kinds) or isinstance(value, bool):
                raise NoiseError(f"{name} is {value!r}; it must be a number")
        if not 0 <= sigma <= MAX_SIGMA:
            raise NoiseError(f"sigma is {sigma}; it must lie in 0 to {MAX_SIGMA}")
        if not 0 <= seed <= MAX_SEED:
            raise NoiseError(f"seed is {seed}; it must lie in 0 to {MAX_SEED}")
        return sigma, seed

    def _code_of(self, z: Tensor) -> Code | None:
        autoencoder = self._network.autoencoder
        if autoencoder is None:
            return None
        code = to_code(autoencoder.encode(pad_to_code(z)), self.config.code_levels)
        values: Code = code[0].cpu().numpy()
        return values

    def _latent(
        self, size: tuple[int, int], code: Tensor | None, sigma: float, seed: int
    ) -> Tensor | None:
        """Return z from its code, or noise; None for z = 0."""
        height, width = size
        if code is not None and self._network.autoencoder is not None:
            levels = from_code(code, self.config.code_levels)
            return self._network.autoencoder.decode(levels)[:, :, :height, :width]
        if sigma == 0:
            return None
        # Drawn on the CPU, so that every device restores the same picture.
        noise = gaussian_noise((self.config.latent_channels, height, width), seed)
        return torch.from_numpy(noise).to(self.device)[None] * sigma

    def _to_batch(self, image: Image) -> Tensor:
        # (H, W, 3) seen as (1, 3, H, W) is already in channels-last order.
        pixels = torch.from_numpy(np.array(image)).to(self.device)
        return from_uint8(pixels).permute(2, 0, 1)[None]


def _require_rgb(image: Image, what: str) -> None:
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or image.size == 0:
        raise ValueError(
            f"{what} is {image.dtype} with shape {image.shape}; expected uint8 (H, W, 3)"
        )


def _require_shape(
    what: str, array: npt.NDArray[Any], dtype: type[np.generic], shape: tuple[int, ...]
) -> None:
    if array.dtype != dtype or array.shape != shape:
        raise ValueError(
            f"{what} have shape {array.shape}, {array.dtype}; expected {shape}, {dtype.__name__}"
        )


def _to_image(batch: Tensor) -> Image:
    image: Image = batch[0].permute(1, 2, 0).contiguous().cpu().numpy()
    return image
