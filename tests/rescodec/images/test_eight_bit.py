"""Which modes of 8 bits become RGB and alpha, and which are refused."""

from __future__ import annotations

import io
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import png
import pytest
import tifffile
from PIL import Image as PillowImage

from rescodec.images import ImageError, read_photo
from rescodec.images.eight_bit import rgb_command

Image = npt.NDArray[np.uint8]
STRAIGHT = {"RGBa": "RGBA", "La": "LA"}


def saved(image: PillowImage.Image, image_format: str = "PNG", **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, image_format, **options)
    return file.getvalue()


@pytest.fixture
def rgb(picture: Callable[..., Image]) -> Image:
    return picture(6, 9)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB"])
def test_modes_that_become_rgb(rgb: Image, mode: str) -> None:
    image = PillowImage.fromarray(rgb).convert(mode)
    expected = np.asarray(image.convert("RGB"))
    for source in (image, saved(image)):
        photo = read_photo(source)
        assert np.array_equal(photo.pixels, expected)
        assert photo.grey == (mode in ("1", "L"))
        assert photo.alpha is None


@pytest.mark.parametrize("mode", ["LA", "PA", "RGBA", "RGBa", "La"])
def test_opaque_alpha_is_dropped(rgb: Image, mode: str) -> None:
    image = PillowImage.fromarray(rgb).convert(STRAIGHT.get(mode, mode))
    expected = np.asarray(image.convert("RGBA"))[..., :3]
    photo = read_photo(image.convert(mode))
    assert np.array_equal(photo.pixels, expected)
    assert photo.alpha is None
    assert photo.grey == (mode[0] == "L")


@pytest.mark.parametrize("mode", ["LA", "PA", "RGBA", "RGBa", "La"])
@pytest.mark.parametrize("alpha", [0, 254])
def test_alpha_is_kept(rgb: Image, mode: str, alpha: int) -> None:
    image = PillowImage.fromarray(rgb).convert(STRAIGHT.get(mode, mode))
    plane = np.full(rgb.shape[:2], 255, np.uint8)
    plane[3, 4] = alpha
    image.putalpha(PillowImage.fromarray(plane))
    photo = read_photo(image.convert(mode))
    assert np.array_equal(photo.alpha, plane)
    assert photo.grey == (mode[0] == "L")
    expected = np.asarray(image.convert("RGBA"))[..., :3]
    opaque = plane == 255
    assert np.array_equal(photo.pixels[opaque], expected[opaque])
    if mode in STRAIGHT.values():
        assert np.array_equal(photo.pixels, expected)


@pytest.mark.parametrize("used", [True, False])
@pytest.mark.parametrize("image_format", ["PNG", "GIF"])
def test_palette_with_a_transparent_colour(used: bool, image_format: str) -> None:
    indices = np.array([[0, 1, 1], [1, 0, 2 if used else 1]], np.uint8)
    image = PillowImage.fromarray(indices, "P")
    image.putpalette([10, 20, 30, 40, 50, 60, 70, 80, 90])
    photo = read_photo(saved(image, image_format, transparency=2))
    assert photo.pixels.tolist()[0] == [[10, 20, 30], [40, 50, 60], [40, 50, 60]]
    if used:
        assert photo.alpha is not None
        assert photo.alpha.tolist() == [[255, 255, 255], [255, 255, 0]]
    else:
        assert photo.alpha is None


@pytest.mark.parametrize("alpha", [255, 254])
def test_palette_of_translucent_colours(alpha: int) -> None:
    image = PillowImage.new("P", (3, 2))
    image.putpalette([10, 20, 30, alpha], "RGBA")
    photo = read_photo(image)
    assert (photo.pixels == [10, 20, 30]).all()
    assert photo.alpha is None if alpha == 255 else (photo.alpha == alpha).all()


@pytest.mark.parametrize(("mode", "key"), [("RGB", (1, 2, 3)), ("L", 7), ("1", 0)])
def test_a_transparent_colour(mode: str, key: Any) -> None:
    image = PillowImage.new(mode, (3, 2), 1 if mode == "1" else 9)
    assert read_photo(saved(image, transparency=key)).alpha is None
    image.putpixel((1, 1), key)
    photo = read_photo(saved(image, transparency=key))
    assert photo.alpha is not None
    assert photo.alpha.tolist() == [[255, 255, 255], [255, 0, 255]]
    assert photo.grey == (mode != "RGB")


