import io
import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rescodec_formats as rf

DTYPES = ["uint8", "int8", "uint16", "int16"]
Make = Callable[..., bytes]


def check_equal(found: rf.Container, lr: np.ndarray, streams: list[rf.Stream]) -> None:
    np.testing.assert_array_equal(found.lr, lr)
    assert list(found.streams) == [stream.name for stream in streams]
    for stream in streams:
        restored = found.streams[stream.name]
        assert restored.data.dtype == stream.data.dtype
        assert (restored.step, restored.offset) == (stream.step, stream.offset)
        np.testing.assert_array_equal(restored.data, stream.data)


@given(st.data())
def test_round_trip(model: rf.ModelRef, data: st.DataObject) -> None:
    scale = data.draw(st.integers(1, 5))
    height, width = data.draw(st.tuples(st.integers(1, 40), st.integers(1, 40)))
    size = rf.reduced_size((height, width), scale)
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    lr = rng.integers(0, 256, (*size, 3), np.uint8)
    carrier = data.draw(st.sampled_from(["alpha", "chunk", "none"]))
    streams = []
    if carrier != "none":
        streams.append(rf.Stream("plane", rng.integers(0, 256, size, np.uint8), 0.5, -7))
        for index, dtype in enumerate(data.draw(st.lists(st.sampled_from(DTYPES), max_size=3))):
            shape = data.draw(st.lists(st.integers(1, 5), min_size=1, max_size=4))
            values = rng.integers(-30_000, 30_000, shape).astype(dtype)
            streams.append(rf.Stream(f"more-{index}", values, 1 / 3, 1e-9))
    file = io.BytesIO()
    options: dict[str, Any] = {"scale": scale, "hr_size": (height, width), "model": model}
    header = rf.write(file, lr, carrier=carrier, streams=streams, **options)
    found = rf.read(file.getvalue())
    check_equal(found, lr, streams)
    assert found.header == header
    assert (header.carrier, header.hr_size, header.lr_size) == (carrier, (height, width), size)
    assert header.lr_sha256 == rf.lr_digest(lr)
    assert found.pixels.shape == (*size, 4 if carrier == "alpha" else 3)
    with_pixels_alone = rf.read(file.getvalue(), check="without-payload")
    check_equal(with_pixels_alone, lr, [])


def test_large_payload_is_split(model: rf.ModelRef, split: Callable[..., list]) -> None:
    rng = np.random.default_rng(4)
    lr = np.zeros((1000, 1300, 3), np.uint8)
    streams = [
        rf.Stream("a", rng.integers(0, 256, (1000, 1300), np.uint8)),
        rf.Stream("b", rng.integers(0, 256, (2, 500_000), np.uint8)),
    ]
    file = io.BytesIO()
    header = rf.write(
        file, lr, scale=2, hr_size=(2000, 2600), model=model, carrier="chunk", streams=streams
    )
    chunks = split(file.getvalue())
    pieces = [data for name, data in chunks if name == b"rsPL"]
    assert [data[:6].hex() for data in pieces] == [
        "000000000002",
        "000000010002",
        "000100000001",
    ]
    assert len(pieces[0]) == 2**20 + 6
    payload = sum(len(piece) - 6 for piece in pieces)
    assert payload == sum(info.compressed_bytes for info in header.streams)
    assert rf.probe(file.getvalue()).payload_bytes == payload
    check_equal(rf.read(file.getvalue()), lr, streams)


def test_layout_of_the_file(make: Make, split: Callable[..., list]) -> None:
    file = make("chunk", chunks=[rf.Chunk(b"gAMA", b"\0\0\xb1\x8f"), rf.Chunk(b"eXIf", b"x", True)])
    chunks = split(file)
    assert [name for name, _ in chunks] == [
        *(b"IHDR", b"rsHD", b"gAMA", b"tEXt", b"IDAT", b"rsPL", b"eXIf", b"IEND"),
    ]
    named = dict(chunks)
    assert named[b"IHDR"].hex() == "0000000700000005" + "0802000000"
    assert named[b"rsHD"][:9] == b"RESCODEC\x01"
    assert json.loads(named[b"rsHD"][9:])["hr_size"] == [10, 14]
    assert named[b"tEXt"] == (
        b"Comment\0Low-resolution image that holds its full-size original; "
        b"restore with: rescodec decode FILE"
    )
    assert dict(split(make("alpha")))[b"IHDR"][8:] == bytes([8, 6, 0, 0, 0])


