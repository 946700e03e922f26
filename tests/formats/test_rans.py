import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from rescodec_formats import rans
from rescodec_formats.contexts import (
    CONTEXTS,
    FREQUENCIES,
    LineContexts,
    Tables,
    all_keys,
    line_count,
    longest_line,
    matrix_lines,
)
from rescodec_formats.tokens import LEAST, MOST_TOKENS, elements_of, raw_bit_count, tokens_of

SIDES = st.one_of(st.integers(1, 5), st.integers(1, 40))
DTYPES = st.sampled_from(["uint8", "int8", "uint16", "int16"])


def random_matrix(shape: tuple[int, int], dtype: str, scale: float, seed: int) -> np.ndarray:
    values = np.random.default_rng(seed).laplace(0, scale, shape).round()
    bits = 8 * np.dtype(dtype).itemsize
    limits = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    return values.clip(*limits).astype(f"i{bits // 8}").view(dtype)


def round_trip(data: np.ndarray) -> None:
    restored = rans.decode(rans.encode(data), data.shape, data.itemsize)
    np.testing.assert_array_equal(restored.view(data.dtype), data)


@given(SIDES, SIDES, DTYPES, st.sampled_from([0, 0.2, 1, 20, 1e3, 1e5]), st.integers(0, 99))
def test_round_trip_of_noise(rows: int, columns: int, dtype: str, scale: float, seed: int) -> None:
    round_trip(random_matrix((rows, columns), dtype, scale, seed))


@given(DTYPES.flatmap(lambda dtype: hnp.arrays(dtype, st.tuples(SIDES, SIDES))))
def test_round_trip_of_anything(data: np.ndarray) -> None:
    round_trip(data)


@pytest.mark.parametrize("shape", [(1, 1), (1, 900), (900, 1), (700, 2), (300, 3), (40, 1200)])
def test_round_trip_of_long_matrices(shape: tuple[int, int]) -> None:
    for scale in (0, 1, 300):
        round_trip(random_matrix(shape, "int16", scale, 1))


@pytest.mark.parametrize("dtype", ["int8", "int16"])
def test_extremes(dtype: str) -> None:
    least, most = np.iinfo(dtype).min, np.iinfo(dtype).max
    data = np.array([[least, most, 0], [-15, 15, -16], [16, -17, 17], [31, 32, -63]], dtype)
    round_trip(data)
    tokens, bits = tokens_of(data.ravel())
    assert int(tokens.max()) == MOST_TOKENS[data.itemsize] - 1
    assert len(bits) == raw_bit_count(tokens)
    np.testing.assert_array_equal(elements_of(tokens, bits, dtype), data.ravel())


def test_tokens_are_the_specified_ones() -> None:
    values = np.array([0, -1, 15, 16, -23, 24, 31, 32, 47, 48, 32767], np.int16)
    tokens, bits = tokens_of(values)
    assert tokens.tolist() == [0, 1, 15, 16, 16, 17, 17, 18, 18, 19, 37]
    # Ten signs; three low bits of 16 to 31, four of 32 to 63.
    assert bits[:10].tolist() == [1, 0, 0, 1, 0, 0, 0, 0, 0, 0]
    assert bits[10:22].tolist() == [0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1]
    assert np.all(np.diff(LEAST) > 0)


@given(SIDES, SIDES)
def test_lines_hold_every_element_once_after_its_neighbours(rows: int, columns: int) -> None:
    lines = list(matrix_lines(rows, columns))
    assert len(lines) == line_count(rows, columns)
    assert max(line.length for line in lines) == longest_line(rows, columns)
    number = np.full(rows * columns, -1)
    for at, line in enumerate(lines):
        assert (number[line.places] == -1).all()
        number[line.places] = at
        assert len(number[line.places]) == line.length
    row, column = np.indices((rows, columns))
    np.testing.assert_array_equal(number.reshape(rows, columns), 2 * row + column)


@given(SIDES, SIDES, st.integers(0, 99))
def test_contexts_line_by_line_are_those_of_the_whole(rows: int, columns: int, seed: int) -> None:
    tokens = np.random.default_rng(seed).integers(0, 39, (rows, columns)).astype(np.uint8)
    expected, contexts = all_keys(tokens, 39).ravel(), LineContexts(rows)
    for line in matrix_lines(rows, columns):
        line_tokens = tokens.ravel()[line.places].astype(np.int64)
        found = 39 * contexts.of(line) + line_tokens
        np.testing.assert_array_equal(found, expected[line.places])
        contexts.add(line, line_tokens)


