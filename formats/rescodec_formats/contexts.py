"""What an entropy coder expects of the tokens of a matrix: the order, the contexts, the tables.

Elements are coded along lines `2 * row + column` = constant, so that of all elements of a line the
neighbours to the left, above left, above and above right stand on earlier lines. How large these
are is the context. In each context tokens are counted, and from time to time the counts become new
tables. All of it is integers, and so the same on every machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from .tokens import LEAST, SIZES, Bits

Integers: TypeAlias = npt.NDArray[np.int64]
Sizes: TypeAlias = npt.NDArray[np.integer[Any]]

# More would take long to decode however few elements they hold.
MAX_LINES: Final = 1 << 17
# So would many elements that a few bytes stand for; zstd is as small there.
MAX_ELEMENTS_PER_BYTE: Final = 1024
# Frequencies in a table add up to this.
FREQUENCY_BITS: Final = 14
FREQUENCIES: Final = 1 << FREQUENCY_BITS

# Limits of the contexts in eighths of a magnitude, two for each doubling; the last is nominal.
# fmt: off
_BOUNDS: Final = (
    0, 1, 2, 3, 4, 6, 8, 11, 16, 23, 32, 45, 64, 91, 128, 181, 256, 362, 512, 724, 1024, 1448,
)
# fmt: on
CONTEXTS: Final = len(_BOUNDS) - 1
_CONTEXT_OF: Final = np.repeat(np.arange(CONTEXTS), np.diff((*_BOUNDS[:-1], _BOUNDS[-2] + 1)))
# Counts have fractional bits, since they begin with those of a distribution.
_ONE: Final = 16
_PRIOR: Final = 24 * _ONE
# A geometric distribution is summed up to here; larger magnitudes begin as rare.
_PRIOR_MAGNITUDES: Final = 2048
_FIRST_RENEWAL: Final = 256
# Elements whose contexts are found at once.
_BLOCK_ELEMENTS: Final = 1 << 18


class Line(NamedTuple):
    """The elements of a line: their rows, and where they stand in the flat matrix."""

    rows: slice
    places: slice

    @property
    def length(self) -> int:
        """How many they are; a matrix of one column has empty lines."""
        return self.rows.stop - self.rows.start  # type: ignore[no-any-return]  # slice of Any


def line_count(rows: int, columns: int) -> int:
    """Return how many lines a matrix has.

    >>> line_count(2, 3)
    5
    """
    return 2 * (rows - 1) + columns


def longest_line(rows: int, columns: int) -> int:
    """Return how many elements the longest line of a matrix has.

    >>> longest_line(2, 3)
    2
    """
    return min(rows, -(-columns // 2))


def matrix_lines(rows: int, columns: int) -> Iterator[Line]:
    """Yield the lines of a matrix in their order."""
    for number in range(line_count(rows, columns)):
        first = max(0, (number - columns + 2) // 2)
        stop = min(rows - 1, number // 2) + 1
        start = first * (columns - 2) + number
        if stop - first > 1:
            # Two elements of a line need three columns, so the distance is positive.
            distance = columns - 2
            places = slice(start, start + (stop - first - 1) * distance + 1, distance)
        else:
            places = slice(start, start + stop - first)
        yield Line(slice(first, stop), places)


def all_keys(tokens: Bits, count: int) -> npt.NDArray[np.uint16]:
    """Return `context * count + token` of all elements of a matrix.

    Args:
        tokens: (rows, columns), under `count`.
        count: how many tokens there are.
    """
    rows, columns = tokens.shape
    keys = np.empty((rows, columns), np.uint16)
    step = max(1, _BLOCK_ELEMENTS // columns)
    for top in range(0, rows, step):
        # With the two rows before, or zeros.
        block = np.zeros((min(rows, top + step) - top + 2, columns), np.uint8)
        before = min(2, top)
        block[2 - before :] = tokens[top - before : top + step]
        keys[top : top + step] = _block_contexts(block) * count + block[2:]
    return keys


def _block_contexts(tokens: Bits) -> Integers:
    """Return the contexts of all elements but those of the first two rows."""
    framed = np.pad(SIZES[tokens], ((0, 0), (2, 1)))
    here = slice(2, -1)
    return _context(
        left=framed[2:, 1:-2],
        above=framed[1:-1, here],
        others=(framed[1:-1, 1:-2], framed[1:-1, 3:], framed[2:, :-3], framed[:-2, here]),
    )


class LineContexts:
    """The contexts of one line after the other, from the tokens of those before it.

    Args:
        rows: of the matrix.
    """

    def __init__(self, rows: int) -> None:
        # The last four lines and the one at hand, by row, with two rows of zeros before and behind.
        self._sizes = [np.zeros(rows + 4, np.int32) for _ in range(5)]

    def of(self, line: Line) -> Integers:
        """Return the contexts of the next line."""
        first, stop = line.rows.start + 2, line.rows.stop + 2
        one, two, three, four = self._sizes[:4]
        same, before = slice(first, stop), slice(first - 1, stop - 1)
        return _context(
            left=one[same],
            above=two[before],
            others=(three[before], one[before], two[same], four[first - 2 : stop - 2]),
        )

    def add(self, line: Line, tokens: Integers) -> None:
        """Take the tokens of this line."""
        sizes = self._sizes.pop()
        first, stop = line.rows.start + 2, line.rows.stop + 2
        sizes[first - 2 : first] = 0
        sizes[first:stop] = SIZES.take(tokens)
        sizes[stop : stop + 2] = 0
        self._sizes.insert(0, sizes)


def _context(left: Sizes, above: Sizes, others: tuple[Sizes, ...]) -> Integers:
    """Return contexts from the sizes of neighbours; two of them count twice."""
    eighths = 2 * (left + above)
    for other in others:
        eighths += other
    return _CONTEXT_OF.take(eighths, mode="clip")


class Tables:
    """Counts of tokens in each context, and the frequencies that they were last made into.

    Attributes:
        frequency: (contexts * tokens,), 1 or more, those of a context add up to `FREQUENCIES`.
        start: the sums of the frequencies before, in each context.

    Args:
        tokens: how many tokens there are.
    """

    def __init__(self, tokens: int) -> None:
        self._tokens = tokens
        self._counts = _first_counts(tokens).copy()
        self._seen = 0
        self._due = _FIRST_RENEWAL
        self._new: list[Sizes] = []
        self._renew()

    def add(self, keys: Sizes) -> bool:
        """Count the tokens of a line.

        Args:
            keys: (n,) `context * tokens + token`, of any integer type.

        Returns:
            Whether there are new frequencies now.
        """
        self._new.append(keys)
        self._seen += len(keys)
        if self._seen < self._due:
            return False
        found = np.bincount(np.concatenate(self._new), minlength=self._counts.size)
        self._counts += _ONE * found.reshape(self._counts.shape)
        self._new.clear()
        self._due = self._seen + self._seen // 4
        self._renew()
        return True

    def token_of_slot(self) -> Bits:
        """Return which token each slot of each context has, (contexts * FREQUENCIES,)."""
        tokens = np.tile(np.arange(self._tokens, dtype=np.uint8), CONTEXTS)
        return np.repeat(tokens, self.frequency)

    def _renew(self) -> None:
        totals = self._counts.sum(axis=1, keepdims=True)
        frequency = 1 + self._counts * (FREQUENCIES - self._tokens) // totals
        # What rounding left over goes to the most frequent token, the first of equals.
        largest = frequency.argmax(axis=1)
        frequency[np.arange(CONTEXTS), largest] += FREQUENCIES - frequency.sum(axis=1)
        self.frequency: Integers = frequency.ravel()
        self.start: Integers = (np.cumsum(frequency, axis=1) - frequency).ravel()


@cache
def _first_counts(tokens: int) -> Integers:
    """Return the counts that each context begins with, of geometric distributions.

    Returns:
        (contexts, tokens); not to be changed.
    """
    bounds = np.array(_BOUNDS, np.int64)
    # Sixteenths, in the middle of each context.
    mean = np.maximum(1, bounds[:-1] + bounds[1:] - 1)
    weight = np.full(CONTEXTS, 1 << 28, np.int64)
    sums = np.zeros((CONTEXTS, tokens), np.int64)
    token_of = np.searchsorted(LEAST, np.arange(_PRIOR_MAGNITUDES), side="right") - 1
    for token in token_of[token_of < tokens].tolist():
        sums[:, token] += weight
        weight = weight * mean // (mean + 16)
    counts: Integers = 1 + _PRIOR * sums // sums.sum(axis=1, keepdims=True)
    return counts
