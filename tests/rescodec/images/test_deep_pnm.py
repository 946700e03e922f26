"""Binary PPM and PGM of 16 bits; text, and other largest values, are refused."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rescodec.images import ImageError, read_photo, save_photo
from rescodec.photo import Photo
from rescodec_formats import LimitError


@pytest.mark.parametrize(("magic", "channels"), [(b"P5", 1), (b"P6", 3)])
@pytest.mark.parametrize("head", [b" 3 2 65535\n", b"\n# a 9 comment\n3\n2 # another\n65535\n"])
def test_samples_are_exact(magic: bytes, channels: int, head: bytes) -> None:
    samples = np.arange(6 * channels, dtype=np.uint16).reshape(2, 3, channels) * 3000
    photo = read_photo(magic + head + samples.astype(">u2").tobytes())
    assert np.array_equal(photo.samples, samples)
    assert (photo.bit_depth, photo.grey) == (16, channels == 1)


@settings(max_examples=20)
@given(height=st.integers(1, 9), width=st.integers(1, 9), grey=st.booleans())
def test_what_is_written_is_read(height: int, width: int, grey: bool) -> None:
    rng = np.random.default_rng(height)
    pixels = rng.integers(0, 65536, (height, width, 1 if grey else 3), np.uint16)
    photo = Photo(np.repeat(pixels, 3, axis=2) if grey else pixels, grey=grey)
    file = io.BytesIO()
    save_photo(photo, file, ".ppm")
    assert file.getvalue().startswith(b"P5" if grey else b"P6")
    assert np.array_equal(read_photo(file.getvalue()).samples, photo.samples)


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (b"P6 3 2 1023\n" + bytes(36), "up to 1023"),
        (b"P5 3 2 4095\n" + bytes(12), "up to 4095"),
        (b"P3 1 1 65535 1 2 3\n", "as text"),
        (b"P2 1 1 1023 1\n", "as text"),
        (b"P6 3 2 65535\n" + bytes(35), "35 of 36 bytes"),
        (b"Pf\n1 1\n-1.0\n" + bytes(4), "more than 8 bits"),
    ],
)
def test_refused(file: bytes, words: str) -> None:
    with pytest.raises(ImageError, match=words):
        read_photo(file)


def test_limit() -> None:
    with pytest.raises(LimitError):
        read_photo(b"P6 3 2 65535\n" + bytes(36), max_pixels=5)
