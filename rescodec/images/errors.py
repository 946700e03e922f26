"""What is wrong with an image file, in one line."""

from __future__ import annotations

import contextlib
import errno
import re
import struct
import zlib
from collections.abc import Iterator
from typing import Final

from PIL import Image as PillowImage
from PIL import UnidentifiedImageError
from tifffile import TiffFileError

from rescodec_formats import LimitError

SUPPORTED: Final = "JPEG, PNG, WebP, TIFF, AVIF, BMP, PPM and others that Pillow reads"
# What Pillow's and tifffile's readers raise on damage, by format and by the kind of damage.
_DAMAGE: Final = (
    *(OSError, SyntaxError, ValueError, TypeError, IndexError, KeyError, EOFError),
    *(AttributeError, NotImplementedError, OverflowError, RuntimeError, ZeroDivisionError),
    *(AssertionError, struct.error, zlib.error, TiffFileError),
)


class ImageError(ValueError):
    """A source is no image, is damaged, or is of a kind that would lose something."""


@contextlib.contextmanager
def image_errors() -> Iterator[None]:
    """Turn what readers raise on bad files into ``ImageError``; ours pass through."""
    try:
        yield
    except (ImageError, LimitError):
        raise
    except UnidentifiedImageError as error:
        raise ImageError(f"not an image in a known format; expected {SUPPORTED}") from error
    except (PillowImage.DecompressionBombError, PillowImage.DecompressionBombWarning) as error:
        found = re.search(r"\d+", str(error))
        raise too_many(int(found[0]) if found else 0, PillowImage.MAX_IMAGE_PIXELS or 0) from error
    except _DAMAGE as error:
        # Damage can send a reader to an impossible offset, which the system calls invalid.
        if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):
            raise
        raise ImageError(f"damaged or truncated image: {error}") from error


def require_pixels(width: int, height: int, most: int) -> None:
    """Refuse an image of too many pixels, before they are read.

    Raises:
        LimitError: It has more than ``most``.
    """
    if width * height > most:
        raise too_many(width * height, most)


def too_many(pixels: int, most: int) -> LimitError:
    """Return the error for an image of more pixels than the limit."""
    return LimitError(f"has {pixels:,} pixels, more than the limit of {most:,}", limit="hr_pixels")
