"""What a weights file says about itself, read without torch and without its tensors.

A safetensors file begins with the length of its header, 8 bytes little-endian, and the
header, JSON: for each tensor dtype, shape and place, and under ``__metadata__`` free text.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

FORMAT = "rescodec-weights-1"
LENGTH_BYTES = 8
# The largest network of a paper, IRN x8, has 0.1 MB.
MAX_HEADER_BYTES = 8_000_000
SCALES = (2, 4, 8)
WIDTHS = {"F16": 2, "F32": 4}
MAX_DIMENSIONS = 8
# Beyond any file; numbers of a header stay short enough to multiply and to print.
MAX_NUMBER = 2**40


class WeightsHeaderError(ValueError):
    """A file is damaged, or holds no weights of rescodec."""


@dataclass(frozen=True)
class WeightsHeader:
    """The description of a network's weights.

    Attributes:
        config: Configuration of the network, its values unchecked but for the scale.
        metadata: Free text by key: recipe, licence, names of the training data.
        parameters: Values in all tensors together.
    """

    config: Mapping[str, Any]
    metadata: Mapping[str, str]
    parameters: int


def read_weights_header(path: Path) -> WeightsHeader:
    """Read the header of a safetensors file that rescodec wrote.

    Tells every file that is cut short, but looks at no tensor's values.

    Raises:
        WeightsHeaderError: The file is missing or damaged, or is not of this format. The
            message does not name the file.
    """
    try:
        with path.open("rb") as file:
            size = path.stat().st_size
            return _parse(_read_json(file, size), size)
    except OSError as error:
        raise WeightsHeaderError(f"cannot be read: {error.strerror or error}") from error


def _read_json(file: BinaryIO, size: int) -> tuple[int, Any]:
    """Return the length of the header and its JSON value."""
    length = int.from_bytes(file.read(LENGTH_BYTES), "little")
    if size < LENGTH_BYTES or length > size - LENGTH_BYTES:
        raise WeightsHeaderError("no safetensors file, or cut short")
    if length > MAX_HEADER_BYTES:
        raise WeightsHeaderError(f"header of {length:,} bytes; the limit is {MAX_HEADER_BYTES:,}")
    return length, _json(file.read(length), "header")


def _parse(header: tuple[int, Any], size: int) -> WeightsHeader:
    length, tensors = header
    if not isinstance(tensors, dict):
        raise WeightsHeaderError("header is no JSON object")
    metadata = tensors.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(map(_is_text, (*metadata, *metadata.values()))):
        raise WeightsHeaderError("metadata of the header is not text by key")
    found = metadata.pop("format", None)
    if found != FORMAT:
        raise WeightsHeaderError(f"not weights of rescodec: format {found!r}, expected {FORMAT!r}")
    config = _json(metadata.pop("config", ""), "configuration")
    if not isinstance(config, dict) or not _is_scale(config.get("scale")):
        raise WeightsHeaderError("configuration states no scale of 2, 4 or 8")
    parameters, tensor_bytes = _totals(tensors)
    expected = LENGTH_BYTES + length + tensor_bytes
    if size != expected:
        raise WeightsHeaderError(f"{size:,} bytes long; its header needs {expected:,}")
    return WeightsHeader(config, metadata, parameters)


def _totals(tensors: Mapping[str, Any]) -> tuple[int, int]:
    """Return the values in all tensors, and where the last tensor's bytes end."""
    parameters = end = 0
    for start, stop, values in sorted(map(_place, tensors.values())):
        if start != end:
            raise WeightsHeaderError("header describes tensors that overlap or leave gaps")
        parameters += values
        end = stop
    return parameters, end


def _place(tensor: Any) -> tuple[int, int, int]:
    """Return where a tensor's bytes start and stop, and how many values they are."""
    try:
        shape, (start, stop) = tensor["shape"], tensor["data_offsets"]
        width = WIDTHS[tensor["dtype"]]
        # Before anything is multiplied.
        agrees = (
            len(shape) <= MAX_DIMENSIONS
            and all(map(_is_size, (*shape, start, stop)))
            and math.prod(shape) * width == stop - start
        )
    except (KeyError, TypeError, ValueError):
        agrees = False
    if not agrees:
        raise WeightsHeaderError("header describes a tensor whose type, shape and place disagree")
    return start, stop, math.prod(shape)


def _json(text: bytes | str, what: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise WeightsHeaderError(f"{what} is not JSON") from error


def _is_size(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_NUMBER


def _is_scale(value: Any) -> bool:
    return _is_size(value) and value in SCALES


def _is_text(value: Any) -> bool:
    """Tell text that can be printed: JSON may hold surrogates, which are no characters."""
    return isinstance(value, str) and not any("\ud800" <= c <= "\udfff" for c in value)
