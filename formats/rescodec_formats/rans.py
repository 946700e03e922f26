"""The entropy coder of payload streams: range asymmetric numeral systems (rANS).

J. Duda, "Asymmetric numeral systems", arXiv 1311.2540; interleaved as in F. Giesen, "Interleaved
entropy coders", arXiv 1402.3392. Several states, the lanes, take turns along each line, so that
numpy works on all of them at once; they share one sequence of 16-bit words. The decoder's last
states hold the first raw bits, so that lanes cost little.

    payload = number of tokens, states, words, raw bits that found no room in the last states
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from .contexts import (
    FREQUENCIES,
    FREQUENCY_BITS,
    Integers,
    LineContexts,
    Tables,
    all_keys,
    longest_line,
    matrix_lines,
)
from .tokens import MOST_TOKENS, Bits, elements_of, raw_bit_count, tokens_of

_Small: TypeAlias = npt.NDArray[np.uint16]

_MIN_LANES: Final = 16
_MAX_LANES: Final = 256
# A matrix has as many lanes as this goes into its elements, within these limits.
_LANE_ELEMENTS: Final = 1024
# States lie between two consecutive powers of the word's size.
_WORD_BITS: Final = 16
_LEAST_STATE: Final = 1 << _WORD_BITS
# A state that is this many times a frequency or more sheds a word first.
_ROOM_BITS: Final = 2 * _WORD_BITS - FREQUENCY_BITS


class PayloadError(ValueError):
    """Bytes that are not what `encode` makes of any matrix of the shape."""


def encode(matrix: npt.NDArray[np.integer[Any]]) -> bytes:
    """Encode a matrix.

    Args:
        matrix: (rows, columns) of 8 or 16 bits, whose patterns are read as signed numbers; of at
            most `MAX_LINES` lines.

    Returns:
        The payload.
    """
    elements = matrix.view(f"i{matrix.itemsize}").ravel()
    tokens, bits = tokens_of(elements)
    frequency, start = _coded(tokens.reshape(matrix.shape))
    lanes = _lanes(*matrix.shape)
    room = lanes * _WORD_BITS
    bits = np.append(bits, np.zeros(max(0, room - len(bits)), np.uint8))
    states = _LEAST_STATE + np.packbits(bits[:room]).view(">u2").astype(np.int64)
    words: list[_Small] = []
    end = len(tokens)
    for line in reversed(list(matrix_lines(*matrix.shape))):
        end -= line.length
        for first, stop in reversed(list(_turns(line.length, lanes))):
            now = slice(end + first, end + stop)
            words.append(_push(states[: stop - first], frequency[now], start[now]))
    parts = np.concatenate(words[::-1]).astype("<u2")
    return b"".join(
        (
            bytes([int(tokens.max()) + 1]),
            states.astype("<u4").tobytes(),
            parts.tobytes(),
            np.packbits(bits[room:]).tobytes(),
        )
    )


def decode(
    payload: bytes | bytearray, shape: tuple[int, int], itemsize: int
) -> npt.NDArray[np.integer[Any]]:
    """Undo `encode`.

    Time and memory grow with the shape alone, whatever the payload says.

    Args:
        payload: What `encode` returned, or anything.
        shape: (rows, columns) of the matrix, with at most `MAX_LINES` lines.
        itemsize: 1 or 2 bytes for each element.

    Returns:
        The matrix, of an unsigned little-endian type.

    Raises:
        PayloadError: The payload cannot be that of such a matrix.
    """
    lanes = _lanes(*shape)
    count, words_at = payload[0] if payload else 0, 1 + 4 * lanes
    if not 1 <= count <= MOST_TOKENS[itemsize] or len(payload) < words_at:
        raise PayloadError("it has no number of tokens, or too few states")
    states = np.frombuffer(payload, "<u4", lanes, 1).astype(np.int64)
    if int(states.min()) < _LEAST_STATE:
        raise PayloadError("a state is too small")
    words = np.frombuffer(payload, "<u2", (len(payload) - words_at) // 2, words_at)
    tokens, used = _decode_tokens(states, words, shape, count)
    states -= _LEAST_STATE
    if int(states.max()) >= _LEAST_STATE:
        raise PayloadError("its last states are too large")
    needed, rest_at = raw_bit_count(tokens), words_at + 2 * used
    if len(payload) - rest_at != -(-max(0, needed - _WORD_BITS * lanes) // 8):
        raise PayloadError("there are more or fewer raw bits than belong to its elements")
    rest = np.frombuffer(payload, np.uint8, offset=rest_at)
    bits = np.unpackbits(np.concatenate((states.astype(">u2").view(np.uint8), rest)))
    if bits[needed:].any():
        raise PayloadError("a bit that belongs to no element is set")
    elements = elements_of(tokens, bits[:needed], f"<i{itemsize}")
    return elements.view(f"<u{itemsize}").reshape(shape)


def _coded(tokens: Bits) -> tuple[_Small, _Small]:
    """Return the frequency of every token and where it starts, in the order of the lines.

    Args:
        tokens: (rows, columns).
    """
    count = int(tokens.max()) + 1
    tables, keys = Tables(count), all_keys(tokens, count).ravel()
    frequencies, starts = np.empty_like(keys), np.empty_like(keys)
    frequency, start = tables.frequency.astype(np.uint16), tables.start.astype(np.uint16)
    end = 0
    for line in matrix_lines(*tokens.shape):
        found = keys[line.places]
        now = slice(end, end + len(found))
        frequencies[now], starts[now], end = frequency[found], start[found], now.stop
        if tables.add(found):
            frequency, start = tables.frequency.astype(np.uint16), tables.start.astype(np.uint16)
    return frequencies, starts


def _push(states: Integers, frequencies: _Small, start: _Small) -> _Small:
    """Encode one token into each of the states, in place, and return the words that they shed."""
    frequency = frequencies.astype(np.int64)
    full = states >= frequency << _ROOM_BITS
    words = states[full].astype(np.uint16)
    states[full] >>= _WORD_BITS
    quotient, rest = np.divmod(states, frequency)
    states[:] = (quotient << FREQUENCY_BITS) + rest + start
    return words


def _decode_tokens(
    states: Integers, words: npt.NDArray[np.uint16], shape: tuple[int, int], count: int
) -> tuple[Bits, int]:
    """Decode tokens; the states become the last ones.

    Returns:
        (rows * columns,) tokens, and how many words were used.
    """
    tokens = np.zeros(shape[0] * shape[1], np.uint8)
    tables, contexts = Tables(count), LineContexts(shape[0])
    token_of_slot, used = tables.token_of_slot(), 0
    for line in matrix_lines(*shape):
        context = contexts.of(line)
        slots, bases = context << FREQUENCY_BITS, context * count
        keys = np.empty_like(context)
        for first, stop in _turns(line.length, len(states)):
            state = states[: stop - first]
            slot = state & (FREQUENCIES - 1)
            key = bases[first:stop] + token_of_slot.take(slots[first:stop] + slot)
            keys[first:stop] = key
            state >>= FREQUENCY_BITS
            state *= tables.frequency.take(key)
            state += slot - tables.start.take(key)
            short = (state < _LEAST_STATE).nonzero()[0]
            if len(short):
                found = words[used : used + len(short)]
                if len(found) < len(short):
                    raise PayloadError("it ends too early")
                state[short] = (state[short] << _WORD_BITS) + found
                used += len(short)
        line_tokens = keys - bases
        tokens[line.places] = line_tokens
        contexts.add(line, line_tokens)
        if tables.add(keys):
            token_of_slot = tables.token_of_slot()
    return tokens, used


def _turns(length: int, lanes: int) -> Iterator[tuple[int, int]]:
    """Yield which elements of a line the lanes, from the first, code at once."""
    for first in range(0, length, lanes):
        yield first, min(first + lanes, length)


def _lanes(rows: int, columns: int) -> int:
    """Return how many lanes a matrix has: a power of two.

    More are faster, but each costs a byte on average. None is without an element in the longest
    line.
    """
    wanted = max(_MIN_LANES, rows * columns // _LANE_ELEMENTS).bit_length() - 1
    useful = (longest_line(rows, columns) - 1).bit_length()
    return min(_MAX_LANES, 1 << min(wanted, useful))
