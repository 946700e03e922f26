"""Grey, alpha, 16 bits, CMYK and animations on the command line."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import png
import pytest
from PIL import Image as PillowImage
from PIL import ImageCms

WIDTH, HEIGHT = 13, 10


@pytest.fixture
def deep(tmp_path: Path) -> Path:
    """A 16-bit PNG of grey and alpha, by pypng."""
    samples = np.random.default_rng(0).integers(0, 65536, (HEIGHT, WIDTH * 2), np.uint16)
    path = tmp_path / "deep.png"
    with path.open("wb") as file:
        writer = png.Writer(WIDTH, HEIGHT, greyscale=True, alpha=True, bitdepth=16)
        writer.write(file, samples.tolist())
    return path


@pytest.fixture
def animation(tmp_path: Path) -> Path:
    frames = [PillowImage.new("RGB", (8, 6), color) for color in ("red", "lime", "blue")]
    path = tmp_path / "moving.gif"
    frames[0].save(path, save_all=True, append_images=frames[1:])
    return path


def rows_of(file: bytes) -> np.ndarray:
    width, height, rows, info = png.Reader(bytes=file).read()
    assert (width, height, info["bitdepth"]) == (WIDTH, HEIGHT, 16)
    return np.array([list(row) for row in rows])


def test_16_bits_and_alpha_as_a_program(program: Callable, deep: Path, tmp_path: Path) -> None:
    """A real process, with nothing on standard error but what it says itself."""
    done = program("encode", deep.name)
    assert (done.code, done.out) == (0, b"")
    done = program("decode", "deep.lr.png", "-o", "back.png")
    assert done.code == 0
    assert "error" not in done.err
    found, expected = rows_of((tmp_path / "back.png").read_bytes()), rows_of(deep.read_bytes())
    assert np.array_equal(found[:, 1::2], expected[:, 1::2])
    assert not np.array_equal(found[:, ::2], expected[:, ::2])


def test_standard_output_is_png(rescodec: Callable, deep: Path) -> None:
    rescodec("encode", deep)
    done = rescodec("decode", "deep.lr.png", "-o", "-")
    assert done.code == 0
    assert rows_of(done.out).shape == (HEIGHT, WIDTH * 2)


@pytest.mark.parametrize(
    ("suffix", "words"),
    [
        (".jpg", "16 bits per sample, which JPEG cannot hold; use .png or .tif"),
        (".webp", "16 bits per sample, which WEBP cannot hold; use .png or .tif"),
        (".bmp", "16 bits per sample, which BMP cannot hold; use .png or .tif"),
        (".ppm", "alpha channel, which PPM cannot hold; use .png"),
    ],
)
def test_formats_that_would_lose_something(
    rescodec: Callable, deep: Path, files: Callable, suffix: str, words: str
) -> None:
    rescodec("encode", deep)
    before = files()
    rescodec("decode", "deep.lr.png", "-o", f"x{suffix}").failed(1, "deep.lr.png: ", words)
    assert files() == before


def test_info(rescodec: Callable, deep: Path, encoded: Path) -> None:
    rescodec("encode", deep)
    assert (
        "13x10, grey with alpha of 16 bits; from 7x5 at scale 2"
        in rescodec("info", "deep.lr.png").text
    )
    assert "RGB of 8 bits" in rescodec("info", encoded).text
    found = [json.loads(rescodec("info", "--json", path).text) for path in ("deep.lr.png", encoded)]
    assert found[0]["source"] == {"color": "grey", "bit_depth": 16, "alpha": True}
    assert found[0]["streams"] == ["plane", "source-alpha"]
    assert found[1]["source"] == {"color": "rgb", "bit_depth": 8, "alpha": False}


def test_conversion(rescodec: Callable, deep: Path) -> None:
    rescodec("encode", deep)
    rescodec("convert", "--carrier", "alpha", "deep.lr.png")
    for name in ("deep.lr.png", "deep.alpha.lr.png"):
        rescodec("decode", name, "-o", f"{name}.back.png")
    first, second = (Path(f"{n}.back.png") for n in ("deep.lr.png", "deep.alpha.lr.png"))
    assert first.read_bytes() == second.read_bytes()
    said = [rescodec("info", name).text for name in ("deep.lr.png", "deep.alpha.lr.png")]
    assert re.search("payload  plane, source-alpha in chunk, [1-9][0-9,]* bytes\n", said[0])
    assert re.search("payload  plane in alpha; source-alpha in chunk, [0-9]+ bytes\n", said[1])


def test_conversion_of_a_model_without_payload(rescodec: Callable, deep: Path) -> None:
    rescodec("encode", "--model", "plain", deep)
    done = rescodec("convert", "--carrier", "alpha", "deep.lr.png")
    done.failed(1, "deep.lr.png: ", "only a learned plane can be the alpha channel")


def test_animations(rescodec: Callable, animation: Path, files: Callable) -> None:
    before = files()
    rescodec("encode", animation).failed(1, "has 3 frames; choose one, from 0 to 2, with --frame N")
    rescodec("encode", "--frame", 3, animation).failed(1, "has no frame 3: it has 3 frames, 0 to 2")
    assert files() == before
    assert rescodec("encode", "--frame", 2, animation).code == 0
    assert rescodec("decode", "moving.lr.png").code == 0
    with PillowImage.open("moving.png") as image:
        assert np.abs(np.asarray(image).astype(int) - (0, 0, 255)).max() < 40


def test_frames_are_counted_from_0(rescodec: Callable, animation: Path) -> None:
    done = rescodec("encode", "--frame", -1, animation)
    assert done.code == 2
    assert "--frame" in done.err


def test_cmyk(rescodec: Callable, tmp_path: Path) -> None:
    PillowImage.new("CMYK", (8, 6)).save(tmp_path / "print me.jpg")
    rescodec("encode", "print me.jpg").failed(
        1,
        "print me.jpg: has CMYK colours",
        "convert 'print me.jpg' -colorspace sRGB +profile icc 'print me.rgb.png'",
    )


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kept", [40, 120, 0.5, 0.9])
@pytest.mark.parametrize("image_format", ["PNG", "TIFF"])
def test_damage_is_one_line(
    rescodec: Callable, tmp_path: Path, deep: Path, image_format: str, kept: float
) -> None:
    content = deep.read_bytes()
    if image_format == "TIFF":
        rescodec("encode", deep)
        rescodec("decode", "deep.lr.png", "-o", "deep.tif")
        content = Path("deep.tif").read_bytes()
    size = int(kept * len(content)) if isinstance(kept, float) else kept
    Path("bad.tif").write_bytes(content[:size])
    rescodec("encode", "bad.tif").failed(1, "bad.tif: ")


def test_grey_comes_back_grey(rescodec: Callable, pixels: np.ndarray) -> None:
    file = io.BytesIO()
    PillowImage.fromarray(pixels).convert("L").save(file, "PNG")
    small = rescodec("encode", "-", stdin=file.getvalue()).out
    for name in ("back.png", "back.jpg", "back.tif", "back.bmp", "back.ppm"):
        assert rescodec("decode", "-", "-o", name, stdin=small).code == 0
        with PillowImage.open(name) as image:
            assert image.mode == "L"


@pytest.mark.parametrize("profiled", [False, True])
def test_grey_in_three_channels(rescodec: Callable, pixels: np.ndarray, profiled: bool) -> None:
    """As of black-and-white JPEGs: no tint comes in, and a profile for RGB stays valid."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    grey = PillowImage.fromarray(pixels).convert("L")
    grey.convert("RGB").save("grey.png", icc_profile=profile if profiled else None)
    rescodec("encode", "grey.png", "--lossless")
    assert "grey of 8 bits" in rescodec("info", "grey.lr.png").text
    assert "lossless: verified" in rescodec("decode", "grey.lr.png", "-o", "back.png").err
    with PillowImage.open("back.png") as image:
        assert image.mode == ("RGB" if profiled else "L")
        assert image.info.get("icc_profile") == (profile if profiled else None)
        np.testing.assert_array_equal(np.array(image.convert("RGB"))[..., 2], np.array(grey))
