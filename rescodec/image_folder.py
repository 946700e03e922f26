"""Folders of pictures, as training and evaluation read them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import cast

import numpy as np
import numpy.typing as npt
from PIL import Image as PillowImage

Image = npt.NDArray[np.uint8]
# Of Pillow: 16 bits, 32 bits, and floating point.
DEEP_MODES = ("I", "F")
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
    """Read an opaque picture of 8 bits as (H, W, 3) uint8 RGB.

    Raises:
        OSError: There is no such file.
        ValueError: It cannot be read as a picture, or would lose something as 8-bit RGB.
    """
    try:
        with PillowImage.open(path) as image:
            if image.mode.startswith(DEEP_MODES):
                raise ValueError("has more than 8 bits per sample; make 8-bit RGB of it first")
            if image.has_transparency_data and _least_alpha(image) < 255:
                raise ValueError("has transparency; put it on a background first")
            return np.asarray(image.convert("RGB"))
    except FileNotFoundError:
        raise
    except (OSError, SyntaxError, ValueError, PillowImage.DecompressionBombError) as error:
        raise ValueError(f"{path}: {error}") from error


def _least_alpha(image: PillowImage.Image) -> float:
    least, _ = image.convert("RGBA").getchannel("A").getextrema()
    return cast(float, least)


def crop_to_multiple(image: Image, multiple: int) -> Image:
    """Cut rows and columns at the end until both sizes are multiples."""
    height, width = (n - n % multiple for n in image.shape[:2])
    return image[:height, :width]
