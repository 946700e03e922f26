"""TIFFs of 16 bits per sample, read and written with tifffile."""

from __future__ import annotations

import math
import zlib
from typing import IO, Any, Final, cast

import numpy as np
import numpy.typing as npt
from tifffile import COMPRESSION, FileHandle, TiffFile, TiffPage, imwrite

from rescodec.images.eight_bit import cmyk_error
from rescodec.images.errors import ImageError, image_errors, require_pixels
from rescodec.images.opening import chosen_of
from rescodec.metadata import Metadata
from rescodec.photo import Photo, Samples, photo_of_samples

# As TIFF 6.0 numbers them.
_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _CMYK = 0, 1, 2, 5
_PREMULTIPLIED, _STRAIGHT = 1, 2
_UNSIGNED: Final = 1
_DEFLATE: Final = {8, 32946}
# None, LZW, PackBits, zstd and deflate: lossless, and decoded to no more than the stated size.
_COMPRESSIONS: Final = {1, 5, 32773, 50000} | _DEFLATE
_ORIENTATION, _XMP = 274, 700
_BYTES: Final = 1
_LEVEL: Final = 6
# tifffile asks files for their names, which are numbers for those that the system made.
_NAME: Final = "photo"


def read_deep_tiff(
    file: IO[bytes], name: str, frame: int | None, max_pixels: int
) -> tuple[Photo, int | None]:
    """Return the pixels of one page of a 16-bit TIFF, and how they are to be turned.

    Grey that counts from white is inverted, and premultiplied colours are divided by their
    alpha; other samples are what they are in the file.

    Args:
        file: A whole TIFF; read from its start.
        name: Of the file, for the command that a message proposes.
        frame: Page, counted from 0; None for the only one.
        max_pixels: Refuse larger pages.

    Returns:
        The photo as stored, without metadata, and its orientation as EXIF counts, None if that is
        not stated.

    Raises:
        ImageError: It is no TIFF of 16-bit grey or RGB, has further channels, is compressed
            in a way that is not read here, or is damaged.
        LimitError: It has too many pixels.
    """
    file.seek(0)
    with image_errors(), TiffFile(cast(Any, file), name=_NAME) as tiff:
        page = tiff.pages[chosen_of(len(tiff.pages), frame)]
        if not isinstance(page, TiffPage):
            raise ImageError("damaged or truncated image: its page cannot be read")
        require_pixels(page.imagewidth, page.imagelength, max_pixels)
        _require_samples(page, name)
        _require_segments(page, max_pixels)
        samples = _samples(page)
        tag = page.tags.get(_ORIENTATION)
    if page.photometric == _WHITE_IS_ZERO:
        samples[..., 0] = 65535 - samples[..., 0]
    photo = photo_of_samples(samples)
    if photo.alpha is not None and page.extrasamples[0] == _PREMULTIPLIED:
        photo = Photo(_straight(photo.pixels, photo.alpha), photo.alpha, photo.grey)
    return photo, int(tag.value) if tag is not None and tag.value in range(1, 9) else None


def write_deep_tiff(samples: Samples, file: IO[bytes], metadata: Metadata) -> None:
    """Write samples as a TIFF of 16 bits each, deflated.

    Profile, XMP and resolution go with them; ``add_exif`` puts EXIF in afterwards.

    Args:
        samples: (H, W, C) uint16 with 1 to 4 channels: grey, grey and alpha, RGB, RGBA.
        file: Where it goes; must be seekable.
        metadata: Of the photo.
    """
    channels = samples.shape[2]
    xmp = metadata.xmp
    imwrite(
        FileHandle(cast(Any, file), name=_NAME, size=0),
        samples if channels > 1 else samples[..., 0],
        photometric="minisblack" if channels < 3 else "rgb",
        planarconfig="contig" if channels > 1 else None,
        extrasamples=("unassalpha",) if channels in (2, 4) else None,
        compression="zlib",
        compressionargs={"level": _LEVEL},
        predictor=True,
        resolution=metadata.dots_per_inch,
        resolutionunit="inch" if metadata.dots_per_inch else None,
        iccprofile=metadata.icc_profile,
        extratags=[(_XMP, _BYTES, len(xmp), xmp, True)] if xmp else None,
        software=False,
        metadata=None,
        maxworkers=1,
    )


