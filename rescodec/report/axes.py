"""Axes of plots: what they cover, where a value lies on them, and their ticks."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

# Of values near one: further up nothing can be told apart.
_NEAREST_ONE: Final = 1e-4
_MOST_DOUBLINGS: Final = 3
_STEPS: Final = (1, 2, 5)


@dataclass(frozen=True)
class Axis:
    """An axis.

    Attributes:
        label: What it shows.
        low: Smallest value.
        high: Largest.
        ticks: Values that are marked, with their texts.
        place: What is proportional to the distance on the axis.
    """

    label: str
    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]
    place: Callable[[float], float]

    def position(self, value: float) -> float:
        """Return where a value lies, 0 at the low end and 1 at the high one."""
        low, high = self.place(self.low), self.place(self.high)
        return (self.place(value) - low) / (high - low)

    def holds(self, value: float) -> bool:
        """Tell whether a value lies on the axis."""
        return self.low <= value <= self.high


def doubling(label: str, values: Iterable[float]) -> Axis:
    """Return an axis on which each doubling takes as much room, as for bits per pixel.

    >>> [text for _, text in doubling("bpp", [0.3, 5.1]).ticks]
    ['0.25', '0.5', '1', '2', '4']
    >>> [text for _, text in doubling("bpp", [1.1, 7]).ticks]
    ['1', '1.5', '2', '3', '4', '6']
    """
    low, high = _range(values, 0.5, 2)
    low, high = max(low, 1e-3), max(high, 2e-3)
    first, last = math.floor(math.log2(low)), math.floor(math.log2(high))
    # Halfway too, where there is room.
    steps = (1, 1.5) if last - first <= _MOST_DOUBLINGS else (1,)
    values = [step * 2.0**n for n in range(first, last + 1) for step in steps]
    ticks = tuple((value, f"{value:g}") for value in values if value <= high * 1.03)
    return Axis(label, min(low, ticks[0][0]), high * 1.03, ticks, math.log2)


def linear(label: str, values: Iterable[float], most: float = math.inf) -> Axis:
    """Return an ordinary axis; what lies above ``most`` is beyond it.

    >>> linear("dB", [31.2, 48.9]).ticks[0]
    (30.0, '30')
    """
    low, high = _range((min(value, most) for value in values), 0, 1)
    step = _step((high - low) / 8)
    first, last = math.floor(low / step), math.ceil(high / step)
    digits = max(0, -math.floor(math.log10(step)))
    ticks = tuple((n * step, f"{n * step:.{digits}f}") for n in range(first, last + 1))
    return Axis(label, first * step, last * step, ticks, float)


def near_one(label: str, values: Iterable[float]) -> Axis:
    """Return an axis for similarities, with as much room for each halving of what 1 lacks.

    >>> [text for _, text in near_one("SSIM", [0.93, 0.9995]).ticks]
    ['0.9', '0.95', '0.98', '0.99', '0.995', '0.998', '0.999', '0.9995']
    """

    def place(value: float) -> float:
        return -math.log10(max(1 - value, _NEAREST_ONE / 2))

    low, high = _range((min(value, 1 - _NEAREST_ONE) for value in values), 0.9, 0.99)
    lacking = [step * 10.0**-n for n in range(1, 6) for step in (5, 2, 1)]
    below = [one for one in lacking if one >= 1 - low] or [1.0]
    low = 1 - below[-1]
    ticks = tuple((1 - one, f"{1 - one:.6g}") for one in lacking if low <= 1 - one <= high)
    return Axis(label, low, max(high, low + _NEAREST_ONE), ticks, place)


def _range(values: Iterable[float], low: float, high: float) -> tuple[float, float]:
    """Return the smallest and the largest value, apart from each other."""
    known: Sequence[float] = list(values) or (low, high)
    low, high = min(known), max(known)
    return (low, high) if high > low else (low, low + max(abs(low), 1) / 10)


def _step(at_least: float) -> float:
    """Return a round number that is not smaller."""
    power: float = 10.0 ** math.floor(math.log10(at_least))
    return next((step * power for step in _STEPS if step * power >= at_least), 10 * power)
