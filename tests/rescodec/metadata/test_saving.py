"""Metadata into restored photos, format by format."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image as PillowImage

from rescodec.metadata import Metadata, MetadataError, add_exif, metadata_of_file, save_options
from rescodec.metadata.blobs import exif_chunk, icc_chunk, xmp_chunk
from rescodec.metadata.exif import ExifView
from rescodec_formats import Chunk

RESOLUTION = Chunk(b"pHYs", struct.pack(">IIB", 11811, 5906, 1))


@pytest.fixture
def metadata(layout: Any, xmp: bytes, profile: bytes) -> Metadata:
    return Metadata((icc_chunk(profile), RESOLUTION, exif_chunk(layout.data), xmp_chunk(xmp)))


@pytest.mark.parametrize("image_format", ["JPEG", "WEBP", "TIFF"])
def test_there_and_back(
    saved: Callable[..., bytes], metadata: Metadata, layout: Any, image_format: str
) -> None:
    file = io.BytesIO(saved(image_format, **save_options(metadata, image_format)))
    if image_format == "TIFF":
        add_exif(file, layout.data)
    file.seek(0)
    again = metadata_of_file(file)
    assert again.icc_profile == metadata.icc_profile
    assert again.xmp == metadata.xmp
    if image_format != "WEBP":
        assert again.dots_per_inch == (300, 150)
    if image_format != "TIFF":
        assert again.exif == metadata.exif


@pytest.mark.parametrize("image_format", ["PNG", "JPEG", "WEBP", "TIFF", "BMP", "PPM"])
def test_no_metadata(image: PillowImage.Image, image_format: str) -> None:
    """Not even what the image brings along."""
    image.info.update(icc_profile=b"of the image", dpi=(72, 72))
    file = io.BytesIO()
    image.save(file, image_format, **save_options(Metadata(), image_format))
    assert b"of the image" not in file.getvalue()
    file.seek(0)
    if image_format != "BMP":
        assert metadata_of_file(file) == Metadata()


@pytest.mark.parametrize(("image_format", "dpi"), [("BMP", (300, 150)), ("PPM", None)])
def test_formats_with_little_room(
    saved: Callable[..., bytes], metadata: Metadata, image_format: str, dpi: object
) -> None:
    file = io.BytesIO(saved(image_format, **save_options(metadata, image_format)))
    again = metadata_of_file(file)
    assert again.dots_per_inch == dpi
    assert again.exif is None


@pytest.mark.parametrize("size", [65_527, 65_528])
def test_exif_too_long_for_a_jpeg(saved: Callable[..., bytes], size: int) -> None:
    metadata = Metadata((exif_chunk(b"II*\0".ljust(size, b"\0")),))
    if size == 65_527:
        file = io.BytesIO(saved("JPEG", **save_options(metadata, "JPEG")))
        assert metadata_of_file(file) == metadata
    else:
        with pytest.raises(MetadataError, match=r"65,528 bytes of EXIF .* 65,527 .*--keep none"):
            save_options(metadata, "JPEG")
        assert save_options(metadata, "WEBP")["exif"]


def test_xmp_too_long_for_a_jpeg(saved: Callable[..., bytes]) -> None:
    fits, too_long = (Metadata((xmp_chunk(b" " * size),)) for size in (65_504, 65_505))
    file = io.BytesIO(saved("JPEG", **save_options(fits, "JPEG")))
    assert metadata_of_file(file) == fits
    with pytest.raises(MetadataError, match="XMP"):
        save_options(too_long, "JPEG")


def test_exif_in_a_tiff(image: PillowImage.Image, saved: Callable[..., bytes], layout: Any) -> None:
    file = io.BytesIO(saved("TIFF", compression="tiff_adobe_deflate"))
    add_exif(file, layout.data)
    with PillowImage.open(file) as again:
        exif = again.getexif()
        assert exif[0x010F] == "A camera"
        assert exif[0x0112] == 6
        assert exif.get_ifd(0x8769)[0x927C] == layout.data[layout.maker]
        assert exif.get_ifd(0x8825)[2] == (40, 42, 47.11)
        assert again.tag_v2[256] == 24
        # Pillow turns the picture as the tag asks.
        assert again.transpose(PillowImage.Transpose.ROTATE_90).tobytes() == image.tobytes()


def test_tags_of_the_tiff_itself_stay(saved: Callable[..., bytes], builder: Any) -> None:
    """EXIF that says how another file stores its pixels changes nothing."""
    tags = [(0x0100, 3, 1, builder.short(999)), (0x0111, 4, 1, builder.long(1))]
    exif = builder.header() + builder.directory(8, [*tags, (0x0131, 2, 6, b"maker\0")])
    file = io.BytesIO(saved("TIFF", software="rescodec"))
    add_exif(file, exif)
    assert len(ExifView(file.getvalue()).main().find(0x0131)) == 1
    with PillowImage.open(file) as again:
        assert again.size == (24, 16)
        assert again.tag_v2[0x0131] == "rescodec"
        assert again.load() is not None


@pytest.mark.parametrize("exif", [b"", b"damaged", b"II*\0\xff\xff\xff\xff"])
def test_damaged_exif_leaves_the_tiff_alone(saved: Callable[..., bytes], exif: bytes) -> None:
    data = saved("TIFF")
    file = io.BytesIO(data)
    add_exif(file, exif)
    assert file.getvalue() == data


def test_big_tiff_is_left_alone(saved: Callable[..., bytes], layout: Any) -> None:
    data = saved("TIFF", big_tiff=True)
    file = io.BytesIO(data)
    add_exif(file, layout.data)
    assert file.getvalue() == data


def test_tiff_tags_are_in_order(saved: Callable[..., bytes], layout: Any) -> None:
    file = io.BytesIO(saved("TIFF"))
    add_exif(file, layout.data)
    tags = [entry.tag for entry in ExifView(file.getvalue()).main().entries]
    assert tags == sorted(tags)
    assert {0x0100, 0x010F, 0x8769} < set(tags)
