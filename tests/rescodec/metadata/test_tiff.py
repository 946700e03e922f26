"""EXIF out of TIFFs and into them."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as PillowImage

from rescodec.metadata import Metadata, add_exif, metadata_of_file
from rescodec.metadata.exif import ExifError, ExifView
from rescodec.metadata.exif_copy import exif_with
from rescodec.metadata.tiff import chunks_of_tiff, exif_of_tiff


@pytest.mark.parametrize("compression", ["raw", "tiff_adobe_deflate"])
def test_in_and_out(saved: Callable[..., bytes], layout: Any, compression: str) -> None:
    """What comes out is what went in, its thumbnail apart, in the byte order of the TIFF."""
    file = io.BytesIO(saved("TIFF", compression=compression))
    add_exif(file, layout.data)
    assert file.tell() == len(file.getvalue())
    found = exif_of_tiff(file)
    assert found is not None
    again = io.BytesIO(saved("TIFF"))
    add_exif(again, found)
    assert exif_of_tiff(again) == found
    view = ExifView(layout.data)
    if view.order == "little":
        assert found == exif_with(view, view.main().entries)


@pytest.mark.parametrize("end", [b"", b"x"])
def test_directories_begin_at_even_offsets(
    saved: Callable[..., bytes], layout: Any, end: bytes
) -> None:
    file = io.BytesIO(saved("TIFF") + end)
    add_exif(file, layout.data)
    assert ExifView(file.getvalue()).main().start % 2 == 0
    assert exif_of_tiff(file) is not None


@pytest.mark.parametrize(("orientation", "expected"), [(1, None), (6, 6)])
def test_orientation_alone(
    saved: Callable[..., bytes], builder: Any, orientation: int, expected: int | None
) -> None:
    exif = builder.header() + builder.directory(8, [(0x0112, 3, 1, builder.short(orientation))])
    file = io.BytesIO(saved("TIFF"))
    add_exif(file, exif)
    found = exif_of_tiff(file)
    if expected is None:
        assert found is None
    else:
        exif = PillowImage.Exif()
        exif.load(found)
        assert dict(exif) == {0x0112: expected}


def test_two_orientations(saved: Callable[..., bytes], builder: Any) -> None:
    """They stay out: Pillow would not open the TIFF."""
    values = builder.short(6) + builder.short(1)
    exif = builder.header() + builder.directory(8, [(0x0112, 3, 2, values)])
    file = io.BytesIO(saved("TIFF"))
    add_exif(file, exif)
    assert exif_of_tiff(file) is None
    with PillowImage.open(file) as image:
        assert 0x0112 not in image.tag_v2


@pytest.mark.parametrize("page", [0, 1])
def test_profile_resolution_and_xmp(
    image: PillowImage.Image, profile: bytes, xmp: bytes, page: int
) -> None:
    """They are what Pillow finds."""
    file = io.BytesIO()
    options = {"icc_profile": profile, "tiffinfo": {700: xmp}, "dpi": (300, 150)}
    image.save(file, "TIFF", save_all=True, append_images=[image], **options)
    file.seek(0)
    expected = list(metadata_of_file(file, page=page).chunks)
    assert chunks_of_tiff(file, page) == expected
    assert len(expected) == 3
    with pytest.raises(ExifError, match="no page 2"):
        chunks_of_tiff(file, 2)


@pytest.mark.parametrize(
    ("unit", "values", "expected"),
    [
        (None, (600, 2, 150, 1), (300, 150)),
        (2, (300, 1, 150, 1), (300, 150)),
        (3, (11811, 100, 11811, 100), (300, 300)),
        (1, (300, 1, 150, 1), None),
        (2, (300, 0, 150, 1), None),
        (2, (0, 1, 150, 1), None),
    ],
)
def test_units_of_resolution(
    builder: Any, unit: int | None, values: tuple[int, ...], expected: tuple[int, int] | None
) -> None:
    across, down = builder.pack("2I", *values[:2]), builder.pack("2I", *values[2:])
    tags = [(282, 5, 1, across), (283, 5, 1, down)]
    if unit is not None:
        tags.append((296, 3, 1, builder.short(unit)))
    file = io.BytesIO(builder.header() + builder.directory(8, tags))
    assert Metadata(tuple(chunks_of_tiff(file))).dots_per_inch == expected


def test_values_beyond_the_file_are_none(builder: Any) -> None:
    tags = [(tag, 7, 100, bytes(4)) for tag in (282, 283, 700, 34675)]
    file = io.BytesIO(builder.header() + builder.directory(8, tags))
    assert chunks_of_tiff(file) == []


@pytest.mark.filterwarnings("ignore:Metadata Warning")
@settings(max_examples=200)
@given(st.data())
def test_damage(camera_exif: bytes, data: st.DataObject) -> None:
    """Damaged EXIF never spoils the picture; a damaged TIFF is an ``ExifError``."""
    changed = bytearray(camera_exif)
    for _ in range(data.draw(st.integers(0, 6))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    file = io.BytesIO()
    PillowImage.new("L", (3, 2), 7).save(file, "TIFF")
    add_exif(file, bytes(changed))
    with PillowImage.open(file) as image:
        assert image.tag_v2[256] == 3
        assert image.getpixel((0, 0)) == 7

    spoiled = bytearray(file.getvalue())
    for _ in range(data.draw(st.integers(0, 6))):
        spoiled[data.draw(st.integers(0, len(spoiled) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(ExifError):
        assert exif_of_tiff(io.BytesIO(spoiled)) != b""
    with contextlib.suppress(ExifError):
        assert len(chunks_of_tiff(io.BytesIO(spoiled))) <= 3
