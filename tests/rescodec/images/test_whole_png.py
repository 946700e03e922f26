"""Damaged PNGs are refused, also where Pillow would make something of them."""

from __future__ import annotations

import io
import random
import struct
import zlib

import numpy as np
import pytest
from PIL import Image as PillowImage

from rescodec.images import ImageError, read_photo
from rescodec.images.whole_png import require_whole_png

PIXELS = np.random.default_rng(0).integers(0, 256, (9, 11, 3), np.uint8)


@pytest.fixture(scope="module")
def png() -> bytes:
    file = io.BytesIO()
    PillowImage.fromarray(PIXELS).save(file, "PNG", dpi=(72, 72))
    return file.getvalue()


def test_whole(png: bytes) -> None:
    for data in (png, png + b"noise"):
        file = io.BytesIO(data)
        file.seek(5)
        require_whole_png(file)
        assert file.tell() == 5
        np.testing.assert_array_equal(read_photo(data).pixels, PIXELS)


def test_no_damaged_pixels_are_read(png: bytes) -> None:
    """Stored pixels: nothing but the checksum tells."""
    start = png.index(b"IDAT")
    length = int.from_bytes(png[start - 4 : start], "big")
    stored = zlib.compress(zlib.decompress(png[start + 4 :][:length]), 0)
    chunk = struct.pack(">I", len(stored)) + b"IDAT" + stored
    whole = png[: start - 4] + chunk + struct.pack(">I", zlib.crc32(b"IDAT" + stored))
    whole += png[start + 8 + length :]
    np.testing.assert_array_equal(read_photo(whole).pixels, PIXELS)
    for at in random.Random(0).sample(range(start + 4, start + 4 + len(stored)), 20):
        damaged = bytearray(whole)
        damaged[at] ^= 4
        with pytest.raises(ImageError, match="IDAT chunk is damaged"):
            read_photo(bytes(damaged))


@pytest.mark.parametrize("name", [b"IDAT", b"IEND"])
def test_a_wrong_checksum(png: bytes, name: bytes) -> None:
    at = png.index(name)
    damaged = bytearray(png)
    damaged[at + 4 + int.from_bytes(png[at - 4 : at], "big")] ^= 1
    with pytest.raises(ImageError, match="damaged"):
        read_photo(bytes(damaged))


def test_damaged_metadata_harms_nothing(png: bytes) -> None:
    damaged = bytearray(png)
    damaged[png.index(b"pHYs") + 6] ^= 1
    require_whole_png(io.BytesIO(bytes(damaged)))


@pytest.mark.parametrize("cut", [1, 4, 12, 13, 40])
def test_truncated(png: bytes, cut: int) -> None:
    with pytest.raises(ImageError, match="truncated"):
        read_photo(png[:-cut])
