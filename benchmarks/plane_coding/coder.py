"""Real bytes of planes: the contexts with the range coder of the package constriction.

Each context counts its symbols. The counts become new tables from time to time, always at the end
of a line, so that the encoder works on whole arrays and the decoder on whole lines. Differences of
a large expected magnitude lose low bits to uniform coding before, so that tables stay small.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import constriction
import numpy as np

from benchmarks.plane_coding.contexts import (
    CONTEXTS,
    MAGNITUDES_BEFORE,
    PRIOR_COUNT,
    SHIFTS,
    VALUES_BEFORE,
    Array,
    Known,
    Sides,
    Weights,
    beside,
    context_magnitude,
    context_of,
    differences,
    fit,
    geometric,
    parted,
    weighted,
)

# Symbols are -REACH to REACH; the outermost say that the difference follows in 17 bits.
REACH = 32
SYMBOLS = 2 * REACH + 1
ESCAPE_BITS = 17
# Counts have fractional bits, since they begin with those of a distribution.
ONE = 1 << 10
# Tables are made anew when their values have become a quarter more.
FIRST_VALUES = 256
CHUNK = 1 << 15

_CATEGORICAL = constriction.stream.model.Categorical(perfect=False)
_UNIFORM = constriction.stream.model.Uniform()
_BEYOND = constriction.stream.model.Uniform(1 << ESCAPE_BITS)


# A format would state these as numbers, since powers and roots may differ in the last bit.
PRIOR = np.array(
    [
        np.rint(PRIOR_COUNT * ONE * geometric(context_magnitude(index) / 2**shift, -REACH, SYMBOLS))
        for index, shift in enumerate(SHIFTS.tolist())
    ],
    np.int64,
).clip(1)


class Tables:
    """Counts of symbols in each context, and the probabilities that they were last made into."""

    def __init__(self) -> None:
        self._counts = PRIOR.copy()
        self._new: list[Array] = []
        self._seen = 0
        self.due = FIRST_VALUES
        self._renew()

    def add(self, context: Array, symbols: Array) -> None:
        """Count symbols, (n,) from 0, up to the end of a line."""
        self._new.append(context * SYMBOLS + symbols)
        self._seen += len(symbols)
        if self._seen >= self.due:
            found = np.bincount(np.concatenate(self._new), minlength=CONTEXTS * SYMBOLS)
            self._counts += ONE * found.reshape(CONTEXTS, SYMBOLS)
            self._new.clear()
            self.due = self._seen + self._seen // 4
            self._renew()

    def _renew(self) -> None:
        self.probabilities = self._counts / self._counts.sum(axis=1, keepdims=True)


class Lines:
    """Planes with their lines ``2 y + x`` as rows, framed by two zeros.

    Args:
        shape: (h, w) of the planes.
    """

    def __init__(self, shape: tuple[int, int]) -> None:
        self.shape = shape
        height, width = shape
        rows, columns = np.indices(shape)
        self._at = (2 * rows + columns + 4, rows + 2)
        self.count = 2 * (height - 1) + width

    def skewed(self, plane: Array) -> Array:
        """Return (h, w) as (lines, h), with the frame."""
        result = np.zeros((self.count + 4, self.shape[0] + 2), plane.dtype)
        result[self._at] = plane
        return result

    def straight(self, skewed: Array) -> Array:
        """Undo ``skewed``."""
        return skewed[self._at]

    def order(self) -> tuple[Array, Array]:
        """Return where the values of all lines are in a plane, and where each line ends."""
        lines = (self._at[0] - 4).ravel()
        return np.argsort(lines, kind="stable"), np.cumsum(np.bincount(lines))

    def __iter__(self) -> Iterator[tuple[int, int, int]]:
        """Yield the row of each line and where it starts and stops there."""
        height, width = self.shape
        for line in range(self.count):
            first = max(0, (line - width + 2) // 2)
            yield line + 4, first + 2, min(height - 1, line // 2) + 3


class _Encoders:
    """Range coders of the symbols, of their low bits and of what is beyond them."""

    def __init__(self) -> None:
        self.symbols = constriction.stream.queue.RangeEncoder()
        self.low = constriction.stream.queue.RangeEncoder()
        self.beyond = constriction.stream.queue.RangeEncoder()

    def words(self) -> tuple[Array, ...]:
        parts = (self.symbols, self.low, self.beyond)
        return tuple(part.get_compressed() for part in parts)


def encode(planes: Sequence[Array], picture: Array) -> tuple[list[Weights], tuple[Array, ...]]:
    """Encode planes of (h, w) beside a picture (h, w, 3).

    Returns:
        The weights of each plane, and three arrays of 32-bit words.
    """
    encoders = _Encoders()
    sent = []
    for index, plane in enumerate(planes):
        sides = beside(picture, planes[:index], Known())
        weights = fit(plane, sides, Known())
        sent.append(weights)
        _encode_plane(encoders, Lines(plane.shape), *differences(plane, sides, weights))
    return sent, encoders.words()


def _encode_plane(encoders: _Encoders, lines: Lines, plane: Array, where: Array) -> None:
    order, ends = lines.order()
    values, context = plane.ravel()[order], where.ravel()[order]
    shifts = SHIFTS[context]
    symbols = (values >> shifts).clip(-REACH, REACH) + REACH
    tables, start = Tables(), 0
    for end in ends:
        if end >= tables.due or end == len(values):
            for at in range(start, end, CHUNK):
                piece = slice(at, min(at + CHUNK, end))
                rows = tables.probabilities[context[piece]]
                encoders.symbols.encode(symbols[piece].astype(np.int32), _CATEGORICAL, rows)
            tables.add(context[start:end], symbols[start:end])
            start = end
    sizes = (1 << shifts[shifts > 0]).astype(np.int32)
    low = values[shifts > 0].astype(np.int32) & (sizes - 1)
    encoders.low.encode(low, _UNIFORM, sizes)
    escaped = (symbols == 0) | (symbols == SYMBOLS - 1)
    beyond = (values[escaped] >> shifts[escaped]) + (1 << (ESCAPE_BITS - 1))
    encoders.beyond.encode(beyond.astype(np.int32), _BEYOND)


class _Decoders:
    """Undo ``_Encoders``."""

    def __init__(self, words: Sequence[Array]) -> None:
        self.symbols, self.low, self.beyond = (
            constriction.stream.queue.RangeDecoder(part) for part in words
        )

    def line(self, where: Array, tables: Tables) -> Array:
        """Return the differences of the next line from their contexts."""
        symbols = self.symbols.decode(_CATEGORICAL, tables.probabilities[where]).astype(np.int64)
        tables.add(where, symbols)
        values, shifts = symbols - REACH, SHIFTS[where]
        escaped = np.abs(values) == REACH
        if escaped.any():
            beyond = self.beyond.decode(_BEYOND, int(escaped.sum()))
            values[escaped] = beyond - (1 << (ESCAPE_BITS - 1))
        low = shifts > 0
        if low.any():
            values <<= shifts
            values[low] |= self.low.decode(_UNIFORM, (1 << shifts[low]).astype(np.int32))
        return values


def decode(sent: Sequence[Weights], words: Sequence[Array], picture: Array) -> list[Array]:
    """Undo ``encode``."""
    decoders = _Decoders(words)
    planes: list[Array] = []
    for weights in sent:
        sides = beside(picture, planes, Known())
        planes.append(_decode_plane(decoders, sides, weights))
    return planes


def _decode_plane(decoders: _Decoders, sides: Sides, weights: Weights) -> Array:
    count, known = len(sides.values), len(sides.magnitudes)
    lines = Lines(sides.values.shape[1:])
    expected = lines.skewed(weighted(weights.value[:count], sides.values))
    total = lines.skewed(weighted(weights.magnitude[:known], sides.magnitudes))
    value_weights = list(zip(weights.value[count:].tolist(), VALUES_BEFORE, strict=True))
    size_weights = list(zip(weights.magnitude[known:].tolist(), MAGNITUDES_BEFORE, strict=True))
    plane, size = np.zeros_like(expected), np.zeros_like(expected)
    tables = Tables()
    for line, start, stop in lines:
        value = expected[line, start:stop]
        for weight, (dy, dx) in value_weights:
            value += weight * plane[line + 2 * dy + dx, start + dy : stop + dy]
        magnitude = total[line, start:stop]
        for weight, (dy, dx) in size_weights:
            magnitude += weight * size[line + 2 * dy + dx, start + dy : stop + dy]
        nearest, sign, distance = parted(value)
        difference = decoders.line(context_of(magnitude, distance), tables)
        plane[line, start:stop] = nearest + sign * difference
        size[line, start:stop] = np.abs(difference)
    return lines.straight(plane)
