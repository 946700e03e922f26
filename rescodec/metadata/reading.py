"""Metadata of files: which reader is for which format."""

from __future__ import annotations

from collections.abc import Callable
from typing import IO, Final

from PIL import AvifImagePlugin, BmpImagePlugin, ImageFile, TiffImagePlugin
from PIL import Image as PillowImage

from rescodec.metadata.blobs import EXIF, exif_chunk
from rescodec.metadata.canonical import Metadata, excess_of
from rescodec.metadata.exif import ExifError
from rescodec.metadata.jpeg import START as JPEG_START
from rescodec.metadata.jpeg import chunks_of_jpeg
from rescodec.metadata.open_image import metadata_of_image
from rescodec.metadata.png import metadata_of_png
from rescodec.metadata.tiff import chunks_of_tiff, exif_of_tiff
from rescodec.metadata.webp import is_webp, metadata_of_webp
from rescodec_formats import Limits

_PNG_START: Final = b"\x89PNG\r\n\x1a\n"
# Not Image.open: its limit of pixels is for those who want the pixels.
_PLUGINS: Final[tuple[tuple[int, bytes, type[ImageFile.ImageFile]], ...]] = (
    (0, b"II*\0", TiffImagePlugin.TiffImageFile),
    (0, b"MM\0*", TiffImagePlugin.TiffImageFile),
    (0, b"II+\0", TiffImagePlugin.TiffImageFile),
    (0, b"MM\0+", TiffImagePlugin.TiffImageFile),
    (0, b"BM", BmpImagePlugin.BmpImageFile),
    (4, b"ftyp", AvifImagePlugin.AvifImageFile),
)


def metadata_of_file(file: IO[bytes], *, limits: Limits | None = None, page: int = 0) -> Metadata:
    """Read the metadata of a photo; damage to it leaves something out, and raises nothing.

    PNG: the chunks that travel, byte for byte. JPEG, WebP, AVIF: profile, EXIF and XMP with the
    bytes that they have, JPEG's density. TIFF: the same, its EXIF with the file's values, as new
    EXIF. BMP: the resolution. Others: what Pillow finds.

    Args:
        file: Seekable, from its beginning on; it stands there again afterwards.
        limits: How much metadata to read; ``Metadata.excess`` tells what is over.
        page: Of a TIFF, counted from 0; other files have one for all their pictures.

    Raises:
        OSError: The file cannot be read.
    """
    limits = Limits() if limits is None else limits
    start = file.tell()
    head = file.read(12)
    file.seek(start)
    try:
        if head.startswith(_PNG_START):
            return metadata_of_png(file, limits)
        if head.startswith(JPEG_START):
            return _bounded(Metadata(tuple(chunks_of_jpeg(file))), limits)
        if is_webp(head):
            return metadata_of_webp(file, limits)
        for offset, magic, plugin in _PLUGINS:
            if head[offset:].startswith(magic):
                if plugin is TiffImagePlugin.TiffImageFile:
                    return _bounded(_of_tiff(file, page), limits)
                return _bounded(_of_plugin(plugin, file) or Metadata(), limits)
        return _bounded(_of_plugin(PillowImage.open, file) or Metadata(), limits)
    finally:
        file.seek(start)


def _of_plugin(
    opened: Callable[[IO[bytes]], PillowImage.Image], file: IO[bytes], page: int = 0
) -> Metadata | None:
    """Return what Pillow finds, None in files that it does not open."""
    try:
        image = opened(file)
        image.seek(page)
        return metadata_of_image(image)
    except MemoryError:
        raise
    except Exception:
        # Pillow raises nearly anything on damage, and says so again to who wants the pixels.
        return None


def _of_tiff(file: IO[bytes], page: int) -> Metadata:
    """Read what a page carries, EXIF with the bytes of the file unless that is a BigTIFF."""
    metadata = _of_plugin(TiffImagePlugin.TiffImageFile, file, page)
    try:
        if metadata is None:
            # Pillow does not know all kinds of 16 bits, such as grey with alpha.
            metadata = Metadata(tuple(chunks_of_tiff(file, page)))
        exif = exif_of_tiff(file, page)
    except ExifError:
        return metadata or Metadata()
    raw = () if exif is None else (exif_chunk(exif),)
    return metadata.with_chunks((*(c for c in metadata.chunks if c.type != EXIF), *raw))


def _bounded(metadata: Metadata, limits: Limits) -> Metadata:
    room = limits.ancillary_bytes
    chunks = []
    for chunk in metadata.chunks:
        if len(chunk.data) <= room:
            room -= len(chunk.data)
            chunks.append(chunk)
    size = sum(len(chunk.data) for chunk in metadata.chunks)
    return Metadata(tuple(chunks), excess_of(limits, size=size))
