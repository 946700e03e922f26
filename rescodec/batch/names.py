"""Names of the files that a run makes: templates, and what a file system can hold."""

from __future__ import annotations

import hashlib
import string
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Final

# Of one component, on all common file systems.
MAX_NAME_BYTES: Final = 255
LR_SUFFIX: Final = ".lr.png"
FIELDS: Final = ("stem", "name", "suffix")
# Digits of the digest that tells shortened names apart.
_DIGITS: Final = 8


def require_template(template: str) -> None:
    """Refuse what is no template of names.

    Args:
        template: A file name with ``{stem}`` (the source's name without its suffix), ``{name}``
            (all of it) or ``{suffix}`` (without the dot). Names of folders stay as they are.

    Raises:
        ValueError: It has other fields or a slash, or tells no source from another.
    """
    known = ", ".join(f"{{{field}}}" for field in FIELDS)
    try:
        parts = list(string.Formatter().parse(template))
    except ValueError as error:
        raise ValueError(f"name {template!r}: {error}; fields are {known}") from error
    fields = [field for _, field, _, _ in parts if field is not None]
    for _, field, form, conversion in parts:
        if field is not None and (field not in FIELDS or form or conversion):
            raise ValueError(f"name {template!r} has the field {field!r}; fields are {known}")
    if "/" in template:
        raise ValueError(f"name {template!r} has a slash; folders keep their names")
    if not {"stem", "name"} & set(fields):
        raise ValueError(f"name {template!r} has neither {{stem}} nor {{name}}; all would be one")


def target_name(source: str, template: str) -> str:
    """Return the name that a template makes of a source, in the same folder.

    A name that no file system could hold is shortened, and ends in ``~`` and eight hexadecimal
    digits of the SHA-256 of what it would have been.

    Args:
        source: Relative path with slashes; ``.lr.png`` counts as one suffix.
        template: See ``require_template``.

    >>> target_name("trip/IMG_1.jpg", "{stem}.lr.png")
    'trip/IMG_1.lr.png'
    >>> target_name("trip/IMG_1.lr.png", "{stem}.png")
    'trip/IMG_1.png'
    """
    path = PurePosixPath(source)
    stem = _stem(path.name)
    suffix = path.name[len(stem) :].lstrip(".")

    def made(shortened: Callable[[str], str]) -> str:
        fields = {"stem": shortened(stem), "name": shortened(path.name), "suffix": suffix}
        return template.format_map(fields)

    name = made(lambda text: text)
    if _size(name) > MAX_NAME_BYTES:
        mark = "~" + hashlib.sha256(_encoded(name)).hexdigest()[:_DIGITS]
        length = len(path.name)
        while _size(name) > MAX_NAME_BYTES and length:
            length -= 1
            name = made(lambda text: text[:length] + mark)  # noqa: B023  # called at once
    return str(path.with_name(name))


def _stem(name: str) -> str:
    if name.lower().endswith(LR_SUFFIX) and len(name) > len(LR_SUFFIX):
        return name[: -len(LR_SUFFIX)]
    return PurePosixPath(name).stem


def _size(name: str) -> int:
    return len(_encoded(name))


def _encoded(name: str) -> bytes:
    return name.encode("utf-8", "surrogateescape")
