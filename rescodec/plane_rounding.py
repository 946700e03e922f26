"""The rounding of planes that weighs the error against the bits."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from rescodec.quantize import MOST_STEPS

Floats = npt.NDArray[np.float32]

# Squared error, in squared steps, that a bit of a plane is worth: where steps are small, that of
# uniform rounding, step**2 / 12, falls to a quarter with each bit. The same as in training.
BIT = math.log(2) / 6
# Expected magnitudes are not taken to be smaller, in steps: there is always a bit of everything.
LEAST = 0.05
# Rows of a plane that are rounded at a time.
ROWS = 256


def to_multiples(planes: Floats, steps: Sequence[float]) -> npt.NDArray[np.int16]:
    """Round each plane to multiples of its step.

    Each magnitude is rounded up or down to what has the lower sum of squared error and
    ``BIT`` times the bits that it is expected to take; the bits are those of a Laplace distribution
    with the mean magnitude of the eight neighbours. So what stands alone becomes 0 even if it
    is nearly a whole step, and in busy areas little more than a half rounds up.
    ("Rate-distortion optimised quantisation" of video coders, with the simplest of models.)

    Args:
        planes: (P, h, w).
        steps: P positive numbers.

    Returns:
        (P, h, w), how many steps; clamped at 32767.
    """
    multiples = np.empty(planes.shape, np.int16)
    for plane, step, target in zip(planes, steps, multiples, strict=True):
        for start, magnitudes in _blocks(plane, step):
            here = magnitudes[1:-1, 1:-1]
            rounded = np.floor(here)
            rounded += here - rounded >= _threshold(_around(magnitudes), rounded == 0)
            signed = np.copysign(rounded.clip(0, MOST_STEPS), plane[start : start + len(rounded)])
            target[start : start + len(rounded)] = signed
    return multiples


def _blocks(plane: Floats, step: float) -> Iterator[tuple[int, Floats]]:
    """Yield the first row and the magnitudes of some rows, and of a border around them."""
    for start in range(0, len(plane), ROWS):
        stop = min(start + ROWS, len(plane))
        above, below = max(0, start - 1), min(len(plane), stop + 1)
        rows = np.abs(plane[above:below]) / np.float32(step)
        yield start, np.pad(rows, ((above - start + 1, stop + 1 - below), (1, 1)))


def _around(magnitudes: Floats) -> Floats:
    """Return the mean of the eight neighbours of all but the border."""
    rows = magnitudes[:-2] + magnitudes[1:-1] + magnitudes[2:]
    nine = rows[:, :-2] + rows[:, 1:-1] + rows[:, 2:]
    around: Floats = (nine - magnitudes[1:-1, 1:-1]) / 8
    return around.clip(LEAST)


def _threshold(mean: Floats, from_zero: npt.NDArray[np.bool_]) -> Floats:
    """Return from which part of a step on it is better to round up.

    With u = exp(-1 / (2 mean)), k + 1 takes ``-2 log2(u)`` bits more than k, and 1, with its sign,
    ``1 - log2(u) - log2(1 + u)`` more than 0.
    """
    # In natural logarithms, for which numpy is fastest.
    nats = np.float32(0.5) / mean
    first = np.float32(math.log(2)) + nats - np.log(1 + np.exp(-nats))
    share = np.float32(BIT / 2 / math.log(2))
    threshold: Floats = np.float32(0.5) + share * np.where(from_zero, first, 2 * nats)
    return threshold
