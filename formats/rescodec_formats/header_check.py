"""Turn a parsed JSON value into a `Header`, naming every problem on the way."""

from __future__ import annotations

import math
import re
from typing import Final, cast, get_args

from .contexts import MAX_ELEMENTS_PER_BYTE, MAX_LINES, line_count
from .errors import LimitError
from .header import (
    ITEM_BYTES,
    JSON,
    MAX_DIMENSIONS,
    MAX_SCALE,
    MAX_SIDE,
    BitDepth,
    Carrier,
    CodingName,
    Color,
    DTypeName,
    FilterName,
    Header,
    ModelRef,
    SourceInfo,
    Storage,
    StreamInfo,
    reduced_size,
    stored_bytes,
)
from .limits import Limits
from .reserved import reserved_problems

HEADER_KEYS: Final = frozenset(
    {
        *("carrier", "scale", "hr_size", "lr_size", "model", "lr_sha256", "hr_sha256"),
        *("streams", "source"),
    }
)
MODEL_KEYS: Final = frozenset({"id", "weights_sha256"})
SOURCE_KEYS: Final = frozenset({"color", "bit_depth"})
STREAM_KEYS: Final = frozenset(
    {
        *("name", "dtype", "shape", "step", "offset", "sha256"),
        *("storage", "filter", "coding", "compressed_bytes", "raw_bytes"),
    }
)

# No separators: a reader may make an id part of a file name when it looks weights up.
_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,127}")
_ID_TEXT: Final = "up to 128 of the characters A-Z a-z 0-9 . _ + -, the first a letter or digit"
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_MAX_COUNT: Final = 2**63 - 1


def check_header(value: JSON, problems: list[str]) -> Header | None:
    """Read the JSON value of a header chunk.

    Args:
        value: what the JSON parser returned.
        problems: receives one line for everything that is wrong.

    Returns:
        The header, or None if there are problems.
    """
    top = _Object(value, "header", problems)
    model = _Object(top.get("model"), "model", problems)
    listed = top.get("streams")
    if not isinstance(listed, list):
        top.problem("streams", "a list", listed)
        listed = []
    header = Header(
        carrier=cast(Carrier, top.choice("carrier", ("alpha", "chunk", "none"))),
        scale=top.integer("scale", 1, MAX_SCALE),
        hr_size=cast("tuple[int, int]", top.sides("hr_size", 2, 2)),
        lr_size=cast("tuple[int, int]", top.sides("lr_size", 2, 2)),
        model=ModelRef(
            id=model.text("id", _ID, _ID_TEXT),
            weights_sha256=model.digest("weights_sha256"),
            extra=model.others(MODEL_KEYS),
        ),
        lr_sha256=top.digest("lr_sha256"),
        streams=tuple(
            _check_stream(item, f"streams[{index}]", problems) for index, item in enumerate(listed)
        ),
        source=_check_source(value, problems),
        hr_sha256=top.optional_digest("hr_sha256"),
        extra=top.others(HEADER_KEYS),
    )
    if not problems:
        # Only fields that are right by themselves can be held against each other.
        _check_agreement(header, problems)
    return header if not problems else None


def check_limits(header: Header, limits: Limits, offset: int | None = None) -> None:
    """Hold a valid header against what the caller is willing to read.

    Raises:
        LimitError: naming the figure and the limit.
    """
    height, width = header.hr_size
    raw = sum(info.raw_bytes for info in header.streams)
    compressed = sum(info.compressed_bytes for info in header.streams)
    for what, found, limit in (
        (f"a full-size image of {width} x {height} pixels", height * width, "hr_pixels"),
        ("payload streams", len(header.streams), "streams"),
        ("bytes of payload", max(raw, compressed), "payload_bytes"),
    ):
        most = getattr(limits, limit)
        if found > most:
            raise LimitError(
                f"the file states {what}: {found} is over the limit of {most}",
                offset=offset,
                limit=limit,
            )


