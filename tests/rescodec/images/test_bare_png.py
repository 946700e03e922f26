"""PNGs whose metadata Pillow would refuse the picture for."""

from __future__ import annotations

import io
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as PillowImage

from benchmarks.metadata.insertion import insert_chunks
from rescodec import read_photo
from rescodec.images.bare_png import without_metadata
from rescodec.metadata import Metadata
from rescodec_formats import Chunk

PIXELS = np.arange(8 * 6 * 3, dtype=np.uint8).reshape(6, 8, 3)
MEGABYTES = 2 * 2**20


def png_with(*chunks: Chunk) -> bytes:
    file = io.BytesIO()
    PillowImage.fromarray(PIXELS).save(insert_chunks(file, chunks), "PNG")
    return file.getvalue()


PLAIN = png_with()
TEXT = Chunk(b"tEXt", b"Author\0somebody")
OTHER = Chunk(b"prVt", b"private")


def test_nothing_but_the_metadata_is_hidden() -> None:
    bare = without_metadata(io.BytesIO(png_with(TEXT, OTHER, TEXT)))
    assert bare.read() == png_with(OTHER)


@given(st.lists(st.tuples(st.integers(0, 120), st.integers(0, 60)), max_size=10))
def test_the_view_is_a_file(reads: list[tuple[int, int]]) -> None:
    bare, plain = without_metadata(io.BytesIO(png_with(TEXT, OTHER))), io.BytesIO(png_with(OTHER))
    for start, size in reads:
        assert bare.seek(start) == plain.seek(start)
        assert bare.read(size) == plain.read(size)
        assert bare.tell() == plain.tell()
    assert bare.seek(-5, io.SEEK_END) == plain.seek(-5, io.SEEK_END)
    assert bare.read() == plain.read()


@pytest.mark.parametrize("data", [b"", b"no PNG", b"\x89PNG", b"GIF89a"])
def test_other_files_stay_what_they_are(data: bytes) -> None:
    file = io.BytesIO(data)
    assert without_metadata(file) is file
    assert file.read() == data


@pytest.mark.parametrize("end", range(0, len(PLAIN), 5))
def test_truncated_files_are_shown_whole(end: int) -> None:
    assert without_metadata(io.BytesIO(PLAIN[:end])).read() == PLAIN[:end]


@pytest.mark.parametrize(
    "chunk",
    [
        Chunk(b"iCCP", b"large\0\0" + zlib.compress(bytes(16) + b"RGB " + bytes(MEGABYTES))),
        Chunk(b"zTXt", b"Text\0\0" + zlib.compress(bytes(MEGABYTES))),
        Chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(bytes(MEGABYTES))),
        Chunk(b"iCCP", b"name\0\0no zlib stream"),
        Chunk(b"eXIf", b"damaged"),
    ],
)
def test_large_or_damaged_content_travels(chunk: Chunk) -> None:
    photo = read_photo(png_with(chunk))
    np.testing.assert_array_equal(photo.pixels, PIXELS)
    assert photo.metadata == Metadata((chunk,))


@pytest.mark.parametrize(
    "chunk",
    [
        *(Chunk(name, b"\1\2\3") for name in (b"gAMA", b"cHRM", b"sRGB", b"pHYs", b"cICP")),
        *(Chunk(name, b"\1") for name in (b"mDCV", b"cLLI", b"zTXt", b"iTXt", b"iCCP")),
        *(Chunk(name, b"") for name in (b"iCCP", b"tEXt", b"zTXt", b"iTXt")),
        Chunk(b"iCCP", b"name\0\5" + zlib.compress(b"profile")),
        Chunk(b"zTXt", b"Text\0\7" + zlib.compress(b"text")),
        Chunk(b"iTXt", b"Text\0\1\7\0\0" + zlib.compress(b"text")),
        Chunk(b"iTXt", b"Text\0\0\0\0"),
    ],
)
def test_malformed_chunks_stop_nobody(chunk: Chunk) -> None:
    photo = read_photo(png_with(chunk))
    np.testing.assert_array_equal(photo.pixels, PIXELS)
    assert photo.metadata == Metadata()


def test_wrong_checksum_of_text() -> None:
    data = bytearray(png_with(TEXT))
    data[45] ^= 1
    photo = read_photo(bytes(data))
    np.testing.assert_array_equal(photo.pixels, PIXELS)
    assert photo.metadata == Metadata()
