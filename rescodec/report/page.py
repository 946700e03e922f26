"""Whole pages: one HTML file each that loads nothing and runs no script but its own."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from importlib.resources import files
from typing import Final

from rescodec import __version__
from rescodec.report.markup import Markup, element
from rescodec.report.pictures import Comparison
from rescodec.report.viewer import viewer

STYLES: Final = ("page.css", "plots.css", "viewer.css")
SCRIPTS: Final = (
    "page.js",
    "plots.js",
    "errors.js",
    "layers.js",
    "gestures.js",
    "viewer.js",
    "start.js",
)


def page(title: str, sections: Iterable[Markup]) -> str:
    """Return a page.

    Args:
        title: Of the page.
        sections: What is in it.
    """
    style, script = (_joined_files(names) for names in (STYLES, SCRIPTS))
    policy = (
        f"default-src 'none'; img-src data:; style-src '{_digest(style)}'; "
        f"script-src '{_digest(script)}'; base-uri 'none'; form-action 'none'"
    )
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name_="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name_="generator", content=f"rescodec {__version__}"),
        element("meta", name_="color-scheme", content="light dark"),
        element("title", title),
        element("style", style),
    )
    theme = element("button", "Theme: auto", type="button", id="theme", hidden=True)
    body = element(
        "body",
        element("header", element("h1", title), theme),
        element("main", *sections),
        element("footer", element("p", f"Made by rescodec {__version__}.")),
        element("script", script),
    )
    return f"<!DOCTYPE html>\n{element('html', head, body, lang='en')}\n"


def compare_page(comparison: Comparison) -> str:
    """Return a page with the viewer of one photo."""
    return page(comparison.name, [viewer(comparison, heading=False)])


def _joined_files(names: Sequence[str]) -> Markup:
    folder = files("rescodec.report") / "assets"
    return Markup("\n".join((folder / name).read_text(encoding="utf-8") for name in names))


def _digest(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"
