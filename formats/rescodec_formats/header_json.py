"""The header as bytes: magic, version and JSON, written compactly and read with suspicion."""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Mapping
from typing import Final, NoReturn

from .errors import FormatError, LimitError, NotRescodecError, UnsupportedVersionError
from .header import FORMAT_VERSION, JSON, Header, SourceInfo, StreamInfo
from .header_check import (
    HEADER_KEYS,
    MODEL_KEYS,
    SOURCE_KEYS,
    STREAM_KEYS,
    check_header,
    check_limits,
)
from .limits import Limits

MAGIC: Final = b"RESCODEC"
PREFIX_BYTES: Final = len(MAGIC) + 1
MAX_JSON_BYTES: Final = 65_536
MAX_DEPTH: Final = 32

# How every zlib stream with the usual window begins, and no JSON object.
_ZLIB_START: Final = b"\x78"
# Up to here the JSON stays readable in the file, at the price of a few hundred bytes.
_PLAIN_BYTES: Final = 1_024
_SHOWN_PROBLEMS = 8


def encode_header(header: Header) -> bytes:
    """Return the data of the header chunk.

    Raises:
        ValueError: if an unknown key is not JSON or hides a known one, or the JSON is too long.
    """
    model = {"id": header.model.id, "weights_sha256": header.model.weights_sha256}
    value = {
        "carrier": header.carrier,
        "scale": header.scale,
        "hr_size": list(header.hr_size),
        "lr_size": list(header.lr_size),
        "model": model | _unknown(header.model.extra, MODEL_KEYS, "model"),
        "lr_sha256": header.lr_sha256,
        "streams": [_stream_json(info) for info in header.streams],
        **_source_json(header.source),
        **({} if header.hr_sha256 is None else {"hr_sha256": header.hr_sha256}),
    } | _unknown(header.extra, HEADER_KEYS, "header")
    try:
        text = json.dumps(value, allow_nan=False, separators=(",", ":")).encode("ascii")
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"the header cannot be written as JSON: {error}") from error
    if len(text) > MAX_JSON_BYTES:
        raise ValueError(f"the header takes {len(text)} bytes, at most {MAX_JSON_BYTES} fit")
    return MAGIC + bytes([FORMAT_VERSION]) + _compressed(text)


def decode_header(data: bytes, limits: Limits, offset: int | None = None) -> Header:
    """Read the data of the header chunk.

    Args:
        data: the content of the chunk.
        limits: what the caller is willing to read.
        offset: where the chunk stands, for error messages.

    Raises:
        NotRescodecError: if the chunk is not ours, despite its name.
        UnsupportedVersionError: if the version is not 1.
        LimitError: if the header is within the format, but over a limit.
        FormatError: `bad-header`, naming every problem.
    """
    check_prefix(data[:PREFIX_BYTES], offset)
    check_length(len(data) - PREFIX_BYTES, limits, offset)
    value = _parse_json(_decompressed(data[PREFIX_BYTES:], limits, offset), offset)
    problems: list[str] = []
    header = check_header(value, problems)
    if header is None:
        raise _bad(_summary(problems), offset)
    check_limits(header, limits, offset)
    return header


def check_prefix(data: bytes, offset: int | None = None) -> None:
    """Hold the first `PREFIX_BYTES` bytes of a header chunk against what this reader knows.

    Raises:
        NotRescodecError: if the chunk is not ours, despite its name.
        UnsupportedVersionError: if the version is not 1.
        FormatError: `bad-header` if there is no version.
    """
    if not data.startswith(MAGIC):
        raise NotRescodecError("the rsHD chunk was not written by rescodec", offset=offset)
    if len(data) == len(MAGIC):
        raise _bad("the version is missing", offset)
    version = data[len(MAGIC)]
    if version != FORMAT_VERSION:
        raise UnsupportedVersionError(
            f"the file has format version {version}, this reader knows version {FORMAT_VERSION}: "
            "use a newer release of rescodec",
            offset=offset,
        )


def check_length(size: int, limits: Limits, offset: int | None) -> None:
    """Refuse a header of too many bytes behind its prefix, before it is read.

    Raises:
        LimitError: naming the limit.
    """
    most = _most_bytes(limits)
    if size > most:
        raise LimitError(
            f"the header is over the limit of {most} bytes",
            offset=offset,
            limit="header_bytes" if most < MAX_JSON_BYTES else None,
        )


