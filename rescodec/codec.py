"""Encoding and decoding of pixel arrays: a network with its rounding."""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, overload

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from rescodec.devices import choose_device, free_bytes, full_float32
from rescodec.encoded_image import DialSteps, EncodedImage, UnroundedImage
from rescodec.latent import Latent
from rescodec.loading import LoadedModel, load_model
from rescodec.lr_rounding import round_for_png
from rescodec.networks.dial import lr_step
from rescodec.networks.latent_code import code_size
from rescodec.networks.rescaler import RGB
from rescodec.noise import MAX_SEED
from rescodec.plane_rounding import to_multiples
from rescodec.quantize import is_code, to_uint8, to_uint16
from rescodec.strip_height import strip_height
from rescodec.strips import Rows, decode_strips, encode_strips, refine_strips, to_image
from rescodec.zoo import choose_model

Image = npt.NDArray[np.uint8]
DeepImage = npt.NDArray[np.uint16]
BitDepth = Literal[8, 16]

# Positions a side. On a CPU what a tile needs fits the cache; a GPU wants large kernels.
CPU_TILE = 192
GPU_TILE = 1024
# In double precision convolutions unfold their input, nine times over.
EXACT_TILE = 64
# So that wide images leave most of a large memory to others all the same.
CPU_MEMORY = 4 * 2**30
# Sides of tiles that make a strip: more rows need more memory and save nothing.
STRIP_TILES = 2
ROUNDED: dict[int, tuple[type[np.generic], Callable[[Tensor], Tensor]]] = {
    8: (np.uint8, to_uint8),
    16: (np.uint16, to_uint16),
}
MAX_QUALITY = 100
# More than any model makes sense of; keeps float32 finite.
MAX_SIGMA = 100.0


