import copy
import json
import pickle
import tracemalloc
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rescodec_formats as rf
from rescodec_formats.header import stored_bytes
from rescodec_formats.header_json import decode_header, encode_header

GOOD: dict[str, Any] = {
    "carrier": "alpha",
    "scale": 2,
    "hr_size": [9, 14],
    "lr_size": [5, 7],
    "model": {"id": "alpha-x2-lite-1", "weights_sha256": "0" * 64, "revision": 3},
    "lr_sha256": "1" * 64,
    "streams": [
        {
            "name": "plane",
            "dtype": "uint8",
            "shape": [5, 7],
            "step": 1.0,
            "offset": 0.0,
            "sha256": "2" * 64,
            "storage": "alpha",
            "filter": None,
            "compressed_bytes": 0,
            "raw_bytes": 35,
            "unit": "level",
        },
        {
            "name": "code",
            "dtype": "int16",
            "shape": [4, 3, 2],
            "step": 0.5,
            "offset": -1.5,
            "sha256": "3" * 64,
            "storage": "chunk",
            "filter": "up",
            "compressed_bytes": 30,
            "raw_bytes": 48,
        },
    ],
    "made_by": {"program": "x", "version": [1, 2.5, None, True, "\ud800 ü"]},
}


def decode(value: object, **limits: int) -> rf.Header:
    return raw(json.dumps(value).encode(), **limits)


def raw(text: bytes, **limits: int) -> rf.Header:
    return decode_header(b"RESCODEC\x01" + text, rf.Limits(**limits))


def changed(path: str, value: object) -> dict[str, Any]:
    result = copy.deepcopy(GOOD)
    *parents, last = [int(key) if key.isdigit() else key for key in path.split(".")]
    item: Any = result
    for key in parents:
        item = item[key]
    if value is KeyError:
        del item[last]
    else:
        item[last] = value
    return result


def test_every_field() -> None:
    header = decode(GOOD)
    assert header.hr_size == (9, 14)
    assert header.lr_size == (5, 7)
    assert header.model == rf.ModelRef("alpha-x2-lite-1", "0" * 64, {"revision": 3})
    assert [info.name for info in header.streams] == ["plane", "code"]
    assert header.streams[1].shape == (4, 3, 2)
    assert (header.streams[1].step, header.streams[1].offset) == (0.5, -1.5)
    assert header.streams[0].extra == {"unit": "level"}
    assert header.extra == {"made_by": GOOD["made_by"]}


def test_json_round_trip_keeps_unknown_keys() -> None:
    header = decode(GOOD)
    data = encode_header(header)
    assert json.loads(data[9:]) == GOOD
    assert decode_header(data, rf.Limits()) == header


def test_headers_can_be_hashed_and_pickled() -> None:
    header = decode(GOOD)
    assert hash(header) == hash(decode(GOOD))
    assert pickle.loads(pickle.dumps(header)) == header


BAD = [
    ("carrier", "text", "carrier: expected one of"),
    ("carrier", None, "carrier"),
    ("carrier", KeyError, "carrier: missing"),
    ("carrier", "chunk", "storage"),
    ("carrier", "none", "streams: 2 listed"),
    ("scale", 0, "scale"),
    ("scale", 65, "scale"),
    ("scale", 2.0, "scale"),
    ("scale", True, "scale"),
    ("scale", 4, "lr_size: expected \\[3, 4\\]"),
    ("hr_size", [9], "hr_size"),
    ("hr_size", [9, 0], "hr_size"),
    ("hr_size", [9, 2**31], "hr_size"),
    ("hr_size", [9, 15], "lr_size"),
    ("hr_size", "9x14", "hr_size"),
    ("lr_size", [5, 8], "lr_size"),
    ("lr_size", [7, 5], "lr_size"),
    ("model", {}, "model.id: missing; model.weights_sha256: missing"),
    ("model", [], "model: expected an object"),
    ("model", KeyError, "model"),
    ("model.id", "../../etc/passwd", "model.id"),
    ("model.id", "", "model.id"),
    ("model.id", "a" * 129, "model.id"),
    ("model.id", "a\n", "model.id"),
    ("model.weights_sha256", "A" * 64, "weights_sha256"),
    ("lr_sha256", "1" * 63, "lr_sha256"),
    ("lr_sha256", 1, "lr_sha256"),
    ("streams", {}, "streams: expected a list"),
    ("streams", KeyError, "streams: missing"),
    ("streams", [], "streams: 0 listed"),
    ("streams.0", 7, "streams\\[0\\]: expected an object"),
    ("streams.0.name", "a b", "streams\\[0\\].name"),
    ("streams.0.name", "code", "code occur more than once"),
    ("streams.0.dtype", "uint16", "must be uint8"),
    ("streams.0.dtype", ["uint8"], "dtype"),
    ("streams.0.filter", "up", "filter: expected null"),
    ("streams.0.storage", "chunk", "streams\\[0\\]"),
    ("streams.0.compressed_bytes", 1, "compressed_bytes: expected 0"),
    ("streams.1.shape", [], "shape"),
    ("streams.1.shape", [1] * 9, "shape"),
    ("streams.1.shape", [4, 3, 0], "shape"),
    ("streams.1.step", 0, "step"),
    ("streams.1.step", -1.0, "step"),
    ("streams.1.step", "1", "step"),
    ("streams.1.step", 10**400, "step"),
    ("streams.1.offset", None, "offset"),
    ("streams.1.storage", "alpha", "streams\\[1\\]"),
    ("streams.1.filter", None, "filter: expected one of"),
    ("streams.1.filter", "paeth", "'paeth' is for 8-bit types only"),
    (
        "streams.1",
        GOOD["streams"][1] | {"dtype": "int8", "filter": "split", "raw_bytes": 24},
        "'split' is for 16-bit types only",
    ),
    ("streams.1.compressed_bytes", 0, "compressed_bytes"),
    ("streams.1.raw_bytes", 47, "raw_bytes: expected 48"),
]


