"""Every kind of source through encode and decode: what comes back, as files."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import png
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as PillowImage
from PIL import features

import rescodec
import rescodec_formats as formats
from rescodec import Codec, ImageError, Photo

Image = npt.NDArray[np.uint8]
RNG = np.random.default_rng(0)
ALPHA = RNG.integers(0, 256, (20, 30), np.uint8)

# Format, mode, and what comes back: colours, bits, alpha.
KINDS = [
    *(("PNG", "1", "grey", 8, False), ("PNG", "L", "grey", 8, False)),
    *(("PNG", "LA", "grey", 8, True), ("PNG", "P", "rgb", 8, False)),
    *(("PNG", "P+tRNS", "rgb", 8, True), ("PNG", "L+tRNS", "grey", 8, True)),
    *(("PNG", "RGB", "rgb", 8, False), ("PNG", "RGB+tRNS", "rgb", 8, True)),
    *(("PNG", "RGBA", "rgb", 8, True), ("PNG", "L16", "grey", 16, False)),
    *(("PNG", "LA16", "grey", 16, True), ("PNG", "RGB16", "rgb", 16, False)),
    *(("PNG", "RGBA16", "rgb", 16, True), ("JPEG", "L", "grey", 8, False)),
    *(("JPEG", "RGB", "rgb", 8, False), ("WEBP", "RGB", "rgb", 8, False)),
    *(("WEBP", "RGBA", "rgb", 8, True), ("AVIF", "RGB", "rgb", 8, False)),
    *(("AVIF", "RGBA", "rgb", 8, True), ("TIFF", "1", "grey", 8, False)),
    *(("TIFF", "L", "grey", 8, False), ("TIFF", "LA", "grey", 8, True)),
    *(("TIFF", "P", "rgb", 8, False), ("TIFF", "RGB", "rgb", 8, False)),
    *(("TIFF", "RGBA", "rgb", 8, True), ("TIFF", "L16", "grey", 16, False)),
    *(("TIFF", "LA16", "grey", 16, True), ("TIFF", "RGB16", "rgb", 16, False)),
    *(("TIFF", "RGBA16", "rgb", 16, True), ("GIF", "P", "rgb", 8, False)),
    *(("GIF", "P+tRNS", "rgb", 8, True), ("BMP", "1", "grey", 8, False)),
    *(("BMP", "L", "grey", 8, False), ("BMP", "P", "rgb", 8, False)),
    *(("BMP", "RGB", "rgb", 8, False), ("PPM", "1", "grey", 8, False)),
    *(("PPM", "L", "grey", 8, False), ("PPM", "RGB", "rgb", 8, False)),
    *(("PPM", "L16", "grey", 16, False), ("PPM", "RGB16", "rgb", 16, False)),
]
SUFFIXES = {8: (".png", ".tif", ".webp"), 16: (".png", ".tif")}


def made(image_format: str, kind: str, rgb: Image, alpha: Image = ALPHA) -> bytes:
    """Make a file of a kind: a mode of Pillow, or one of 16 bits, with an alpha of ours."""
    if kind.endswith("16"):
        return made_deep(image_format, kind, rgb, alpha)
    mode, _, key = kind.partition("+")
    image = PillowImage.fromarray(rgb).convert(mode)
    options: dict[str, Any] = {"quality": 95} if image_format in ("JPEG", "AVIF") else {}
    if image_format == "WEBP":
        options = {"lossless": True, "exact": True}
    if mode[-1] == "A":
        image.putalpha(PillowImage.fromarray(alpha))
    if key:
        image.putpixel((3, 4), {"P": 0, "L": 7, "RGB": (7, 8, 9)}[mode])
        options["transparency"] = image.getpixel((3, 4))
    file = io.BytesIO()
    image.save(file, image_format, **options)
    return file.getvalue()


def made_deep(image_format: str, kind: str, rgb: Image, alpha: Image) -> bytes:
    samples = rgb[..., : 1 if kind[0] == "L" else 3].astype(np.uint16) * 257
    if "A" in kind:
        # Values that no 8-bit alpha has.
        samples = np.dstack((samples, alpha.astype(np.uint16) * 256 + alpha[::-1]))
    height, width, channels = samples.shape
    file = io.BytesIO()
    if image_format == "PPM":
        file.write(b"P%d %d %d 65535\n" % (6 if channels == 3 else 5, width, height))
        file.write(samples.astype(">u2").tobytes())
    elif image_format == "PNG":
        color = {"greyscale": channels < 3, "alpha": "A" in kind}
        writer = png.Writer(width, height, bitdepth=16, **color)
        writer.write(file, samples.reshape(height, -1).tolist())
    else:
        options: dict[str, Any] = {"extrasamples": ["unassalpha"]} if "A" in kind else {}
        photometric = "minisblack" if channels < 3 else "rgb"
        samples = samples if channels > 1 else samples[..., 0]
        options["planarconfig"] = "contig" if channels > 1 else None
        tifffile.imwrite(file, samples, photometric=photometric, **options)
    return file.getvalue()


@pytest.fixture(scope="module")
def codec() -> Codec:
    return Codec.open(scale=2, device="cpu")


@pytest.fixture(scope="module")
def rgb(picture: Callable[..., Image]) -> Image:
    return picture(20, 30)


def error(a: npt.NDArray[Any], b: npt.NDArray[Any]) -> float:
    return float(np.abs(a.astype(float) - b).mean() / np.iinfo(a.dtype).max)


@pytest.mark.parametrize(
    ("image_format", "kind", "color", "bits", "alpha"),
    KINDS,
    ids=[f"{row[0]}-{row[1]}" for row in KINDS],
)
def test_what_comes_back(
    codec: Codec,
    rgb: Image,
    tmp_path: Path,
    image_format: str,
    kind: str,
    color: str,
    bits: int,
    alpha: bool,
) -> None:
    if image_format == "AVIF" and not features.check("avif"):
        pytest.skip("Pillow was built without AVIF")
    source = made(image_format, kind, rgb)
    small = rescodec.encode(source, model=codec)
    header = formats.probe(small).header
    assert (header.source.color, header.source.bit_depth) == (color, bits)
    assert header.has_source_alpha == alpha

    photo, restored = rescodec.read_photo(source), rescodec.decode(small, model=codec)
    for suffix in SUFFIXES[bits]:
        target = tmp_path / f"back{suffix}"
        rescodec.decode(small, target, model=codec)
        again = rescodec.read_photo(target)
        assert np.array_equal(again.pixels, restored.pixels)
        assert again.grey == (color == "grey" and suffix != ".webp")
        assert (again.alpha is not None) == alpha
        if alpha:
            assert np.array_equal(again.alpha, photo.alpha)
    assert restored.pixels.dtype == photo.pixels.dtype == np.dtype(f"u{bits // 8}")
    assert error(photo.pixels, restored.pixels) < (0.2 if kind[0] in "1P" else 0.06)
    if color == "grey":
        assert (restored.pixels == restored.pixels[..., :1]).all()


@settings(max_examples=25)
@given(
    height=st.integers(1, 12),
    width=st.integers(1, 12),
    bits=st.sampled_from([8, 16]),
    grey=st.booleans(),
    kind=st.sampled_from(["noise", "opaque", "clear", "one pixel"]),
    seed=st.integers(0, 99),
)
def test_alpha_is_exact(
    codec: Codec, height: int, width: int, bits: int, grey: bool, kind: str, seed: int
) -> None:
    dtype, most = (np.uint8, 255) if bits == 8 else (np.uint16, 65535)
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, most + 1, (height, width, 3), dtype)
    pixels = np.repeat(pixels[..., :1], 3, axis=2) if grey else pixels
    alpha = np.full((height, width), 0 if kind == "clear" else most, dtype)
    if kind == "noise":
        alpha = rng.integers(0, most + 1, (height, width), dtype)
    elif kind == "one pixel":
        alpha[-1, -1] = most - 1
    file = io.BytesIO()
    rescodec.save_photo(Photo(pixels, alpha, grey), file, ".png")
    found = rescodec.decode(rescodec.encode(file.getvalue(), model=codec), model=codec)
    assert (found.grey, found.bit_depth) == (grey, bits)
    if (alpha == most).all():
        assert found.alpha is None
    else:
        assert np.array_equal(found.alpha, alpha)


@pytest.mark.parametrize("carrier", ["chunk", "alpha"])
@pytest.mark.parametrize("kind", ["LA", "RGBA", "RGBA16", "L16"])
def test_conversion_keeps_all(codec: Codec, rgb: Image, carrier: Any, kind: str) -> None:
    source = made("PNG", kind, rgb)
    other = "alpha" if carrier == "chunk" else "chunk"
    first = rescodec.encode(source, model=codec, carrier=carrier)
    second = rescodec.encode(source, model=codec, carrier=other)
    converted = io.BytesIO()
    formats.convert(first, converted, other)
    assert converted.getvalue() == second
    a, b = (rescodec.decode(file, model=codec) for file in (first, second))
    assert np.array_equal(a.samples, b.samples)


@pytest.mark.parametrize("family", ["plain", "latent"])
def test_families_without_a_plane(rgb: Image, family: str) -> None:
    source = made("PNG", "RGBA16", rgb)
    small = rescodec.encode(source, model=family, device="cpu")
    header = formats.probe(small).header
    assert header.carrier == "chunk"
    assert header.streams[-1].name == formats.SOURCE_ALPHA
    photo = rescodec.decode(small, device="cpu")
    assert np.array_equal(photo.alpha, rescodec.read_photo(source).alpha)
    assert photo.bit_depth == 16


def test_16_bits_are_worth_something(codec: Codec, rgb: Image) -> None:
    """A gradient that 8 bits can only show in steps comes back with values between them."""
    ramp = np.linspace(20_000, 21_000, 64 * 64).reshape(64, 64).astype(np.uint16)
    deep = Photo(np.repeat(ramp[..., None], 3, axis=2), grey=True)
    file = io.BytesIO()
    rescodec.save_photo(deep, file, ".png")
    found = rescodec.decode(rescodec.encode(file.getvalue(), model=codec), model=codec)
    assert len(np.unique(found.pixels)) > 50
    assert error(found.pixels, deep.pixels) < 1 / 255


def test_without_payload_there_is_no_alpha(codec: Codec, rgb: Image) -> None:
    small = rescodec.encode(made("PNG", "LA16", rgb), model=codec)
    photo = rescodec.decode(small, model=codec, without_payload=True)
    assert photo.alpha is None
    assert (photo.grey, photo.bit_depth) == (True, 16)


@pytest.mark.parametrize(
    ("kind", "suffix", "words"),
    [
        ("RGBA", ".jpg", "alpha channel, which JPEG cannot hold"),
        ("RGBA", ".bmp", "alpha channel, which BMP cannot hold"),
        ("LA", ".ppm", "alpha channel, which PPM cannot hold"),
        ("RGB16", ".jpg", "16 bits per sample, which JPEG cannot hold; use .png or .tif"),
        ("RGB16", ".webp", "16 bits per sample, which WEBP cannot hold"),
        ("L16", ".bmp", "16 bits per sample, which BMP cannot hold"),
    ],
)
def test_formats_that_would_lose_something(
    codec: Codec,
    rgb: Image,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    suffix: str,
    words: str,
) -> None:
    small = rescodec.encode(made("PNG", kind, rgb), model=codec)
    # Said before the work, not after it.
    monkeypatch.setattr(Codec, "decode_batch", None)
    with pytest.raises(ImageError, match=words):
        rescodec.decode(small, tmp_path / f"x{suffix}", model=codec)
    assert not list(tmp_path.iterdir())


def test_frames(codec: Codec, rgb: Image) -> None:
    first, second = PillowImage.fromarray(rgb), PillowImage.fromarray(255 - rgb)
    file = io.BytesIO()
    first.save(file, "TIFF", save_all=True, append_images=[second])
    with pytest.raises(ImageError, match="has 2 frames"):
        rescodec.encode(file.getvalue(), model=codec)
    small = rescodec.encode(file.getvalue(), model=codec, frame=1)
    expected = rescodec.encode(second, model=codec)
    assert formats.probe(small).header.lr_sha256 == formats.probe(expected).header.lr_sha256
