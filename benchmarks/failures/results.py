"""The figures as this program and the evaluation have written them, and how documents show them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rescodec.zoo import MODELS

RESULTS = Path(__file__).parents[2] / "docs/results"
Row = Sequence[str]


def results() -> dict[str, Any]:
    """Return the figures of all models, by id."""
    return written("failures")


def written(name: str) -> dict[str, Any]:
    """Return a file of results."""
    content: dict[str, Any] = json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))
    return content


def tenths(value: float | None) -> str:
    """Return decibels or levels; nothing where there are none."""
    return "" if value is None else f"{value:.1f}"


def percent(share: float | None) -> str:
    """Return a share of one; nothing where there is none.

    >>> percent(0.947)
    '95 %'
    """
    return "" if share is None else f"{100 * share:.0f} %"


def short(name: str) -> str:
    """Return what a column of a model is called.

    >>> short("alpha-x2-lite-1")
    'alpha x2'
    """
    return f"{MODELS[name].family} x{MODELS[name].scale}"


def stem(picture: str) -> str:
    """Return the name of a drawing or of a photo's file."""
    return picture.removesuffix(".jpg").removesuffix(".png")


def place(tile: Mapping[str, Any]) -> str:
    """Return where a tile is: group, picture, left and top."""
    top, left = tile["corner"]
    return f"{tile['group']}/{stem(tile['picture'])} ({left}, {top})"
