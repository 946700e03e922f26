"""Axes and plots."""

from __future__ import annotations

import math
from xml.etree import ElementTree

import pytest

from rescodec.report.axes import Axis, doubling, linear, near_one
from rescodec.report.plots import HEIGHT, LEFT, MARKERS, TOP, WIDTH, Curve, Style, legend, plot

DATA = [
    *([], [0.0], [1.0], [0.5, 0.5], [0.99999, 1.0], [1e-6, 1.0], [31.2, 92.7], [0.25, 16]),
    [0.2, 0.9999999],
]


@pytest.mark.parametrize("values", DATA, ids=str)
@pytest.mark.parametrize("axis", [doubling, linear, near_one])
def test_axes_hold_their_ticks_and_grow(axis: object, values: list[float]) -> None:
    made: Axis = axis("label", values)  # type: ignore[operator]
    assert made.low < made.high
    assert made.ticks or axis is near_one
    places = [made.position(value) for value, _ in made.ticks]
    assert places == sorted(places)
    assert all(-1e-9 <= place <= 1 + 1e-9 for place in places)
    assert len({text for _, text in made.ticks}) == len(made.ticks)
    assert made.position(made.low) == 0
    assert math.isclose(made.position(made.high), 1)


def test_doublings_are_equally_far() -> None:
    axis = doubling("bpp", [0.5, 8])
    steps = [axis.position(2 * x) - axis.position(x) for x in (0.5, 1, 2, 4)]
    assert max(steps) - min(steps) < 1e-9


def test_halved_losses_are_equally_far() -> None:
    axis = near_one("SSIM", [0.9, 0.999])
    steps = [axis.position(1 - x / 2) - axis.position(1 - x) for x in (0.1, 0.05, 0.01)]
    assert max(steps) - min(steps) < 1e-9


def test_what_is_beyond_the_most_is_not_on_the_axis() -> None:
    axis = linear("dB", [30, 48, 92], 62)
    assert axis.high < 92
    assert not axis.holds(92)
    assert axis.holds(48)


def curves() -> list[Curve]:
    return [
        Curve("line <1>", Style("blue", 0), ((1, 30, "first & so on"), (2, 40, "b"), (4, 99, "c"))),
        Curve("point", Style("grey", 1, dashed=True), ((2, 35, "d"),)),
    ]


def test_a_plot_is_well_formed_and_says_what_its_points_are() -> None:
    x, y = doubling("bpp", [1, 4]), linear("dB", [30, 40])
    svg = ElementTree.fromstring(plot("All <of> it", x, y, curves()))
    assert svg.findtext("title") == "All <of> it"
    first, second = sorted(svg.iterfind("g"), key=lambda g: g.get("data-curve"))
    # The third point is outside: its line is cut off, its marker left out.
    assert [title.text for title in first.iterfind("g/title")] == ["first & so on", "b"]
    assert first.find("svg/path").get("d").count("L") == 2
    assert second.find("svg") is None
    for marker in first.iterfind("g/path"):
        across, down = marker.get("transform")[len("translate(") : -1].split()
        assert LEFT <= float(across) <= WIDTH
        assert TOP <= float(down) <= HEIGHT


def test_the_legend_names_every_curve() -> None:
    items = ElementTree.fromstring(legend(curves())).findall("li/button")
    assert [item.find("svg").tail for item in items] == ["line <1>", "point"]
    assert [len(item.findall("svg/path")) for item in items] == [2, 1]


def test_markers_differ() -> None:
    assert len(set(MARKERS)) == len(MARKERS)
