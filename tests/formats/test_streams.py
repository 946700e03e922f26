import hashlib
import struct
from dataclasses import replace

import numpy as np
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import rescodec_formats as rf
from rescodec_formats.effort import EFFORTS, Effort
from rescodec_formats.filters import undo_filter
from rescodec_formats.streams import (
    checked_integers,
    compress_stream,
    decompress_stream,
    describe_stream,
)

ZSTD_EFFORTS = [replace(effort, rans=False) for effort in EFFORTS[1:]]
DTYPES = ["uint8", "int8", "uint16", "int16"]
LIMITS = rf.Limits()


def pack(data: np.ndarray, effort: Effort = EFFORTS[5]) -> tuple[rf.StreamInfo, bytes]:
    frame = compress_stream(data, effort)
    return describe_stream(rf.Stream("s", data), data, frame), frame.data


@given(
    st.sampled_from(DTYPES).flatmap(
        lambda dtype: hnp.arrays(dtype, hnp.array_shapes(max_dims=4, max_side=6))
    ),
    st.sampled_from(EFFORTS),
)
def test_round_trip(data: np.ndarray, effort: Effort) -> None:
    restored = decompress_stream(*pack(data, effort), LIMITS)
    assert restored.dtype == data.dtype
    assert restored.flags.writeable
    np.testing.assert_array_equal(restored, data)


def test_digest_is_the_specified_one() -> None:
    data = np.array([[1, -2, 300]], np.int16)
    expected = b"int16\0" + struct.pack(">BII", 2, 1, 3) + struct.pack("<3h", 1, -2, 300)
    assert rf.stream_digest(data) == hashlib.sha256(expected).hexdigest()
    assert rf.stream_digest(data.astype(">i2")) == rf.stream_digest(data)
    assert rf.stream_digest(data.reshape(3, 1)) != rf.stream_digest(data)
    assert rf.stream_digest(data.view(np.uint16)) != rf.stream_digest(data)


def test_layout_of_the_caller_does_not_matter() -> None:
    data = np.arange(24, dtype=np.uint16).reshape(4, 6)
    turned = data.T[::-1]
    assert rf.stream_digest(turned) == rf.stream_digest(turned.copy())
    restored = decompress_stream(*pack(checked_integers(turned, "s")), LIMITS)
    np.testing.assert_array_equal(restored, turned)


@pytest.mark.parametrize("name", ["none", "sub", "up", "paeth"])
def test_each_filter_is_chosen_where_it_is_best(name: str) -> None:
    rng = np.random.default_rng(3)
    steps = rng.integers(-2, 3, (64, 64)).astype(np.uint8)
    flat = rng.integers(0, 2, (64, 64)).astype(np.uint8) * 200
    data = {
        "none": flat,
        "sub": np.cumsum(steps, axis=1, dtype=np.uint8) + rng.integers(0, 256, (64, 1), np.uint8),
        "up": np.cumsum(steps, axis=0, dtype=np.uint8) + rng.integers(0, 256, (1, 64), np.uint8),
        "paeth": undo_filter("paeth", steps),
    }[name]
    plain = zstandard.ZstdCompressor(level=12).compress(data.tobytes())
    for effort in ZSTD_EFFORTS:
        frame = compress_stream(data, effort)
        assert frame.filter == name
    assert len(frame.data) <= len(plain) + 4
    assert compress_stream(data, EFFORTS[0]).filter == "none"


def test_bytes_of_wide_integers_are_split_where_that_is_best() -> None:
    noise = np.random.default_rng(5).laplace(0, 60, (120, 160)).round().astype(np.int16)
    for effort in ZSTD_EFFORTS:
        frame = compress_stream(noise, effort)
        assert (frame.filter, frame.coding) == ("split", "zstd")
        assert len(frame.data) < 0.9 * len(compress_stream(noise, EFFORTS[0]).data)
    restored = decompress_stream(*pack(noise, ZSTD_EFFORTS[4]), LIMITS)
    np.testing.assert_array_equal(restored, noise)
    smooth = np.cumsum(np.sign(noise), axis=1).astype(np.int16)
    assert compress_stream(smooth, EFFORTS[1]).filter == "sub"


def test_rans_is_chosen_where_it_is_smaller() -> None:
    rng = np.random.default_rng(7)
    noise = rng.laplace(0, 3, (120, 160)).round().astype(np.int8)
    drift = np.cumsum(noise, axis=1, dtype=np.int8)
    for data, name in ((noise, "none"), (drift, "sub")):
        frame = compress_stream(data, EFFORTS[5])
        assert (frame.filter, frame.coding) == (name, "rans")
        assert len(frame.data) < len(compress_stream(data, ZSTD_EFFORTS[-1]).data)
        np.testing.assert_array_equal(decompress_stream(*pack(data), LIMITS), data)
        assert {compress_stream(data, effort).coding for effort in EFFORTS[:3]} == {"zstd"}
    assert compress_stream(np.tile(noise[:8], (20, 1)), EFFORTS[5]).coding == "zstd"
    for zeros in (np.zeros((3, 2**17), np.int8), np.zeros((1500, 1500), np.int16)):
        assert compress_stream(zeros, EFFORTS[5]).coding == "zstd"


