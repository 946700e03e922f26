"""PPM and PGM of 16 bits per sample, the binary kinds (P6 and P5)."""

from __future__ import annotations

import re
from typing import IO, Final

import numpy as np

from rescodec.images.errors import ImageError, require_pixels
from rescodec.photo import Photo, Samples, photo_of_samples

_DEPTH: Final = 65535
# Magic number, width, height and largest value, with comments between them, then one space.
_SPACE: Final = rb"(?:\s|#[^\r\n]*[\r\n])+"
_HEADER: Final = re.compile(
    rb"P([56])" + _SPACE + rb"(\d{1,10})" + _SPACE + rb"(\d{1,10})" + _SPACE + rb"(\d{1,5})\s"
)
_HEADER_BYTES: Final = 4096


def read_deep_pnm(file: IO[bytes], max_pixels: int) -> Photo:
    """Return the pixels of a binary PPM or PGM whose samples go up to 65535.

    Args:
        file: A whole file; read from its start.
        max_pixels: Refuse larger images.

    Raises:
        ImageError: It is plain text, has another largest value, or is truncated.
        LimitError: It has too many pixels.
    """
    file.seek(0)
    found = _HEADER.match(file.read(_HEADER_BYTES))
    if found is None or int(found[4]) != _DEPTH:
        largest = f"up to {found[4].decode()}" if found else "of more than 8 bits as text"
        raise ImageError(
            f"has samples {largest}; of deep PPM and PGM files those that are binary and go up "
            "to 65535 are read: save it so, or as a 16-bit PNG"
        )
    channels = 3 if found[1] == b"6" else 1
    width, height = int(found[2]), int(found[3])
    require_pixels(width, height, max_pixels)
    file.seek(found.end())
    size = 2 * height * width * channels
    data = file.read(size)
    if len(data) < size or not size:
        raise ImageError(f"damaged or truncated image: {len(data):,} of {size:,} bytes are there")
    samples = np.frombuffer(data, ">u2").reshape(height, width, channels)
    return photo_of_samples(samples.astype(np.uint16))


def write_deep_pnm(samples: Samples, file: IO[bytes]) -> None:
    """Write grey or RGB samples, (H, W, 1 or 3) uint16, as a binary PGM or PPM."""
    height, width, channels = samples.shape
    file.write(b"P%d %d %d %d\n" % (6 if channels == 3 else 5, width, height, _DEPTH))
    for row in samples:
        file.write(row.astype(">u2").tobytes())
