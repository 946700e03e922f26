"""What all frozen configurations check alike: names of keys and types of values."""

from __future__ import annotations

import dataclasses
import difflib
import sys
import types
import typing
from collections.abc import Collection
from typing import Any


def unknown_key(where: str, key: str, known: Collection[str]) -> str:
    """Return the message for an unknown key, with the nearest known one.

    >>> unknown_key("recipe", "bacth", {"batch": 8, "crop": 96})
    "recipe: unknown key 'bacth'; did you mean 'batch'?"
    """
    nearest = difflib.get_close_matches(key, known, n=1)
    hint = f"; did you mean {nearest[0]!r}?" if nearest else f"; known are {', '.join(known)}"
    return f"{where}: unknown key {key!r}{hint}"


def conform_fields(configuration: Any) -> None:
    """Check each field of a frozen dataclass against its annotation; call it first.

    Whole numbers become floats where a float is expected, and lists tuples, so that
    equal configurations are written, and digested, as equal bytes.

    Args:
        configuration: Fields of type int, float, str, tuples of these, ``T | None`` and
            classes.

    Raises:
        ValueError: A value has another type or is not finite.
    """
    annotations = typing.get_type_hints(type(configuration))
    for field in dataclasses.fields(configuration):
        value = getattr(configuration, field.name)
        conformed = _conform(value, annotations[field.name], field.name)
        object.__setattr__(configuration, field.name, conformed)


def require_choice(name: str, value: str, choices: Collection[str]) -> None:
    """Check that a value is one of those that a field can have.

    Raises:
        ValueError: It is none of them.
    """
    if value not in choices:
        raise ValueError(f"{name} is {value!r}; supported are {', '.join(choices)}")


def _conform(value: Any, expected: Any, name: str) -> Any:
    if isinstance(expected, types.UnionType):
        (inner,) = (kind for kind in typing.get_args(expected) if kind is not types.NoneType)
        return None if value is None else _conform(value, inner, name)
    if typing.get_origin(expected) is tuple:
        return _conform_tuple(value, typing.get_args(expected), name)
    # True is an int to Python, but no number of blocks.
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if expected is float:
        if not number or not -sys.float_info.max <= value <= sys.float_info.max:
            raise ValueError(f"{name} is {value!r}; it must be a finite number")
        return float(value)
    if expected is int and not (number and isinstance(value, int)):
        raise ValueError(f"{name} is {value!r}; it must be a whole number")
    if not isinstance(value, expected):
        raise ValueError(f"{name} is {value!r}; it must be of type {expected.__name__}")
    return value


def _conform_tuple(value: Any, kinds: tuple[Any, ...], name: str) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise ValueError(f"{name} is {value!r}; it must be a list")
    if kinds[-1] is Ellipsis:
        kinds = kinds[:1] * len(value)
    if len(value) != len(kinds):
        raise ValueError(f"{name} is {list(value)}; it must have {len(kinds)} values")
    return tuple(_conform(v, kind, name) for v, kind in zip(value, kinds, strict=True))
