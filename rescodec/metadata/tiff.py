"""Metadata of TIFFs as it lies in the file; EXIF, whose directories are the file's, in and out."""

from __future__ import annotations

import itertools
import os
from typing import IO, Final

from PIL import ExifTags

from rescodec.metadata.blobs import METRES_PER_INCH, icc_chunk, resolution_chunk, xmp_chunk
from rescodec.metadata.exif import (
    ENTRY_BYTES,
    EXIF_POINTER,
    GPS_POINTER,
    HEADER_BYTES,
    ORIENTATION,
    Directory,
    ExifError,
    ExifView,
)
from rescodec.metadata.exif_copy import copied, exif_with
from rescodec.metadata.exif_edit import XMP_TAG
from rescodec_formats import Chunk

# What a photo is about. The other tags of a TIFF say how its file stores the pixels.
DESCRIPTIVE_TAGS: Final = frozenset(
    {
        *(ExifTags.Base.ImageDescription, ExifTags.Base.Make, ExifTags.Base.Model),
        *(ExifTags.Base.Software, ExifTags.Base.DateTime, ExifTags.Base.Artist),
        *(ExifTags.Base.HostComputer, ExifTags.Base.Copyright, ExifTags.Base.Rating),
        *(ExifTags.Base.RatingPercent, ExifTags.Base.XPTitle, ExifTags.Base.XPComment),
        *(ExifTags.Base.XPAuthor, ExifTags.Base.XPKeywords, ExifTags.Base.XPSubject),
        *(ORIENTATION, EXIF_POINTER, GPS_POINTER),
    }
)
_OFFSET_BYTES: Final = 4
_PROFILE_TAG: Final = 34675
# Horizontal and vertical; fractions.
_RESOLUTION: Final = (282, 283)
_UNIT: Final = 296
# How many of a unit, inches and centimetres, an inch has. Where none is stated it is the inch.
_PER_INCH: Final = {2: 1.0, 3: 100 * METRES_PER_INCH}


class _FileBytes:
    """The bytes of a file, read where they are asked for."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._size = file.seek(0, os.SEEK_END)

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, part: slice) -> bytes:
        start, stop, _ = part.indices(self._size)
        self._file.seek(start)
        return self._file.read(max(stop - start, 0))


def exif_of_tiff(file: IO[bytes], page: int = 0) -> bytes | None:
    """Return EXIF of the descriptive tags of a page of a TIFF, their values byte for byte.

    Args:
        file: The whole TIFF.
        page: Counted from 0.

    Returns:
        EXIF in the file's byte order; None where there is nothing but an upright orientation.

    Raises:
        ExifError: The file is a BigTIFF, the page's directory cannot be reached or read, or
            values overlap.
    """
    view = ExifView(_FileBytes(file))
    directory = _page(view, page)
    entries = [entry for entry in directory.entries if entry.tag in DESCRIPTIVE_TAGS]
    upright = all(entry.tag == ORIENTATION and view.single(entry) == 1 for entry in entries)
    return None if upright else exif_with(view, entries)


def chunks_of_tiff(file: IO[bytes], page: int = 0) -> list[Chunk]:
    """Return profile, resolution and XMP of a page of a TIFF, those that there are.

    Args:
        file: The whole TIFF.
        page: Counted from 0.

    Raises:
        ExifError: The file is a BigTIFF, or the page's directory cannot be reached or read.
    """
    view = ExifView(_FileBytes(file))
    directory = _page(view, page)
    profile, xmp = (_content(view, directory, tag) for tag in (_PROFILE_TAG, XMP_TAG))
    found = (
        icc_chunk(profile) if profile else None,
        _resolution(view, directory),
        xmp_chunk(xmp) if xmp else None,
    )
    return [chunk for chunk in found if chunk is not None]


def _page(view: ExifView, page: int) -> Directory:
    main = view.main()
    directory = next(itertools.islice(view.chain(main), page - 1, None), None) if page else main
    if directory is None:
        raise ExifError(f"there is no page {page}")
    return directory


def _content(view: ExifView, directory: Directory, tag: int) -> bytes:
    """Return the bytes of a tag, none where it is missing or goes beyond the file."""
    entry = next(iter(directory.find(tag)), None)
    if entry is None or entry.span.stop > len(view.data):
        return b""
    return view.data[entry.start : entry.span.stop]


def _resolution(view: ExifView, directory: Directory) -> Chunk | None:
    """Return the chunk for dots per inch, None without a unit of length."""
    units = directory.find(_UNIT)
    scale = _PER_INCH.get(view.single(units[0]) or 0, 0.0) if units else 1.0
    horizontal, vertical = (_ratio(view, directory, tag) for tag in _RESOLUTION)
    return resolution_chunk(horizontal * scale, vertical * scale)


def _ratio(view: ExifView, directory: Directory, tag: int) -> float:
    """Return a value that is a fraction, 0 where there is none."""
    value = _content(view, directory, tag)
    numerator, denominator = (int.from_bytes(value[at : at + 4], view.order) for at in (0, 4))
    return numerator / denominator if len(value) == 8 and denominator else 0.0


def add_exif(file: IO[bytes], exif: bytes) -> None:
    """Put the descriptive tags of EXIF into a TIFF that was just written.

    The first directory is written anew at the end of the file, with the tags that it lacks. EXIF
    that cannot be read is left out, and so are an orientation that is not one whole number, and all
    of it from a BigTIFF.

    Args:
        file: The whole TIFF, open for reading and writing.
        exif: EXIF from its byte order mark on.
    """
    try:
        tiff, view = ExifView(_FileBytes(file)), ExifView(exif)
        main = tiff.main()
        there = {entry.tag for entry in main.entries}
        rows = [tiff.data[entry.position : entry.position + ENTRY_BYTES] for entry in main.entries]
        start = len(tiff.data) + len(tiff.data) % 2
        entries = [
            entry
            for entry in view.main().entries
            if entry.tag in DESCRIPTIVE_TAGS and entry.tag not in there
            # Pillow does not open a TIFF that states more orientations than one.
            if entry.tag != ORIENTATION or view.single(entry) is not None
        ]
        directory = copied(view, entries, start, tiff.order, ready=rows)
    except ExifError:
        return
    file.seek(0, os.SEEK_END)
    file.write(bytes(start - len(tiff.data)) + directory)
    file.seek(HEADER_BYTES - _OFFSET_BYTES)
    file.write(start.to_bytes(_OFFSET_BYTES, tiff.order))
    file.seek(0, os.SEEK_END)
