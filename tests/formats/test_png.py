import io
from collections.abc import Callable
from typing import Any

import numpy as np
import png
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

import rescodec_formats as rf
from rescodec_formats import deflate
from rescodec_formats.chunks import ChunkWalker
from rescodec_formats.effort import EFFORTS, effort_of
from rescodec_formats.png import write_png
from rescodec_formats.scanlines import (
    AVERAGE,
    PAETH,
    SUB,
    differ_from_means_in_steps,
    filtered_rows,
    paeth_prediction,
    plain_rows,
)

RNG = np.random.default_rng(5)


def written(samples: np.ndarray, **options: Any) -> bytes:
    file = io.BytesIO()
    write_png(file, samples, **options)
    return file.getvalue()


def drawing(height: int = 240, width: int = 320) -> np.ndarray:
    """Glyphs in flat colour, over and over: what photographs do not hold."""
    glyph = RNG.integers(0, 2, (12, 8, 1), np.uint8) * np.array([200, 30, 90], np.uint8)
    return np.tile(glyph, (height // 12, width // 8, 1))


def noise(height: int = 240, width: int = 320) -> np.ndarray:
    return RNG.normal(128, 4, (height, width, 3)).round().astype(np.uint8)


samples = st.tuples(
    st.sampled_from([np.uint8, np.uint16]),
    st.tuples(st.integers(1, 40), st.integers(1, 40), st.integers(1, 4)),
).flatmap(lambda chosen: hnp.arrays(*chosen))


@settings(deadline=None)
@given(samples, st.integers(0, 9))
def test_other_programs_read_what_was_written(data: np.ndarray, effort: int) -> None:
    width, height, rows, info = png.Reader(bytes=written(data, effort=effort)).read()
    assert (height, width, info["planes"]) == data.shape
    assert info["bitdepth"] == 8 * data.itemsize
    assert not info["interlace"]
    np.testing.assert_array_equal(np.vstack(list(rows)).reshape(data.shape), data)


@pytest.mark.parametrize("effort", range(10))
@pytest.mark.parametrize("make", [drawing, noise])
def test_whole_blocks_and_the_rest(make: Callable[..., np.ndarray], effort: int) -> None:
    data = make(252, 1000)
    with Image.open(io.BytesIO(written(data, effort=effort))) as image:
        np.testing.assert_array_equal(np.asarray(image), data)


def test_layout_and_byte_order_of_the_caller_do_not_matter() -> None:
    data = RNG.integers(0, 2**16, (5, 7, 3), np.uint16)
    assert written(data.astype(">u2")) == written(data)
    assert written(np.asfortranarray(data)) == written(data)


def test_drawings_are_searched_for_repetitions_and_photographs_not() -> None:
    data = drawing()
    runs, searched = (len(written(data, effort=effort)) for effort in (0, 2))
    assert searched < runs / 2
    data = noise()
    runs, *searches = (len(written(data, effort=effort)) for effort in range(10))
    assert all(size <= runs for size in searches)
    usual = io.BytesIO()
    Image.fromarray(data).save(usual, "PNG", compress_level=6)
    assert runs < 0.97 * usual.tell()


def test_the_way_is_chosen_on_strips_from_everywhere() -> None:
    # Half a photograph, half a drawing: the drawing is what a search can save bytes on.
    data = np.concatenate([noise(480), drawing(480)])
    assert len(written(data, effort=5)) < 0.9 * len(written(data, effort=1))


def test_large_images_have_several_pieces() -> None:
    data = RNG.integers(0, 256, (512, 512, 4), np.uint8)
    lengths = [
        head.length for head in ChunkWalker(io.BytesIO(written(data))) if head.type == b"IDAT"
    ]
    assert len(lengths) > 2
    assert max(lengths) < 2**19


def test_chunks_stand_where_they_say() -> None:
    chunks = [rf.Chunk(b"gAMA", bytes(4)), rf.Chunk(b"eXIf", b"MM", after_pixels=True)]
    file = io.BytesIO(written(noise(2, 2), chunks=chunks))
    names = [head.type for head in ChunkWalker(file)]
    assert names == [b"IHDR", b"gAMA", b"IDAT", b"eXIf", b"IEND"]


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        (np.zeros((2, 2, 3)), TypeError, "uint8 or uint16"),
        (np.zeros((2, 2, 3), np.int8), TypeError, "uint8 or uint16"),
        (np.zeros((2, 2), np.uint8), ValueError, "1 to 4"),
        (np.zeros((2, 2, 5), np.uint8), ValueError, "1 to 4"),
        (np.zeros((0, 2, 3), np.uint8), ValueError, "2x0"),
    ],
)
def test_bad_samples(data: np.ndarray, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        written(data)


@pytest.mark.parametrize("number", [-1, 10])
def test_effort_out_of_range(number: int) -> None:
    with pytest.raises(ValueError, match="from 0 to 9"):
        effort_of(number)
    with pytest.raises(ValueError, match="from 0 to 9"):
        written(noise(1, 1), effort=number)


@pytest.mark.parametrize("number", [1.0, "5", None])
def test_effort_of_a_wrong_type(number: Any) -> None:
    with pytest.raises(TypeError):
        effort_of(number)


def test_default_effort() -> None:
    assert EFFORTS[rf.DEFAULT_EFFORT] == effort_of(rf.DEFAULT_EFFORT)
    data = noise()
    assert written(data) == written(data, effort=rf.DEFAULT_EFFORT)


def test_definition_of_the_paeth_prediction() -> None:
    values = np.array([0, 1, 2, 3, 60, 61, 127, 128, 129, 200, 253, 254, 255], np.uint8)
    left, above, corner = (grid.ravel() for grid in np.meshgrid(values, values, values))
    for a, b, c, found in zip(
        left.tolist(),
        above.tolist(),
        corner.tolist(),
        paeth_prediction(left, above, corner).tolist(),
        strict=True,
    ):
        estimate = a + b - c
        # min() keeps the first of equals, as the specification's order of ties wants.
        assert found == min((a, b, c), key=lambda value: abs(estimate - value))


def test_rows_take_the_filter_with_the_smallest_differences() -> None:
    ramp = np.arange(256, dtype=np.uint8)
    steps = RNG.integers(0, 256, 256, np.uint8)
    rows = np.stack([ramp, steps, steps, steps + ramp])
    (block,) = filtered_rows(rows, 1)
    assert block[0, 0] == 1
    assert block[2, 0] == 2
    assert not block[2, 1:].any()
    (plain,) = plain_rows(rows)
    np.testing.assert_array_equal(plain[:, 1:], rows)
    assert not plain[:, 0].any()


def test_every_filter_is_used() -> None:
    data = np.concatenate([RNG.integers(0, 256, (40, 60), np.uint8), noise(40, 20).reshape(40, -1)])
    smooth = np.cumsum(RNG.integers(0, 3, (200, 60)), axis=0).astype(np.uint8)
    mixed = np.concatenate([data, smooth, np.cumsum(smooth, axis=1, dtype=np.uint8)])
    used = {int(row[0]) for block in filtered_rows(mixed, 3) for row in block}
    assert used == set(range(PAETH + 1))


def rounded(image: np.ndarray, step: int) -> np.ndarray:
    """Round an image so that it differs from PNG's "average" by multiples of a step."""
    result = np.zeros((image.shape[0] + 1, image.shape[1] + 1, image.shape[2]), np.int64)
    for row, column in np.ndindex(image.shape[:2]):
        left, above = result[row + 1, column], result[row, column + 1]
        expected = left if row == 0 else (left + above) // 2
        multiples = np.rint((image[row, column] - expected) / step)
        result[row + 1, column + 1] = expected + step * multiples
    return result[1:, 1:].clip(0, 255).astype(np.uint8)


def test_differences_to_means_in_steps_are_recognised() -> None:
    image = RNG.integers(20, 235, (30, 50, 3), np.uint8)
    rows = rounded(image, 4).reshape(30, -1)
    assert differ_from_means_in_steps(rows, 3)
    assert not differ_from_means_in_steps(rows.astype(np.uint16), 3)
    assert not differ_from_means_in_steps(image.reshape(30, -1), 3)
    # The first row may be anything, and so may alpha.
    changed = rows.copy()
    alpha = RNG.integers(0, 256, (30, 50, 1), np.uint8)
    assert differ_from_means_in_steps(
        np.concatenate((rounded(image, 4), alpha), axis=2).reshape(30, -1), 4
    )
    for row, column in ((29, 149), (17, 70), (1, 0)):
        changed = rows.copy()
        changed[row, column] += 1
        assert not differ_from_means_in_steps(changed, 3)


def test_it_is_recognised_in_large_images() -> None:
    """They are looked at in blocks."""
    rows = np.full((1000, 300), 6, np.uint8)
    rows[:, 0] = 8
    rows[1:, 0] = np.arange(999) % 2 * 2 + 4
    assert not differ_from_means_in_steps(rows, 3)
    image = rounded(np.full((700, 90, 3), 128, np.uint8), 4)
    assert differ_from_means_in_steps(image.reshape(700, -1), 3)
    image[699, 89, 2] ^= 1
    assert not differ_from_means_in_steps(image.reshape(700, -1), 3)


@pytest.mark.parametrize("rows", [np.zeros((1, 9), np.uint8), np.full((4, 9), 255, np.uint8)])
def test_images_without_differences_are_as_others(rows: np.ndarray) -> None:
    assert not differ_from_means_in_steps(np.zeros((1, 9), np.uint8), 3)
    file = written(rows.reshape(len(rows), 3, 3))
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(file))).ravel(), rows.ravel())


@pytest.mark.parametrize("effort", [0, 5, 9])
def test_such_images_are_averaged(effort: int) -> None:
    row, column = np.mgrid[:120, :160]
    waves = 128 + 60 * np.sin(column / 4) * np.cos(row / 4)
    image = rounded(waves[..., None] + RNG.normal(0, 2, (120, 160, 3)), 4)
    rows = image.reshape(120, -1)
    used = [int(row[0]) for block in filtered_rows(rows, 3, means=True) for row in block]
    assert used == [SUB] + [AVERAGE] * 119
    file = written(image, effort=effort)
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(file))), image)
    other = image.copy()
    other[60, 80, 0] ^= 1
    assert len(file) < 0.8 * len(written(other, effort=effort))


def test_images_too_large_for_libdeflate(monkeypatch: pytest.MonkeyPatch) -> None:
    image = drawing()
    whole = written(image)
    monkeypatch.setattr(deflate, "_MOST_AT_ONCE", 1000)
    file = written(image)
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(file))), image)
    assert len(whole) < len(file) < image.nbytes / 2
