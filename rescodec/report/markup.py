"""HTML and SVG as text, with everything escaped that is not markup already."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any, Final

VOID: Final = {"br", "input", "meta"}


class Markup(str):
    """Text that is markup, and put in as it is."""

    __slots__ = ()


def element(name: str, *children: str, **attributes: object) -> Markup:
    """Return an element.

    >>> element("a", "1 < 2", href="#x", class_="one", hidden=True, title=None)
    '<a href="#x" class="one" hidden="">1 &lt; 2</a>'

    Args:
        name: Of the element.
        children: Markup, or text that is escaped.
        attributes: Underscores stand for hyphens, one at the end for nothing; those that are
            None or False are left out.
    """
    given = "".join(_attribute(key, value) for key, value in attributes.items())
    if name in VOID:
        return Markup(f"<{name}{given}>")
    return Markup(f"<{name}{given}>{joined(children)}</{name}>")


def joined(children: Iterable[str]) -> Markup:
    """Return children one after the other."""
    return Markup("".join(c if isinstance(c, Markup) else escape(c) for c in children))


def table(
    caption: str, head: Sequence[str], rows: Iterable[Sequence[str]], *, names: int = 1
) -> Markup:
    """Return a table that scrolls by itself where it is too wide.

    Args:
        caption: What it shows.
        head: Of the columns.
        rows: Cells. Columns without numbers are words, and look so.
        names: How many of the first cells name their row.
    """
    rows = [list(row) for row in rows]
    words = [
        index < names or not any(_is_number(row[index]) for row in rows)
        for index in range(len(head))
    ]
    classes = ["words" if of_words else None for of_words in words]
    header = element(
        "tr",
        *(
            element("th", cell, scope="col", class_=class_)
            for cell, class_ in zip(head, classes, strict=True)
        ),
    )
    body = [
        element(
            "tr",
            *(element("th", cell, scope="row") for cell in row[:names]),
            *(
                element("td", cell, class_=class_)
                for cell, class_ in zip(row[names:], classes[names:], strict=True)
            ),
        )
        for row in rows
    ]
    content = element(
        "table", element("thead", header), element("tbody", *body), aria_label=caption
    )
    # What scrolls must be reachable by keyboard. A caption inside would scroll too.
    wide = element("div", content, class_="wide", tabindex="0", role="region", aria_label=caption)
    return element("figure", element("figcaption", caption), wide, class_="table")


def prose(text: str) -> Markup:
    """Return a paragraph; what stands between backquotes is code.

    >>> prose("Run `rescodec`.")
    '<p>Run <code>rescodec</code>.</p>'
    """
    parts = text.split("`")
    return element(
        "p", *(element("code", part) if index % 2 else part for index, part in enumerate(parts))
    )


def json_block(value: Any) -> Markup:
    """Return data for scripts, which nothing in it can end."""
    text = json.dumps(value, allow_nan=False).replace("<", "\\u003c")
    return element("script", Markup(text), type="application/json")


def _is_number(cell: str) -> bool:
    return bool(re.match("[+−±]?[0-9]", cell))


def _attribute(key: str, value: object) -> str:
    if value is None or value is False:
        return ""
    text = "" if value is True else escape(str(value))
    return f' {key.removesuffix("_").replace("_", "-")}="{text}"'
