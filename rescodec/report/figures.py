"""Numbers as pages show them."""

from __future__ import annotations

import math

NONE = "–"


def number(value: float | None, digits: int) -> str:
    """Return a number with so many digits behind the point.

    >>> number(44.1234, 2), number(None, 2), number(math.inf, 2)
    ('44.12', '–', 'exact')
    """
    if value is None or math.isnan(value):
        return NONE
    return "exact" if math.isinf(value) else f"{value:.{digits}f}"


def signed(value: float | None, digits: int, unit: str = "") -> str:
    """Return a difference with its sign.

    >>> signed(-3.21, 1, " %"), signed(0.04, 1), signed(None, 1)
    ('−3.2 %', '±0.0', '–')
    """
    if value is None or math.isnan(value):
        return NONE
    size = f"{abs(value):.{digits}f}"
    sign = "±" if float(size) == 0 else "+" if value > 0 else "−"
    return f"{sign}{size}{unit}"


def count(value: int | None) -> str:
    """Return a whole number with its thousands apart.

    >>> count(1234567)
    '1,234,567'
    """
    return NONE if value is None else f"{value:,}"
