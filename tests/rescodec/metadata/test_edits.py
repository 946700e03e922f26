"""Metadata of pixels that were turned upright."""

from __future__ import annotations

import struct
import zlib
from typing import Any

import pytest

from rescodec.metadata import Metadata, upright
from rescodec.metadata.blobs import exif_chunk, icc_chunk, xmp_chunk
from rescodec_formats import Chunk


def test_orientation_of_exif_counts_before_xmp(builder: Any, xmp: bytes) -> None:
    exif = exif_chunk(builder.camera(3).data)
    assert Metadata((xmp_chunk(xmp), exif)).orientation == 3
    assert Metadata((xmp_chunk(xmp),)).orientation == 6
    assert Metadata((xmp_chunk(xmp), exif_chunk(builder.camera(99).data))).orientation == 6
    assert Metadata((xmp_chunk(xmp), exif_chunk(b"damaged"))).orientation == 6
    assert Metadata().orientation == 1


def test_upright(layout: Any, xmp: bytes, profile: bytes) -> None:
    others = (icc_chunk(profile), Chunk(b"tEXt", b"Author\0somebody"))
    metadata = upright(Metadata((exif_chunk(layout.data), xmp_chunk(xmp), *others)))
    assert metadata.orientation == 1
    assert metadata.exif is not None
    assert b"old" not in metadata.exif
    assert metadata.xmp == xmp.replace(b'tiff:Orientation="6"', b'tiff:Orientation="1"')
    assert metadata.chunks[2:] == others
    assert upright(metadata) == metadata


@pytest.mark.parametrize("orientation", range(1, 9))
def test_resolutions_turn_with_the_sides(builder: Any, orientation: int) -> None:
    exif = exif_chunk(builder.camera(orientation).data)
    stored, turned = (struct.pack(">IIB", *sides, 1) for sides in ((11811, 2835), (2835, 11811)))
    metadata = upright(Metadata((Chunk(b"pHYs", stored), exif)))
    assert metadata.chunks[0].data == (turned if orientation >= 5 else stored)
    assert upright(metadata) == metadata


def test_upright_metadata_keeps_its_bytes(builder: Any, xmp: bytes) -> None:
    exif = builder.header() + builder.directory(8, [(0x0112, 3, 1, builder.short(1))])
    packet = xmp.replace(b'tiff:Orientation="6"', b'tiff:Orientation="1"')
    packed = Chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(packet, 1))
    metadata = Metadata((exif_chunk(exif), packed))
    assert upright(metadata) == metadata


def test_packed_xmp_is_turned(xmp: bytes) -> None:
    packed = Chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(xmp))
    metadata = Metadata((packed,))
    assert metadata.orientation == 6
    assert upright(metadata).orientation == 1


@pytest.mark.parametrize(
    "chunk",
    [
        exif_chunk(b"nobody can read this"),
        Chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0no zlib stream"),
        Chunk(b"iTXt", b"XML:com.adobe.xmp\0"),
        Chunk(b"eXIf", b"", after_pixels=True),
    ],
)
def test_what_cannot_be_read_stays(chunk: Chunk) -> None:
    assert Metadata((chunk,)).orientation == 1
    assert upright(Metadata((chunk,))) == Metadata((chunk,))
