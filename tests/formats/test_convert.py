import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import rescodec_formats as rf

Make = Callable[..., bytes]


def digests(header: rf.Header) -> list[str]:
    return [header.lr_sha256, *(info.sha256 for info in header.streams)]


def convert(source: bytes, carrier: str) -> bytes:
    target = io.BytesIO()
    rf.convert(source, target, carrier)  # type: ignore[arg-type]
    return target.getvalue()


@pytest.mark.parametrize("first", ["alpha", "chunk"])
def test_there_and_back(make: Make, first: str, plane: Callable[..., np.ndarray]) -> None:
    second = {"alpha": "chunk", "chunk": "alpha"}[first]
    chunks = (
        rf.Chunk(b"iCCP", b"profile"),
        rf.Chunk(b"cICP", b"\1\15\0\1"),
        rf.Chunk(b"prVt", b"?", after_pixels=True),
    )
    streams = [
        rf.Stream("plane", plane(5, 7), 1 / 128, -1.0, {"note": "first"}),
        rf.Stream("code", np.arange(60, dtype=np.int16).reshape(3, 4, 5), 0.25),
    ]
    model = rf.ModelRef("m", "c" * 64, {"url": "x"})
    original = make(
        first, chunks=chunks, streams=streams, model=model, extra={"later": {"a": [1, None]}}
    )
    converted = convert(original, second)
    old, new = rf.read(original), rf.read(converted)
    assert (old.header.carrier, new.header.carrier) == (first, second)
    assert digests(old.header) == digests(new.header)
    assert old.chunks == new.chunks == chunks
    assert new.header.extra == {"later": {"a": [1, None]}}
    assert new.header.model == model
    assert new.header.streams[0].extra == {"note": "first"}
    assert [info.storage for info in new.header.streams] == [second, "chunk"]
    assert convert(converted, first) == original
    assert convert(original, first) == original


def test_path_onto_itself(make: Make, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(make("alpha"))
    with pytest.raises(FileExistsError):
        rf.convert(path, path, "chunk")
    header = rf.convert(path, path, "chunk", overwrite=True)
    assert header.carrier == "chunk"
    assert rf.read(path).header == header


def test_damaged_source_leaves_no_target(make: Make, tmp_path: Path) -> None:
    with pytest.raises(rf.FormatError):
        rf.convert(make()[:-20], tmp_path / "a.png", "alpha")
    assert list(tmp_path.iterdir()) == []


def test_refusals(make: Make) -> None:
    with pytest.raises(ValueError, match="no streams"):
        convert(make("none"), "chunk")
    with pytest.raises(ValueError, match='"alpha" or "chunk"'):
        convert(make("chunk"), "none")
    code = rf.Stream("code", np.zeros((5, 7), np.int16))
    with pytest.raises(ValueError, match="stream 'code' cannot be the alpha channel: it is int16"):
        convert(make("chunk", streams=[code]), "alpha")
    with pytest.raises(rf.LimitError):
        rf.convert(make("chunk"), io.BytesIO(), "alpha", limits=rf.Limits(streams=0))