@pytest.mark.parametrize(("path", "value", "message"), BAD)
def test_bad_field(path: str, value: object, message: str) -> None:
    with pytest.raises(rf.FormatError, match=message) as caught:
        decode(changed(path, value))
    assert caught.value.kind == "bad-header"
    assert "\n" not in str(caught.value)


def test_every_problem_is_named() -> None:
    value = changed("scale", "two")
    value["model"]["id"] = 5
    value["streams"][1]["dtype"] = "float"
    with pytest.raises(rf.FormatError, match=r"scale.*; model\.id.*; streams\[1\]\.dtype"):
        decode(value)
    with pytest.raises(rf.FormatError, match="and 30 more"):
        decode(changed("streams", [{}] * 4) | {"scale": 0} | {"x": 1, "carrier": 0})


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\xff",
        b"\xef\xbb\xbf{}",
        b"[]",
        b"null",
        b'{"scale": NaN}',
        b'{"scale": -Infinity}',
        b'{"scale": 1e999}',
        b'{"scale": 2, "scale": 2}',
        b'{"scale": ' + b"9" * 5000 + b"}",
        b"[" * 60_000,
        b'{"a":' * 9_000,
        b'{"a":' + b"[" * 500 + b"]" * 500 + b"}",
        b"{} {}",
    ],
)
def test_bad_json(text: bytes) -> None:
    with pytest.raises(rf.FormatError) as caught:
        raw(text)
    assert caught.value.kind == "bad-header"
    assert len(str(caught.value)) < 2000


@given(st.binary(max_size=200))
def test_only_format_errors_escape_from_bytes(data: bytes) -> None:
    with pytest.raises(rf.FormatError):
        decode_header(b"RESCODEC\x01" + data, rf.Limits())


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)
paths = sorted({path for path, _, _ in BAD})


@given(st.sampled_from(paths), json_values)
def test_only_format_errors_escape_from_json(path: str, value: object) -> None:
    try:
        header = decode(changed(path, value))
    except rf.FormatError:
        return
    assert decode_header(encode_header(header), rf.Limits()) == header


def test_version() -> None:
    with pytest.raises(rf.UnsupportedVersionError, match="version 2") as caught:
        decode_header(b"RESCODEC\x02anything", rf.Limits())
    assert caught.value.kind == "version"
    with pytest.raises(rf.FormatError, match="version is missing"):
        decode_header(b"RESCODEC", rf.Limits())
    with pytest.raises(rf.NotRescodecError):
        decode_header(b"REScodec\x01{}", rf.Limits())


@pytest.mark.parametrize(
    "limits",
    [{"hr_pixels": 125}, {"header_bytes": 100}, {"payload_bytes": 82}, {"streams": 1}],
)
def test_limits(limits: dict[str, int]) -> None:
    with pytest.raises(rf.LimitError, match="over the limit") as caught:
        decode(GOOD, **limits)
    assert caught.value.kind == "limit"


def test_limits_are_inclusive() -> None:
    size = len(json.dumps(GOOD))
    decode(GOOD, hr_pixels=126, header_bytes=size, payload_bytes=83, streams=2)


@pytest.mark.parametrize("extra", [{"scale": 1}, {1: 2}, {"a": float("nan")}, {"a": object()}])
def test_extra_that_cannot_be_written(extra: dict[Any, Any]) -> None:
    header = decode(changed("made_by", KeyError))
    with pytest.raises(ValueError, match=r"extra|JSON"):
        encode_header(rf.Header(**(vars(header) | {"extra": extra})))


def test_header_that_is_too_long() -> None:
    header = decode(GOOD)
    with pytest.raises(ValueError, match="at most 65536"):
        encode_header(rf.Header(**(vars(header) | {"extra": {"a": "x" * 70_000}})))


# --- compressed headers ------------------------------------------------------------------------

TEXT = json.dumps(GOOD).encode()
STREAM = zlib.compress(TEXT, 9)