def test_keys_block_by_block_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = np.random.default_rng(3).integers(0, 23, (30, 17)).astype(np.uint8)
    expected = all_keys(tokens, 23)
    for elements in (1, 40, 100):
        monkeypatch.setattr("rescodec_formats.contexts._BLOCK_ELEMENTS", elements)
        np.testing.assert_array_equal(all_keys(tokens, 23), expected)


@pytest.mark.parametrize("count", [1, 2, 39])
def test_tables_are_complete(count: int) -> None:
    tables = Tables(count)
    renewals = 0
    for _ in range(40):
        frequency = tables.frequency.reshape(CONTEXTS, count)
        assert (frequency.sum(axis=1) == FREQUENCIES).all()
        assert int(frequency.min()) >= 1
        slots = tables.token_of_slot().reshape(CONTEXTS, FREQUENCIES)
        starts = tables.start.reshape(CONTEXTS, count)
        assert (np.take_along_axis(slots, starts, axis=1) == np.arange(count)).all()
        renewals += tables.add(np.full(100, 3 * count + count // 2))
    # At 256 elements, 100 at a time, and then whenever a quarter more have come.
    assert renewals == 11


# An eight by eight matrix: ones, a few large elements, zeros. These bytes never change.
GOLDEN = np.array(
    [
        [1, -1, 1, 0, 0, 0, 0, 0],
        [1, 1, -1, 2, 0, 0, 0, 0],
        [0, 3, 40, -128, 5, 0, 0, 0],
        [0, 0, 17, 127, -90, 1, 0, 0],
        [0, 0, 2, 9, 33, -2, 0, 0],
        [0, 0, 0, 1, -1, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, 0, 0],
        [-1, 0, 0, 0, 0, 0, 0, 1],
    ],
    np.int8,
)
GOLDEN_BYTES = bytes.fromhex("17667b8701cb2e54f621980300e891430e892157ffdade05005e0bd348")


def test_golden_bytes() -> None:
    assert rans.encode(GOLDEN).hex() == GOLDEN_BYTES.hex()
    restored = rans.decode(GOLDEN_BYTES, GOLDEN.shape, 1)
    np.testing.assert_array_equal(restored.view(np.int8), GOLDEN)


def test_few_states_for_few_elements() -> None:
    assert len(rans.encode(np.zeros((1, 1), np.int8))) == 1 + 4
    assert len(rans.encode(np.zeros((40, 40), np.int8))) == 1 + 4 * 16


def test_damage_at_every_byte() -> None:
    """Whatever the bytes, the answer is a matrix or a refusal."""
    payload = rans.encode(random_matrix((30, 40), "int16", 9, 2))
    refused = 0
    for position in range(len(payload)):
        for value in (0, 255, payload[position] ^ 1):
            damaged = bytearray(payload)
            damaged[position] = value
            try:
                restored = rans.decode(damaged, (30, 40), 2)
            except rans.PayloadError:
                refused += 1
            else:
                assert restored.shape == (30, 40)
        with pytest.raises(rans.PayloadError):
            rans.decode(payload[:position], (30, 40), 2)
    assert refused > len(payload)
    with pytest.raises(rans.PayloadError):
        rans.decode(payload + b"\0", (30, 40), 2)


@given(st.binary(max_size=300), SIDES, SIDES, st.sampled_from([1, 2]))
def test_any_bytes(payload: bytes, rows: int, columns: int, itemsize: int) -> None:
    try:
        restored = rans.decode(payload, (rows, columns), itemsize)
    except rans.PayloadError:
        return
    assert restored.shape == (rows, columns)


def test_what_is_refused() -> None:
    data = np.zeros((2, 3), np.int8)
    payload = rans.encode(data)
    assert len(payload) == 1 + 2 * 4
    least = (1 << 16).to_bytes(4, "little")
    for bad in (
        b"",
        b"\0" + payload[1:],
        bytes([MOST_TOKENS[1] + 1]) + payload[1:],
        payload[:1] + bytes(8),
        payload[:1] + (1 << 17).to_bytes(4, "little") + least,
        payload[:1] + ((1 << 16) + 1).to_bytes(4, "little") + least,
    ):
        with pytest.raises(rans.PayloadError):
            rans.decode(bad, data.shape, 1)
    assert payload[1:] == 2 * least


def test_a_payload_that_says_nothing_is_no_bomb() -> None:
    """A million elements from a few bytes take no longer than any million."""
    started = time.perf_counter()
    with pytest.raises(rans.PayloadError):
        rans.decode(b"\x17" + 256 * (1 << 16).to_bytes(4, "little"), (1000, 1000), 1)
    assert time.perf_counter() - started < 20
