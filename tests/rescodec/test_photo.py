"""A photo in memory and what Pillow gets of it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rescodec.photo import Photo, Samples, as_grey, has_equal_channels, to_8_bits


def made(channels: int, bits: int) -> Photo:
    dtype = np.uint8 if bits == 8 else np.uint16
    samples: Samples = np.random.default_rng(0).integers(0, 2**bits, (4, 5, channels), dtype)
    grey = channels < 3
    pixels = np.repeat(samples[..., :1], 3, axis=2) if grey else samples[..., :3]
    return Photo(pixels, samples[..., -1] if channels in (2, 4) else None, grey)


@pytest.mark.parametrize(
    ("channels", "bits", "mode"),
    [
        *((1, 8, "L"), (2, 8, "LA"), (3, 8, "RGB"), (4, 8, "RGBA")),
        *((1, 16, "I;16"), (2, 16, "LA"), (3, 16, "RGB"), (4, 16, "RGBA")),
    ],
)
def test_modes(channels: int, bits: int, mode: str) -> None:
    photo = made(channels, bits)
    assert (photo.width, photo.height, photo.bit_depth) == (5, 4, bits)
    assert photo.samples.shape == (4, 5, channels)
    image = photo.to_pillow()
    assert (image.mode, image.size) == (mode, (5, 4))
    expected = photo.samples if mode == "I;16" else to_8_bits(photo.samples)
    assert np.array_equal(np.asarray(image).reshape(4, 5, channels), expected)


@given(st.integers(0, 65535))
def test_rounding_to_8_bits(value: int) -> None:
    assert to_8_bits(np.array([value], np.uint16))[0] == round(value / 257)
    assert to_8_bits(np.array([value % 256 * 257], np.uint16))[0] == value % 256


@given(st.lists(st.integers(0, 255), min_size=3, max_size=3), st.sampled_from([1, 257]))
def test_grey_is_the_rounded_mean(values: list[int], factor: int) -> None:
    dtype = np.uint8 if factor == 1 else np.uint16
    pixels = np.array([[values]], dtype) * dtype(factor)
    expected = round(sum(values) * factor / 3)
    assert as_grey(pixels).tolist() == [[[expected] * 3]]
    assert as_grey(pixels).dtype == dtype


@pytest.mark.parametrize("bits", [8, 16])
def test_equal_channels(bits: int) -> None:
    pixels = np.repeat(made(3, bits).pixels[..., :1], 9, axis=0).repeat(3, axis=2)
    assert has_equal_channels(pixels)
    for channel in range(3):
        tinted = pixels.copy()
        tinted[-1, -1, channel] ^= 1
        assert not has_equal_channels(tinted)
