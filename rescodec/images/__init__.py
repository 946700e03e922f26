"""Photos on their way in and out: image files to arrays and back, with nothing lost unsaid."""

from __future__ import annotations

from rescodec.images.errors import ImageError
from rescodec.images.opening import Source
from rescodec.images.reading import read_photo
from rescodec.images.saving import FILE_FORMATS, require_format, require_suffix, save_photo

__all__ = [
    "FILE_FORMATS",
    "ImageError",
    "Source",
    "read_photo",
    "require_format",
    "require_suffix",
    "save_photo",
]
