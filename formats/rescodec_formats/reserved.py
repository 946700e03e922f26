"""Streams that the format gives a meaning of their own: what the header must say of them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from .header import (
    RESIDUAL,
    RESIDUAL_ESCAPES,
    RESIDUAL_LOW,
    RESIDUAL_NAMES,
    SOURCE_ALPHA,
    Header,
    StreamInfo,
)

# Samples that one byte of the residual holds.
GROUP: Final = 3


def reserved_problems(header: Header) -> list[str]:
    """Hold the streams with reserved names against the rest of the header.

    Args:
        header: whose fields are right by themselves.

    Returns:
        One line for everything that is wrong.
    """
    problems = []
    for index, info in enumerate(header.streams):
        if info.name == SOURCE_ALPHA:
            found = _source_alpha_problems(header, index)
        elif info.name in RESIDUAL_NAMES:
            found = _residual_problems(header, info)
        else:
            continue
        problems += [f"streams[{index}]: {info.name} {problem}" for problem in found]
    return problems + _lossless_problems(header)


def channels_of(header: Header) -> int:
    """Return the channels of the restored picture: 1 for grey, 3 for RGB; without alpha."""
    return 1 if header.source.color == "grey" else 3


def residual_shapes(header: Header) -> Mapping[str, tuple[int, ...]]:
    """Return the shapes of the streams whose shape the header's other fields decide."""
    height, width = header.hr_size
    samples = width * channels_of(header)
    return {RESIDUAL: (height, -(-samples // GROUP)), RESIDUAL_LOW: (height, samples)}


def _source_alpha_problems(header: Header, index: int) -> list[str]:
    """Hold the alpha channel of the source, which a decoder uses as it is, against the rest."""
    info = header.streams[index]
    depth = header.source.bit_depth
    step = 1 / (2**depth - 1)
    problems = []
    if index != len(header.streams) - 1 or info.storage != "chunk":
        problems.append("must be the last stream, in payload chunks")
    if (info.dtype, info.shape) != (f"uint{depth}", header.hr_size):
        problems.append(f"must be uint{depth} of the size hr_size")
    if info.offset != 0 or not math.isclose(info.step, step, rel_tol=1e-6):
        problems.append(f"must count in steps of {step} from 0")
    return problems


def _residual_problems(header: Header, info: StreamInfo) -> list[str]:
    """Hold one stream of the residual against the picture that it completes."""
    problems = []
    shapes = residual_shapes(header)
    if info.storage != "chunk":
        problems.append("must be in payload chunks")
    dtype = "uint8" if info.name == RESIDUAL else "int8"
    if info.dtype != dtype:
        problems.append(f"must be {dtype}")
    if info.name == RESIDUAL_ESCAPES:
        most = math.prod(shapes[RESIDUAL]) * GROUP
        if len(info.shape) != 1 or info.shape[0] > most:
            problems.append(f"must have one axis of at most {most}")
    elif info.shape != shapes[info.name]:
        problems.append(f"must have shape {list(shapes[info.name])}")
    if (info.step, info.offset) != (1, 0):
        problems.append("must count in steps of 1 from 0")
    return problems


def _lossless_problems(header: Header) -> list[str]:
    """Check that a residual is there with all that belongs to it, or nothing of it."""
    names = [info.name for info in header.streams if info.name != SOURCE_ALPHA]
    present = [name for name in names if name in RESIDUAL_NAMES]
    wanted = []
    if header.lossless:
        escapes = [name for name in present if name == RESIDUAL_ESCAPES]
        wanted = [RESIDUAL, *escapes, *([RESIDUAL_LOW] if header.source.bit_depth == 16 else [])]
    if present == wanted and names[len(names) - len(wanted) :] == wanted:
        return []
    found = ", ".join(names) or "none"
    if not wanted:
        return [f"streams: {', '.join(present)} needs hr_sha256, which is missing"]
    return [
        f"streams: hr_sha256 needs {', '.join(wanted)} behind those of the model, found {found}"
    ]