def test_chunks_travel_and_ours_do_not(make: Make) -> None:
    chunks = (
        rf.Chunk(b"iCCP", b"profile"),
        rf.Chunk(b"tEXt", b"Comment\0of the photographer"),
        rf.Chunk(b"prVt", b"", after_pixels=True),
    )
    assert rf.read(make("chunk", chunks=chunks)).chunks == chunks


def test_chunks_bound_to_the_encoding_stay_behind(
    edit: Callable[..., bytes], join: Callable[..., bytes]
) -> None:
    bound = [(b"bKGD", b"\0" * 6), (b"sBIT", b"\x05\x06\x05"), (b"acTL", b"\0" * 8)]
    file = edit(lambda chunks: chunks[:1] + bound + chunks[1:])
    assert rf.read(file).chunks == ()


def test_extra_keys(make: Make) -> None:
    extra = {"made": {"by": [1, 2.5, None, "ü"]}}
    stream = rf.Stream("s", np.zeros(3, np.int8), extra={"unit": "z"})
    found = rf.read(make("chunk", extra=extra, streams=[stream]))
    assert found.header.extra == extra
    assert found.header.streams[0].extra == {"unit": "z"}
    assert found.streams["s"].extra == {"unit": "z"}


def test_probe(make: Make) -> None:
    file = make("alpha")
    seen = rf.probe(file)
    assert seen.header == rf.read(file).header
    assert (seen.format_version, seen.bit_depth, seen.color_type) == (rf.FORMAT_VERSION, 8, 6)
    assert (seen.interlaced, seen.file_bytes, seen.payload_bytes) == (False, len(file), 0)
    # Nothing behind the header matters to it.
    assert rf.probe(file[: file.index(b"IDAT") + 60]).header == seen.header


def test_probe_shows_the_metadata_before_the_pixels(make: Make) -> None:
    chunks = (rf.Chunk(b"eXIf", b"MM"), rf.Chunk(b"tIME", bytes(7), after_pixels=True))
    file = make("chunk", chunks=chunks)
    assert rf.probe(file).chunks == chunks[:1]
    assert rf.read(file).chunks == chunks


def test_every_kind_of_source(make: Make, tmp_path: Path) -> None:
    file = make()
    path = tmp_path / "a.png"
    path.write_bytes(file)
    offset = io.BytesIO(b"before" + file + b"behind")
    offset.seek(6)
    with path.open("rb") as opened:
        for source in (path, str(path), file, bytearray(file), memoryview(file), opened, offset):
            assert rf.read(source).header.scale == 2
    with path.open("rb", buffering=0) as unbuffered:
        assert rf.probe(unbuffered).file_bytes == len(file)
    for wrong in (5, None, io.StringIO("text")):
        with pytest.raises(TypeError, match="binary mode"):
            rf.read(wrong)  # type: ignore[arg-type]
    with path.open() as text, pytest.raises(TypeError, match="binary mode"):
        rf.read(text)  # type: ignore[arg-type]
    with pytest.raises(FileNotFoundError):
        rf.read(tmp_path / "none.png")


def test_pipe(make: Make) -> None:
    file = make("chunk")
    for reader in (rf.read, rf.probe):
        receiving, sending = os.pipe()
        thread = threading.Thread(target=lambda end=sending: (os.write(end, file), os.close(end)))
        thread.start()
        with os.fdopen(receiving, "rb") as source:
            found = reader(source)
            source.read()
        thread.join()
        assert found.header.scale == 2
        assert getattr(found, "file_bytes", None) is None


def test_bytes_behind_the_end_are_ignored(make: Make) -> None:
    assert rf.read(make() + b"appended").header.scale == 2


def test_write_to_a_path(make: Make, picture: Callable, tmp_path: Path, model: Any) -> None:
    target = tmp_path / "a.png"
    options = {"scale": 2, "hr_size": (10, 14), "model": model}
    header = rf.write(target, picture(5, 7), **options)
    assert header.carrier == "none"
    assert rf.read(target).header == header
    before = target.read_bytes()
    with pytest.raises(FileExistsError):
        rf.write(str(target), picture(5, 7), **options)
    with pytest.raises(ValueError, match="scale"):
        rf.write(target, picture(5, 7), overwrite=True, **(options | {"scale": 0}))
    assert target.read_bytes() == before
    rf.write(target, picture(5, 7), overwrite=True, extra={"note": "new"}, **options)
    assert target.read_bytes() != before
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.png"]


