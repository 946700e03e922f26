"""Write pixels as a PNG."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import BinaryIO, Final

from .chunks import SIGNATURE, Chunk, write_chunk
from .deflate import deflate_rows
from .effort import DEFAULT_EFFORT, Effort, effort_of
from .header import MAX_SIDE
from .pixels import GREY, GREY_ALPHA, RGB, RGBA
from .scanlines import Samples

_COLOR_TYPES: Final = {1: GREY, 2: GREY_ALPHA, 3: RGB, 4: RGBA}


def write_png(
    file: BinaryIO,
    samples: Samples,
    *,
    chunks: Sequence[Chunk] = (),
    effort: int = DEFAULT_EFFORT,
) -> None:
    """Write an image as a PNG, not interlaced.

    Args:
        file: a binary file object, which is written from where it stands.
        samples: (height, width, C) uint8 or uint16, stored as they are: C is 1 for grey, 2 for
            grey and alpha, 3 for RGB, 4 for RGB and alpha.
        chunks: ancillary chunks to write before or after the pixels, as each says.
        effort: 0 (fast) to 9 (small): how hard to compress; the content is the same.

    Raises:
        TypeError: if the samples are of another type.
        ValueError: if their shape is not allowed, or the effort is out of range.
        OSError: if the file cannot be written.
    """
    tried = effort_of(effort)
    if samples.dtype.kind != "u" or samples.itemsize > 2:
        raise TypeError(f"samples must be uint8 or uint16, got {samples.dtype}")
    if samples.ndim != 3 or samples.shape[2] not in _COLOR_TYPES:
        raise ValueError(
            f"samples must have the shape (height, width, 1 to 4), got {samples.shape}"
        )
    height, width, channels = samples.shape
    if not (1 <= height <= MAX_SIDE and 1 <= width <= MAX_SIDE):
        raise ValueError(f"a PNG cannot have {width}x{height} pixels")
    depth, color = 8 * samples.itemsize, _COLOR_TYPES[channels]
    file.write(SIGNATURE)
    write_chunk(file, b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0))
    for chunk in chunks:
        if not chunk.after_pixels:
            write_chunk(file, chunk.type, chunk.data)
    write_pixels(file, samples, tried)
    for chunk in chunks:
        if chunk.after_pixels:
            write_chunk(file, chunk.type, chunk.data)
    write_chunk(file, b"IEND")


def write_pixels(file: BinaryIO, samples: Samples, effort: Effort) -> None:
    """Write the IDAT chunks of an image: (height, width, C) uint8 or uint16."""
    height, _, channels = samples.shape
    rows = samples.reshape(height, -1)
    for piece in deflate_rows(rows, channels * samples.itemsize, effort):
        write_chunk(file, b"IDAT", piece)
