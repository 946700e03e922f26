"""Integers as tokens, which an entropy coder codes, and raw bits, which are stored as they are.

A token is the magnitude of an element, from 16 on its two leading bits. The signs of elements that
are not 0 and the lower bits of magnitudes from 16 on are as good as random.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

Integers: TypeAlias = npt.NDArray[np.integer[Any]]
Bits: TypeAlias = npt.NDArray[np.uint8]

# Elements that are counted at once.
_BLOCK: Final = 1 << 20
# Magnitudes below are tokens themselves.
_EXACT: Final = 16
# Most tokens of 8-bit and 16-bit elements: those of the magnitudes 128 and 32,768 are the last.
MOST_TOKENS: Final = {1: 23, 2: 39}

_ALL: Final = np.arange(MOST_TOKENS[2])
_EXPONENTS: Final = np.maximum(_ALL - _EXACT, 0) // 2
# The smallest magnitude of each token, and how many of its low bits are raw.
LEAST: Final = np.where(_ALL < _EXACT, _ALL, (2 + _ALL % 2) << (_EXPONENTS + 3)).astype(np.int32)
LOW_BITS: Final[npt.NDArray[np.int64]] = np.where(_ALL < _EXACT, 0, _EXPONENTS + 3)
# What a token counts in the context of others: the middle of its magnitudes.
SIZES: Final = (LEAST + (1 << LOW_BITS) // 2).astype(np.int32)
# The token of every pattern of 16 bits; those of 8 bits stand at both ends.
_TOKEN_OF: Final = (
    np.searchsorted(LEAST, np.abs(np.arange(1 << 16).astype(np.int16).astype(int)), "right") - 1
).astype(np.uint8)


def tokens_of(elements: Integers) -> tuple[Bits, Bits]:
    """Part elements into tokens and raw bits.

    Args:
        elements: (N,) int8 or int16.

    Returns:
        The tokens, (N,), and the bits, (R,) of 0 and 1: the signs of all elements that are not 0,
        then the low bits of each element, highest first.
    """
    # Negative indices count from the end, as patterns do.
    tokens = _TOKEN_OF[elements]
    signs = (elements[elements != 0] < 0).astype(np.uint8)
    large = np.flatnonzero(tokens >= _EXACT)
    counts = LOW_BITS[tokens[large]]
    rest = np.abs(elements[large].astype(np.int32)) - LEAST[tokens[large]]
    low = np.zeros(int(counts.sum()), np.uint8)
    for places, shifts, those in _bit_by_bit(counts):
        low[places] = rest[those] >> shifts & 1
    return tokens, np.concatenate((signs, low))


def raw_bit_count(tokens: Bits) -> int:
    """Return how many raw bits belong to tokens."""
    # bincount() takes 8 bytes for each element.
    counts = np.zeros(len(LOW_BITS), np.int64)
    for at in range(0, len(tokens), _BLOCK):
        counts += np.bincount(tokens[at : at + _BLOCK], minlength=len(LOW_BITS))
    return int(counts[1:].sum() + counts @ LOW_BITS)


def elements_of(tokens: Bits, bits: Bits, dtype: str) -> Integers:
    """Undo `tokens_of`.

    Args:
        tokens: (N,) as the coder gives them; those that no element has give some element.
        bits: (R,), as many as belong to them.
        dtype: "int8" or "int16".
    """
    values = LEAST[tokens]
    nonzero = tokens != 0
    signs, low = np.split(bits, [np.count_nonzero(nonzero)])
    large = np.flatnonzero(tokens >= _EXACT)
    for places, shifts, those in _bit_by_bit(LOW_BITS[tokens[large]]):
        values[large[those]] += low[places].astype(np.int32) << shifts
    nonzero[nonzero] = signs
    np.negative(values, out=values, where=nonzero)
    return values.astype(dtype)


def _bit_by_bit(counts: Integers) -> Iterator[tuple[Integers, Integers, Integers]]:
    """Yield where the first, second, … bit of all numbers stands, its place value, and of which.

    Args:
        counts: (N,) bits of each number.
    """
    starts = np.cumsum(counts) - counts
    for bit in range(int(counts.max(initial=0))):
        those = np.flatnonzero(counts > bit)
        yield starts[those] + bit, (counts[those] - bit - 1).astype(np.int32), those
