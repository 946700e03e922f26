"""EXIF of TIFFs, whose directories are those of the file: taken out of one, put into another."""

from __future__ import annotations

import itertools
import os
from typing import IO, Final

from PIL import ExifTags

from rescodec.metadata.exif import (
    ENTRY_BYTES,
    EXIF_POINTER,
    GPS_POINTER,
    HEADER_BYTES,
    ORIENTATION,
    ExifError,
    ExifView,
)
from rescodec.metadata.exif_copy import copied, exif_with

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
    main = view.main()
    directory = next(itertools.islice(view.chain(main), page - 1, None), None) if page else main
    if directory is None:
        raise ExifError(f"there is no page {page}")
    entries = [entry for entry in directory.entries if entry.tag in DESCRIPTIVE_TAGS]
    upright = all(entry.tag == ORIENTATION and view.single(entry) == 1 for entry in entries)
    return None if upright else exif_with(view, entries)


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