class QualityError(ValueError):
    """The quality that was asked for is none that a model offers."""


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
        self._network = network
        self._side = CPU_TILE if self.device.type == "cpu" else GPU_TILE

    @classmethod
    def open(
        cls, model: str | Path | None = None, *, scale: int = 2, device: str = "auto"
    ) -> Codec:
        """Load a model by id, path or family.

        Args:
            model: Id of a released model, path of a weights file, or a family (``alpha``,
                ``dial``, ``latent`` or ``plain``), whose default model is taken; None for
                ``alpha``.
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

    @property
    def tensors(self) -> list[Tensor]:
        """Parameters and buffers of the network, such as processes may share."""
        return [*self._network.parameters(), *self._network.buffers()]

    @cached_property
    def exact(self) -> Codec:
        """The same model in double precision on the CPU.

        What it restores is the same on every machine, once it is rounded. The last bits of a
        double differ with the processor, the number of threads and the tiles, about 1e-13 of the
        range; only a sample that lies that near the middle of two levels can differ.
        """
        twin = copy.copy(self)
        twin.device = torch.device("cpu")
        network = copy.deepcopy(self._network).to(twin.device, torch.float64)
        network.to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]
        twin._network, twin._side = network, EXACT_TILE
        return twin

    @torch.inference_mode()
    def encode(
        self, hr: Image | DeepImage, *, tile: int | None = None, quality: float | None = None
    ) -> EncodedImage:
        """Downscale an image.

        Args:
            hr: (H, W, 3) uint8 or uint16 RGB of any size from 1x1.
            tile: HR rows worked on at a time, rounded up to a multiple of the scale; 0 for
                the whole image at once, None for a number that suits width and memory.
            quality: 0 (coarse) to 100 (fine), for models with a dial, which need one.

        Returns:
            The LR image, its planes and the code of z, rounded.

        Raises:
            ValueError: The array is no RGB image, or the tile no number of rows.
            QualityError: The model has no dial, or the quality is out of range.
        """
        if self.config.dial_steps:
            if quality is None:
                raise QualityError(f"model {self.id} has a dial: it needs a quality")
            return self.round(self.analyse(hr, tile=tile), self.dial_steps(quality), tile=tile)
        if quality is not None:
            raise self._no_dial()
        lr, planes, code = self._downscaled(hr, tile, np.uint8)
        return EncodedImage(lr, planes, hr.shape[:2], code)

    @torch.inference_mode()
    def analyse(self, hr: Image | DeepImage, *, tile: int | None = None) -> UnroundedImage:
        """Downscale an image with a model that has a dial; ``round`` then sets it.

        Args:
            hr: As for ``encode``.
            tile: Likewise.

        Raises:
            ValueError: The array is no RGB image, or the tile no number of rows.
            QualityError: The model has no dial.
        """
        if not self.config.dial_steps:
            raise self._no_dial()
        lr, planes, _ = self._downscaled(hr, tile, np.float32)
        return UnroundedImage(lr, planes, hr.shape[:2])

    @torch.inference_mode()
    def round(
        self, image: UnroundedImage, steps: DialSteps, *, tile: int | None = None
    ) -> EncodedImage:
        """Set the dial of an image.

        Args:
            image: From ``analyse``.
            steps: From ``dial_steps``.
            tile: As for ``encode``.

        Raises:
            ValueError: The tile is no number of rows.
            QualityError: The model has no dial.
        """
        if self._network.steps is None:
            raise self._no_dial()
        of_channels = self._network.steps.of_channels(steps.planes)
        lr = round_for_png(image.lr, steps.lr)
        refinement = Rows((RGB, *lr.shape[:2]), np.float32, axis=1)
        rows = self._strip_height(tile, *image.hr_size) // self.scale
        with full_float32(self.device):
            for strip in refine_strips(
                self._network, image.lr, lr, self.device, rows=rows, side=self._side
            ):
                refinement.fill(strip[0].float().cpu().numpy())
        first = to_multiples(refinement.array, of_channels[:RGB])
        planes = np.concatenate((first, to_multiples(image.planes, of_channels[RGB:])))
        return EncodedImage(lr, planes, image.hr_size, steps=steps.planes, quality=steps.quality)

    def dial_steps(self, quality: float) -> DialSteps:
        """Return in which steps images are rounded at a quality.

        Args:
            quality: 0 for the coarsest steps, 100 for the finest; between them their
                logarithms are linear.

        Raises:
            QualityError: The model has no dial, or the quality is out of range.
        """
        if self._network.steps is None:
            raise self._no_dial()
        if not 0 <= quality <= MAX_QUALITY:
            raise QualityError(f"quality is {quality}; it must lie in 0 to {MAX_QUALITY}")
        finest, coarsest = self.config.dial_steps
        step = coarsest * (finest / coarsest) ** (quality / MAX_QUALITY)
        levels = int(lr_step(torch.tensor(step), self.config.levels, self.config.lr_steps))
        return DialSteps(levels, self._network.steps.of(step), quality)

    @overload
    def decode(
        self,
        encoded: EncodedImage,
        *,
        sigma: float | None = ...,
        seed: int | None = ...,
        tile: int | None = ...,
        bit_depth: Literal[8] = ...,
    ) -> Image: ...

    @overload
    def decode(
        self,
        encoded: EncodedImage,
        *,
        sigma: float | None = ...,
        seed: int | None = ...,
        tile: int | None = ...,
        bit_depth: BitDepth = ...,
    ) -> Image | DeepImage: ...

    @torch.inference_mode()
    def decode(
        self,
        encoded: EncodedImage,
        *,
        sigma: float | None = None,
        seed: int | None = None,
        tile: int | None = None,
        bit_depth: BitDepth = 8,
    ) -> Image | DeepImage:
        """Restore the HR image.

        With ``planes`` or ``code`` None a neutral plane or z = 0 stands in.

        Args:
            encoded: LR image, payload and HR size.
            sigma: Standard deviation of z, for models that were trained with noise; None
                for the model's own ``latent_std``.
            seed: Of the noise, 0 to 2**64 - 1; None for 0.
            tile: As for ``encode``.
            bit_depth: 8 or 16, of the result's samples.

        Returns:
            (H, W, 3) RGB, uint8 or uint16.

        Raises:
            ValueError: Shapes do not fit each other or the model, or ``tile`` or
                ``bit_depth`` are not supported.
            NoiseError: Sigma or seed are given to a model that was not trained with
                noise, or are out of range.
        """
        sigma, seed = self._noise(sigma, seed)
        if bit_depth not in ROUNDED:
            raise ValueError(f"bit_depth is {bit_depth!r}; supported are 8 and 16")
        self._require_fitting(encoded)
        height, width = encoded.hr_size
        lr, planes = encoded.lr, encoded.planes
        latent = Latent(self._network, lr.shape[1], self.device, encoded.code, sigma, seed)
        dtype, rounded = ROUNDED[bit_depth]
        hr = Rows((height, width, 3), dtype)
        rows = self._strip_height(tile, height, width) // self.scale
        with full_float32(self.device):
            for strip in decode_strips(
                self._network,
                lr,
                planes,
                latent,
                self.device,
                rows=rows,
                side=self._side,
                steps=encoded.steps,
            ):
                hr.fill(to_image(rounded(strip.cpu()))[:, :width].numpy())
        return hr.array

    def _downscaled(
        self, hr: Image | DeepImage, tile: int | None, dtype: type[np.generic]
    ) -> tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[np.int8] | None]:
        """Return LR image and planes in a type, and the code of z if there is one."""
        _require_rgb(hr, "HR image", np.uint8, np.uint16)
        height, width = hr.shape[:2]
        size, config = self._lr_size(height, width), self.config
        lr = Rows((*size, RGB), dtype)
        planes = Rows((config.analysed_planes, *size), dtype, axis=1)
        code = Rows((config.code_channels, *code_size(size)), np.int8, axis=1)
        rows = self._strip_height(tile, height, width)
        with full_float32(self.device):
            for strip in encode_strips(self._network, hr, self.device, rows=rows, side=self._side):
                lr.fill(strip.lr.cpu().numpy())
                planes.fill(strip.planes.cpu().numpy())
                if strip.code is not None:
                    code.fill(strip.code.cpu().numpy())
        return lr.array, planes.array, code.array if config.code_channels else None

    def _no_dial(self) -> QualityError:
        return QualityError(f"model {self.id} has no dial: quality does not apply to it")

    def _lr_size(self, height: int, width: int) -> tuple[int, int]:
        return -(-height // self.scale), -(-width // self.scale)

    def _strip_height(self, tile: int | None, height: int, width: int) -> int:
        free, most = free_bytes(self.device), STRIP_TILES * self._side
        if self.device.type == "cpu":
            free = min(free, CPU_MEMORY)
        # The rows of a strip are planned for in single precision.
        free = free * torch.float32.itemsize // self._network.dtype.itemsize
        return strip_height(tile, width, self.config, free=free, most=most)

    def _require_fitting(self, encoded: EncodedImage) -> None:
        """Check that LR image, payload and HR size fit each other and the model."""
        _require_rgb(encoded.lr, "LR image", np.uint8)
        size, expected = encoded.lr.shape[:2], self._lr_size(*encoded.hr_size)
        if size != expected:
            raise ValueError(f"LR image is {size}; HR {encoded.hr_size} needs {expected}")
        if encoded.planes is not None:
            kind = np.int16 if self.config.dial_steps else np.uint8
            _require_shape("planes", encoded.planes, kind, (self.config.planes, *size))
            dial = self._network.steps
            if len(encoded.steps) != (0 if dial is None else len(dial.channels)):
                raise ValueError(f"there are {len(encoded.steps)} steps; each plane needs one")
        if encoded.code is not None:
            shape = (self.config.code_channels, *code_size(expected))
            _require_shape("code elements", encoded.code, np.int8, shape)
            if not is_code(encoded.code, self.config.code_levels):
                raise ValueError(
                    f"code elements exceed the model's {self.config.code_levels} levels"
                )

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


def _require_rgb(image: npt.NDArray[Any], what: str, *dtypes: type[np.generic]) -> None:
    if image.dtype not in dtypes or image.ndim != 3 or image.shape[2] != 3 or image.size == 0:
        names = " or ".join(dtype.__name__ for dtype in dtypes)
        raise ValueError(
            f"{what} is {image.dtype} with shape {image.shape}; expected {names} (H, W, 3)"
        )


def _require_shape(
    what: str, array: npt.NDArray[Any], dtype: type[np.generic], shape: tuple[int, ...]
) -> None:
    if array.dtype != dtype or array.shape != shape:
        raise ValueError(
            f"{what} have shape {array.shape}, {array.dtype}; expected {shape}, {dtype.__name__}"
        )
