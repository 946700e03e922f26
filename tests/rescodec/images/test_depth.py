"""Deep samples that Pillow would cut, and that are not read otherwise, are refused."""

from __future__ import annotations

import io
import struct
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


@pytest.fixture
def rgb(picture: Callable[..., Image]) -> Image:
    return picture(6, 9)


@pytest.mark.parametrize("file", [b"P6 1 1 255\n" + bytes(3), b"P3 1 1 255 0 0 0\n"])
def test_shallow_ppm(file: bytes) -> None:
    assert read_photo(file).pixels.tolist() == [[[0, 0, 0]]]


@pytest.mark.parametrize("mode", ["I", "F"])
def test_deep_modes(mode: str) -> None:
    image = PillowImage.new(mode, (3, 2))
    with pytest.raises(ImageError, match="more than 8 bits per sample, of which an open Pillow"):
        read_photo(image)
    with pytest.raises(ImageError, match="samples of 32 bits"):
        read_photo(saved(image, "TIFF"))


@pytest.mark.parametrize("mode", ["LA", "RGB", "RGBA"])
def test_open_images_that_would_be_cut(mode: str) -> None:
    """Pillow has opened them with 8 bits, whatever they are."""
    with (
        PillowImage.open(io.BytesIO(saved_deep(mode))) as image,
        pytest.raises(ImageError, match="pass the file's path instead"),
    ):
        read_photo(image)


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_shallow_greyscale(bits: int) -> None:
    file = saved_deep("L", value=1, bits=bits)
    assert (read_photo(file).pixels == 255 // (2**bits - 1)).all()


@pytest.mark.parametrize(
    ("masks", "pixel", "expected"),
    [
        ((0xF800, 0x7E0, 0x1F), 0b11111_100000_00000, [255, 32 * 255 // 63, 0]),
        ((0x7C00, 0x3E0, 0x1F), 0b11111_10000_00000, [255, 16 * 255 // 31, 0]),
    ],
)
def test_bmp_of_16_bits_for_all_three_samples(
    masks: tuple[int, ...], pixel: int, expected: list[int]
) -> None:
    by_masks, header_bytes = 3, 14 + 40 + 12
    header = struct.pack("<IiiHHIIiiII", 40, 1, 1, 1, 16, by_masks, 4, 2835, 2835, 0, 0)
    start = b"BM" + struct.pack("<IHHI", header_bytes + 4, 0, 0, header_bytes)
    file = start + header + struct.pack("<3I", *masks) + struct.pack("<HH", pixel, 0)
    assert read_photo(file).pixels.tolist() == [[expected]]


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
