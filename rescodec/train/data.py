"""Training crops from images held in memory."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

Image = npt.NDArray[np.uint8]


class CropSampler:
    """Random square crops, flipped and transposed, from images held in memory.

    The crops of a step depend on the seed and the step alone, so an interrupted run
    continues with the data it would have seen.

    Args:
        images: (H, W, 3) uint8 each; those smaller than the crop are left out.
        crop: Side of a crop in pixels.
        batch: Crops per step.
        seed: Fixes the order.
        candidates: Places that are drawn for each crop; the most detailed one is taken.

    Raises:
        ValueError: No image is large enough.
    """

    def __init__(
        self, images: Sequence[Image], crop: int, batch: int, seed: int, candidates: int = 1
    ) -> None:
        self.images = [image for image in images if min(image.shape[:2]) >= crop]
        if not self.images:
            raise ValueError(f"no training image is at least {crop} pixels a side")
        self.crop = crop
        self.batch = batch
        self.seed = seed
        self.candidates = candidates
        areas = np.array([image.shape[0] * image.shape[1] for image in self.images], dtype=float)
        self.odds = areas / areas.sum()

    def sample(self, step: int) -> Tensor:
        """Return the batch of a step: (batch, 3, crop, crop) uint8 RGB."""
        rng = np.random.default_rng((self.seed, step))
        chosen = rng.choice(len(self.images), size=self.batch, p=self.odds)
        crops = [self._augment(self._cut(self.images[i], rng), rng) for i in chosen]
        return torch.from_numpy(np.stack(crops)).permute(0, 3, 1, 2)

    def _cut(self, image: Image, rng: np.random.Generator) -> Image:
        places = [self._place(image, rng) for _ in range(self.candidates)]
        return max(places, key=_detail) if len(places) > 1 else places[0]

    def _place(self, image: Image, rng: np.random.Generator) -> Image:
        top = rng.integers(image.shape[0] - self.crop + 1)
        left = rng.integers(image.shape[1] - self.crop + 1)
        return image[top : top + self.crop, left : left + self.crop]

    @staticmethod
    def _augment(crop: Image, rng: np.random.Generator) -> Image:
        flip_rows, flip_columns, transpose = rng.integers(2, size=3)
        if flip_rows:
            crop = crop[::-1]
        if flip_columns:
            crop = crop[:, ::-1]
        return crop.swapaxes(0, 1) if transpose else crop


def _detail(crop: Image) -> float:
    """Return the mean absolute difference of neighbours in the green channel, in levels."""
    green = crop[:, :, 1].astype(np.int16)
    return float(np.abs(np.diff(green, axis=0)).mean() + np.abs(np.diff(green, axis=1)).mean())
