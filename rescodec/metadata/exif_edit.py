"""Edits of EXIF that leave every other byte where it is.

Maker notes hold offsets from the beginning of EXIF that nobody but the maker can correct, so
nothing moves: values are overwritten, tags are taken out of their directory, and what they
pointed to becomes zeros.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence, Set
from typing import Final

from rescodec.metadata.exif import (
    ENTRY_BYTES,
    EXIF_POINTER,
    GPS_POINTER,
    HEADER_BYTES,
    INLINE_BYTES,
    INTEROPERABILITY_POINTER,
    LINK_BYTES,
    ORIENTATION,
    SUBDIRECTORIES_POINTER,
    Directory,
    Entry,
    ExifError,
    ExifView,
)
from rescodec.metadata.spans import merged, remaining
from rescodec.metadata.xmp import names_place

XMP_TAG: Final = 0x02BC
# Offsets and lengths of a thumbnail: JPEG, and strips without compression.
_PICTURES: Final = ((0x0201, 0x0202), (0x0111, 0x0117))
# What some readers follow in any directory.
_POINTERS: Final = (EXIF_POINTER, INTEROPERABILITY_POINTER, SUBDIRECTORIES_POINTER)
# Far beyond what programs write; it bounds the time that a hostile file takes.
_MOST_DIRECTORIES: Final = 16


def with_upright_orientation(exif: bytes) -> bytes:
    """Set the orientation, if it is stated, to 1.

    Raises:
        ExifError: The first directory cannot be read.
    """
    view = ExifView(exif)
    buffer = bytearray(exif)
    for entry in view.main().find(ORIENTATION):
        if view.single(entry) is not None:
            buffer[entry.start : entry.span.stop] = (1).to_bytes(entry.size, view.order)
    return bytes(buffer)


def without_thumbnail(exif: bytes) -> bytes:
    """Take out the thumbnail with its directory; the end of the data goes if it was theirs.

    Bytes that other tags use as well stay. Where the directory cannot be read, its link goes
    and its bytes stay, which nobody can find then.

    Raises:
        ExifError: The first directory cannot be read.
    """
    view = ExifView(exif)
    main = view.main()
    link = range(main.link, main.link + LINK_BYTES)
    # Some writers leave the link out, and values begin where it should be.
    if not main.following or remaining([link], _outside(main.entries), len(exif)) != [link]:
        return exif
    freed: list[range] = []
    try:
        for directory in view.chain(main):
            freed += [directory.span, *_outside(directory.entries), *_pictures(view, directory)]
    except ExifError:
        pass
    buffer = bytearray(exif)
    buffer[link.start : link.stop] = bytes(LINK_BYTES)
    return _zeroed(buffer, remaining(freed, _used(view, main), len(exif)))


def without_place(exif: bytes) -> bytes:
    """Take out the directory of the place (GPS), and XMP inside EXIF that names one.

    Raises:
        ExifError: The first directory or that of the place cannot be read, bytes of the place
            belong to other tags too, or another directory names one or cannot be searched.
    """
    view = ExifView(exif)
    main = view.main()
    _require_no_further_place(view, main)
    pointers, packets = main.find(GPS_POINTER), main.find(XMP_TAG)
    if not _name_place(view, packets[:1]):
        packets = packets[1:]
    gone = {entry.position for entry in (*pointers, *packets)}
    if not gone:
        return exif
    freed = [*_outside(packets), *_place(view, pointers)]
    left = remaining(freed, _used(view, main, without=gone), len(exif))
    if left != merged(freed, len(exif)):
        raise ExifError("the place shares its bytes with other tags")
    buffer = bytearray(exif)
    _remove(buffer, view, main, gone)
    return _zeroed(buffer, left)


def _require_no_further_place(view: ExifView, main: Directory) -> None:
    """Refuse a place outside the first directory, where some readers find it all the same."""
    for directory in _further(view, main):
        packets = directory.find(XMP_TAG)
        if directory.find(GPS_POINTER) or len(packets) > 1 or _name_place(view, packets):
            raise ExifError(f"the directory at byte {directory.start} may name a place")


def _further(view: ExifView, main: Directory) -> list[Directory]:
    """Return all directories that readers come to from the first one but that of the place."""
    found = {main.start: main}
    # Some writers leave the link out, and anything stands there.
    with contextlib.suppress(ExifError):
        for directory in view.chain(main):
            if directory.start in found:
                break
            found[directory.start] = directory
    waiting = list(found.values())
    while waiting:
        for offset in _offsets(view, waiting.pop()):
            if offset in found or not HEADER_BYTES <= offset < len(view.data):
                continue
            if len(found) >= _MOST_DIRECTORIES:
                raise ExifError("the directories do not end")
            found[offset] = view.directory(offset)
            waiting.append(found[offset])
    return list(found.values())[1:]


def _offsets(view: ExifView, directory: Directory) -> Iterator[int]:
    """Yield where the pointers of a directory lead to."""
    for pointer in _POINTERS:
        entries = directory.find(pointer)
        if len(entries) > 1:
            raise ExifError(f"several pointers of tag {pointer}")
        for entry in entries:
            offsets = view.numbers(entry)
            if len(offsets) != entry.count:
                raise ExifError(f"no offsets in tag {pointer}")
            yield from offsets


def _name_place(view: ExifView, packets: Iterable[Entry]) -> bool:
    """Tell whether any XMP inside EXIF names a place."""
    return any(names_place(view.data[entry.start : entry.span.stop]) for entry in packets)


def _place(view: ExifView, pointers: Sequence[Entry]) -> list[range]:
    """Return the bytes of the directory of the place; none where the pointer leads nowhere."""
    if len(pointers) > 1:
        raise ExifError("several directories of the place")
    offset = view.single(pointers[0]) if pointers else 0
    if offset is None:
        raise ExifError("no offset of the directory of the place")
    if not HEADER_BYTES <= offset < len(view.data):
        return []
    place = view.directory(offset)
    return [place.span, *_outside(place.entries)]


def _outside(entries: Iterable[Entry]) -> list[range]:
    """Return the bytes of values that do not fit into their entries."""
    return [entry.span for entry in entries if entry.size > INLINE_BYTES]


def _pictures(view: ExifView, directory: Directory) -> list[range]:
    """Return where a directory's thumbnail lies."""
    spans = []
    for offset_tag, length_tag in _PICTURES:
        offsets = [view.numbers(entry) for entry in directory.find(offset_tag)[:1]]
        lengths = [view.numbers(entry) for entry in directory.find(length_tag)[:1]]
        for pair in zip(offsets, lengths, strict=False):
            spans += [range(at, at + size) for at, size in zip(*pair, strict=False)]
    return spans


