"""Metadata of files: raw bytes out of every format, and nothing raised by damage."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as PillowImage

from benchmarks.metadata.insertion import insert_chunks
from rescodec.metadata import Excess, Metadata, metadata_of_file, metadata_of_image
from rescodec.metadata.exif import GPS_POINTER
from rescodec_formats import Chunk, Limits

Save = Callable[..., bytes]
RESOLUTION = struct.pack(">IIB", 11811, 11811, 1)
EVERYTHING = (
    Chunk(b"gAMA", struct.pack(">I", 45455)),
    Chunk(b"cHRM", bytes(32)),
    Chunk(b"cICP", b"\1\2\0\1"),
    Chunk(b"mDCV", bytes(24)),
    Chunk(b"cLLI", bytes(8)),
    Chunk(b"pHYs", RESOLUTION),
    Chunk(b"tEXt", b"Author\0somebody"),
    Chunk(b"zTXt", b"Long\0\0" + zlib.compress(b"text", 1)),
    Chunk(b"iTXt", b"Title\0\0\0\0\0a hill"),
)


def read(data: bytes, **limits: int) -> Metadata:
    return metadata_of_file(io.BytesIO(data), limits=Limits(**limits))


def png_with(image: PillowImage.Image, *chunks: Chunk) -> bytes:
    file = io.BytesIO()
    image.save(insert_chunks(file, chunks), "PNG")
    return file.getvalue()


def test_png(image: PillowImage.Image) -> None:
    assert read(png_with(image, *EVERYTHING)).chunks == EVERYTHING


def test_png_leaves_behind_what_does_not_travel(image: PillowImage.Image) -> None:
    others = (Chunk(b"tIME", bytes(7)), Chunk(b"sBIT", b"\5\5\5"), Chunk(b"prVt", b"private"))
    assert read(png_with(image, *others, EVERYTHING[0])).chunks == EVERYTHING[:1]


def test_png_with_exif_behind_the_pixels(image: PillowImage.Image) -> None:
    whole = png_with(image, Chunk(b"eXIf", b"II*\0"))
    chunk, plain = whole[33:49], whole[:33] + whole[49:]
    assert read(plain[:-12] + chunk + plain[-12:]).chunks == (
        Chunk(b"eXIf", b"II*\0", after_pixels=True),
    )


@pytest.mark.parametrize("after_pixels", [False, True])
def test_png_with_exif_that_begins_as_in_a_jpeg(
    image: PillowImage.Image, layout: Any, after_pixels: bool
) -> None:
    content = b"Exif\0\0" + layout.data
    whole = png_with(image, Chunk(b"eXIf", content))
    if after_pixels:
        end = 33 + 12 + len(content)
        whole = whole[:33] + whole[end:-12] + whole[33:end] + whole[-12:]
    metadata = read(whole)
    assert metadata.chunks == (Chunk(b"eXIf", layout.data, after_pixels),)
    assert metadata.orientation == 6
    with PillowImage.open(io.BytesIO(whole)) as opened:
        opened.load()
        assert metadata_of_image(opened).exif == layout.data


def test_png_with_a_wrong_checksum_loses_that_chunk(image: PillowImage.Image) -> None:
    data = bytearray(png_with(image, *EVERYTHING[:2]))
    data[42] ^= 1
    assert read(bytes(data)).chunks == EVERYTHING[1:2]


def test_png_limits(image: PillowImage.Image) -> None:
    long = Chunk(b"tEXt", b"Comment\0" + bytes(1000))
    data = png_with(image, long, *EVERYTHING)
    size = sum(len(chunk.data) for chunk in (long, *EVERYTHING))
    over = Excess("ancillary_bytes", size, 1000)
    assert read(data, ancillary_bytes=1000) == Metadata(EVERYTHING, over)
    over = Excess("ancillary_chunks", 1 + len(EVERYTHING), 1)
    assert read(data, ancillary_chunks=1) == Metadata((long,), over)
    assert read(data, ancillary_bytes=size, ancillary_chunks=10) == Metadata((long, *EVERYTHING))


@pytest.mark.parametrize("image_format", ["JPEG", "WEBP", "AVIF"])
def test_raw_blobs(saved: Save, profile: bytes, layout: Any, xmp: bytes, image_format: str) -> None:
    exif = b"Exif\0\0" + layout.data
    metadata = read(saved(image_format, icc_profile=profile, exif=exif, xmp=xmp))
    assert metadata.icc_profile == profile
    assert metadata.xmp == xmp
    if image_format != "AVIF":
        assert metadata.exif == layout.data
    else:
        # The file says how to turn it in its own way, and its EXIF says the same.
        assert metadata.exif is not None
        assert metadata.exif[layout.maker] == layout.data[layout.maker]
    assert metadata.orientation == 6


def test_jpeg_density(saved: Save) -> None:
    assert read(saved("JPEG", dpi=(300, 150))).dots_per_inch == (300, 150)
    data = bytearray(saved("JPEG", dpi=(118, 118)))
    assert data[13] == 1
    data[13] = 2
    assert read(bytes(data)).chunks == (Chunk(b"pHYs", struct.pack(">IIB", 11800, 11800, 1)),)
    data[13] = 0
    assert read(bytes(data)).chunks == ()


def test_jpeg_takes_the_first_exif(saved: Save) -> None:
    one, other = (b"\xff\xe1\0\x0cExif\0\0" + content for content in (b"II*\0", b"MM\0*"))
    data = saved("JPEG")
    assert read(data[:2] + one + other + data[2:]).exif == b"II*\0"


def test_jpeg_markers_without_content(saved: Save, xmp: bytes) -> None:
    """Fill bytes and markers that have no length may stand between segments."""
    data = saved("JPEG", xmp=xmp)
    start = data.index(b"\xff\xe1")
    assert read(data[:start] + b"\xff\x01\xff\xd0\xff\xff" + data[start:]).xmp == xmp


@pytest.mark.parametrize("segment", [b"\xff\xe0\0\7JFIF\0", b"\xff\xe0\0\1", b"\xff\xe0\0\xff"])
def test_jpeg_segments_that_are_too_short(segment: bytes) -> None:
    assert read(b"\xff\xd8" + segment) == Metadata()


def test_jpeg_profile_in_pieces(saved: Save, profile: bytes) -> None:
    long = profile + bytes(150_000)
    data = saved("JPEG", icc_profile=long)
    assert data.count(b"ICC_PROFILE\0") == 3
    assert read(data).icc_profile == long
    second = data.index(b"ICC_PROFILE\0\2")
    assert read(data[: second + 12] + b"\1" + data[second + 13 :]).icc_profile is None


def test_jpeg_takes_the_first_of_each(saved: Save, xmp: bytes) -> None:
    data = saved("JPEG", xmp=xmp)
    start, length = data.index(b"\xff\xe1"), 2 + 2 + 29 + len(xmp)
    segment = data[start : start + length]
    extended = segment.replace(b"/xap/1.0/", b"/xmp/ext/")
    twice = data[:start] + segment + extended + segment[:-10].ljust(length) + data[start + length :]
    assert read(twice).xmp == xmp


def test_tiff(saved: Save, profile: bytes, xmp: bytes, layout: Any) -> None:
    exif = PillowImage.Exif()
    exif.load(layout.data)
    exif[0x02BC] = xmp
    data = saved("TIFF", icc_profile=profile, exif=exif, dpi=(300, 300))
    metadata = read(data)
    assert metadata.icc_profile == profile
    assert metadata.xmp == xmp
    assert metadata.dots_per_inch == (300, 300)
    assert metadata.orientation == 6
    found = PillowImage.Exif()
    found.load(metadata.exif or b"")
    assert set(found) == {0x010F, 0x0112, 0x8769, 0x8825}
    assert found.get_ifd(0x8769)[0x927C] == layout.data[layout.maker]
    assert found.get_ifd(GPS_POINTER)[2] == (40, 42, 47.11)


def test_plain_tiff_has_nothing(saved: Save) -> None:
    assert read(saved("TIFF")).chunks == ()


def test_big_tiff(saved: Save, profile: bytes) -> None:
    exif = PillowImage.Exif()
    exif[0x010F] = "A camera"
    metadata = read(saved("TIFF", big_tiff=True, icc_profile=profile, exif=exif))
    assert metadata.icc_profile == profile
    assert metadata.exif is not None
    assert b"A camera" in metadata.exif


def test_bmp_resolution(saved: Save) -> None:
    assert read(saved("BMP", dpi=(300, 300))).dots_per_inch == (300, 300)


@pytest.mark.parametrize("data", [b"", b"P6 1 1 255 abc", b"GIF89a"])
def test_files_without_metadata(data: bytes) -> None:
    assert read(data) == Metadata()


def test_other_formats(saved: Save, profile: bytes) -> None:
    assert read(saved("JPEG2000", icc_profile=profile)) == Metadata()
    # Which is what Pillow always writes.
    assert read(saved("PCX")).dots_per_inch == (100, 100)


@pytest.mark.parametrize("image_format", ["JPEG", "WEBP", "TIFF", "AVIF"])
def test_limits(saved: Save, xmp: bytes, image_format: str) -> None:
    options = {"xmp": xmp} if image_format != "TIFF" else {"tiffinfo": {700: xmp}}
    data = saved(image_format, **options)
    assert len(read(data).chunks) == 1
    metadata = read(data, ancillary_bytes=100)
    assert metadata.chunks == ()
    assert metadata.excess is not None
    assert metadata.excess.limit == "ancillary_bytes"
    assert metadata.excess.found >= len(xmp)
    assert metadata.excess.most == 100


@pytest.mark.parametrize("image_format", ["PNG", "JPEG", "WEBP", "TIFF", "AVIF", "BMP"])
def test_the_file_stays_where_it_was(saved: Save, image_format: str) -> None:
    file = io.BytesIO(saved(image_format))
    metadata_of_file(file)
    assert file.tell() == 0
    assert not file.closed


@pytest.fixture(scope="module")
def samples() -> dict[str, bytes]:
    """A small file of each format with everything that it can carry."""
    image = PillowImage.new("RGB", (4, 4))
    exif = PillowImage.Exif()
    exif[0x010F], exif[0x0112] = "A camera", 6
    exif.get_ifd(GPS_POINTER)[1] = "N"
    options = {"icc_profile": b"profile" * 9, "exif": exif, "dpi": (300, 300), "xmp": b"<x/>"}
    files = {}
    for image_format in ("PNG", "JPEG", "WEBP", "TIFF"):
        file = io.BytesIO()
        image.save(file, image_format, **options)
        files[image_format] = file.getvalue()
    return files


@pytest.mark.parametrize("image_format", ["PNG", "JPEG", "WEBP", "TIFF"])
@settings(max_examples=150)
@given(st.data())
def test_damage_raises_nothing(
    samples: dict[str, bytes], image_format: str, data: st.DataObject
) -> None:
    changed = bytearray(samples[image_format])
    for _ in range(data.draw(st.integers(0, 8))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    metadata = read(bytes(changed[: data.draw(st.integers(0, len(changed)))]))
    assert metadata.orientation in range(1, 9)


@pytest.mark.parametrize("image_format", ["PNG", "JPEG", "WEBP"])
def test_open_image_has_the_same(
    saved: Save, profile: bytes, layout: Any, xmp: bytes, image_format: str
) -> None:
    if image_format == "PNG":
        data = saved(image_format, icc_profile=profile, exif=layout.data, dpi=(300, 300))
    else:
        exif = b"Exif\0\0" + layout.data
        data = saved(image_format, icc_profile=profile, exif=exif, xmp=xmp, dpi=(300, 300))
    expected = read(data)
    with PillowImage.open(io.BytesIO(data)) as image:
        found = metadata_of_image(image)
    assert found.icc_profile == expected.icc_profile == profile
    assert found.exif == expected.exif == layout.data
    assert found.xmp == expected.xmp
    assert found.dots_per_inch == expected.dots_per_inch


def test_open_png_has_its_colors(image: PillowImage.Image) -> None:
    chromaticities = struct.pack(">8I", 31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)
    chunks = (
        Chunk(b"gAMA", struct.pack(">I", 45455)),
        Chunk(b"cHRM", chromaticities),
        Chunk(b"sRGB", b"\1"),
        Chunk(b"pHYs", RESOLUTION),
    )
    with PillowImage.open(io.BytesIO(png_with(image, *chunks))) as again:
        assert metadata_of_image(again).chunks == chunks


def test_open_image_without_a_file() -> None:
    assert metadata_of_image(PillowImage.new("L", (2, 2))) == Metadata()


def test_pages_have_metadata_of_their_own(profile: bytes) -> None:
    file, page = io.BytesIO(), np.zeros((4, 5, 3), np.uint8)
    ascii_type, dots = 2, {"resolutionunit": "inch", "metadata": None, "photometric": "rgb"}
    with tifffile.TiffWriter(file, bigtiff=False) as tiff:
        for number, icc in enumerate((profile, None, profile[::-1])):
            tags = [(315, ascii_type, 0, f"artist {number}", True)]
            resolution = (100 + number, 100 + number)
            tiff.write(page, iccprofile=icc, resolution=resolution, extratags=tags, **dots)
    for number, icc in enumerate((profile, None, profile[::-1])):
        found = metadata_of_file(file, page=number)
        assert found.icc_profile == icc
        assert found.exif is not None
        assert b"artist %d" % number in found.exif
        assert found.dots_per_inch == (100 + number, 100 + number)
        with PillowImage.open(file) as image:
            image.seek(number)
            assert metadata_of_image(image).icc_profile == icc
        file.seek(0)


def test_grey_with_alpha_of_16_bits(profile: bytes, xmp: bytes) -> None:
    """Pillow does not open such a TIFF."""
    tags = [(700, 1, len(xmp), xmp, True), (315, 2, 0, "somebody", True), (274, 3, 1, 6, True)]
    file = io.BytesIO()
    tifffile.imwrite(
        file,
        np.zeros((4, 5, 2), np.uint16),
        photometric="minisblack",
        extrasamples=("unassalpha",),
        iccprofile=profile,
        resolution=(300, 150),
        resolutionunit="inch",
        extratags=tags,
        metadata=None,
    )
    with pytest.raises(PillowImage.UnidentifiedImageError):
        PillowImage.open(file)
    metadata = read(file.getvalue())
    assert metadata.icc_profile == profile
    assert metadata.xmp == xmp
    assert metadata.dots_per_inch == (300, 150)
    assert metadata.exif is not None
    assert b"somebody" in metadata.exif
    assert metadata.orientation == 6
    assert read(file.getvalue(), ancillary_bytes=100).excess is not None


def test_open_image_with_nonsense() -> None:
    image = PillowImage.new("L", (2, 2))
    image.info.update(icc_profile=7, exif="text", dpi="300", xmp=["list"])
    assert metadata_of_image(image) == Metadata()
