from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from rescodec.configuration import conform_fields, unknown_key


@dataclass(frozen=True)
class _Inner:
    number: int = 1


@dataclass(frozen=True)
class _Example:
    whole: int = 1
    real: float = 1.0
    text: str = ""
    many: tuple[int, ...] = ()
    pair: tuple[float, float] = (0.0, 1.0)
    optional: float | None = None
    inner: _Inner = _Inner()

    def __post_init__(self) -> None:
        conform_fields(self)


def test_whole_numbers_become_floats_and_lists_tuples() -> None:
    values: dict[str, Any] = {"real": 2, "many": [1, 2], "pair": [0, 1], "optional": 3}
    example = _Example(**values)
    assert example == _Example(real=2.0, many=(1, 2), pair=(0.0, 1.0), optional=3.0)
    kinds = {type(v) for v in (example.real, *example.pair, example.optional)}
    assert kinds == {float}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"whole": 1.0}, "whole is 1.0; it must be a whole number"),
        ({"whole": False}, "whole is False; it must be a whole number"),
        ({"whole": None}, "whole is None; it must be a whole number"),
        ({"real": "1"}, "real is '1'; it must be a finite number"),
        ({"real": float("nan")}, "real is nan; it must be a finite number"),
        ({"text": 1}, "text is 1; it must be of type str"),
        ({"many": "12"}, "many is '12'; it must be a list"),
        ({"many": [1, "2"]}, "many is '2'; it must be a whole number"),
        ({"pair": [1.0]}, r"pair is \[1.0\]; it must have 2 values"),
        ({"optional": True}, "optional is True; it must be a finite number"),
        ({"inner": {}}, "inner is {}; it must be of type _Inner"),
    ],
)
def test_other_types_are_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        _Example(**values)


def test_unknown_key_names_the_nearest_or_all() -> None:
    known = {"batch": 8, "crop": 96}
    assert unknown_key("x", "bach", known) == "x: unknown key 'bach'; did you mean 'batch'?"
    assert unknown_key("x", "zzz", known) == "x: unknown key 'zzz'; known are batch, crop"
