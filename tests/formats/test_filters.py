import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from rescodec_formats.filters import applicable_filters, apply_filter, undo_filter

DTYPES = ["uint8", "int8", "uint16", "int16"]
arrays = st.sampled_from(DTYPES).flatmap(
    lambda dtype: hnp.arrays(dtype, hnp.array_shapes(max_dims=3, max_side=9))
)


@given(arrays)
def test_inverse(data: np.ndarray) -> None:
    before = data.copy()
    for name in applicable_filters(data):
        filtered = apply_filter(name, data)
        kept = filtered.copy()
        matrix = undo_filter(name, filtered)
        np.testing.assert_array_equal(matrix.view(data.dtype).reshape(data.shape), data)
        np.testing.assert_array_equal(filtered, kept)
    np.testing.assert_array_equal(data, before)


def test_applicable() -> None:
    zeros = np.zeros((4, 4), np.uint8)
    assert applicable_filters(zeros) == ("none", "sub", "up", "paeth")
    assert applicable_filters(zeros.astype(np.int16)) == ("none", "sub", "up", "split")
    assert applicable_filters(zeros[0]) == ("none", "sub")
    assert applicable_filters(zeros[:1, :1]) == ("none",)
    assert applicable_filters(np.ascontiguousarray(zeros[:, :1])) == ("none", "up")


@pytest.mark.parametrize("dtype", DTYPES)
def test_definition_of_sub_and_up(dtype: str) -> None:
    data = np.array([[1, 5, 4], [0, 7, 7]], dtype)
    modulus = 1 << (8 * data.itemsize)
    sub = [[1, 4, modulus - 1], [0, 7, 0]]
    up = [[1, 5, 4], [modulus - 1, 2, 3]]
    assert apply_filter("sub", data).tolist() == sub
    assert apply_filter("up", data).tolist() == up


@pytest.mark.parametrize("dtype", ["uint16", "int16"])
def test_definition_of_split(dtype: str) -> None:
    data = np.array([[0, 1, -1, 300], [-300, 32767, -32768, 2]], np.int16).view(dtype)
    folded = [0, 2, 1, 600, 599, 65534, 65535, 4]
    content = [number % 256 for number in folded] + [number // 256 for number in folded]
    filtered = apply_filter("split", data)
    assert (filtered.shape, filtered.dtype.str) == (data.shape, "<u2")
    assert list(filtered.tobytes()) == content
    np.testing.assert_array_equal(undo_filter("split", filtered).view(dtype), data)


def test_split_of_every_number() -> None:
    data = np.arange(-(2**15), 2**15).astype(np.int16).reshape(256, 256)
    filtered = apply_filter("split", data)
    assert filtered.tobytes().count(0) == 2**9
    np.testing.assert_array_equal(undo_filter("split", filtered).view(np.int16), data)


def slow_paeth(data: np.ndarray) -> list[list[int]]:
    """The PNG specification's section 9.4, letter by letter."""
    rows = data.astype(int).tolist()
    result = []
    for y, row in enumerate(rows):
        line = []
        for x, value in enumerate(row):
            a = row[x - 1] if x else 0
            b = rows[y - 1][x] if y else 0
            c = rows[y - 1][x - 1] if x and y else 0
            p = a + b - c
            predictor = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
            line.append((value - predictor) % 256)
        result.append(line)
    return result


@pytest.mark.parametrize("shape", [(2, 2), (13, 17), (600, 500), (2, 300_000)])
def test_definition_of_paeth(shape: tuple[int, int]) -> None:
    data = np.random.default_rng(1).integers(0, 256, shape, np.uint8)
    filtered = apply_filter("paeth", data)
    np.testing.assert_array_equal(undo_filter("paeth", filtered), data)
    corner = data[:40, :40]
    assert filtered[:40, :40].tolist() == slow_paeth(corner)


def test_paeth_of_signed_bytes_works_on_their_bit_patterns() -> None:
    data = np.random.default_rng(2).integers(-128, 128, (9, 9), np.int8)
    assert apply_filter("paeth", data).tolist() == slow_paeth(data.view(np.uint8))
