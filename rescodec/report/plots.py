"""Plots as SVG: curves with points that say what they are, and a legend.

Colours and dashes come from ``plots.css`` by class; each curve has a marker of its own too, so that
it can be told apart without colours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rescodec.report.axes import Axis
from rescodec.report.markup import Markup, element, joined

WIDTH: Final = 760
HEIGHT: Final = 470
LEFT: Final = 78
RIGHT: Final = 16
TOP: Final = 14
BOTTOM: Final = 66
# Of markers, about (0, 0).
MARKERS: Final = (
    "M-5 0A5 5 0 1 0 5 0A5 5 0 1 0 -5 0Z",
    "M-5 -5H5V5H-5Z",
    "M0 -6L6 5H-6Z",
    "M0 -7L7 0L0 7L-7 0Z",
    "M0 6L6 -5H-6Z",
    "M-6 -2H-2V-6H2V-2H6V2H2V6H-2V2H-6Z",
)


@dataclass(frozen=True)
class Style:
    """How a curve looks.

    Attributes:
        color: Class of its colour.
        marker: Index of ``MARKERS``.
        dashed: And its markers hollow.
    """

    color: str
    marker: int
    dashed: bool = False

    @property
    def classes(self) -> str:
        """Classes of its elements."""
        return f"curve {self.color}{' dashed' if self.dashed else ''}"


@dataclass(frozen=True)
class Curve:
    """A curve, or a single point.

    Attributes:
        name: In the legend.
        style: How it looks.
        points: Each x, y and what it says when it is pointed at, in the order of x.
    """

    name: str
    style: Style
    points: tuple[tuple[float, float, str], ...]


def plot(title: str, x: Axis, y: Axis, curves: Sequence[Curve]) -> Markup:
    """Return a plot without its legend.

    Args:
        title: What those hear who cannot see it.
        x: The axis below.
        y: The axis at the left.
        curves: The first are drawn last, above the others.
    """
    drawn = [_curve(index, curve, x, y) for index, curve in enumerate(curves)]
    return element(
        "svg",
        element("title", title),
        _grid(x, y),
        *reversed(drawn),
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        role="img",
        class_="plot",
    )


def legend(curves: Sequence[Curve]) -> Markup:
    """Return the names of curves; scripts make each a switch."""
    items = []
    for index, curve in enumerate(curves):
        line = element("path", d="M0 8H30", class_="line")
        sample = element(
            "svg",
            *((line,) if len(curve.points) > 1 else ()),
            _marker(curve.style, 15, 8),
            viewBox="0 0 30 16",
            class_=f"sample {curve.style.classes}",
            aria_hidden="true",
        )
        button = element(
            "button",
            sample,
            curve.name,
            type="button",
            data_curve=str(index),
            aria_pressed="true",
            disabled=True,
        )
        items.append(element("li", button))
    return element("ul", *items, class_="legend")


def _across(x: Axis, value: float) -> float:
    return round(LEFT + x.position(value) * (WIDTH - LEFT - RIGHT), 1)


def _down(y: Axis, value: float) -> float:
    return round(HEIGHT - BOTTOM - y.position(value) * (HEIGHT - TOP - BOTTOM), 1)


def _grid(x: Axis, y: Axis) -> Markup:
    bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    parts = []
    for value, text in x.ticks:
        at = _across(x, value)
        parts.append(element("path", d=f"M{at} {TOP}V{bottom}", class_="grid"))
        parts.append(element("text", text, x=at, y=bottom + 22, class_="below"))
    for value, text in y.ticks:
        at = _down(y, value)
        parts.append(element("path", d=f"M{LEFT} {at}H{right}", class_="grid"))
        parts.append(element("text", text, x=LEFT - 8, y=at, dy="0.35em", class_="beside"))
    middle = (LEFT + right) / 2, (TOP + bottom) / 2
    turned = f"translate(16 {middle[1]}) rotate(-90)"
    parts += [
        element("text", x.label, x=middle[0], y=HEIGHT - 10, class_="below name"),
        element("text", y.label, transform=turned, class_="below name"),
        element("path", d=f"M{LEFT} {TOP}V{bottom}H{right}", class_="axis"),
    ]
    return joined(parts)


def _curve(index: int, curve: Curve, x: Axis, y: Axis) -> Markup:
    """Return a curve: its line as far as it lies in the frame, and the points that do."""
    places = [(_across(x, a), _down(y, b)) for a, b, _ in curve.points]
    frame = LEFT, TOP, WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    line = element("path", d="M" + "L".join(f"{a} {b}" for a, b in places), class_="line")
    # An inner image cuts off what leaves its frame.
    inner = element(
        "svg",
        line,
        viewBox=" ".join(map(str, frame)),
        **dict(zip(("x", "y", "width", "height"), frame, strict=True)),
    )
    points = [
        element("g", element("title", text), _marker(curve.style, *place))
        for (a, b, text), place in zip(curve.points, places, strict=True)
        if x.holds(a) and y.holds(b)
    ]
    lines = (inner,) if len(places) > 1 else ()
    return element("g", *lines, *points, class_=curve.style.classes, data_curve=str(index))


def _marker(style: Style, x: float, y: float) -> Markup:
    return element(
        "path", d=MARKERS[style.marker], transform=f"translate({x} {y})", class_="marker"
    )