def _require_samples(page: TiffPage, name: str) -> None:
    """Refuse samples that are no 16-bit grey or RGB, with or without alpha."""
    bits = page.bitspersample
    if page.photometric == _CMYK:
        raise cmyk_error(name)
    if bits != 16 or page.sampleformat != _UNSIGNED:
        kind = {2: "signed", 3: "floating-point"}.get(int(page.sampleformat), "unsigned")
        raise ImageError(
            f"has {kind} samples of {bits} bits; TIFFs of 16 unsigned bits, and common ones of 8 "
            "bits, are read: convert it to one of these"
        )
    colors = {_WHITE_IS_ZERO: 1, _BLACK_IS_ZERO: 1, _RGB: 3}.get(int(page.photometric))
    if colors is None:
        raise ImageError("has 16-bit colours that are neither grey nor RGB; convert it to RGB")
    others = page.samplesperpixel - colors
    alpha = len(page.extrasamples) == 1 and page.extrasamples[0] in (_PREMULTIPLIED, _STRAIGHT)
    if others not in (0, 1) or (others == 1 and not alpha) or page.imagedepth != 1:
        raise ImageError(
            f"has {page.samplesperpixel} channels, of which {colors} are colours; remove those "
            "that are no alpha channel, as they would be lost"
        )


def _require_segments(page: TiffPage, max_pixels: int) -> None:
    """Refuse strips and tiles that are missing, or would become larger than is stated.

    tifffile leaves the samples of missing ones zero or undefined, and without imagecodecs it
    inflates without a limit.
    """
    if page.compression not in _COMPRESSIONS:
        raise ImageError(
            f"is compressed as {_name(page)}; of 16-bit TIFFs those with LZW, deflate, "
            "PackBits, zstd or without compression are read"
        )
    if page.is_tiled:
        require_pixels(page.tilewidth, page.tilelength, max_pixels)
    if 0 in page.shaped:
        raise ImageError("damaged or truncated image: it states a size of 0")
    sizes = page.databytecounts
    if len(sizes) != math.prod(page.chunked) or len(page.dataoffsets) != len(sizes):
        raise ImageError("damaged or truncated image: strips or tiles are missing")
    if not all(sizes) or not all(page.dataoffsets):
        raise ImageError("damaged or truncated image: strips or tiles are empty")
    if page.compression in _DEFLATE:
        most = math.prod(page.chunks) * 2
        handle = page.parent.filehandle
        for offset, size in zip(page.dataoffsets, sizes, strict=True):
            handle.seek(offset)
            if len(zlib.decompressobj().decompress(handle.read(size), most + 1)) > most:
                raise ImageError("damaged or truncated image: a strip or tile is too long")


def _samples(page: TiffPage) -> npt.NDArray[np.uint16]:
    """Return the samples of a page that was checked, (H, W, C)."""
    try:
        samples = page.asarray(squeeze=False, maxworkers=1)
    except ValueError as error:
        if "imagecodecs" not in str(error):
            raise
        raise ImageError(
            f"is compressed as {_name(page)}, which needs the package imagecodecs: "
            "pip install rescodec[tiff]"
        ) from error
    # Planes of channels, depth, rows, columns, channels of each pixel.
    planes, _, height, width, channels = page.shaped
    planar = samples.reshape(planes, height, width, channels)
    return np.concatenate(list(planar), axis=2).astype(np.uint16)


def _straight(pixels: Samples, alpha: Samples) -> Samples:
    """Undo the multiplication of colours with their alpha."""
    divisor = np.maximum(alpha, 1).astype(np.uint64)[..., None]
    colors = (pixels.astype(np.uint64) * 65535 + divisor // 2) // divisor
    straight: npt.NDArray[np.uint16] = np.minimum(colors, 65535).astype(np.uint16)
    return straight


def _name(page: TiffPage) -> str:
    try:
        return COMPRESSION(page.compression).name
    except ValueError:
        return f"number {page.compression}"
