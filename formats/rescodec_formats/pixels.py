"""PNG pixel data to arrays and back, whatever colour type an optimiser has chosen."""

from __future__ import annotations

import hashlib
import io
import struct
import zlib
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import PngImagePlugin

from .chunks import ChunkWalker
from .errors import FormatError
from .header import MAX_SIDE

Pixels: TypeAlias = npt.NDArray[np.uint8]

GREY, RGB, PALETTE, GREY_ALPHA, RGBA = 0, 2, 3, 4, 6
_CHANNELS: Final = {GREY: 1, RGB: 3, PALETTE: 1, GREY_ALPHA: 2, RGBA: 4}
_DEPTHS: Final = {
    GREY: (1, 2, 4, 8, 16),
    RGB: (8, 16),
    PALETTE: (1, 2, 4, 8),
    GREY_ALPHA: (8, 16),
    RGBA: (8, 16),
}
# First column and row, and the steps to the next, of the seven passes of Adam7.
_PASSES: Final = (
    *((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4)),
    *((0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)),
)
_SLICE: Final = 64 * 1024
_STEP: Final = 1024 * 1024
# What Pillow raises on damaged pixel data, by its release and by the kind of damage.
_PILLOW_ERRORS: Final = (
    *(OSError, SyntaxError, ValueError, TypeError, IndexError, KeyError, EOFError),
    *(OverflowError, struct.error, zlib.error),
)


