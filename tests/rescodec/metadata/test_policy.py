"""What each policy keeps."""

from __future__ import annotations

import io
import struct
from typing import Any

import pytest
from PIL import Image as PillowImage

from rescodec.metadata import Excess, Keep, Metadata, kept
from rescodec.metadata.blobs import exif_chunk, icc_chunk, xmp_chunk
from rescodec.metadata.exif import GPS_POINTER, ExifView
from rescodec_formats import Chunk, LimitError

COLORS = (
    icc_chunk(b"profile"),
    *(Chunk(name, b"") for name in (b"cICP", b"sRGB", b"gAMA", b"cHRM", b"mDCV", b"cLLI")),
)
RESOLUTION = Chunk(b"pHYs", struct.pack(">IIB", 11811, 11811, 1))
TEXT = Chunk(b"tEXt", b"Author\0somebody")
RAW = Chunk(b"tEXt", b"Raw profile type exif\0damaged")
KEEP: tuple[Keep, ...] = ("all", "no-gps", "gps", "none")


@pytest.fixture
def metadata(layout: Any, xmp: bytes) -> Metadata:
    camera = (exif_chunk(layout.data), xmp_chunk(xmp))
    return Metadata((*COLORS, RESOLUTION, *camera, TEXT, RAW))


def test_all(metadata: Metadata) -> None:
    assert kept(metadata, "all") == metadata


def test_none(metadata: Metadata) -> None:
    assert kept(metadata, "none").chunks == COLORS


def test_no_gps(metadata: Metadata, layout: Any) -> None:
    result = kept(metadata, "no-gps")
    assert [chunk.type for chunk in result.chunks] == [
        *(chunk.type for chunk in COLORS),
        *(b"pHYs", b"eXIf", b"iTXt", b"tEXt"),
    ]
    assert result.exif is not None
    assert result.exif[layout.maker] == layout.data[layout.maker]
    assert not ExifView(result.exif).main().find(GPS_POINTER)
    assert result.xmp is not None
    assert b"GPS" not in result.xmp
    assert RAW not in result.chunks


@pytest.mark.parametrize(
    ("chunk", "stays"),
    [
        (Chunk(b"tEXt", b"exif:GPSLatitude\x0048/1, 7/1, 15276/625"), False),
        (Chunk(b"zTXt", b"xmp:GpsLatitude\0\0x"), False),
        (Chunk(b"iTXt", b"GPS\0\0\0\0\x0048"), False),
        (Chunk(b"zTXt", b"XML:com.adobe.xmp\0\0x"), False),
        (Chunk(b"tEXt", b"Comment\0my new GPS"), True),
    ],
)
def test_no_gps_in_text(chunk: Chunk, stays: bool) -> None:
    assert kept(Metadata((chunk,)), "no-gps") == Metadata((chunk,) if stays else ())
    assert kept(Metadata((chunk,)), "all") == Metadata((chunk,))


def test_gps(metadata: Metadata) -> None:
    result = kept(metadata, "gps")
    assert [chunk.type for chunk in result.chunks] == [
        *(chunk.type for chunk in COLORS),
        b"eXIf",
    ]
    exif = PillowImage.Exif()
    exif.load(result.exif or b"")
    assert list(exif) == [GPS_POINTER]
    assert exif.get_ifd(GPS_POINTER) == {1: "N", 2: (40, 42, 47.11), 7: (40, 42, 47.11)}


@pytest.mark.parametrize("keep", KEEP)
def test_colors_stay_whatever_it_is(keep: Keep) -> None:
    assert kept(Metadata(COLORS), keep) == Metadata(COLORS)


@pytest.mark.parametrize("keep", KEEP)
def test_twice_is_once(metadata: Metadata, keep: Keep) -> None:
    once = kept(metadata, keep)
    assert kept(once, keep) == once


@pytest.mark.parametrize("content", [b"", b"damaged", b"II*\0\x08\0\0\0\xff\xff"])
def test_damaged_exif(content: bytes) -> None:
    """It may hold a place that nobody here can find."""
    metadata = Metadata((exif_chunk(content),))
    assert kept(metadata, "all") == metadata
    assert kept(metadata, "no-gps") == Metadata()
    assert kept(metadata, "gps") == Metadata()


def test_exif_without_place(builder: Any) -> None:
    exif = exif_chunk(builder.header() + builder.directory(8, [(0x0112, 3, 1, bytes(2))]))
    assert kept(Metadata((exif,)), "no-gps") == Metadata((exif,))
    assert kept(Metadata((exif,)), "gps") == Metadata()


@pytest.mark.parametrize("unit", ["bytes", "chunks"])
def test_what_was_over_the_limit(unit: str) -> None:
    metadata = Metadata((TEXT,), Excess(f"ancillary_{unit}", 70_000_000, 1_000))
    message = f"70,000,000 {unit} of metadata, over the limit of 1,000; .*--keep none"
    for keep in KEEP[:3]:
        with pytest.raises(LimitError, match=message) as caught:
            kept(metadata, keep)
        assert caught.value.limit == f"ancillary_{unit}"
    assert kept(metadata, "none") == Metadata()


def test_unknown_policy() -> None:
    with pytest.raises(ValueError, match="'gsp'; supported are all, no-gps, gps, none"):
        kept(Metadata(), "gsp")  # type: ignore[arg-type]


def test_viewers_read_what_is_left(metadata: Metadata, image: PillowImage.Image) -> None:
    """Pillow finds the same camera after the edit, and no place."""
    result = kept(metadata, "no-gps")
    file = io.BytesIO()
    image.save(file, "PNG", exif=result.exif)
    with PillowImage.open(file) as again:
        exif = again.getexif()
        assert exif[0x010F] == "A camera"
        assert exif.get_ifd(0x8769)[0x927C].startswith(b"MAKER")
        assert GPS_POINTER not in exif
