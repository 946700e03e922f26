"""Encoding and decoding of pixel arrays: a network with its rounding."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from contextlib import AbstractContextManager
from functools import cached_property
from pathlib import Path
from typing import Literal, overload

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from rescodec.batches import Downscaled, Rows, downscaled, restored
from rescodec.devices import choose_device, free_bytes, to_cpu
from rescodec.encoded_image import DialSteps, EncodedImage, UnroundedImage
from rescodec.fitting import kind_of, require_alike, require_fitting, require_rgb
from rescodec.latent import Latent
from rescodec.loading import LoadedModel, load_model
from rescodec.lr_rounding import round_for_png
from rescodec.networks.dial import lr_step
from rescodec.networks.rescaler import RGB
from rescodec.noise import NoiseError as NoiseError
from rescodec.noise import chosen_noise
from rescodec.plane_rounding import to_multiples
from rescodec.precision import Precision, chosen_precision, computing
from rescodec.strip_height import EXACT_TILE, strip_height, tile_side
from rescodec.strips import refine_strips
from rescodec.zoo import choose_model

Image = npt.NDArray[np.uint8]
DeepImage = npt.NDArray[np.uint16]
BitDepth = Literal[8, 16]

# So that wide images leave most of a large memory to others all the same.
CPU_MEMORY = 4 * 2**30
# Sides of tiles that make a strip: more rows need more memory and save nothing.
STRIP_TILES = 2
MAX_QUALITY = 100


class QualityError(ValueError):
    """The quality that was asked for is none that a model offers."""


class Codec:
    """A model ready to encode and decode arrays on one device.

    Args:
        model: Loaded weights and their name; ``Codec.open`` finds them by name.
        device: ``auto``, ``cpu``, ``cuda`` or ``mps``.
        precision: ``fp32``, or ``fp16`` to let the subnets work in float16 where that moves no
            sample by more than a level (docs/batch.md): in decoding, and in encoding without a
            dial. What is lossless stays so. ``auto`` is that for released models on CUDA.

    Raises:
        WeightsError: The weights do not fit their configuration.
        ValueError: The device is not available, or there is no such precision.
    """

    def __init__(
        self, model: LoadedModel, *, device: str = "auto", precision: Precision = "fp32"
    ) -> None:
        self.id = model.id
        self.weights_sha256 = model.weights.digest
        self.config = model.weights.config
        self.device = choose_device(device)
        self.precision = chosen_precision(precision, self.id, self.device)
        network = model.weights.build().to(self.device)
        network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._network = network
        self._side = tile_side(self.device)

    @classmethod
    def open(
        cls,
        model: str | Path | None = None,
        *,
        scale: int = 2,
        device: str = "auto",
        precision: Precision = "fp32",
    ) -> Codec:
        """Load a model by id, path or family.

        Args:
            model: Id of a released model, path of a weights file, or a family (``alpha``,
                ``dial``, ``latent`` or ``plain``), whose default model is taken; None for
                ``alpha``.
            scale: Of the family's model; ignored for ids and paths.
            device: ``auto``, ``cpu``, ``cuda`` or ``mps``.
            precision: As for the constructor.

        Raises:
            WeightsError: The weights are missing or damaged.
            ValueError: The family has no model of this scale, or there is no such device.
        """
        return cls(load_model(choose_model(model, scale)), device=device, precision=precision)

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
        twin = self.on("cpu")
        twin._network.double()
        twin._network.to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]
        twin._side = EXACT_TILE
        return twin

    def on(self, device: str, precision: Precision = "fp32") -> Codec:
        """Return the same model on a device, with weights of its own.

        Args:
            device: As for the constructor.
            precision: Likewise.

        Raises:
            ValueError: As the constructor.
        """
        twin = copy.copy(self)
        twin.device = choose_device(device)
        twin.precision = chosen_precision(precision, self.id, twin.device)
        twin._network = copy.deepcopy(self._network).to(twin.device)
        twin._side = tile_side(twin.device)
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
        return self.encode_batch([hr], tile=tile, quality=quality)[0]

    @torch.inference_mode()
    def encode_batch(
        self,
        images: Sequence[Image | DeepImage],
        *,
        tile: int | None = None,
        quality: float | None = None,
    ) -> list[EncodedImage]:
        """Downscale images of one size together.

        A convolution may sum in another order than for one image, so that a few samples in a
        million lie one level from those of ``encode``.

        Args:
            images: As for ``encode``, of one shape and type.
            tile: As for ``encode``.
            quality: Likewise, of all.

        Raises:
            ValueError: As for ``encode``, or the images are not alike.
            QualityError: Likewise.
        """
        if self.config.dial_steps:
            if quality is None:
                raise QualityError(f"model {self.id} has a dial: it needs a quality")
            steps = self.dial_steps(quality)
            unrounded = self.analyse_batch(images, tile=tile)
            return [self.round(image, steps, tile=tile) for image in unrounded]
        if quality is not None:
            raise self._no_dial()
        parts = self._downscaled(images, tile, np.uint8)
        return [EncodedImage(lr, planes, images[0].shape[:2], code) for lr, planes, code in parts]

    @torch.inference_mode()
    def analyse_batch(
        self, images: Sequence[Image | DeepImage], *, tile: int | None = None
    ) -> list[UnroundedImage]:
        """Downscale images with a model that has a dial; ``round`` then sets it.

        Args:
            images: As for ``encode_batch``.
            tile: Likewise.

        Raises:
            ValueError: As for ``encode_batch``.
            QualityError: The model has no dial.
        """
        if not self.config.dial_steps:
            raise self._no_dial()
        parts = self._downscaled(images, tile, np.float32)
        return [UnroundedImage(lr, planes, images[0].shape[:2]) for lr, planes, _ in parts]

    def analyse(self, hr: Image | DeepImage, *, tile: int | None = None) -> UnroundedImage:
        """Do the same for one image."""
        return self.analyse_batch([hr], tile=tile)[0]

    @torch.inference_mode()
    def round(
        self, image: UnroundedImage, steps: DialSteps, *, tile: int | None = None
    ) -> EncodedImage:
        """Set the dial of an image.

        Args:
            image: From ``analyse`` or ``analyse_batch``.
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
        rows = self._strip_height(tile, image.hr_size[1]) // self.scale
        with computing(self.device, fp16=False):
            for strip in refine_strips(
                self._network, image.lr, lr, self.device, rows=rows, side=self._side
            ):
                refinement.fill(to_cpu(strip[0].float()).numpy())
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
        images = [encoded]
        return self.decode_batch(images, sigma=sigma, seed=seed, tile=tile, bit_depth=bit_depth)[0]

    @torch.inference_mode()
    def decode_batch(
        self,
        images: Sequence[EncodedImage],
        *,
        sigma: float | None = None,
        seed: int | None = None,
        tile: int | None = None,
        bit_depth: BitDepth = 8,
    ) -> list[Image | DeepImage]:
        """Restore images of one size together; as near to ``decode`` as ``encode_batch`` is.

        Noise depends on the seed and the position alone: it is the same for all images.

        Args:
            images: As for ``decode``, of one HR size, all with planes or none, likewise with codes.
            sigma: As for ``decode``.
            seed: Likewise.
            tile: Likewise.
            bit_depth: Likewise.

        Raises:
            ValueError: As for ``decode``, or the images are not alike.
            NoiseError: As for ``decode``.
        """
        sigma, seed = chosen_noise(sigma, seed, std=self.config.latent_std, model=self.id)
        if bit_depth not in (8, 16):
            raise ValueError(f"bit_depth is {bit_depth!r}; supported are 8 and 16")
        for image in images:
            require_fitting(image, self.config)
        require_alike(map(kind_of, images))
        rows = self._strip_height(tile, images[0].hr_size[1] * len(images)) // self.scale
        codes = [image.code for image in images if image.code is not None] or None
        lr_width = images[0].lr.shape[1]
        latent = Latent(self._network, lr_width, self.device, codes, sigma, seed)
        with self._computing():
            return restored(
                self._network,
                images,
                latent,
                self.device,
                rows=rows,
                side=self._side,
                bits=bit_depth,
            )

    def _downscaled(
        self, images: Sequence[Image | DeepImage], tile: int | None, dtype: type[np.generic]
    ) -> list[Downscaled]:
        for image in images:
            require_rgb(image, "HR image", np.uint8, np.uint16)
        require_alike((image.shape, image.dtype.name) for image in images)
        rows = self._strip_height(tile, images[0].shape[1] * len(images))
        with self._computing(coarse=not self.config.dial_steps):
            return downscaled(
                self._network, images, self.device, rows=rows, side=self._side, dtype=dtype
            )

    def _computing(self, *, coarse: bool = True) -> AbstractContextManager[None]:
        """Compute in the codec's precision, or in full where that may not be coarse."""
        fp16 = coarse and self.precision == "fp16" and self._network.dtype == torch.float32
        return computing(self.device, fp16=fp16)

    def _no_dial(self) -> QualityError:
        return QualityError(f"model {self.id} has no dial: quality does not apply to it")

    def _strip_height(self, tile: int | None, width: int) -> int:
        """Return the rows of a strip for images that are so wide together."""
        free, most = free_bytes(self.device), STRIP_TILES * self._side
        if self.device.type == "cpu":
            free = min(free, CPU_MEMORY)
        # The rows of a strip are planned for in single precision.
        free = free * torch.float32.itemsize // self._network.dtype.itemsize
        return strip_height(tile, width, self.config, free=free, most=most)
