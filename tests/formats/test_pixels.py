import hashlib
import io
import struct
from collections.abc import Callable

import numpy as np
import png
import pytest
from PIL import Image

import rescodec_formats as rf
from rescodec_formats.pixels import ImageHeader

RNG = np.random.default_rng(5)


def pypng(rows: np.ndarray, **options: object) -> bytes:
    file = io.BytesIO()
    height, width = rows.shape[:2]
    png.Writer(width, height, **options).write(file, rows.reshape(height, -1).tolist())
    return file.getvalue()


def test_digest_is_the_specified_one(picture: Callable[..., np.ndarray]) -> None:
    lr = picture(3, 5)
    expected = hashlib.sha256(struct.pack(">II", 3, 5) + lr.tobytes()).hexdigest()
    assert rf.lr_digest(lr) == expected
    assert rf.lr_digest(np.asfortranarray(lr)) == expected
    assert rf.lr_digest(lr.reshape(5, 3, 3)) != expected


@pytest.mark.parametrize("lr", [np.zeros((2, 2, 3)), [[1]], np.zeros((2, 2, 3), np.int8)])
def test_pixels_of_a_wrong_type(lr: object) -> None:
    with pytest.raises(TypeError, match="uint8"):
        rf.lr_digest(lr)  # type: ignore[arg-type]


@pytest.mark.parametrize("shape", [(2, 2), (2, 2, 4), (0, 2, 3), (1, 2, 2, 3)])
def test_pixels_of_a_wrong_shape(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="height, width, 3"):
        rf.lr_digest(np.zeros(shape, np.uint8))


