"""16-bit PNGs, held against pypng, which reads and writes them by its own code."""

from __future__ import annotations

import io
import itertools

import numpy as np
import numpy.typing as npt
import png
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rescodec.images import ImageError, read_photo, save_photo
from rescodec.photo import Photo

Deep = npt.NDArray[np.uint16]
CHANNELS = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4}


def noise(height: int, width: int, channels: int, seed: int = 0) -> Deep:
    return np.random.default_rng(seed).integers(0, 65536, (height, width, channels), np.uint16)


def by_pypng(samples: Deep, **options: object) -> bytes:
    height, width, channels = samples.shape
    file = io.BytesIO()
    color = {"greyscale": channels < 3, "alpha": channels in (2, 4)}
    writer = png.Writer(width, height, bitdepth=16, **color, **options)
    writer.write(file, samples.reshape(height, -1).tolist())
    return file.getvalue()


def read_by_pypng(file: bytes) -> Deep:
    width, height, rows, info = png.Reader(bytes=file).read()
    assert info["bitdepth"] == 16
    values = list(itertools.chain.from_iterable(rows))
    return np.array(values, np.uint16).reshape(height, width, info["planes"])


@pytest.mark.parametrize("mode", CHANNELS)
@pytest.mark.parametrize("interlace", [False, True])
def test_samples_are_exact(mode: str, interlace: bool) -> None:
    samples = noise(13, 11, CHANNELS[mode])
    photo = read_photo(by_pypng(samples, interlace=interlace))
    assert np.array_equal(photo.samples, samples)
    assert (photo.bit_depth, photo.grey) == (16, mode[0] == "L")
    assert (photo.alpha is not None) == (mode[-1] == "A")


@settings(max_examples=30)
@given(
    channels=st.integers(1, 4),
    size=st.tuples(st.integers(1, 9), st.integers(1, 9)),
    filters=st.lists(st.integers(0, 4), min_size=1, max_size=9),
    seed=st.integers(0, 999),
)
def test_all_filters(channels: int, size: tuple[int, int], filters: list[int], seed: int) -> None:
    """Rows are filtered here, by the PNG specification, section 9."""
    samples = noise(*size, channels, seed)
    photo = read_photo(with_filters(samples, filters))
    expected = samples
    if channels in (2, 4) and (samples[..., -1] == 65535).all():
        expected = samples[..., :-1]
    assert np.array_equal(photo.samples, expected)


def with_filters(samples: Deep, filters: list[int]) -> bytes:
    height, _, channels = samples.shape
    rows = np.ascontiguousarray(samples.astype(">u2")).view(np.uint8).reshape(height, -1)
    unit, above, lines = 2 * channels, bytes(rows.shape[1]), []
    for index, row in enumerate(rows.tolist()):
        kind = filters[index % len(filters)]
        line = [kind]
        for i, value in enumerate(row):
            a, b = (row[i - unit] if i >= unit else 0), above[i]
            c = above[i - unit] if i >= unit else 0
            paeth = min((a, b, c), key=lambda x: abs(a + b - c - x))
            line.append((value - (0, a, b, (a + b) // 2, paeth)[kind]) % 256)
        lines.append(bytes(line))
        above = bytes(row)
    return repacked(by_pypng(samples), b"".join(lines))


def repacked(file: bytes, scanlines: bytes) -> bytes:
    """Put other scanlines into a PNG."""
    import zlib

    out = io.BytesIO()
    chunks = [c for c in png.Reader(bytes=file).chunks() if c[0] != b"IDAT"]
    chunks.insert(-1, (b"IDAT", zlib.compress(scanlines)))
    png.write_chunks(out, chunks)
    return out.getvalue()


@pytest.mark.parametrize(("mode", "key"), [("L", (700,)), ("RGB", (700, 800, 900))])
def test_a_transparent_colour_of_16_bits(mode: str, key: tuple[int, ...]) -> None:
    samples = np.full((2, 3, CHANNELS[mode]), 701, np.uint16)
    samples[1, 1] = key
    file = by_pypng(samples, transparent=key if mode == "RGB" else key[0])
    photo = read_photo(file)
    assert photo.alpha is not None
    assert photo.alpha.tolist() == [[65535] * 3, [65535, 0, 65535]]
    assert np.array_equal(photo.samples[..., :-1], samples)


def test_opaque_alpha_is_dropped() -> None:
    samples = noise(3, 4, 4)
    samples[..., 3] = 65535
    assert read_photo(by_pypng(samples)).alpha is None


def test_saved_photos() -> None:
    samples, file = noise(7, 5, 3), io.BytesIO()
    save_photo(Photo(samples), file, ".png")
    assert np.array_equal(read_by_pypng(file.getvalue()), samples)


@pytest.mark.parametrize("kept", [0.2, 0.6, 0.9])
def test_truncated(kept: float) -> None:
    file = by_pypng(noise(40, 40, 3))
    with pytest.raises(ImageError, match="damaged or truncated"):
        read_photo(file[: int(kept * len(file))])