def _check_source(header: JSON, problems: list[str]) -> SourceInfo:
    """Read the optional key `source`.

    A value that this reader does not know is a problem: it would restore wrong samples.
    """
    if not isinstance(header, dict) or "source" not in header:
        return SourceInfo()
    entry = _Object(header["source"], "source", problems)
    depth = entry.get("bit_depth")
    if not _is_integer(depth) or depth not in (8, 16):
        entry.problem("bit_depth", "8 or 16", depth)
    return SourceInfo(
        color=cast(Color, entry.choice("color", ("rgb", "grey"))),
        bit_depth=cast(BitDepth, depth),
        extra=entry.others(SOURCE_KEYS),
    )


def _check_stream(value: JSON, where: str, problems: list[str]) -> StreamInfo:
    entry = _Object(value, where, problems)
    storage = entry.choice("storage", ("alpha", "chunk"))
    chunked = storage == "chunk"
    chosen = entry.get("filter")
    if chunked:
        chosen = entry.choice("filter", get_args(FilterName))
    elif chosen is not None and storage == "alpha":
        entry.problem("filter", "null for a stream in alpha", chosen)
    coding = entry.optional_choice("coding", get_args(CodingName) if chunked else ("zstd",))
    return StreamInfo(
        name=entry.text("name", _ID, _ID_TEXT),
        dtype=cast(DTypeName, entry.choice("dtype", tuple(ITEM_BYTES))),
        shape=entry.sides("shape", 1, MAX_DIMENSIONS),
        step=entry.number("step", positive=True),
        offset=entry.number("offset"),
        sha256=entry.digest("sha256"),
        storage=cast(Storage, storage),
        filter=cast("FilterName | None", chosen),
        compressed_bytes=entry.integer(
            "compressed_bytes", 1 if chunked else 0, _MAX_COUNT if chunked else 0
        ),
        raw_bytes=entry.integer("raw_bytes", 1, _MAX_COUNT),
        coding=cast(CodingName, coding),
        extra=entry.others(STREAM_KEYS),
    )


def _check_agreement(header: Header, problems: list[str]) -> None:
    """Hold the fields of the header against each other."""
    expected = reduced_size(header.hr_size, header.scale)
    if header.lr_size != expected:
        problems.append(
            f"lr_size: expected {list(expected)} for hr_size {list(header.hr_size)} and scale "
            f"{header.scale}, found {list(header.lr_size)}"
        )
    if (header.carrier == "none") != (not header.streams):
        problems.append(
            f"streams: {len(header.streams)} listed, which carrier {header.carrier!r} excludes"
        )
    names = [info.name for info in header.streams]
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        problems.append(f"streams: the names {', '.join(repeated)} occur more than once")
    for index, info in enumerate(header.streams):
        where = f"streams[{index}]"
        storage = "alpha" if index == 0 and header.carrier == "alpha" else "chunk"
        if info.storage != storage:
            problems.append(
                f"{where}.storage: expected {storage!r} with carrier {header.carrier!r}"
            )
        if info.storage == "alpha" and (info.dtype, info.shape) != ("uint8", header.lr_size):
            problems.append(f"{where}: a stream in alpha must be uint8 of the size lr_size")
        if info.filter == "paeth" and ITEM_BYTES[info.dtype] != 1:
            problems.append(f"{where}.filter: 'paeth' is for 8-bit types only")
        if info.filter == "split" and ITEM_BYTES[info.dtype] != 2:
            problems.append(f"{where}.filter: 'split' is for 16-bit types only")
        if info.coding == "rans":
            problems += _rans_problems(info, where)
        size = stored_bytes(info.dtype, info.shape)
        if info.raw_bytes != size:
            problems.append(
                f"{where}.raw_bytes: expected {size} for dtype and shape, found {info.raw_bytes}"
            )
    problems += reserved_problems(header)