@pytest.mark.parametrize("interlace", [False, True])
@pytest.mark.parametrize("bits", [1, 2, 4, 8])
@pytest.mark.parametrize("key", [False, True])
def test_grey(bits: int, interlace: bool, key: bool) -> None:
    grey = RNG.integers(0, 2**bits, (9, 13))
    options = {"transparent": int(grey[0, 0])} if key else {}
    file = pypng(grey, greyscale=True, bitdepth=bits, interlace=interlace, **options)
    pixels = rf.read_png(file)
    expected = (grey * 255 // (2**bits - 1)).astype(np.uint8)
    np.testing.assert_array_equal(pixels.rgb, np.stack([expected] * 3, axis=2))
    if key:
        np.testing.assert_array_equal(pixels.alpha, np.where(grey == grey[0, 0], 0, 255))
    else:
        assert pixels.alpha is None


@pytest.mark.parametrize("interlace", [False, True])
@pytest.mark.parametrize("bits", [1, 2, 4, 8])
@pytest.mark.parametrize("alpha", [False, True])
def test_palette(bits: int, interlace: bool, alpha: bool) -> None:
    colors = RNG.integers(0, 256, (2**bits, 4 if alpha else 3))
    indices = RNG.integers(0, 2**bits, (9, 13))
    palette = [tuple(color) for color in colors.tolist()]
    pixels = rf.read_png(pypng(indices, palette=palette, bitdepth=bits, interlace=interlace))
    np.testing.assert_array_equal(pixels.rgb, colors[indices][..., :3])
    if alpha:
        np.testing.assert_array_equal(pixels.alpha, colors[indices][..., 3])
    else:
        assert pixels.alpha is None


@pytest.mark.parametrize("interlace", [False, True])
@pytest.mark.parametrize("channels", [2, 3, 4])
def test_colour_and_alpha(channels: int, interlace: bool) -> None:
    samples = RNG.integers(0, 256, (9, 13, channels)).astype(np.uint8)
    file = pypng(samples, greyscale=channels == 2, alpha=channels != 3, interlace=interlace)
    pixels = rf.read_png(file)
    rgb = np.repeat(samples[..., :1], 3, axis=2) if channels == 2 else samples[..., :3]
    np.testing.assert_array_equal(pixels.rgb, rgb)
    if channels == 3:
        assert pixels.alpha is None
    else:
        np.testing.assert_array_equal(pixels.alpha, samples[..., -1])
    assert pixels.rgb.flags.writeable
    assert pixels.rgb.flags.c_contiguous


def test_colour_key() -> None:
    samples = RNG.integers(0, 2, (9, 13, 3)).astype(np.uint8)
    pixels = rf.read_png(pypng(samples, greyscale=False, transparent=(1, 0, 1)))
    np.testing.assert_array_equal(pixels.rgb, samples)
    expected = np.where((samples == (1, 0, 1)).all(axis=2), 0, 255)
    np.testing.assert_array_equal(pixels.alpha, expected)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_16_bit_is_refused(channels: int) -> None:
    samples = RNG.integers(0, 65536, (3, 4, channels))
    file = pypng(samples, greyscale=channels < 3, alpha=channels in (2, 4), bitdepth=16)
    with pytest.raises(rf.FormatError, match="16-bit") as caught:
        rf.read_png(file)
    assert caught.value.kind == "unsupported-pixels"


@pytest.mark.parametrize(
    "fields",
    [
        (0, 1, 8, 2, 0, 0, 0),
        (1, 0, 8, 2, 0, 0, 0),
        (2**31, 1, 8, 2, 0, 0, 0),
        (1, 1, 4, 2, 0, 0, 0),
        (1, 1, 16, 3, 0, 0, 0),
        (1, 1, 8, 1, 0, 0, 0),
        (1, 1, 8, 2, 1, 0, 0),
        (1, 1, 8, 2, 0, 1, 0),
        (1, 1, 8, 2, 0, 0, 2),
    ],
)
def test_bad_image_header(fields: tuple[int, ...]) -> None:
    with pytest.raises(rf.FormatError) as caught:
        ImageHeader.parse(struct.pack(">IIBBBBB", *fields))
    assert caught.value.kind == "bad-png"


def kind_of(file: bytes) -> str:
    with pytest.raises(rf.FormatError) as caught:
        rf.read_png(file)
    return caught.value.kind


def test_bad_palettes(split: Callable[..., list], join: Callable[..., bytes]) -> None:
    file = pypng(np.array([[0, 1, 2, 3]]), palette=[(i, i, i) for i in range(4)], bitdepth=8)
    head, palette, data, end = split(file)
    assert kind_of(join([head, data, end])) == "bad-png"
    assert kind_of(join([head, (b"PLTE", b"1234"), data, end])) == "bad-png"
    assert kind_of(join([head, (b"PLTE", b"123"), data, end])) == "bad-pixels"
    assert kind_of(join([head, palette, (b"tRNS", b"12345"), data, end])) == "bad-png"
    assert kind_of(join([head, palette, palette, data, end])) == "bad-png"
    keys = [(b"tRNS", b"1")] * 2
    assert kind_of(join([head, palette, *keys, data, end])) == "bad-png"


def test_bad_pixel_data(split: Callable[..., list], join: Callable[..., bytes]) -> None:
    head, (_, data), end = split(pypng(RNG.integers(0, 256, (9, 27)), greyscale=True))
    assert kind_of(join([head, (b"IDAT", data[:50]), end])) == "bad-pixels"
    assert kind_of(join([head, (b"IDAT", b"\0" * 50), end])) == "bad-pixels"
    assert kind_of(join([head, (b"IDAT", b""), end])) == "bad-pixels"
    assert kind_of(join([head, end])) == "bad-png"
    assert kind_of(join([head, (b"IDAT", bytes(2_000_000)), end])) == "limit"


def test_read_png_looks_at_the_pixels_alone(
    make: Callable[..., bytes], picture: Callable[..., np.ndarray], plane: Callable
) -> None:
    pixels = rf.read_png(make("alpha")[:-5])
    np.testing.assert_array_equal(pixels.rgb, picture(5, 7))
    np.testing.assert_array_equal(pixels.alpha, plane(5, 7))
    with pytest.raises(rf.LimitError):
        rf.read_png(make("alpha"), limits=rf.Limits(hr_pixels=34))


def test_pillow_limit_does_not_apply(
    make: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1)
    assert rf.read(make("alpha")).lr.shape == (5, 7, 3)
