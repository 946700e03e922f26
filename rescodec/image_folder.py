"""Folders of pictures, as training and evaluation read them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image as PillowImage

Image = npt.NDArray[np.uint8]
SUFFIXES = {".png", ".webp", ".bmp", ".ppm", ".tif", ".tiff", ".jpg", ".jpeg"}


def image_paths(folders: Sequence[Path]) -> list[Path]:
    """Return all pictures directly in the folders, sorted by name in each.

    Raises:
        ValueError: A folder holds none.
    """
    paths: list[Path] = []
    for folder in folders:
        found = sorted(p for p in folder.iterdir() if p.suffix.lower() in SUFFIXES)
        if not found:
            raise ValueError(f"{folder}: no images found")
        paths += found
    return paths


def load_rgb(path: Path) -> Image:
    """Read a picture as (H, W, 3) uint8 RGB."""
    with PillowImage.open(path) as image:
        return np.asarray(image.convert("RGB"))


def crop_to_multiple(image: Image, multiple: int) -> Image:
    """Cut rows and columns at the end until both sizes are multiples."""
    height, width = (n - n % multiple for n in image.shape[:2])
    return image[:height, :width]
