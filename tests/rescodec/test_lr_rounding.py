from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rescodec.lr_rounding import round_batch_for_png, round_for_png
from rescodec_formats.png import write_png

sides = st.integers(1, 9)


def differences(lr: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
    """Return what PNG's filter "average" leaves, "sub" in the first row."""
    padded = np.pad(lr.astype(np.int64), ((1, 0), (1, 0), (0, 0)))
    expected = (padded[1:, :-1] + padded[:-1, 1:]) // 2
    expected[0] = padded[1, :-1]
    found: npt.NDArray[np.int64] = lr - expected
    return found


@given(sides, sides, st.integers(1, 64), st.integers(0, 2**32 - 1))
def test_differences_are_multiples_and_errors_small(
    height: int, width: int, step: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    image = rng.uniform(-0.2, 1.2, (height, width, 3)).astype(np.float32)
    lr = round_for_png(image, step)
    assert not (differences(lr) % step).any()
    error = np.abs(lr - 255.0 * image.clip(0, 1))
    assert error.max() <= step + 1e-3
    inside = (lr >= step) & (lr <= 255 - step)
    assert error[inside].max(initial=0) <= 0.75 * step + 1e-3


def test_whole_levels_stay_what_they_are() -> None:
    image = np.random.default_rng(0).integers(0, 256, (7, 5, 3), np.uint8)
    lr = round_for_png((image / 255).astype(np.float32), 1)
    np.testing.assert_array_equal(lr, image)


def test_each_image_of_a_batch_has_its_step() -> None:
    samples = np.random.default_rng(0).uniform(0, 255, (3, 3, 6, 8)).astype(np.float32)
    together = round_batch_for_png(samples, np.array([1, 4, 9], np.float32))
    for image, step, rounded in zip(samples, (1, 4, 9), together, strict=True):
        alone = round_for_png(np.moveaxis(image, 0, 2) / np.float32(255), step)
        np.testing.assert_array_equal(np.moveaxis(rounded, 0, 2), alone)


def test_colours_have_one_difference_where_it_is_nearly_as_good() -> None:
    """Of 100, 100, 100 with steps of 10, the pixel before being 0, 0, 0."""
    colors = np.array([[[0, 0, 0], [104, 100, 97]], [[0, 0, 0], [0, 0, 0]]], np.float32)
    assert round_for_png(colors / 255, 10)[0, 1].tolist() == [100, 100, 100]
    colors[0, 1] = [107.6, 107.6, 107.6]
    assert round_for_png(colors / 255, 10)[0, 1].tolist() == [110, 110, 110]
    colors[0, 1] = [107.6, 100, 92.4]
    assert round_for_png(colors / 255, 10)[0, 1].tolist() == [110, 100, 90]


@pytest.mark.parametrize("step", [4, 7])
def test_it_makes_smaller_files_than_multiples(
    picture: Callable[..., npt.NDArray[np.uint8]], step: int
) -> None:
    """At hardly more error."""

    def size(image: npt.NDArray[np.uint8]) -> int:
        file = io.BytesIO()
        write_png(file, image)
        return len(file.getvalue())

    levels = picture(120, 160).astype(np.float32)
    multiples = (np.rint(levels / step) * step).clip(0, 255).astype(np.uint8)
    lr = round_for_png(levels / np.float32(255), step)
    errors = [float(np.square(image - levels).mean()) for image in (lr, multiples)]
    assert errors[0] < 1.6 * errors[1]
    assert size(lr) < 0.8 * size(multiples)
