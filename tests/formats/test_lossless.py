"""What a lossless file adds: the residual in three streams, and the digest of the samples."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rescodec_formats as rf
from rescodec_formats.header_json import decode_header, encode_header

LR = np.zeros((3, 4, 3), np.uint8)
SIZE = (5, 7)
SMALL = (np.arange(105) % 5 - 2).astype(np.int8).reshape(5, 7, 3)
LARGE = (np.arange(105) * 37 % 256 - 128).astype(np.int8).reshape(5, 7, 3)
DEEP = (np.arange(35) * 1871 % 65536 - 32768).astype(np.int16).reshape(5, 7, 1)
SOURCES = {1: "grey", 3: "rgb"}
DIGEST = "ab" * 32


def written(
    residual: np.ndarray = LARGE,
    streams: list[rf.Stream] | None = None,
    *,
    hr_sha256: str | None = DIGEST,
    limits: rf.Limits | None = None,
) -> bytes:
    height, width, channels = residual.shape
    file = io.BytesIO()
    rf.write(
        file,
        np.zeros((-(-height // 2), -(-width // 2), 3), np.uint8),
        scale=2,
        hr_size=(height, width),
        model=rf.ModelRef("m", "0" * 64),
        streams=rf.residual_streams(residual) if streams is None else streams,
        source=rf.SourceInfo(SOURCES[channels], 8 * residual.itemsize),  # type: ignore[arg-type]
        hr_sha256=hr_sha256,
        limits=limits or rf.Limits(),
    )
    return file.getvalue()


@pytest.mark.parametrize(
    ("residual", "names"),
    [
        (SMALL, ["residual"]),
        (LARGE, ["residual", "residual-escapes"]),
        (LARGE[..., :1], ["residual", "residual-escapes"]),
        (DEEP, ["residual", "residual-escapes", "residual-low"]),
        (SMALL.astype(np.int16), ["residual", "residual-low"]),
        (LARGE.astype(">i2"), ["residual", "residual-low"]),
        (LARGE[::-1, ::-1], ["residual", "residual-escapes"]),
    ],
)
def test_it_comes_back(residual: np.ndarray, names: list[str]) -> None:
    before = residual.copy()
    found = rf.read(written(residual))
    np.testing.assert_array_equal(residual, before)
    assert list(found.streams) == names
    assert found.header.lossless
    assert found.header.hr_sha256 == DIGEST
    assert found.residual is not None
    assert found.residual.dtype == residual.dtype.newbyteorder("=")
    np.testing.assert_array_equal(found.residual, residual)


@given(
    height=st.integers(1, 70),
    width=st.integers(1, 5),
    channels=st.sampled_from([1, 3]),
    dtype=st.sampled_from([np.int8, np.int16]),
    spread=st.floats(0, 1e5),
    seed=st.integers(0, 99),
)
def test_every_size(
    height: int, width: int, channels: int, dtype: type, spread: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    wide = np.rint(rng.normal(0, spread, (height, width, channels))).astype(np.int64)
    residual = wide.astype(dtype)
    found = rf.read(written(residual)).residual
    assert found is not None
    np.testing.assert_array_equal(found, residual)


def test_three_small_values_share_a_byte() -> None:
    values = np.array([[[-2, 0, 2], [1, 100, -100]]], np.int8)
    packed, escapes = rf.residual_streams(values)
    assert packed.data.tolist() == [[0 + 6 * 2 + 36 * 4, 3 + 6 * 5 + 36 * 5]]
    assert escapes.data.tolist() == [100, -100]
    (grey,) = rf.residual_streams(values[:, :1, :2].reshape(1, 2, 1))
    assert grey.data.tolist() == [[0 + 6 * 2 + 36 * 2]]


def test_16_bits_in_two_parts() -> None:
    values = np.array([[[0], [127], [128], [-128], [-129], [-32768], [32767]]], np.int16)
    packed, escapes, low = rf.residual_streams(values)
    assert low.data.tolist() == [[0, 127, -128, -128, 127, 0, -1]]
    assert escapes.data.tolist() == [-128, -128]
    digits = [2, 2, 3, 2, 1, 5, 5, 2, 2]
    assert packed.data.tolist() == [
        [sum(d * 6**i for i, d in enumerate(digits[at : at + 3])) for at in (0, 3, 6)]
    ]


def test_ordinary_files_say_nothing() -> None:
    data = written(streams=[rf.Stream("plane", LR[..., 0])], hr_sha256=None)
    assert b"hr_sha256" not in data
    found = rf.read(data)
    assert not found.header.lossless
    assert found.residual is None
    assert rf.read(written(), check="without-payload").residual is None


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, ">u2"])
def test_digest(dtype: Any) -> None:
    samples = (np.arange(66 * 2 * 3) * 7 % 256).astype(dtype).reshape(66, 2, 3)
    bits = 8 * samples.itemsize
    raw = b"".join(int(value).to_bytes(bits // 8, "big") for value in samples.ravel())
    expected = hashlib.sha256(struct.pack(">IIBB", 66, 2, 3, bits) + raw).hexdigest()
    assert rf.hr_digest(samples) == expected
    assert rf.hr_digest(samples[..., :1]) != expected


def test_convert_keeps_it() -> None:
    plane = rf.Stream("plane", LR[..., 0], step=1 / 255)
    original = written(streams=[plane, *rf.residual_streams(LARGE)])
    target = io.BytesIO()
    header = rf.convert(original, target, "alpha")
    assert header.hr_sha256 == DIGEST
    found = rf.read(target.getvalue()).residual
    assert found is not None
    np.testing.assert_array_equal(found, LARGE)
    again = io.BytesIO()
    rf.convert(target.getvalue(), again, "chunk")
    assert again.getvalue() == original


def test_a_residual_alone_cannot_become_alpha() -> None:
    with pytest.raises(ValueError, match="cannot be the alpha channel"):
        rf.convert(written(), io.BytesIO(), "alpha")


def test_before_the_alpha_of_the_source() -> None:
    alpha = rf.Stream(rf.SOURCE_ALPHA, np.zeros(SIZE, np.uint8), step=1 / 255)
    residual = rf.residual_streams(LARGE)
    found = rf.read(written(streams=[*residual, alpha]))
    assert found.residual is not None
    assert found.source_alpha is not None


PACKED, ESCAPES = rf.residual_streams(LARGE)
LOW = rf.Stream("residual-low", LARGE.reshape(5, 21))
PLANE = rf.Stream("plane", LR[..., 0])


@pytest.mark.parametrize(
    ("streams", "hr_sha256", "words"),
    [
        ([PACKED, ESCAPES], None, "residual, residual-escapes needs hr_sha256"),
        ([ESCAPES], None, "residual-escapes needs hr_sha256"),
        ([PLANE], DIGEST, "hr_sha256 needs residual behind"),
        ([ESCAPES, PACKED], DIGEST, "hr_sha256 needs residual, residual-escapes behind"),
        ([PACKED, ESCAPES, PLANE], DIGEST, "behind those of the model"),
        ([PACKED, ESCAPES, LOW], DIGEST, "hr_sha256 needs residual, residual-escapes behind"),
        ([dataclasses.replace(PACKED, data=PACKED.data[1:])], DIGEST, r"shape \[5, 7\]"),
        ([dataclasses.replace(PACKED, data=LARGE[..., 0])], DIGEST, "must be uint8"),
        ([dataclasses.replace(PACKED, step=0.5)], DIGEST, "steps of 1 from 0"),
        ([dataclasses.replace(PACKED, offset=1.0)], DIGEST, "steps of 1 from 0"),
        ([PACKED, dataclasses.replace(ESCAPES, data=ESCAPES.data[None])], DIGEST, "one axis"),
        ([PACKED, rf.Stream("residual-escapes", np.zeros(106, np.int8))], DIGEST, "at most 105"),
        ([PACKED, ESCAPES], "AB" * 32, "hr_sha256: expected 64 lower-case"),
    ],
)
def test_what_does_not_fit_is_refused(
    streams: list[rf.Stream], hr_sha256: str | None, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        written(streams=streams, hr_sha256=hr_sha256)


def test_16_bits_need_the_low_part() -> None:
    with pytest.raises(ValueError, match="residual, residual-escapes, residual-low behind"):
        written(DEEP, streams=list(rf.residual_streams(DEEP)[:2]))


def test_null_is_no_digest() -> None:
    data = encode_header(rf.probe(written()).header)
    fields = json.loads(data[9:]) | {"hr_sha256": None}
    with pytest.raises(rf.FormatError, match="hr_sha256: expected 64"):
        decode_header(data[:9] + json.dumps(fields).encode(), rf.Limits())


@pytest.mark.parametrize(
    ("streams", "words"),
    [
        ([dataclasses.replace(PACKED, data=PACKED.data | np.uint8(0xD8)), ESCAPES], "over 215"),
        ([PACKED], "are stored"),
        ([PACKED, dataclasses.replace(ESCAPES, data=ESCAPES.data[:-1])], "are stored"),
    ],
)
def test_values_that_make_no_residual(streams: list[rf.Stream], words: str) -> None:
    data = written(streams=streams)
    with pytest.raises(rf.FormatError, match=words) as caught:
        rf.read(data)
    assert caught.value.kind == "bad-payload"


def test_limits_count_the_residual() -> None:
    plane = rf.Stream("plane", np.zeros(40, np.uint8))
    data = written(streams=[plane, *rf.residual_streams(LARGE)])
    streams = rf.probe(data).header.streams
    most = max(
        sum(info.raw_bytes for info in streams), sum(info.compressed_bytes for info in streams)
    )
    assert rf.read(data, limits=rf.Limits(payload_bytes=most)).residual is not None
    with pytest.raises(rf.LimitError, match=f"{most} is over the limit of {most - 1}"):
        rf.read(data, limits=rf.Limits(payload_bytes=most - 1))
    with pytest.raises(rf.LimitError) as caught:
        rf.read(data, limits=rf.Limits(hr_pixels=34))
    assert caught.value.limit == "hr_pixels"


@pytest.mark.parametrize("values", [np.zeros((2, 3), np.int8), np.zeros((2, 3, 2), np.int8)])
def test_wrong_shapes(values: np.ndarray) -> None:
    with pytest.raises(ValueError, match="expected shape"):
        rf.residual_streams(values)
    with pytest.raises(ValueError, match="expected shape"):
        rf.hr_digest(values.view(np.uint8))


@pytest.mark.parametrize("values", [np.zeros((2, 3, 3)), [1]])
def test_wrong_types(values: Any) -> None:
    with pytest.raises(TypeError, match="expected an array of int8 or int16"):
        rf.residual_streams(values)
    with pytest.raises(TypeError, match="expected an array of uint8 or uint16"):
        rf.hr_digest(values)