@dataclass(frozen=True)
class ImageHeader:
    """The IHDR chunk: size, sample format and interlacing of a PNG."""

    width: int
    height: int
    bit_depth: int
    color_type: int
    interlaced: bool

    @classmethod
    def parse(cls, data: bytes, offset: int | None = None) -> ImageHeader:
        """Read the data of an IHDR chunk.

        Raises:
            FormatError: `bad-png` if the PNG specification does not allow it.
        """
        if len(data) != 13:
            raise FormatError("bad PNG: IHDR has a wrong length", kind="bad-png", offset=offset)
        width, height, depth, color, compression, filtering, interlace = struct.unpack(
            ">IIBBBBB", data
        )
        if (
            not 1 <= width <= MAX_SIDE
            or not 1 <= height <= MAX_SIDE
            or depth not in _DEPTHS.get(color, ())
            or compression
            or filtering
            or interlace > 1
        ):
            raise FormatError("bad PNG: IHDR is not valid", kind="bad-png", offset=offset)
        return cls(width, height, depth, color, bool(interlace))

    @property
    def raw_bytes(self) -> int:
        """Bytes of the scanlines before compression, in all passes."""
        bits = self.bit_depth * _CHANNELS[self.color_type]
        total = 0
        for x, y, dx, dy in _PASSES if self.interlaced else ((0, 0, 1, 1),):
            # A pass without columns has no scanlines; sizes never come out negative.
            columns, rows = -(-(self.width - x) // dx), -(-(self.height - y) // dy)
            total += rows * (1 + (columns * bits + 7) // 8) if columns else 0
        return total


@dataclass(frozen=True, eq=False)
class PngPixels:
    """The samples of a PNG.

    Attributes:
        rgb: uint8 (height, width, 3), 0 to 255, as stored: never colour-converted.
        alpha: uint8 (height, width), 0 transparent to 255 opaque; None if there is none.
    """

    rgb: Pixels
    alpha: Pixels | None


def lr_digest(lr: Pixels) -> str:
    """Return the digest of low-resolution pixels: height, width and the RGB rows.

    Args:
        lr: uint8 (height, width, 3), R G B, 0 to 255.

    Returns:
        SHA-256 in 64 hexadecimal digits, as `Header.lr_sha256` holds it.

    Raises:
        TypeError: if it is not an array of uint8.
        ValueError: if its shape is not (height, width, 3).
    """
    lr = checked_pixels(lr)
    digest = hashlib.sha256(struct.pack(">II", *lr.shape[:2]))
    digest.update(lr.data)
    return digest.hexdigest()


def checked_pixels(lr: object) -> Pixels:
    """Return an RGB image C-contiguous, or say why it is none.

    Raises:
        TypeError: if it is not an array of uint8.
        ValueError: if its shape is not (height, width, 3).
    """
    if not isinstance(lr, np.ndarray) or lr.dtype != np.uint8:
        found = lr.dtype.name if isinstance(lr, np.ndarray) else type(lr).__name__
        raise TypeError(f"pixels must be an array of uint8, got {found}")
    if lr.ndim != 3 or lr.shape[2] != 3 or 0 in lr.shape:
        raise ValueError(f"pixels must have the shape (height, width, 3), got {lr.shape}")
    return np.ascontiguousarray(lr)


def decode_pixels(
    header: ImageHeader, png: io.BytesIO, palette: bytes | None, transparency: bytes | None
) -> PngPixels:
    """Expand the pixels of a PNG to 8-bit RGB and alpha.

    Args:
        header: its image header.
        png: signature, IHDR, PLTE, IDAT and IEND; nothing else, tRNS in particular, so that
            Pillow returns the samples as they are stored.
        palette: the data of PLTE.
        transparency: the data of tRNS.

    Raises:
        FormatError: `bad-pixels` for damaged data, `bad-png` for a wrong palette or tRNS,
            `unsupported-pixels` for 16-bit samples.
    """
    if header.bit_depth == 16:
        raise FormatError(
            "16-bit PNG samples are not supported: save the image with 8 bits per channel",
            kind="unsupported-pixels",
        )
    _require_all(header, png)
    samples = _samples(header, png)
    if header.color_type == RGB:
        return PngPixels(samples, _key_alpha(samples, transparency, 255))
    if header.color_type == RGBA:
        return PngPixels(np.ascontiguousarray(samples[..., :3]), samples[..., 3].copy())
    if header.color_type == PALETTE:
        return _expand_palette(samples, palette, transparency)
    if header.color_type == GREY_ALPHA:
        return PngPixels(_grey_to_rgb(samples[..., 0]), samples[..., 1].copy())
    alpha = _key_alpha(samples[..., None], transparency, 2**header.bit_depth - 1)
    return PngPixels(_grey_to_rgb(samples), alpha)


def _require_all(header: ImageHeader, png: io.BytesIO) -> None:
    """Refuse pixel data that ends early, in whose place Pillow would leave black.

    Raises:
        FormatError: `bad-pixels`.
    """
    missing = header.raw_bytes
    inflate = zlib.decompressobj()
    walker = ChunkWalker(png)
    for head in walker:
        data = memoryview(walker.read() if head.type == b"IDAT" else b"")
        # In slices, because zlib copies what it has not consumed.
        for start in range(0, len(data), _SLICE):
            piece: bytes | memoryview = data[start : start + _SLICE]
            while piece and missing and not inflate.eof:
                try:
                    missing -= len(inflate.decompress(piece, min(missing, _STEP)))
                except zlib.error as error:
                    raise _damaged(str(error)) from error
                piece = inflate.unconsumed_tail
    if missing:
        raise _damaged(f"{missing} of {header.raw_bytes} bytes are missing")
    png.seek(0)


def _samples(header: ImageHeader, png: io.BytesIO) -> Pixels:
    """Let Pillow inflate, unfilter and de-interlace; grey comes scaled to 8 bits."""
    try:
        # The class itself, because Image.open applies a process-wide pixel limit; the caller's
        # limits have been applied already.
        with PngImagePlugin.PngImageFile(png) as image:
            # A copy, because a read-only array makes torch warn.
            samples = np.array(image)
    except _PILLOW_ERRORS as error:
        raise _damaged(str(error)) from error
    if samples.dtype == np.bool_:
        samples = samples.astype(np.uint8) * 255
    channels = _CHANNELS[header.color_type]
    shape = (header.height, header.width) + ((channels,) if channels > 1 else ())
    if samples.dtype != np.uint8 or samples.shape != shape:
        raise _damaged("wrong size")
    return samples


def _grey_to_rgb(grey: Pixels) -> Pixels:
    return np.repeat(grey[..., None], 3, axis=2)


def _expand_palette(
    indices: Pixels, palette: bytes | None, transparency: bytes | None
) -> PngPixels:
    if palette is None or len(palette) % 3 or not 3 <= len(palette) <= 768:
        raise FormatError("bad PNG: the palette is missing or not valid", kind="bad-png")
    colors = np.frombuffer(palette, np.uint8).reshape(-1, 3)
    if int(indices.max()) >= len(colors):
        raise _damaged("a colour is missing")
    if transparency is None:
        return PngPixels(colors[indices], None)
    if len(transparency) > len(colors):
        raise FormatError("bad PNG: tRNS is longer than the palette", kind="bad-png")
    alpha = np.full(len(colors), 255, np.uint8)
    alpha[: len(transparency)] = np.frombuffer(transparency, np.uint8)
    return PngPixels(colors[indices], alpha[indices])


def _key_alpha(samples: Pixels, transparency: bytes | None, maximum: int) -> Pixels | None:
    """Return the alpha of an image in which tRNS declares one colour transparent."""
    if transparency is None:
        return None
    channels = samples.shape[2]
    if len(transparency) != 2 * channels:
        raise FormatError("bad PNG: tRNS has a wrong length", kind="bad-png")
    # Only the low bits of each 16-bit value count; grey samples are scaled to 8 bits by now.
    key = np.frombuffer(transparency, ">u2") & maximum
    scaled = (key * (255 // maximum)).astype(np.uint8)
    return np.where((samples == scaled).all(axis=2), 0, 255).astype(np.uint8)


def _damaged(problem: str) -> FormatError:
    return FormatError(f"the pixels are damaged: {problem}", kind="bad-pixels")
