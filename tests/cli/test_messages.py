"""Messages are one line and harmless, whatever a file holds."""

from __future__ import annotations

import pytest

import rescodec_formats as formats
from rescodec_cli.messages import describe


@pytest.mark.parametrize("text", ["a\x1b[2Jb", "a\rb", "a\nb", "a\x07b", "a\u202eb", "a\x9bb"])
def test_nothing_moves_the_cursor(text: str) -> None:
    line = describe(ValueError(text))
    assert line.isprintable()
    assert line.startswith("a")
    assert line.endswith("b")


def test_text_of_all_languages_stays() -> None:
    assert describe(ValueError("größer als 2 × 2, 大きい")) == "größer als 2 × 2, 大きい"


@pytest.mark.parametrize(
    ("limit", "hint"),
    [
        ("hr_pixels", "too much; --max-pixels N raises it"),
        ("streams", "too much; --limit streams=N raises it"),
        (None, "too much; of the format"),
    ],
)
def test_hints_of_limits(limit: str | None, hint: str) -> None:
    error = formats.LimitError("too much", limit=limit)
    assert describe(error, hints={"limit": "of the format"}) == hint
