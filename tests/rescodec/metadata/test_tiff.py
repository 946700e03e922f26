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

from rescodec.metadata import add_exif
from rescodec.metadata.exif import ExifError, ExifView
from rescodec.metadata.exif_copy import exif_with
from rescodec.metadata.tiff import exif_of_tiff


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
