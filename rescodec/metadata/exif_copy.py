"""Copies of EXIF directories at another place, in another byte order: values stay what they are.

Maker notes are copied as they are; those that count offsets from the beginning of EXIF are for
their maker to find again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from rescodec.metadata.exif import (
    ENTRY_BYTES,
    EXIF_POINTER,
    GPS_POINTER,
    HEADER_BYTES,
    INLINE_BYTES,
    INTEROPERABILITY_POINTER,
    LINK_BYTES,
    MAGIC,
    Directory,
    Entry,
    ExifError,
    ExifView,
    Order,
)

_POINTERS: Final = frozenset({EXIF_POINTER, GPS_POINTER, INTEROPERABILITY_POINTER})
_LONG: Final = 4
# Bytes of one number by type, where there are several.
_UNITS: Final = {3: 2, 4: 4, 5: 4, 8: 2, 9: 4, 10: 4, 11: 4, 12: 8, 13: 4}
# Copies grow where values overlap in the original; no camera writes that much.
_MOST_BYTES: Final = 16 * 2**20
_DEPTH: Final = 3


def exif_with(view: ExifView, entries: Iterable[Entry]) -> bytes:
    """Return new EXIF whose first directory has these entries and what they point to.

    Raises:
        ExifError: It would be too large.
    """
    header = MAGIC[view.order] + HEADER_BYTES.to_bytes(4, view.order)
    return header + copied(view, entries, HEADER_BYTES, view.order)


def copied(
    view: ExifView,
    entries: Iterable[Entry],
    start: int,
    order: Order,
    *,
    ready: Iterable[bytes] = (),
    depth: int = _DEPTH,
) -> bytes:
    """Return a directory of entries, with values and further directories behind it.

    Values of unknown types, and those that go beyond the data, stay out, as do pointers to
    directories that cannot be read.

    Args:
        view: Where the entries come from.
        entries: What to copy.
        start: Offset, even, at which the result will stand.
        order: Byte order of the result.
        ready: Entries in that order, 12 bytes each, that stand in the table too.
        depth: How many directories may follow from each other.

    Raises:
        ExifError: It would be too large.
    """
    in_order = sorted(entries, key=lambda entry: entry.tag)
    parts = [(entry, child) for entry in in_order for child in _usable(view, entry, depth)]
    rows = list(ready)
    behind = start + 2 + ENTRY_BYTES * (len(rows) + len(parts)) + LINK_BYTES
    values = bytearray()
    for entry, child in parts:
        at = behind + len(values)
        if child is None:
            kind, count, content = entry.type, entry.count, _in_order(view, entry, order)
        else:
            kind, count = _LONG, 1
            content = copied(view, child.entries, at, order, depth=depth - 1)
        if child is not None or len(content) > INLINE_BYTES:
            values += content + bytes(len(content) % 2)
            content = at.to_bytes(4, order)
        if len(values) > _MOST_BYTES:
            raise ExifError(f"values of EXIF overlap, or have more than {_MOST_BYTES:,} bytes")
        head = ((entry.tag, 2), (kind, 2), (count, 4))
        row = b"".join(value.to_bytes(size, order) for value, size in head)
        rows.append(row + content.ljust(INLINE_BYTES, b"\0"))
    rows.sort(key=lambda row: int.from_bytes(row[:2], order))
    return len(rows).to_bytes(2, order) + b"".join(rows) + bytes(LINK_BYTES) + values


def _usable(view: ExifView, entry: Entry, depth: int) -> Iterator[Directory | None]:
    """Yield the directory that a pointer leads to, None for other entries; nothing for bad ones."""
    if entry.tag not in _POINTERS:
        if entry.size and entry.span.stop <= len(view.data):
            yield None
    elif depth and (offset := view.single(entry)) is not None:
        try:
            yield view.directory(offset)
        except ExifError:
            return


def _in_order(view: ExifView, entry: Entry, order: Order) -> bytes:
    """Return the values of an entry in another byte order."""
    content = view.data[entry.start : entry.span.stop]
    unit = _UNITS.get(entry.type, 1)
    if order == view.order or unit == 1:
        return content
    return b"".join(content[at : at + unit][::-1] for at in range(0, len(content), unit))
