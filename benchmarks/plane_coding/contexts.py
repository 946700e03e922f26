"""The model of a coder with contexts: what is known before a value, and what it predicts.

Values of a plane are coded along lines ``2 y + x`` = constant, so that the neighbours to the left,
above left, above and above right of all values of a line are known before it. From these, from the
picture beside the plane and from the planes before it two sums with integer weights are formed: the
expected value, and the expected magnitude of the difference to it. The latter, in thirds of powers
of two, is the context; where it is small, so is the distance of the expected value from the
integer that is subtracted. All of it is integers, and so the same on every machine.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

AROUND = ((-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1))
CROSS = ((-1, 0), (0, -1), (0, 1), (1, 0))
DIAGONALS = ((-1, -1), (-1, 1), (1, -1), (1, 1))
# Neighbours that are known along the lines: of the expected value, of the magnitude.
VALUES_BEFORE = ((0, -1), (-1, 0), (-1, -1), (-1, 1))
MAGNITUDES_BEFORE = (*VALUES_BEFORE, (0, -2), (-2, 0))
# Fractional bits of weights, which are 16-bit integers, and of expected magnitudes.
WEIGHT_BITS = 12
MAGNITUDE_BITS = 8
# Expected magnitudes from 1/16 step on, three for each doubling.
MAGNITUDES = 45
LEAST_MAGNITUDE = 1 / 16
# The distance of the expected value from the nearest integer matters below 2 steps.
DISTANCES = 3
SMALL_MAGNITUDES = 16
CONTEXTS = MAGNITUDES * DISTANCES
# Differences keep so many bits below their expected magnitude; lower ones are as good as noise.
KEPT_BITS = 1
# Values that a context has counted before the first.
PRIOR_COUNT = 24
# Values that the weights are fitted to, at most.
FITTED = 40_000


@dataclass(frozen=True)
class Known:
    """What a coder knows.

    Attributes:
        picture: whether to use the picture beside the plane.
        planes: whether to use the planes before it.
        neighbours: whether to use the neighbours of the same plane.
        expected: whether to expect another value than 0.
    """

    picture: bool = True
    planes: bool = True
    neighbours: bool = True
    expected: bool = True


@dataclass(frozen=True, eq=False)
class Weights:
    """What the encoder fits to a plane and sends, 16 bits each.

    Attributes:
        value: of the parts of the expected value.
        magnitude: of the parts of the expected magnitude, from 0.
    """

    value: Array
    magnitude: Array

    @property
    def bytes(self) -> int:
        """How many bytes they are in the file."""
        return 2 * (len(self.value) + len(self.magnitude))


@dataclass(frozen=True, eq=False)
class Sides:
    """What is known of a whole plane before its first value.

    Attributes:
        values: parts of the expected value, (N, h, w) int32.
        magnitudes: parts of the expected magnitude, (M, h, w) int32.
    """

    values: Array
    magnitudes: Array


def shifted(plane: Array, dy: int, dx: int) -> Array:
    """Return the neighbours at an offset; beyond the edge 0."""
    height, width = plane.shape
    padded = np.pad(plane, 2)
    return padded[2 + dy : 2 + dy + height, 2 + dx : 2 + dx + width]


def beside(picture: Array, planes: Sequence[Array], known: Known) -> Sides:
    """Return what is known of a plane before its first value.

    Args:
        picture: (h, w, 3) of the same size, 0 to 255.
        planes: (h, w) integers that are coded before.
        known: What of it to use.
    """
    values: list[Array] = []
    magnitudes: list[Array] = [np.full(picture.shape[:2], 1)]
    if known.picture:
        for channel in np.moveaxis(picture.astype(np.int32), 2, 0):
            framed = np.pad(channel, 1, mode="edge")
            height, width = channel.shape
            around = {
                (dy, dx): framed[1 + dy : 1 + dy + height, 1 + dx : 1 + dx + width]
                for dy, dx in AROUND
            }
            values += [neighbour - channel for neighbour in around.values()]
            curvature = np.abs(sum(around.values()) - 8 * channel)
            magnitudes += [curvature, sum(shifted(curvature, *at) for at in AROUND) >> 3]
            magnitudes += [np.abs(around[at] - around[-at[0], -at[1]]) for at in AROUND[:4]]
    if known.planes:
        for plane in planes:
            values += [plane, *(shifted(plane, *at) for at in AROUND)]
            size = np.abs(plane)
            magnitudes += [size, *(sum(shifted(size, *at) for at in s) for s in (CROSS, DIAGONALS))]
    if not known.expected:
        values = []
    shape = (-1, *picture.shape[:2])
    return Sides(
        np.array(values, np.int32).reshape(shape), np.array(magnitudes, np.int32).reshape(shape)
    )


def fit(plane: Array, sides: Sides, known: Known) -> Weights:
    """Fit the weights to a plane, by least squares."""
    values = sides.values
    if known.expected and known.neighbours:
        values = np.concatenate((values, [shifted(plane, *at) for at in VALUES_BEFORE]))
    value = _rounded(_least_squares(_rows(values), _rows(plane[None])[:, 0]))
    size = np.abs(plane - rounded_shift(expected_values(plane, sides, value), WEIGHT_BITS))
    magnitudes = sides.magnitudes
    if known.neighbours:
        magnitudes = np.concatenate((magnitudes, [shifted(size, *at) for at in MAGNITUDES_BEFORE]))
    weights = _fit_magnitude(_rows(magnitudes), _rows(size[None])[:, 0])
    return Weights(value, _rounded(weights))


def expected_values(plane: Array, sides: Sides, weights: Array) -> Array:
    """Return the expected value of each value of a plane, times 2 to ``WEIGHT_BITS``."""
    count = len(sides.values)
    total = weighted(weights[:count], sides.values)
    for weight, at in zip(weights[count:].tolist(), VALUES_BEFORE, strict=False):
        total += weight * shifted(plane, *at)
    return total


def expected_magnitudes(size: Array, sides: Sides, weights: Array) -> Array:
    """Return the expected size of each difference, times 2 to ``WEIGHT_BITS``."""
    count = len(sides.magnitudes)
    total = weighted(weights[:count], sides.magnitudes)
    for weight, at in zip(weights[count:].tolist(), MAGNITUDES_BEFORE, strict=False):
        total += weight * shifted(size, *at)
    return total


def differences(plane: Array, sides: Sides, weights: Weights) -> tuple[Array, Array]:
    """Return what is coded of a plane, as the encoder can: at once.

    Returns:
        (h, w) differences to the expected values, and their contexts.
    """
    value = expected_values(plane, sides, weights.value)
    nearest, sign, distance = parted(value)
    difference = plane - nearest
    magnitude = expected_magnitudes(np.abs(difference), sides, weights.magnitude)
    return sign * difference, context_of(magnitude, distance)


def parted(value: Array) -> tuple[Array, Array, Array]:
    """Return the integer nearest to expected values, on which side they are, and how far away.

    Returns:
        The integer; 1 or -1, by which the difference to it is multiplied; 0 to 2.
    """
    nearest = rounded_shift(value, WEIGHT_BITS)
    rest = value - (nearest << WEIGHT_BITS)
    return (
        nearest,
        np.where(rest < 0, -1, 1),
        np.minimum(np.abs(rest) * 2 * DISTANCES >> WEIGHT_BITS, DISTANCES - 1),
    )


def weighted(weights: Array, parts: Array) -> Array:
    """Return the sum of weighted parts, (h, w) int64."""
    total = np.zeros(parts.shape[1:], np.int64)
    for weight, part in zip(weights.tolist(), parts, strict=True):
        total += np.int64(weight) * part
    return total


def context_of(magnitude: Array, distance: Array) -> Array:
    """Return contexts from expected magnitudes, as weighted sums, and distances, 0 to 2."""
    levels = magnitude >> (WEIGHT_BITS - MAGNITUDE_BITS)
    index = np.searchsorted(THRESHOLDS, levels, side="right")
    return DISTANCES * index + np.where(index < SMALL_MAGNITUDES, distance, 0)


def rounded_shift(total: Array, bits: int) -> Array:
    """Divide by a power of two and round."""
    return (total + (1 << (bits - 1))) >> bits


def context_magnitude(context: int) -> float:
    """Return the magnitude in the middle of a context, in steps."""
    return LEAST_MAGNITUDE * float(2 ** ((context // DISTANCES - 0.5) / 3))


THRESHOLDS = np.rint(
    LEAST_MAGNITUDE * (1 << MAGNITUDE_BITS) * 2 ** (np.arange(MAGNITUDES - 1) / 3)
).astype(np.int64)


def _shifts() -> Array:
    magnitudes = np.array([context_magnitude(index) for index in range(CONTEXTS)])
    return (np.floor(np.log2(magnitudes)).astype(np.int64) - KEPT_BITS).clip(0)


# Low bits of each context that are coded as they are.
SHIFTS = _shifts()


def adaptive_bytes(difference: Array, context: Array) -> float:
    """Return the length of an ideal adaptive code.

    Each context counts its values without their low bits, beginning with the counts of a two-sided
    geometric distribution. So the length holds what learning costs; no table is sent.
    """
    nats = 0.0
    for index in np.unique(context):
        shift = int(SHIFTS[index])
        values = difference[context == index] >> shift
        counts = np.bincount(values - values.min())
        prior = PRIOR_COUNT * geometric(
            context_magnitude(int(index)) / 2**shift, values.min(), len(counts)
        )
        nats += shift * len(values) * math.log(2)
        nats += math.lgamma(len(values) + PRIOR_COUNT) - math.lgamma(PRIOR_COUNT)
        for count, at in zip(counts.tolist(), prior.tolist(), strict=True):
            if count:
                nats -= math.lgamma(count + at) - math.lgamma(at)
    return nats / math.log(2) / 8


def geometric(magnitude: float, least: int, count: int) -> Array:
    """Return probabilities of integers from `least` on, of a mean magnitude, never quite 0."""
    ratio = (math.sqrt(1 + magnitude**2) - 1) / magnitude
    powers = ratio ** np.abs(np.arange(least, least + count, dtype=np.float64))
    return (1 - ratio) / (1 + ratio) * powers + 1e-7


def _rows(parts: Array) -> Array:
    """Return parts as a matrix with a row for each value, or for some of them."""
    flat = parts.reshape(len(parts), parts.shape[1] * parts.shape[2])
    return flat[:, :: max(1, flat.shape[1] // FITTED)].T.astype(np.float64)


def _least_squares(rows: Array, target: Array, weight: Array | None = None) -> Array:
    weighted = rows if weight is None else rows * weight[:, None]
    gram = weighted.T @ rows
    gram += 1e-3 * np.eye(len(gram)) * len(rows)
    return np.linalg.solve(gram, weighted.T @ target)


def _fit_magnitude(rows: Array, target: Array) -> Array:
    """Fit weights from 0, errors in proportion to what is expected."""
    weight = 1 / (rows.mean(axis=1) + 0.1)
    for _ in range(2):
        active = np.ones(rows.shape[1], bool)
        while True:
            found = np.zeros(rows.shape[1])
            found[active] = _least_squares(rows[:, active], target, weight)
            if (found >= 0).all():
                break
            active &= found > 0
        weight = 1 / (rows @ found + 0.05)
    return found


def _rounded(weights: Array) -> Array:
    most = np.iinfo(np.int16).max
    return np.rint(weights * (1 << WEIGHT_BITS)).clip(-most, most).astype(np.int16)