def _rans_problems(info: StreamInfo, where: str) -> list[str]:
    """Name what keeps a stream from being coded with rANS."""
    problems = []
    if info.filter == "split":
        problems.append(f"{where}.filter: 'split' is for the coding 'zstd' only")
    lines = line_count(math.prod(info.shape[:-1]), info.shape[-1])
    if lines > MAX_LINES:
        problems.append(f"{where}.coding: 'rans' is for {MAX_LINES} lines at most, found {lines}")
    elements = info.raw_bytes // ITEM_BYTES[info.dtype]
    if elements > MAX_ELEMENTS_PER_BYTE * info.compressed_bytes:
        problems.append(
            f"{where}.compressed_bytes: 'rans' needs a byte for {MAX_ELEMENTS_PER_BYTE} elements, "
            f"found {info.compressed_bytes} for {elements}"
        )
    return problems


class _Object:
    """One JSON object under examination.

    Every getter returns a value of its declared type even where the file holds something else;
    the list of problems then says so, and nobody uses the value.
    """

    def __init__(self, value: JSON, where: str, problems: list[str]) -> None:
        self._where = where
        self._problems = problems
        self._is_object = isinstance(value, dict)
        self._values: dict[str, JSON] = value if isinstance(value, dict) else {}
        if not self._is_object:
            self._note(where, "an object", value)

    def get(self, key: str) -> JSON:
        return self._values.get(key)

    def others(self, known: frozenset[str]) -> dict[str, JSON]:
        return {key: value for key, value in self._values.items() if key not in known}

    def problem(self, key: str, expected: str, found: JSON) -> None:
        path = key if self._where == "header" else f"{self._where}.{key}"
        if key in self._values:
            self._note(path, expected, found)
        elif self._is_object:
            self._problems.append(f"{path}: missing")

    def choice(self, key: str, allowed: tuple[str, ...]) -> str:
        value = self.get(key)
        if isinstance(value, str) and value in allowed:
            return value
        self.problem(key, "one of " + ", ".join(allowed), value)
        return allowed[0]

    def optional_choice(self, key: str, allowed: tuple[str, ...]) -> str:
        return self.choice(key, allowed) if key in self._values else allowed[0]

    def integer(self, key: str, low: int, high: int) -> int:
        value = self.get(key)
        if _is_integer(value) and low <= value <= high:
            return int(value)
        expected = f"an integer from {low} to {high}" if low < high else str(low)
        self.problem(key, expected, value)
        return low

    def number(self, key: str, positive: bool = False) -> float:
        value = self.get(key)
        if _is_integer(value) or isinstance(value, float):
            try:
                number = float(value)
            except OverflowError:
                number = math.inf
            if math.isfinite(number) and (number > 0 or not positive):
                return number
        self.problem(key, "a positive number" if positive else "a finite number", value)
        return 1.0

    def text(self, key: str, pattern: re.Pattern[str], expected: str) -> str:
        value = self.get(key)
        if isinstance(value, str) and pattern.fullmatch(value):
            return value
        self.problem(key, expected, value)
        return ""

    def digest(self, key: str) -> str:
        return self.text(key, _DIGEST, "64 lower-case hexadecimal digits")

    def optional_digest(self, key: str) -> str | None:
        return self.digest(key) if key in self._values else None

    def sides(self, key: str, fewest: int, most: int) -> tuple[int, ...]:
        value = self.get(key)
        if (
            isinstance(value, list)
            and fewest <= len(value) <= most
            and all(_is_integer(side) and 1 <= side <= MAX_SIDE for side in value)
        ):
            return tuple(value)
        count = str(most) if fewest == most else f"{fewest} to {most}"
        self.problem(key, f"a list of {count} integers from 1 to {MAX_SIDE}", value)
        return (1,) * fewest

    def _note(self, path: str, expected: str, found: JSON) -> None:
        # ascii() keeps control characters out of the message; long values are cut.
        shown = ascii(found)
        if len(shown) > 40:
            shown = shown[:37] + "..."
        self._problems.append(f"{path}: expected {expected}, found {shown}")


def _is_integer(value: JSON) -> bool:
    # bool is an int in Python, but not in JSON.
    return isinstance(value, int) and not isinstance(value, bool)
