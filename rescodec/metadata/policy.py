"""What of the metadata is kept: all, all but the place, the place alone, or colours alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final, Literal, TypeAlias, get_args

from rescodec.metadata import exif_edit, xmp
from rescodec.metadata.blobs import EXIF, XMP_KEYWORD, is_xmp, with_xmp, xmp_of
from rescodec.metadata.canonical import COLOR_TYPES, Metadata
from rescodec.metadata.exif import GPS_POINTER, ExifError, ExifView
from rescodec.metadata.exif_copy import exif_with
from rescodec.metadata.raw_profiles import RAW_PROFILE
from rescodec_formats import Chunk, LimitError

Keep: TypeAlias = Literal["all", "no-gps", "gps", "none"]
KEEP: Final[tuple[Keep, ...]] = get_args(Keep)
_TEXT_TYPES: Final = (b"tEXt", b"zTXt", b"iTXt")


def kept(metadata: Metadata, keep: Keep) -> Metadata:
    """Return what a policy keeps; chunks that colour the pixels stay whatever it is.

    Args:
        metadata: Of a photo.
        keep: ``all``; ``no-gps``, without the place in EXIF and XMP (maker notes, and names of
            places in text, are not searched); ``gps``, the place in EXIF and nothing else;
            ``none``.

    Raises:
        LimitError: Some of what is to be kept was over a limit of the reader.
        ValueError: There is no such policy.
    """
    if keep not in KEEP:
        raise ValueError(f"keep is {keep!r}; supported are {', '.join(KEEP)}")
    excess = metadata.excess
    if excess is not None and keep != "none":
        raise LimitError(
            f"has {excess.found:,} {excess.limit.removeprefix('ancillary_')} of metadata, over the "
            f"limit of {excess.most:,}; leave them out with --keep none",
            limit=excess.limit,
        )
    chunks = tuple(edited for chunk in metadata.chunks for edited in _kept(chunk, keep))
    return Metadata(chunks)


def _kept(chunk: Chunk, keep: Keep) -> Iterator[Chunk]:
    if keep == "all" or chunk.type in COLOR_TYPES:
        yield chunk
    elif keep == "no-gps":
        yield from _without_place(chunk)
    elif keep == "gps" and chunk.type == EXIF:
        yield from _place_alone(chunk)


def _without_place(chunk: Chunk) -> Iterator[Chunk]:
    """Yield a chunk without the place, or nothing where that cannot be made sure."""
    if chunk.type == EXIF:
        try:
            yield replace(chunk, data=exif_edit.without_place(chunk.data))
        except ExifError:
            return
    elif is_xmp(chunk):
        packet = xmp_of(chunk.data)
        edited = None if packet is None else xmp.without_place(packet)
        if edited is not None:
            yield chunk if edited == packet else replace(chunk, data=with_xmp(chunk.data, edited))
    elif not chunk.data.startswith(RAW_PROFILE) and not _names_place(chunk):
        yield chunk


def _names_place(chunk: Chunk) -> bool:
    """Tell whether a text may name the place by its keyword, as ImageMagick's exif:GPS… does.

    XMP in a chunk that is not for it counts too.
    """
    keyword, _, _ = chunk.data.partition(b"\0")
    return chunk.type in _TEXT_TYPES and (b"GPS" in keyword.upper() or keyword == XMP_KEYWORD)


def _place_alone(chunk: Chunk) -> Iterator[Chunk]:
    """Yield new EXIF with nothing but the place, or nothing where there is none to be read."""
    try:
        view = ExifView(chunk.data)
        pointers = view.main().find(GPS_POINTER)
        place = exif_with(view, pointers[:1])
    except ExifError:
        return
    if place != exif_with(view, ()):
        yield replace(chunk, data=place)
