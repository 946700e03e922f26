"""Edits of EXIF: what goes is gone, and everything else lies where it lay."""

from __future__ import annotations

import contextlib
import struct
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rescodec.metadata.exif import ExifError, ExifView, orientation_of
from rescodec.metadata.exif_edit import (
    with_upright_orientation,
    without_place,
    without_thumbnail,
)

EDITS = (with_upright_orientation, without_thumbnail, without_place)


def changed(before: bytes, after: bytes) -> set[int]:
    return {at for at, (one, other) in enumerate(zip(before, after, strict=False)) if one != other}


def test_orientation_changes_one_byte(layout: Any) -> None:
    edited = with_upright_orientation(layout.data)
    assert orientation_of(edited) == 1
    assert len(edited) == len(layout.data)
    assert len(changed(layout.data, edited)) == 1


def test_every_orientation_becomes_1(builder: Any) -> None:
    twice = [(0x0112, 3, 1, builder.short(6)), (0x0112, 4, 1, builder.long(3))]
    edited = with_upright_orientation(builder.header() + builder.directory(8, twice))
    assert edited == builder.header() + builder.directory(
        8, [(0x0112, 3, 1, builder.short(1)), (0x0112, 4, 1, builder.long(1))]
    )


def test_no_orientation_none_set(builder: Any) -> None:
    exif = builder.header() + builder.directory(8, [(0x0100, 3, 1, builder.short(6))])
    assert with_upright_orientation(exif) == exif


def test_thumbnail_is_cut_off(layout: Any) -> None:
    edited = without_thumbnail(layout.data)
    assert len(edited) == layout.thumbnail.start
    assert b"old" not in edited
    main = ExifView(edited).main()
    assert main.following == 0
    assert changed(layout.data, edited) <= set(range(main.link, main.link + 4))


def test_thumbnail_in_the_middle_becomes_zeros(layout: Any) -> None:
    edited = without_thumbnail(layout.data + b"preview")
    assert (
        edited
        == without_thumbnail(layout.data)
        + bytes(layout.thumbnail.stop - layout.thumbnail.start)
        + b"preview"
    )


def test_thumbnail_keeps_what_others_use(builder: Any) -> None:
    """The picture states a length that goes on over the value of another tag."""
    tags = [(0x010F, 2, 9, b"A camera\0"), (0x0112, 3, 1, builder.short(6))]
    second = 8 + len(builder.directory(8, tags))
    at = builder.directory(8, tags).index(b"A camera") + 8
    picture = [(0x0201, 4, 1, builder.long(at)), (0x0202, 4, 1, builder.long(10**6))]
    exif = (
        builder.header() + builder.directory(8, tags, second) + builder.directory(second, picture)
    )
    edited = without_thumbnail(exif + b"stale picture")
    # Not even the zero behind the value, which makes its length even, is used.
    assert edited == (builder.header() + builder.directory(8, tags))[:-1]


def test_strips_of_a_thumbnail_go(builder: Any) -> None:
    second = 8 + len(builder.directory(8, []))
    strips = [
        (0x0111, 4, 2, builder.pack("II", 100, 200)),
        (0x0117, 3, 2, builder.pack("HH", 3, 4)),
    ]
    exif = builder.header() + builder.directory(8, [], second) + builder.directory(second, strips)
    edited = without_thumbnail(exif.ljust(100, b".") + b"ABC".ljust(100, b".") + b"DEFG!")
    assert b"ABC" not in edited
    assert edited.endswith(b"\0\0\0\0!")


def test_unreadable_thumbnail_loses_its_link(builder: Any) -> None:
    exif = builder.header() + builder.directory(8, [], following=5000)
    assert without_thumbnail(exif) == builder.header() + builder.directory(8, [])


def test_values_in_place_of_a_link_stay(builder: Any) -> None:
    """Some writers leave the link out; here the value of the only tag lies there."""
    entry = builder.pack("HHII", 0x010F, 2, 6, 22)
    exif = builder.header() + builder.pack("H", 1) + entry + b"Maker\0"
    assert without_thumbnail(exif) == exif


def test_place_goes(layout: Any) -> None:
    edited = without_place(layout.data)
    main = ExifView(edited).main()
    assert [entry.tag for entry in main.entries] == [0x010F, 0x0112, 0x8769]
    assert edited[layout.place] == bytes(layout.place.stop - layout.place.start)
    assert edited[layout.maker] == layout.data[layout.maker]
    assert edited[layout.thumbnail] == layout.data[layout.thumbnail]
    assert len(edited) == len(layout.data)
    assert orientation_of(edited) == 6
    assert [found.start for found in ExifView(edited).chain(main)] == [layout.thumbnail.start]


@pytest.mark.parametrize(
    "packet",
    [
        b"<exif:GPSLatitude>",
        b'<a drone-dji:GpsLatitude="48.137154"/>',
        '<a exif:GPSLatitude="48,8.2N"/>'.encode("utf-16"),
    ],
)
def test_place_in_xmp_inside_exif_goes(builder: Any, packet: bytes) -> None:
    tags = [(0x0112, 3, 1, builder.short(6)), (0x02BC, 1, len(packet), packet)]
    exif = builder.header() + builder.directory(8, tags)
    edited = without_place(exif)
    assert edited.rstrip(b"\0") == (builder.header() + builder.directory(8, tags[:1])).rstrip(b"\0")


@pytest.mark.parametrize("packet", [b"<dc:x />", b"<dc:x>My GPS</dc:x>"])
def test_xmp_without_place_inside_exif_stays(builder: Any, packet: bytes) -> None:
    exif = builder.header() + builder.directory(8, [(0x02BC, 1, len(packet), packet)])
    assert without_place(exif) == exif


