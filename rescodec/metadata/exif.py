"""EXIF as it lies in the bytes: directories of tags, walked with every offset checked.

EXIF is a TIFF file without a picture (CIPA DC-008-2023, section 4.6). Nothing is copied or
converted here, so that edits can happen in place (``exif_edit``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal, Protocol, TypeAlias

Order: TypeAlias = Literal["little", "big"]

ORIENTATION: Final = 0x0112
EXIF_POINTER: Final = 0x8769
GPS_POINTER: Final = 0x8825
INTEROPERABILITY_POINTER: Final = 0xA005
SUBDIRECTORIES_POINTER: Final = 0x014A

HEADER_BYTES: Final = 8
ENTRY_BYTES: Final = 12
LINK_BYTES: Final = 4
# Longer values lie elsewhere, and their entry holds the offset.
INLINE_BYTES: Final = 4
MAGIC: Final[dict[Order, bytes]] = {"little": b"II*\0", "big": b"MM\0*"}
_ORDERS: Final = {magic: order for order, magic in MAGIC.items()}
# Bytes of one value by its type; values of other types cannot be told.
_SIZES: Final = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_UNSIGNED: Final = frozenset({1, 3, 4, 13})
# Far beyond what cameras write; they bound the time that a hostile file takes.
_MOST_NUMBERS: Final = 1_000
_MOST_DIRECTORIES: Final = 16


class ExifError(ValueError):
    """EXIF that breaks its own structure."""


@dataclass(frozen=True)
class Entry:
    """One tag of a directory.

    Attributes:
        tag: Its number.
        type: Of its values, 1 to 13; others are unknown.
        count: How many values it states.
        position: Of its 12 bytes.
        start: Of its values, in the entry itself if they fit into 4 bytes.
        size: Bytes of its values as stated, 0 for unknown types; they may go beyond the data.
    """

    tag: int
    type: int
    count: int
    position: int
    start: int
    size: int

    @property
    def span(self) -> range:
        """The bytes of the values."""
        return range(self.start, self.start + self.size)


@dataclass(frozen=True)
class Directory:
    """A table of tags (an IFD).

    Attributes:
        start: Of its first byte.
        entries: Its tags in the order of the file.
        following: Offset of the next directory, 0 without one.
    """

    start: int
    entries: tuple[Entry, ...]
    following: int

    @property
    def link(self) -> int:
        """Position of the offset of the next directory."""
        return self.start + 2 + ENTRY_BYTES * len(self.entries)

    @property
    def span(self) -> range:
        """The bytes of the table and the link behind it."""
        return range(self.start, self.link + LINK_BYTES)

    def find(self, tag: int) -> list[Entry]:
        """Return the entries of a tag; more than one is against the rules, but occurs."""
        return [entry for entry in self.entries if entry.tag == tag]


class Sliced(Protocol):
    """Bytes of which parts are taken: ``bytes``, or a file."""

    def __len__(self) -> int: ...

    def __getitem__(self, part: slice, /) -> bytes: ...


class ExifView:
    """Reads directories and values out of EXIF."""

    def __init__(self, data: Sliced) -> None:
        """Check the header.

        Args:
            data: EXIF from its byte order mark on, or a TIFF file.

        Raises:
            ExifError: It is none.
        """
        order = _ORDERS.get(data[:4])
        if order is None or len(data) < HEADER_BYTES:
            raise ExifError("expected EXIF to begin with II or MM and 42")
        self.data = data
        self.order: Order = order

    def main(self) -> Directory:
        """Return the first directory, which describes the picture.

        Raises:
            ExifError: It goes beyond the data.
        """
        return self.directory(self.number(4, 4))

    def directory(self, start: int) -> Directory:
        """Return the directory at an offset.

        Raises:
            ExifError: It goes beyond the data, or into the header.
        """
        if start < HEADER_BYTES or start + 2 > len(self.data):
            raise ExifError(f"no directory at byte {start} of {len(self.data)}")
        count = self.number(start, 2)
        link = start + 2 + ENTRY_BYTES * count
        if link > len(self.data):
            raise ExifError(f"the directory at byte {start} goes beyond the {len(self.data)} bytes")
        positions = range(start + 2, link, ENTRY_BYTES)
        # Some writers leave the last link out.
        following = self.number(link, LINK_BYTES) if link + LINK_BYTES <= len(self.data) else 0
        return Directory(start, tuple(self._entry(at) for at in positions), following)

    def number(self, start: int, size: int) -> int:
        """Return an unsigned integer."""
        return int.from_bytes(self.data[start : start + size], self.order)

    def numbers(self, entry: Entry) -> list[int]:
        """Return the unsigned integers of an entry, as far as the data goes and 1,000 at most."""
        if entry.type not in _UNSIGNED:
            return []
        size = _SIZES[entry.type]
        end = min(entry.span.stop, len(self.data), entry.start + _MOST_NUMBERS * size)
        return [self.number(at, size) for at in range(entry.start, end - size + 1, size)]

    def single(self, entry: Entry) -> int | None:
        """Return the unsigned integer of an entry that has one, otherwise None."""
        numbers = self.numbers(entry) if entry.count == 1 else []
        return numbers[0] if numbers else None

    def chain(self, first: Directory) -> Iterator[Directory]:
        """Yield the directories that follow one, such as that of the thumbnail.

        Raises:
            ExifError: One goes beyond the data, or they do not end.
        """
        following = first.following
        for _ in range(_MOST_DIRECTORIES):
            if not following:
                return
            directory = self.directory(following)
            yield directory
            following = directory.following
        raise ExifError("the directories do not end")

    def _entry(self, position: int) -> Entry:
        tag, kind = self.number(position, 2), self.number(position + 2, 2)
        count = self.number(position + 4, 4)
        size = _SIZES.get(kind, 0) * count
        start = position + 8 if size <= INLINE_BYTES else self.number(position + 8, 4)
        return Entry(tag, kind, count, position, start, size)


def orientation_of(exif: bytes) -> int | None:
    """Return the orientation, 1 to 8, or None if it is not stated or none of these.

    Raises:
        ExifError: The first directory cannot be read.
    """
    view = ExifView(exif)
    for entry in view.main().find(ORIENTATION):
        value = view.single(entry)
        return value if value is not None and 1 <= value <= 8 else None
    return None
