"""Directories at another place: values stay what they are."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rescodec.metadata.exif import GPS_POINTER, ExifError, ExifView
from rescodec.metadata.exif_copy import copied, exif_with


def values(exif: bytes) -> dict[tuple[int, ...], tuple[int, int, bytes]]:
    """Every tag, by its way from the first directory: type, count and bytes."""
    view = ExifView(exif)
    found: dict[tuple[int, ...], tuple[int, int, bytes]] = {}

    def add(start: int, way: tuple[int, ...]) -> None:
        for entry in view.directory(start).entries:
            if entry.tag in (0x8769, 0x8825, 0xA005):
                add(view.numbers(entry)[0], (*way, entry.tag))
            else:
                content = exif[entry.start : entry.span.stop]
                found[(*way, entry.tag)] = (entry.type, entry.count, content)

    add(view.number(4, 4), ())
    return found


def test_copy_has_the_same_values(layout: Any) -> None:
    view = ExifView(layout.data)
    copy = exif_with(view, view.main().entries)
    assert values(copy) == values(layout.data)
    assert len(values(copy)) == 6
    assert ExifView(copy).main().following == 0


def test_values_begin_at_even_offsets(builder: Any) -> None:
    tags = [(tag, 7, 5, b"bytes") for tag in (0x010E, 0x010F, 0x0110)]
    view = ExifView(builder.header() + builder.directory(8, tags))
    copy = ExifView(exif_with(view, view.main().entries))
    assert [entry.start % 2 for entry in copy.main().entries] == [0, 0, 0]


def test_place_alone(layout: Any) -> None:
    view = ExifView(layout.data)
    copy = exif_with(view, view.main().find(GPS_POINTER))
    everything = values(layout.data)
    assert values(copy) == {way: everything[way] for way in everything if way[0] == GPS_POINTER}
    assert b"camera" not in copy


@pytest.mark.parametrize("other", ["little", "big"])
def test_in_another_byte_order(builder: Any, other: str) -> None:
    """Numbers are turned one by one, bytes are not."""
    numbers = {1: "3B", 3: "3H", 4: "3I", 5: "6I", 8: "3h", 9: "3i", 11: "3f", 12: "3d"}
    tags = [
        (tag, tag, 3, builder.pack(layout, *range(1, 1 + int(layout[0]))))
        for tag, layout in numbers.items()
    ]
    exif = builder.header() + builder.directory(8, [*tags, (0x927C, 7, 3, b"abc")])
    view = ExifView(exif)
    expected = type(builder)(other)
    turned = expected.header() + copied(view, view.main().entries, 8, other)
    packed = {
        (tag,): (tag, 3, expected.pack(layout, *range(1, 1 + int(layout[0]))))
        for tag, layout in numbers.items()
    }
    assert values(turned) == packed | {(0x927C,): (7, 3, b"abc")}


def test_what_cannot_be_copied_stays_out(builder: Any) -> None:
    whole = (0x010F, 2, 6, b"Maker\0")
    unknown = (0x0110, 99, 1, b"????")
    nowhere = (0x8769, 4, 1, builder.long(10**6))
    exif = builder.header() + builder.directory(8, [whole, unknown, nowhere])
    view = ExifView(exif + builder.pack("HHII", 0x0131, 2, 100, len(exif)))
    assert exif_with(view, view.main().entries) == builder.header() + builder.directory(8, [whole])


def test_copies_that_grow_are_refused() -> None:
    """A thousand tags with one megabyte, the same for all."""
    rows = struct.pack("<HHII", 0x010F, 7, 2**20, 8) * 1000
    exif = b"II*\0" + struct.pack("<IH", 8, 1000) + rows + bytes(2**20)
    view = ExifView(exif)
    with pytest.raises(ExifError, match="overlap"):
        exif_with(view, view.main().entries)


def test_directories_that_lead_to_themselves_end(builder: Any) -> None:
    exif = builder.header() + builder.directory(8, [(0x8769, 4, 1, builder.long(8))])
    view = ExifView(exif)
    assert len(exif_with(view, view.main().entries)) < 200


@given(st.data())
def test_mutations_raise_nothing_else(camera_exif: bytes, data: st.DataObject) -> None:
    changed = bytearray(camera_exif)
    for _ in range(data.draw(st.integers(0, 6))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    try:
        view = ExifView(bytes(changed))
        copy = exif_with(view, view.main().entries)
    except ExifError:
        return
    again = ExifView(copy)
    assert exif_with(again, again.main().entries) == copy