@pytest.mark.parametrize("bits", [2, 4])
@pytest.mark.parametrize("interlace", [False, True])
def test_a_transparent_grey_of_few_bits(bits: int, interlace: bool) -> None:
    """Pillow spreads the samples over 8 bits, but not the transparent value."""
    samples = np.arange(12, dtype=np.uint8).reshape(3, 4) % 4
    file = io.BytesIO()
    png.Writer(4, 3, greyscale=True, bitdepth=bits, transparent=2, interlace=interlace).write(
        file, samples.tolist()
    )
    photo = read_photo(file.getvalue())
    assert photo.grey
    assert np.array_equal(photo.pixels[..., 0], samples * (255 // (2**bits - 1)))
    assert np.array_equal(photo.alpha, np.where(samples == 2, 0, 255))


def test_a_transparent_grey_of_16_bits() -> None:
    image = PillowImage.new("I;16", (3, 2), 40_000)
    image.putpixel((1, 1), 300)
    image.info["transparency"] = 300
    photo = read_photo(image)
    assert (photo.bit_depth, photo.grey) == (16, True)
    assert photo.pixels[..., 0].tolist() == [[40_000] * 3, [40_000, 300, 40_000]]
    assert photo.alpha is not None
    assert photo.alpha.tolist() == [[65535] * 3, [65535, 0, 65535]]


@pytest.mark.parametrize("compression", [None, "lzw", "zlib"])
@pytest.mark.parametrize("tile", [None, (16, 16)])
@pytest.mark.parametrize("kind", ["unassalpha", "assocalpha"])
@pytest.mark.parametrize("channels", [2, 3, 4])
def test_planes_apart(compression: str | None, tile: Any, kind: str, channels: int) -> None:
    """Pillow takes grey and alpha of planes for interleaved."""
    samples = np.full((channels, 20, 30), 255, np.uint8)
    samples[: channels - (channels != 3)] = np.arange(30)
    file = io.BytesIO()
    tifffile.imwrite(
        file,
        samples,
        photometric="minisblack" if channels == 2 else "rgb",
        planarconfig="separate",
        extrasamples=None if channels == 3 else [kind],
        compression=compression,
        tile=tile,
    )
    if channels == 2 or (channels == 4 and kind == "assocalpha" and compression is None):
        with pytest.raises(ImageError, match="in planes apart"):
            read_photo(file.getvalue())
    else:
        assert (read_photo(file.getvalue()).pixels == np.arange(30)[:, None]).all()


def test_pixels_belong_to_the_caller(rgb: Image) -> None:
    image = PillowImage.fromarray(rgb)
    photo = read_photo(image)
    photo.pixels[:] = 0
    assert np.array_equal(np.asarray(image), rgb)


@pytest.mark.parametrize("mode", ["I;16", "I;16B"])
def test_open_images_of_deep_grey(mode: str) -> None:
    image = PillowImage.new(mode, (3, 2), 40_000)
    photo = read_photo(image)
    assert (photo.bit_depth, photo.grey) == (16, True)
    assert (photo.pixels == 40_000).all()


@pytest.mark.parametrize("mode", ["CMYK", "YCbCr", "LAB", "HSV"])
def test_other_colour_models(mode: str) -> None:
    image = PillowImage.new(mode, (3, 2))
    sources: list[Any] = [image]
    if mode == "CMYK":
        sources += [saved(image, "JPEG"), saved(image, "TIFF")]
    for source in sources:
        with pytest.raises(ImageError, match=r"CMYK colours|mode \w+ cannot become RGB"):
            read_photo(source)


def _version_of(program: str) -> bytes:
    return subprocess.run([program, "-version"], capture_output=True, check=False).stdout


def test_the_command_that_converts_cmyk(rgb: Image, tmp_path: Path) -> None:
    source = tmp_path / "my photo.jpg"
    PillowImage.fromarray(rgb).convert("CMYK").save(source)
    with pytest.raises(ImageError) as caught:
        read_photo(source)
    command = rgb_command(str(source))
    assert str(caught.value).endswith(command)
    # Other programs may have its name.
    if shutil.which("convert") is None or b"Version: ImageMagick" not in _version_of("convert"):
        pytest.skip("ImageMagick is not here")
    subprocess.run(command, shell=True, check=True, capture_output=True, timeout=60)
    assert read_photo(tmp_path / "my photo.rgb.png").pixels.shape == rgb.shape


@pytest.mark.parametrize("extra", [[0], [2, 0]], ids=["unspecified", "alpha and spot"])
def test_channels_that_would_be_lost(rgb: Image, extra: list[int]) -> None:
    file = io.BytesIO()
    channels = [rgb, *[rgb[..., :1]] * len(extra)]
    tifffile.imwrite(file, np.dstack(channels), photometric="rgb", extrasamples=extra)
    with pytest.raises(ImageError, match=rf"has {3 + len(extra)} channels, of which"):
        read_photo(file.getvalue())
