"""Restored photos as files: which format holds what."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import IO, Any, BinaryIO, Final, cast

from PIL import Image as PillowImage

from rescodec.images.deep_pnm import write_deep_pnm
from rescodec.images.errors import ImageError
from rescodec.metadata import add_exif, lr_chunks, save_options
from rescodec.photo import Photo
from rescodec_formats import write_png


@dataclass(frozen=True)
class FileFormat:
    """A format that photos are written in.

    Attributes:
        name: Pillow's.
        alpha: It can hold an alpha channel.
        deep: It can hold 16 bits per sample.
        options: Of Pillow's writer; photos are kept without loss where possible.
    """

    name: str
    alpha: bool
    deep: bool
    options: dict[str, Any] = field(default_factory=dict)


# Of PNGs: tells photographs from drawings. More finds 0.1 percent (docs/speed.md).
_EFFORT: Final = 2
_TIFF: Final = FileFormat("TIFF", True, True, {"compression": "tiff_adobe_deflate"})
_JPEG: Final = FileFormat("JPEG", False, False, {"quality": 95, "subsampling": 0})
# Which format a suffix stands for.
FILE_FORMATS: Final = {
    ".png": FileFormat("PNG", True, True),
    ".tif": _TIFF,
    ".tiff": _TIFF,
    ".webp": FileFormat("WEBP", True, False, {"lossless": True, "exact": True}),
    ".bmp": FileFormat("BMP", False, False),
    ".ppm": FileFormat("PPM", False, True),
    ".jpg": _JPEG,
    ".jpeg": _JPEG,
}


def save_photo(photo: Photo, file: IO[bytes], suffix: str) -> None:
    """Write a photo to an open file in the format of a suffix such as ``.png``.

    Greyscale stays greyscale where the format has it (all but WebP), alpha and 16 bits are
    kept. Metadata goes with it, except to BMP and PPM, which have no place for it here.

    Raises:
        ImageError: The suffix is not supported, or its format not for such a photo.
        OSError: The file cannot be written.
    """
    require_format(suffix, alpha=photo.alpha is not None, bit_depth=photo.bit_depth)
    chosen = FILE_FORMATS[suffix.lower()]
    try:
        if chosen.name == "PNG":
            chunks = photo.metadata.chunks
            write_png(cast(BinaryIO, file), photo.samples, chunks=chunks, effort=_EFFORT)
        elif photo.bit_depth == 16:
            _save_deep(photo, file, chosen.name)
        else:
            _save(photo, file, chosen)
    except (OSError, ValueError, struct.error, OverflowError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise ImageError(
            f"a photo of {photo.width}x{photo.height} cannot be written as {chosen.name} "
            f"({error}); use .png"
        ) from error


def require_suffix(suffix: str) -> str:
    """Return the suffix in lower case if restored photos can be written to it.

    Raises:
        ImageError: They cannot.
    """
    if suffix.lower() not in FILE_FORMATS:
        known = ", ".join(FILE_FORMATS)
        found = f"as {suffix!r}" if suffix else "to a name without suffix"
        raise ImageError(f"cannot write images {found}; use {known}")
    return suffix.lower()


def require_format(suffix: str, *, alpha: bool, bit_depth: int) -> None:
    """Refuse a suffix whose format would lose a photo's alpha or half of its bits.

    Raises:
        ImageError: So it is, or the suffix is not supported.
    """
    chosen = FILE_FORMATS[require_suffix(suffix)]
    if bit_depth == 16 and not chosen.deep:
        raise ImageError(
            f"the photo has 16 bits per sample, which {chosen.name} cannot hold; use .png or .tif"
        )
    if alpha and not chosen.alpha:
        raise ImageError(
            f"the photo has an alpha channel, which {chosen.name} cannot hold; use .png, or "
            "flatten the restored .png"
        )


def _save(photo: Photo, file: IO[bytes], chosen: FileFormat) -> None:
    samples = photo.samples
    image = PillowImage.fromarray(samples[..., 0] if samples.shape[2] == 1 else samples)
    metadata = photo.metadata
    if chosen.name == "WEBP" and photo.grey:
        # WebP is RGB, which a grey profile does not describe.
        metadata = metadata.with_chunks(lr_chunks(metadata))
    image.save(file, chosen.name, **chosen.options, **save_options(metadata, chosen.name))
    if chosen.name == "TIFF" and photo.metadata.exif is not None:
        add_exif(file, photo.metadata.exif)


def _save_deep(photo: Photo, file: IO[bytes], name: str) -> None:
    if name == "TIFF":
        # Imported here, because it takes long and few photos need it.
        from rescodec.images.deep_tiff import write_deep_tiff

        write_deep_tiff(photo.samples, file, photo.metadata)
        if photo.metadata.exif is not None:
            add_exif(file, photo.metadata.exif)
    else:
        write_deep_pnm(photo.samples, file)
