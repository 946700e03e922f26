"""EXIF read in place: both byte orders, and every offset checked."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rescodec.metadata.exif import ExifError, ExifView, orientation_of


@pytest.mark.parametrize("value", range(1, 9))
def test_orientation(builder: Any, value: int) -> None:
    assert orientation_of(builder.camera(value).data) == value


@pytest.mark.parametrize("value", [0, 9, 65535])
def test_orientation_out_of_range_is_none(builder: Any, value: int) -> None:
    assert orientation_of(builder.camera(value).data) is None


@pytest.mark.parametrize(
    ("kind", "size", "expected"), [(1, 1, 8), (3, 2, 8), (4, 4, 8), (2, 1, None), (9, 4, None)]
)
def test_orientation_of_other_types(
    builder: Any, kind: int, size: int, expected: int | None
) -> None:
    content = (8).to_bytes(size, builder.order)
    exif = builder.header() + builder.directory(8, [(0x0112, kind, 1, content)])
    assert orientation_of(exif) == expected


def test_two_orientations_in_one_entry_are_none(builder: Any) -> None:
    exif = builder.header() + builder.directory(8, [(0x0112, 3, 2, builder.pack("HH", 6, 6))])
    assert orientation_of(exif) is None


def test_directories_and_values(layout: Any) -> None:
    view = ExifView(layout.data)
    main = view.main()
    assert [entry.tag for entry in main.entries] == [0x010F, 0x0112, 0x8769, 0x8825]
    make = main.find(0x010F)[0]
    assert layout.data[make.start : make.span.stop] == b"A camera\0"
    (thumbnail,) = view.chain(main)
    assert thumbnail.start == layout.thumbnail.start
    assert view.numbers(main.find(0x8825)[0]) == [layout.place.start]


@pytest.mark.parametrize(
    "data", [b"", b"II*\0", b"Exif\0\0II*\0\x08\0\0\0", b"II+\0\x08\0\0\0\0\0"]
)
def test_what_is_no_exif(data: bytes) -> None:
    with pytest.raises(ExifError, match="begin"):
        ExifView(data)


@pytest.mark.parametrize("start", [0, 4, 7, 14, 1000, 2**32 - 1])
def test_directory_outside(builder: Any, start: int) -> None:
    data = builder.header()[:4] + builder.pack("I", start) + bytes(6)
    with pytest.raises(ExifError, match="no directory"):
        ExifView(data).main()


def test_directory_longer_than_the_data(builder: Any) -> None:
    with pytest.raises(ExifError, match="beyond"):
        ExifView(builder.header() + builder.pack("H", 2) + bytes(23)).main()


def test_missing_link_is_none(builder: Any) -> None:
    data = builder.header() + builder.directory(8, [(0x0112, 3, 1, builder.short(3))])
    assert orientation_of(data[:-4]) == 3
    assert ExifView(data[:-4]).main().following == 0


def test_circle_ends(builder: Any) -> None:
    view = ExifView(builder.header() + builder.directory(8, [], following=8))
    with pytest.raises(ExifError, match="end"):
        list(view.chain(view.main()))


@given(st.data())
def test_mutations_raise_nothing_else(camera_exif: bytes, data: st.DataObject) -> None:
    exif = data.draw(_mutated(camera_exif))
    with contextlib.suppress(ExifError):
        assert orientation_of(exif) in {None, *range(1, 9)}


@st.composite
def _mutated(draw: Callable[..., Any], exif: bytes) -> bytes:
    changed = bytearray(exif)
    for _ in range(draw(st.integers(0, 6))):
        changed[draw(st.integers(0, len(exif) - 1))] = draw(st.integers(0, 255))
    return bytes(changed[: draw(st.integers(0, len(exif)))])
