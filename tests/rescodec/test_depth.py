"""Images of more than 8 bits per sample are refused, whatever Pillow would make of them."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import png
import pytest
from PIL import Image as PillowImage
from PIL import features

from rescodec.images import ImageError, read_photo

Image = npt.NDArray[np.uint8]


def saved(image: PillowImage.Image, image_format: str) -> bytes:
    file = io.BytesIO()
    image.save(file, image_format)
    return file.getvalue()


def saved_deep(mode: str, value: int = 1000, bits: int = 16) -> bytes:
    """A PNG of 3 x 2 pixels by pypng, which writes the depths that Pillow does not."""
    file = io.BytesIO()
    options = {"greyscale": mode[0] == "L", "alpha": mode[-1] == "A"}
    png.Writer(3, 2, bitdepth=bits, **options).write(file, [[value] * 3 * len(mode)] * 2)
    return file.getvalue()


def saved_tiff(bits: int, compression: int) -> bytes:
    """A TIFF of 3 x 2 RGB pixels, which Pillow writes with 8 bits only."""
    data = np.arange(18).astype(f"<u{bits // 8}").tobytes()
    data = zlib.compress(data) if compression == 8 else data
    entries = [
        *((256, 4, 1, 3), (257, 4, 1, 2), (258, 3, 3, 0), (259, 3, 1, compression)),
        *((262, 3, 1, 2), (273, 4, 1, 0), (277, 3, 1, 3), (278, 4, 1, 2), (279, 4, 1, len(data))),
    ]
    depths_at = 8 + 2 + 12 * len(entries) + 4
    places = {258: depths_at, 273: depths_at + 6}
    table = b"".join(
        struct.pack("<HHII", tag, kind, count, places.get(tag, value))
        for tag, kind, count, value in entries
    )
    head = b"II*\0" + struct.pack("<IH", 8, len(entries))
    return head + table + bytes(4) + struct.pack("<3H", bits, bits, bits) + data


@pytest.fixture
def rgb(picture: Callable[..., Image]) -> Image:
    return picture(6, 9)


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
def test_sixteen_bit_png(mode: str) -> None:
    with pytest.raises(ImageError, match="more than 8 bits per sample; supported are 8-bit RGB"):
        read_photo(saved_deep(mode))


@pytest.mark.parametrize("compression", [1, 8], ids=["plain", "deflate"])
def test_sixteen_bit_tiff(compression: int) -> None:
    with pytest.raises(ImageError, match="more than 8 bits"):
        read_photo(saved_tiff(16, compression))
    assert read_photo(saved_tiff(8, compression)).pixels.ravel().tolist() == list(range(18))


@pytest.mark.parametrize(
    "file",
    [
        b"P6 3 2 65535\n" + bytes(36),
        b"P6 3 2 1023\n" + bytes(36),
        b"P5 3 2 65535\n" + bytes(12),
        b"P5 3 2 4095\n" + bytes(12),
        b"P3 1 1 65535 1 2 3\n",
        b"P2 1 1 1023 1\n",
        b"PF\n1 1\n-1.0\n" + bytes(12),
    ],
    ids=lambda file: file[:12].decode().strip().replace("\n", " "),
)
def test_deep_ppm(file: bytes) -> None:
    with pytest.raises(ImageError):
        read_photo(file)


@pytest.mark.parametrize("file", [b"P6 1 1 255\n" + bytes(3), b"P3 1 1 255 0 0 0\n"])
def test_shallow_ppm(file: bytes) -> None:
    assert read_photo(file).pixels.tolist() == [[[0, 0, 0]]]


@pytest.mark.parametrize("mode", ["I", "F", "I;16", "I;16B"])
def test_deep_modes(mode: str) -> None:
    image = PillowImage.new(mode, (3, 2))
    with pytest.raises(ImageError, match="more than 8 bits"):
        read_photo(image)
    if mode in ("F", "I;16"):
        with pytest.raises(ImageError, match="more than 8 bits"):
            read_photo(saved(image, "TIFF"))


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_shallow_greyscale(bits: int) -> None:
    file = saved_deep("L", value=1, bits=bits)
    assert (read_photo(file).pixels == 255 // (2**bits - 1)).all()


@pytest.mark.skipif(not features.check("avif"), reason="Pillow was built without AVIF")
def test_deep_avif(rgb: Image) -> None:
    file = saved(PillowImage.fromarray(rgb), "AVIF")
    assert read_photo(file).pixels.shape == rgb.shape
    flags = file.index(b"av1C") + 6
    deep = file[:flags] + bytes([file[flags] | 0x40]) + file[flags + 1 :]
    with pytest.raises(ImageError):
        read_photo(deep)


@pytest.mark.skipif(not features.check("jpg_2000"), reason="Pillow was built without JPEG 2000")
def test_deep_jpeg_2000(rgb: Image) -> None:
    file = saved(PillowImage.fromarray(rgb), "JPEG2000")
    assert np.array_equal(read_photo(file).pixels, rgb)
    depth = file.index(b"\xff\x4f\xff\x51") + 4 + 38
    assert file[depth] == 7
    with pytest.raises(ImageError, match="more than 8 bits"):
        read_photo(file[:depth] + b"\x0b" + file[depth + 1 :])