@pytest.mark.parametrize("carrier", ["alpha", "chunk"])
def test_effort_changes_bytes_and_no_digest(make: Make, carrier: str) -> None:
    files = [make(carrier, effort=effort) for effort in range(10)]
    assert len(files[9]) <= len(files[0])
    first = rf.read(files[0])
    for file in files:
        found = rf.read(file)
        assert found.header.lr_sha256 == first.header.lr_sha256
        np.testing.assert_array_equal(found.lr, first.lr)
        for info, expected in zip(found.header.streams, first.header.streams, strict=True):
            assert info.sha256 == expected.sha256
        converted = io.BytesIO()
        rf.convert(file, converted, "chunk", effort=9)
        assert rf.read(converted.getvalue()).header.lr_sha256 == first.header.lr_sha256


def test_default_carrier(make: Make) -> None:
    assert rf.probe(make(None)).header.carrier == "chunk"
    assert rf.probe(make(None, streams=())).header.carrier == "none"


PLANE = rf.Stream("p", np.zeros((5, 7), np.uint8))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"carrier": "text"}, "carrier must be"),
        ({"carrier": "none", "streams": [PLANE]}, "would lose"),
        ({"carrier": "alpha", "streams": []}, "needs a stream"),
        ({"carrier": "chunk", "streams": []}, "needs a stream"),
        ({"carrier": "alpha", "streams": [rf.Stream("p", np.zeros((5, 8), np.uint8))]}, "alpha"),
        ({"carrier": "alpha", "streams": [rf.Stream("p", np.zeros((5, 7), np.int8))]}, "alpha"),
        ({"streams": [PLANE, PLANE]}, "more than once"),
        ({"streams": [rf.Stream("a b", PLANE.data)]}, "name"),
        ({"streams": [rf.Stream("a", PLANE.data, step=0)]}, "positive step"),
        ({"scale": 3}, "lr_size"),
        ({"hr_size": (10, 15)}, "lr_size"),
        ({"hr_size": (0, 0)}, "hr_size"),
        ({"effort": 10}, "effort"),
        ({"model": rf.ModelRef("../x", "0" * 64)}, "model.id"),
        ({"model": rf.ModelRef("x", "0")}, "weights_sha256"),
        ({"extra": {"scale": 3}}, "collide"),
        ({"chunks": [rf.Chunk(b"rsPL", b"")]}, "cannot travel"),
        ({"chunks": [rf.Chunk(b"tRNS", b"")]}, "cannot travel"),
        ({"chunks": [rf.Chunk(b"IDAT", b"")]}, "ancillary"),
        ({"chunks": [rf.Chunk(b"ab1d", b"")]}, "ancillary"),
    ],
)
def test_what_cannot_be_written(make: Make, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        make(**options)
    assert not isinstance(caught.value, rf.FormatError)


def test_write_to_something_else(picture: Callable, model: rf.ModelRef) -> None:
    with pytest.raises(TypeError, match="binary file object"):
        rf.write(5, picture(1, 1), scale=1, hr_size=(1, 1), model=model)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "limits",
    [
        {"hr_pixels": 139},
        {"streams": 0},
        {"payload_bytes": 34},
        {"header_bytes": 50},
        {"ancillary_chunks": 1},
        {"ancillary_bytes": 99},
    ],
)
def test_limits_of_reader_and_writer_are_the_same(make: Make, limits: dict[str, int]) -> None:
    chunks = [rf.Chunk(b"eXIf", b"1234")]
    file = make(chunks=chunks)
    with pytest.raises(rf.LimitError):
        rf.read(file, limits=rf.Limits(**limits))
    with pytest.raises(rf.LimitError):
        make(chunks=chunks, limits=rf.Limits(**limits))


def test_unknown_check(make: Make) -> None:
    with pytest.raises(ValueError, match="without-payload"):
        rf.read(make(), check="lax")  # type: ignore[arg-type]


def test_caller_data_is_not_changed(picture: Callable, make: Make) -> None:
    lr = picture(5, 14)[:, ::2]
    lr.flags.writeable = False
    plane = np.arange(35, dtype=">u2").reshape(5, 7)
    plane.flags.writeable = False
    found = rf.read(make(lr=lr, streams=[rf.Stream("p", plane)]))
    np.testing.assert_array_equal(found.lr, lr)
    np.testing.assert_array_equal(found.streams["p"].data, plane)
    assert found.streams["p"].data.flags.writeable
    assert found.lr.flags.writeable
