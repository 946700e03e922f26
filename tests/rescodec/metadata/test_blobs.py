"""Chunks from raw blobs, and the blobs out of them."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image as PillowImage

from rescodec.metadata import blobs
from rescodec_formats import Chunk


@given(st.binary(max_size=2000))
def test_blobs_come_back(content: bytes) -> None:
    assert blobs.icc_of(blobs.icc_chunk(content).data) == content
    assert blobs.xmp_of(blobs.xmp_chunk(content).data) == content


@given(st.binary(max_size=2000).filter(lambda content: not content.startswith(b"Exif\0\0")))
@example(b"")
def test_exif_comes_back_without_what_announces_it(content: bytes) -> None:
    assert blobs.exif_chunk(b"Exif\0\0" + content).data == content
    assert blobs.exif_chunk(content).data == content


def test_exif_begins_with_its_byte_order_however_often_it_is_announced() -> None:
    for times in (0, 1, 2, 10**6):
        assert blobs.exif_chunk(b"Exif\0\0" * times + b"II*\0Exif\0\0").data == b"II*\0Exif\0\0"


def test_pillow_reads_the_chunks(xmp: bytes, profile: bytes, camera_exif: bytes) -> None:
    file = io.BytesIO()
    PillowImage.new("RGB", (2, 2)).save(file, "PNG")
    plain = file.getvalue()
    chunks = [blobs.icc_chunk(profile), blobs.xmp_chunk(xmp), blobs.exif_chunk(camera_exif)]
    resolution = blobs.resolution_chunk(300, 150)
    assert resolution is not None
    parts = b"".join(
        struct.pack(">I", len(chunk.data))
        + chunk.type
        + chunk.data
        + struct.pack(">I", zlib.crc32(chunk.type + chunk.data))
        for chunk in (*chunks, resolution)
    )
    with PillowImage.open(io.BytesIO(plain[:33] + parts + plain[33:])) as image:
        assert image.info["icc_profile"] == profile
        assert image.info["exif"] == b"Exif\0\0" + camera_exif
        assert image.info["xmp"] == xmp
        assert image.info["dpi"] == pytest.approx((300, 150), rel=1e-4)


@pytest.mark.parametrize("dpi", [1, 72, 96, 150, 240, 300, 600, 1200, 2400, 65535])
def test_whole_dpi_come_back(dpi: int) -> None:
    chunk = blobs.resolution_chunk(dpi, dpi)
    assert chunk is not None
    assert blobs.resolution_of(chunk.data) == (dpi, dpi)


def test_300_dpi_are_11811_per_metre() -> None:
    assert blobs.resolution_chunk(300, 300) == Chunk(b"pHYs", struct.pack(">IIB", 11811, 11811, 1))


@given(st.integers(1, 2**31 - 1))
def test_any_pixels_per_metre_come_back(per_metre: int) -> None:
    data = struct.pack(">IIB", per_metre, per_metre, 1)
    dpi = blobs.resolution_of(data)
    assert dpi is not None
    assert blobs.resolution_chunk(*dpi) == Chunk(b"pHYs", data)


@pytest.mark.parametrize("data", [b"", bytes(9), struct.pack(">IIB", 1, 1, 0), bytes(8) + b"\2"])
def test_no_unit_no_resolution(data: bytes) -> None:
    assert blobs.resolution_of(data) is None


@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf"), 1e9, 0.001])
def test_impossible_resolution(value: float) -> None:
    assert blobs.resolution_chunk(value, 300) is None
    assert blobs.resolution_chunk(300, value) is None


def test_compressed_xmp() -> None:
    data = b"XML:com.adobe.xmp\0\1\0en\0Keyword\0" + zlib.compress(b"packet")
    assert blobs.xmp_of(data) == b"packet"
    changed = blobs.with_xmp(data, b"other")
    assert blobs.xmp_of(changed) == b"other"
    assert changed.startswith(data[:29])


@pytest.mark.parametrize("end", range(30))
def test_cut_xmp_is_no_error(end: int) -> None:
    data = b"XML:com.adobe.xmp\0\0\0en\0Keyword\0"
    assert blobs.xmp_of(data[:end]) in (b"", None)
    assert blobs.xmp_of(data[:end].replace(b"\0\0", b"\0\1")) in (b"", None)


def test_inflate_is_bounded() -> None:
    packed = zlib.compress(bytes(1000))
    assert blobs.inflate(packed, 1000) == bytes(1000)
    assert blobs.inflate(packed, 999) is None
    assert blobs.inflate(packed[:-5]) is None
    assert blobs.inflate(b"no zlib stream") is None