def test_more_effort_never_makes_a_stream_larger() -> None:
    rng = np.random.default_rng(0)
    data = np.repeat(rng.normal(0, 8, (200, 300)).round().astype(np.int8), 3, axis=0)
    sizes = [len(compress_stream(data, effort).data) for effort in EFFORTS]
    assert sizes[0] >= sizes[1] >= sizes[3] >= sizes[5]
    assert sizes[8] < sizes[0]


def test_large_streams_need_no_larger_window_than_every_reader_has() -> None:
    data = np.zeros((3, 2**22), np.uint8)
    for effort in (EFFORTS[0], EFFORTS[-1]):
        stated = zstandard.get_frame_parameters(compress_stream(data, effort).data)
        assert stated.window_size <= rf.Limits().window_bytes


@pytest.mark.parametrize("data", [[1, 2], np.zeros(3), np.zeros(3, np.int64), np.zeros(3, bool)])
def test_wrong_types(data: object) -> None:
    with pytest.raises(TypeError, match="uint8, int8, uint16, int16"):
        checked_integers(data, "s")


@pytest.mark.parametrize("shape", [(), (0,), (3, 0), (1,) * 9])
def test_wrong_shapes(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="1 to 8 axes"):
        checked_integers(np.zeros(shape, np.uint8), "s")


@pytest.mark.parametrize(("step", "offset"), [(0, 0), (-1, 0), (float("nan"), 0), (1, 1e999)])
def test_wrong_quantisation(step: float, offset: float) -> None:
    data = np.zeros(3, np.uint8)
    with pytest.raises(ValueError, match="positive step"):
        describe_stream(rf.Stream("s", data, step, offset), data, None)


def refused(info: rf.StreamInfo, frame: bytes, kind: str, limits: rf.Limits = LIMITS) -> None:
    with pytest.raises(rf.FormatError) as caught:
        decompress_stream(info, frame, limits)
    assert caught.value.kind == kind


DATA = np.arange(200, dtype=np.uint8).reshape(10, 20)


def test_frame_must_state_the_size_of_the_header() -> None:
    info, frame = pack(DATA)
    refused(replace(info, raw_bytes=199), frame, "bad-payload")
    unknown = zstandard.ZstdCompressor(write_content_size=False, write_checksum=True)
    refused(info, unknown.compress(DATA.tobytes()), "bad-payload")


def test_frame_that_claims_a_huge_size_allocates_nothing() -> None:
    info, _ = pack(DATA)
    # Magic, descriptor with an 8-byte content size, single segment and checksum.
    bomb = b"\x28\xb5\x2f\xfd" + bytes([0xE4]) + struct.pack("<Q", 2**60) + b"\x01\0\0" * 2
    assert zstandard.get_frame_parameters(bomb).content_size == 2**60
    refused(info, bomb, "bad-payload")


def test_frame_that_holds_more_than_it_states() -> None:
    info, _ = pack(DATA)
    compressor = zstandard.ZstdCompressor(write_checksum=True)
    frame = bytearray(compressor.compress(bytes(1_000_000)))
    parameters = zstandard.get_frame_parameters(bytes(frame))
    assert parameters.content_size == 1_000_000
    start = frame.index(struct.pack("<I", 1_000_000))
    frame[start : start + 4] = struct.pack("<I", 200)
    refused(info, bytes(frame), "bad-payload")


def test_window_over_the_limit() -> None:
    info, _ = pack(DATA)
    # Magic, descriptor (4-byte content size, checksum), window of 2 GiB, content size.
    frame = b"\x28\xb5\x2f\xfd" + bytes([0x84, 21 << 3]) + struct.pack("<I", 200) + b"\x01\0\0"
    assert zstandard.get_frame_parameters(frame).window_size == 2**31
    refused(info, frame, "limit")


def test_checksum_is_required() -> None:
    info, _ = pack(DATA)
    refused(info, zstandard.ZstdCompressor().compress(DATA.tobytes()), "bad-payload")


def test_dictionary_is_refused() -> None:
    info, _ = pack(DATA)
    samples = [bytes([value % 7, value % 11, value % 13]) * 20 for value in range(500)]
    dictionary = zstandard.train_dictionary(1024, samples)
    compressor = zstandard.ZstdCompressor(dict_data=dictionary, write_checksum=True)
    refused(info, compressor.compress(DATA.tobytes()), "bad-payload")


def test_extra_data_is_refused() -> None:
    info, frame = pack(DATA)
    refused(info, frame + b"\0", "bad-payload")
    refused(info, frame + frame, "bad-payload")


def test_skippable_frame_is_refused() -> None:
    info, frame = pack(DATA)
    refused(info, b"\x50\x2a\x4d\x18\x04\0\0\0abcd" + frame, "bad-payload")


def test_damage_at_every_byte() -> None:
    info, frame = pack(DATA)
    for position in range(len(frame)):
        for bit in range(8):
            damaged = bytearray(frame)
            damaged[position] ^= 1 << bit
            try:
                restored = decompress_stream(info, bytes(damaged), LIMITS)
            except rf.FormatError:
                continue
            # A reserved bit of the frame may be without meaning; the content never differs.
            np.testing.assert_array_equal(restored, DATA)
        with pytest.raises(rf.FormatError):
            decompress_stream(info, frame[:position], LIMITS)


def test_stream_digest() -> None:
    info, frame = pack(DATA)
    refused(replace(info, sha256="0" * 64), frame, "stream-digest")
    refused(replace(info, dtype="int8"), frame, "stream-digest")
    refused(replace(info, filter="up" if info.filter != "up" else "sub"), frame, "stream-digest")