def test_place_that_leads_nowhere_goes(builder: Any) -> None:
    exif = builder.header() + builder.directory(8, [(0x8825, 4, 1, builder.long(0))])
    assert ExifView(without_place(exif)).main().entries == ()


@pytest.mark.parametrize("offset", [8, 20, 26])
def test_place_that_is_something_else_is_refused(builder: Any, offset: int) -> None:
    tags = [(0x010F, 2, 4, bytes(4)), (0x8825, 4, 1, builder.long(offset))]
    with pytest.raises(ExifError):
        without_place(builder.header() + builder.directory(8, tags) + bytes(100))


def test_place_in_the_maker_note_is_refused(builder: Any) -> None:
    place = builder.directory(44, [(1, 2, 2, b"N\0")])
    tags = [(0x8825, 4, 1, builder.long(38)), (0x927C, 7, len(place), place)]
    with pytest.raises(ExifError, match="shares"):
        without_place(builder.header() + builder.directory(8, tags))


def test_two_places_are_refused(builder: Any) -> None:
    tags = [(0x8825, 4, 1, builder.long(100)), (0x8825, 4, 1, builder.long(200))]
    with pytest.raises(ExifError, match="several"):
        without_place(builder.header() + builder.directory(8, tags) + bytes(300))


@pytest.mark.parametrize("tag", [0x8769, 0xA005, 0x014A])
@pytest.mark.parametrize(
    "inner",
    [
        (0x8825, 4, 1, b"\0\0\0\0"),
        (0x02BC, 1, 10, b'<e:GpsX=""'),
        (0x02BC, 1, 10, b"<\0G\0P\0S\0x\0"),
    ],
)
def test_place_in_another_directory_is_refused(builder: Any, tag: int, inner: Any) -> None:
    outer = [(0x0112, 3, 1, builder.short(6)), (tag, 4, 1, builder.long(38))]
    exif = builder.header() + builder.directory(8, outer)
    with pytest.raises(ExifError, match="at byte 38 may name a place"):
        without_place(exif + builder.directory(38, [inner]))
    assert without_place(exif + builder.directory(38, [])) == exif + builder.directory(38, [])


def test_place_in_the_directory_of_the_thumbnail_is_refused(builder: Any) -> None:
    exif = builder.header() + builder.directory(8, [], 14)
    with pytest.raises(ExifError, match="at byte 14 may name a place"):
        without_place(exif + builder.directory(14, [(0x8825, 4, 1, builder.long(60))]))


def test_place_several_directories_down_is_refused(builder: Any) -> None:
    exif = builder.header()
    for start in (8, 26, 44):
        exif += builder.directory(start, [(0x8769, 4, 1, builder.long(start + 18))])
    assert without_place(exif + builder.directory(62, [])) == exif + builder.directory(62, [])
    with pytest.raises(ExifError, match="at byte 62 may name a place"):
        without_place(exif + builder.directory(62, [(0x8825, 4, 1, builder.long(80))]))


@pytest.mark.parametrize("kind", [7, 9])
def test_directories_that_cannot_be_searched_are_refused(builder: Any, kind: int) -> None:
    exif = builder.header() + builder.directory(8, [(0x8769, kind, 4, builder.long(26))])
    with pytest.raises(ExifError, match="no offsets"):
        without_place(exif)


def test_two_pointers_to_a_directory_are_refused(builder: Any) -> None:
    twice = [(0x8769, 4, 1, builder.long(38))] * 2
    with pytest.raises(ExifError, match="several"):
        without_place(builder.header() + builder.directory(8, twice) + builder.directory(38, []))


def test_directories_without_end_are_refused(builder: Any) -> None:
    exif = builder.header()
    for start in range(8, 8 + 18 * 40, 18):
        exif += builder.directory(start, [(0x8769, 4, 1, builder.long(start + 18))])
    with pytest.raises(ExifError, match="do not end"):
        without_place(exif)


@pytest.mark.parametrize("offset", [0, 8, 5000])
def test_pointers_that_lead_nowhere_stay(builder: Any, offset: int) -> None:
    exif = builder.header() + builder.directory(8, [(0x8769, 4, 1, builder.long(offset))])
    assert without_place(exif) == exif


@given(st.data())
@settings(max_examples=300)
def test_mutations_raise_nothing_else(camera_exif: bytes, data: st.DataObject) -> None:
    exif = data.draw(_mutated(camera_exif))
    for edit in EDITS:
        try:
            edited = edit(exif)
        except ExifError:
            continue
        assert len(edited) <= len(exif)
        assert edit(edited) == edited


@st.composite
def _mutated(draw: Callable[..., Any], exif: bytes) -> bytes:
    changed = bytearray(exif)
    for _ in range(draw(st.integers(0, 6))):
        changed[draw(st.integers(0, len(exif) - 1))] = draw(st.integers(0, 255))
    return bytes(changed[: draw(st.integers(0, len(exif)))])


@pytest.mark.parametrize(
    ("tag", "kind"), [(0x8825, 4), (0x0112, 3), (0x02BC, 7), (0x0201, 4), (0x8769, 4), (0x0111, 4)]
)
def test_hostile_tables_end_soon(tag: int, kind: int) -> None:
    """The largest table, each entry of which claims all of the data, leading to itself."""
    row = struct.pack("<HHII", tag, kind, 2**28, 10)
    exif = b"II*\0" + struct.pack("<IH", 8, 65535) + row * 65535 + struct.pack("<I", 8)
    start = time.perf_counter()
    for edit in EDITS:
        with contextlib.suppress(ExifError):
            edit(exif)
    assert time.perf_counter() - start < 20