def _most_bytes(limits: Limits) -> int:
    """Return the limit for the JSON, compressed and as it is."""
    return min(limits.header_bytes, MAX_JSON_BYTES)


def _compressed(text: bytes) -> bytes:
    """Return the JSON as a zlib stream if it is long: many streams repeat the same keys."""
    return zlib.compress(text, 9) if len(text) > _PLAIN_BYTES else text


def _decompressed(data: bytes, limits: Limits, offset: int | None) -> bytes:
    """Return the JSON, of which never more than one byte over the limit is inflated."""
    if not data.startswith(_ZLIB_START):
        return data
    inflate = zlib.decompressobj()
    try:
        text = inflate.decompress(data, _most_bytes(limits) + 1)
    except zlib.error as error:
        raise _bad(f"the JSON cannot be decompressed: {error}", offset) from error
    check_length(len(text), limits, offset)
    if not inflate.eof:
        raise _bad("the compressed JSON ends early", offset)
    if inflate.unused_data:
        raise _bad("there are bytes behind the compressed JSON", offset)
    return text


def _source_json(source: SourceInfo) -> dict[str, JSON]:
    """Return the key `source`, which files of ordinary 8-bit RGB pictures do without."""
    if source == SourceInfo():
        return {}
    known = {"color": source.color, "bit_depth": source.bit_depth}
    return {"source": known | _unknown(source.extra, SOURCE_KEYS, "source")}


def _stream_json(info: StreamInfo) -> dict[str, JSON]:
    known: dict[str, JSON] = {
        "name": info.name,
        "dtype": info.dtype,
        "shape": list(info.shape),
        "step": info.step,
        "offset": info.offset,
        "sha256": info.sha256,
        "storage": info.storage,
        "filter": info.filter,
        "compressed_bytes": info.compressed_bytes,
        "raw_bytes": info.raw_bytes,
    }
    if info.coding != "zstd":
        known["coding"] = info.coding
    return known | _unknown(info.extra, STREAM_KEYS, f"stream {info.name!r}")


def _unknown(extra: Mapping[str, JSON], known: frozenset[str], where: str) -> dict[str, JSON]:
    """Return the extra keys of an object after checking that they hide no known key."""
    for key in extra:
        if not isinstance(key, str):
            raise ValueError(f"extra keys of the {where} must be strings, got {key!r}")
    if hidden := sorted(known & extra.keys()):
        raise ValueError(f"extra keys of the {where} collide with known ones: {', '.join(hidden)}")
    return dict(extra)


def _summary(problems: list[str]) -> str:
    shown = problems[:_SHOWN_PROBLEMS]
    if more := len(problems) - len(shown):
        shown.append(f"and {more} more")
    return "; ".join(shown)


def _bad(problem: str, offset: int | None) -> FormatError:
    return FormatError(f"bad header: {problem}", kind="bad-header", offset=offset)


def _parse_json(text: bytes, offset: int | None) -> JSON:
    try:
        value = json.loads(
            text.decode("utf-8"),
            object_pairs_hook=_unique_keys,
            parse_constant=_refuse_constant,
            parse_float=_finite_float,
        )
    except RecursionError:
        raise _bad("the JSON is nested too deeply", offset) from None
    except ValueError as error:
        # JSONDecodeError, UnicodeDecodeError, an integer of thousands of digits, and our hooks.
        raise _bad(f"not valid JSON: {error}", offset) from error
    if _depth_exceeds(value, MAX_DEPTH):
        raise _bad(f"the JSON is nested more than {MAX_DEPTH} levels deep", offset)
    return value


def _unique_keys(pairs: list[tuple[str, JSON]]) -> dict[str, JSON]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a key occurs twice in one object")
    return result


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _finite_float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("a number is too large")
    return value


def _depth_exceeds(value: JSON, limit: int) -> bool:
    level = [value]
    for _ in range(limit + 1):
        level = [item for item in level if isinstance(item, dict | list)]
        if not level:
            return False
        level = [
            below for item in level for below in (item.values() if isinstance(item, dict) else item)
        ]
    return True