def many_streams(count: int) -> dict[str, Any]:
    plane, code = GOOD["streams"]
    return GOOD | {"streams": [plane, *(code | {"name": f"code-{n}"} for n in range(1, count))]}


def of_size(size: int) -> rf.Header:
    """Return a header whose JSON has just so many bytes."""
    bare = len(json.dumps(GOOD | {"made_by": ""}, separators=(",", ":")))
    return decode(GOOD | {"made_by": "x" * (size - bare)})


@pytest.mark.parametrize("count", [12, 21, 64])
def test_many_streams_round_trip(count: int) -> None:
    value = many_streams(count)
    header = decode(value)
    data = encode_header(header)
    assert data[:10] == b"RESCODEC\x01x"
    assert json.loads(zlib.decompress(data[9:])) == value
    assert decode_header(data, rf.Limits()) == header
    assert len(data) < len(json.dumps(value)) / 4


def test_only_long_json_is_compressed() -> None:
    for size in (1024, 1025):
        header = of_size(size)
        data = encode_header(header)
        assert decode_header(data, rf.Limits()) == header
        if size == 1024:
            assert (data[9:10], len(data)) == (b"{", 9 + 1024)
        else:
            assert (data[9:10], len(zlib.decompress(data[9:]))) == (b"x", 1025)


@pytest.mark.parametrize("level", [0, 1, 9])
def test_short_json_may_be_compressed(level: int) -> None:
    assert raw(zlib.compress(TEXT, level)) == decode(GOOD)


def with_dictionary() -> bytes:
    deflate = zlib.compressobj(9, zdict=TEXT)
    return deflate.compress(TEXT) + deflate.flush()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"x" + TEXT, "cannot be decompressed"),
        (STREAM[:60] + bytes([STREAM[60] ^ 4]) + STREAM[61:], "cannot be decompressed|valid JSON"),
        (STREAM[:-1] + bytes([STREAM[-1] ^ 1]), "cannot be decompressed"),
        (with_dictionary(), "cannot be decompressed"),
        (STREAM[:1], "ends early"),
        (STREAM[:60], "ends early"),
        (STREAM[:-1], "ends early"),
        (STREAM + b"\0", "bytes behind"),
        (STREAM + STREAM, "bytes behind"),
        (zlib.compress(b""), "not valid JSON"),
        (zlib.compress(b"[1"), "not valid JSON"),
        (zlib.compress(TEXT.replace(b'"scale"', b'"stale"')), "scale: missing"),
        (zlib.compress(STREAM), "not valid JSON"),
    ],
)
def test_bad_compressed_header(data: bytes, message: str) -> None:
    with pytest.raises(rf.FormatError, match=message) as caught:
        raw(data)
    assert caught.value.kind == "bad-header"
    assert "\n" not in str(caught.value)


def test_the_json_has_the_limit_of_the_chunk() -> None:
    assert raw(zlib.compress(TEXT.ljust(65_536))) == decode(GOOD)
    assert raw(STREAM, header_bytes=len(TEXT)) == decode(GOOD)
    for data, limits in (
        (zlib.compress(TEXT.ljust(65_537)), {}),
        (zlib.compress(TEXT.ljust(65_537)), {"header_bytes": 10**9}),
        (STREAM, {"header_bytes": len(TEXT) - 1}),
        (STREAM, {"header_bytes": len(STREAM) - 1}),
        (STREAM, {"header_bytes": 0}),
    ):
        with pytest.raises(rf.LimitError, match="over the limit of") as caught:
            raw(data, **limits)
        assert caught.value.kind == "limit"
        named = limits.get("header_bytes", 10**9) < 65_536
        assert caught.value.limit == ("header_bytes" if named else None)


def test_a_bomb_is_not_inflated() -> None:
    bomb = zlib.compress(TEXT.ljust(60 * 2**20), 9)
    assert len(bomb) < 65_536
    tracemalloc.start()
    try:
        with pytest.raises(rf.LimitError):
            raw(bomb)
        assert tracemalloc.get_traced_memory()[1] < 2**19
    finally:
        tracemalloc.stop()


@given(st.binary(max_size=200))
def test_only_format_errors_escape_from_zlib(data: bytes) -> None:
    for content in (b"x" + data, STREAM[:2] + data, zlib.compress(data)):
        with pytest.raises(rf.FormatError):
            raw(content)


def test_sizes() -> None:
    assert rf.reduced_size((1, 9), 4) == (1, 3)
    assert stored_bytes("uint16", (2, 3)) == 12


def test_limits_are_checked() -> None:
    with pytest.raises(TypeError, match="streams"):
        rf.Limits(streams=1.5)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="negative"):
        rf.Limits(streams=-1)


def test_errors_survive_pickling() -> None:
    error = rf.DigestError("changed", kind="lr-digest", offset=7)
    copied = pickle.loads(pickle.dumps(error))
    assert (type(copied), str(copied), copied.kind, copied.offset) == (
        *(rf.DigestError, "changed"),
        *("lr-digest", 7),
    )
    assert isinstance(error, ValueError)