def _used(view: ExifView, main: Directory, without: Set[int] = frozenset()) -> list[range]:
    """Return the bytes of all tables and values but those of the entries at ``without``."""
    used = [range(HEADER_BYTES)]
    for directory in _directories(view, main, without):
        used.append(directory.span)
        used += _outside(entry for entry in directory.entries if entry.position not in without)
    return used


def _directories(view: ExifView, main: Directory, without: Set[int]) -> Iterator[Directory]:
    """Yield the directories that describe the picture itself, as far as they can be read."""
    yield main
    for pointer in (EXIF_POINTER, GPS_POINTER):
        for directory in _children(view, main, pointer, without):
            yield directory
            yield from _children(view, directory, INTEROPERABILITY_POINTER, without)


def _children(
    view: ExifView, parent: Directory, pointer: int, without: Set[int]
) -> list[Directory]:
    """Return the directory that a pointer leads to, none without one that can be read."""
    entries = [entry for entry in parent.find(pointer) if entry.position not in without]
    try:
        offsets = [view.single(entry) for entry in entries[:1]]
        return [view.directory(offset) for offset in offsets if offset is not None]
    except ExifError:
        return []


def _remove(buffer: bytearray, view: ExifView, directory: Directory, gone: Set[int]) -> None:
    """Close the gaps that entries leave in their table; the bytes behind it become zeros."""
    kept = [entry.position for entry in directory.entries if entry.position not in gone]
    table = b"".join(view.data[at : at + ENTRY_BYTES] for at in kept)
    count = len(kept).to_bytes(2, view.order)
    link = directory.following.to_bytes(LINK_BYTES, view.order)
    stop = min(directory.span.stop, len(buffer))
    room = stop - directory.start
    buffer[directory.start : stop] = (count + table + link).ljust(room, b"\0")[:room]


def _zeroed(buffer: bytearray, spans: Sequence[range]) -> bytes:
    """Overwrite spans, and cut the data where the last one reaches its end."""
    for span in spans:
        buffer[span.start : span.stop] = bytes(len(span))
    if spans and spans[-1].stop == len(buffer):
        del buffer[spans[-1].start :]
    return bytes(buffer)
