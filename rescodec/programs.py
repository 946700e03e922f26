"""What programs that convert files set for themselves, and the errors that they report.

All of it holds for the whole process, or is decided for a user, so the library leaves it alone.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from PIL import Image as PillowImage

from rescodec.codec import NoiseError, QualityError
from rescodec.images import ImageError
from rescodec.weights_file import WeightsError
from rescodec_formats import FormatError

# Errors of files and machines; any other is a bug.
EXPECTED_ERRORS: tuple[type[Exception], ...] = (
    FormatError,
    ImageError,
    NoiseError,
    QualityError,
    WeightsError,
    OSError,
    MemoryError,
)


def prepare_pillow(max_pixels: int) -> None:
    """Set Pillow's limit, and keep what it says about odd files to itself."""
    PillowImage.MAX_IMAGE_PIXELS = max_pixels
    for library in ("PIL", "tifffile"):
        logging.getLogger(library).setLevel(logging.CRITICAL + 1)
    warnings.filterwarnings("ignore", module="PIL")
    warnings.simplefilter("error", PillowImage.DecompressionBombWarning)


@contextmanager
def memory_errors() -> Iterator[None]:
    """Make one error of the ways in which torch says that memory ran out."""
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise MemoryError from error
    except RuntimeError as error:
        if "DefaultCPUAllocator" not in str(error):
            raise
        raise MemoryError from error
