"""What a file says of its source: the header key `source` and the stream `source-alpha`."""

from __future__ import annotations

import dataclasses
import io
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import rescodec_formats as rf
from rescodec_formats.header_json import decode_header, encode_header

LR = np.zeros((2, 3, 3), np.uint8)
SIZE = (4, 6)


def written(
    source: rf.SourceInfo | None = None, alpha: np.ndarray | None = None, **stream: Any
) -> bytes:
    streams = [rf.Stream("plane", LR[..., 0], step=1 / 255)]
    if alpha is not None:
        options = {"step": 1 / np.iinfo(alpha.dtype).max} | stream
        streams.append(rf.Stream(rf.SOURCE_ALPHA, alpha, **options))
    file = io.BytesIO()
    rf.write(
        file,
        LR,
        scale=2,
        hr_size=SIZE,
        model=rf.ModelRef("m", "0" * 64),
        streams=streams,
        source=source or rf.SourceInfo(),
    )
    return file.getvalue()


@pytest.fixture
def reread() -> Callable[[Any], rf.Header]:
    """Read a header whose key `source` is replaced."""

    def read(value: Any) -> rf.Header:
        data = encode_header(rf.probe(written()).header)
        fields = json.loads(data[9:]) | {"source": value}
        return decode_header(data[:9] + json.dumps(fields).encode(), rf.Limits())

    return read


def test_ordinary_files_say_nothing() -> None:
    assert b'"source"' not in written()
    header = rf.probe(written()).header
    assert header.source == rf.SourceInfo("rgb", 8)
    assert not header.has_source_alpha
    assert rf.read(written()).source_alpha is None


@pytest.mark.parametrize("color", ["rgb", "grey"])
@pytest.mark.parametrize("depth", [8, 16])
def test_there_and_back(color: Any, depth: Any) -> None:
    info = rf.SourceInfo(color, depth, {"later": [1]})
    alpha = np.arange(24).reshape(SIZE).astype(f"u{depth // 8}")
    container = rf.read(written(info, alpha))
    assert container.header.source == info
    assert container.header.has_source_alpha
    found = container.source_alpha
    assert found is not None
    assert found.dtype == alpha.dtype
    assert np.array_equal(found, alpha)


def test_conversion_keeps_it() -> None:
    info = rf.SourceInfo("grey", 16, {"later": 1})
    file, there, back = written(info, np.zeros(SIZE, np.uint16)), io.BytesIO(), io.BytesIO()
    rf.convert(file, there, "alpha")
    assert rf.probe(there.getvalue()).header.source == info
    rf.convert(there.getvalue(), back, "chunk")
    assert back.getvalue() == file


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "source: expected an object"),
        ("grey", "source: expected an object"),
        ({}, "source.color: missing|source.bit_depth: missing"),
        ({"color": "grey"}, "source.bit_depth: missing"),
        ({"color": "cmyk", "bit_depth": 8}, "source.color: expected one of rgb, grey"),
        ({"color": 1, "bit_depth": 8}, "source.color: expected one of rgb, grey"),
        ({"color": "rgb", "bit_depth": 12}, "source.bit_depth: expected 8 or 16, found 12"),
        ({"color": "rgb", "bit_depth": 8.0}, "source.bit_depth: expected 8 or 16"),
        ({"color": "rgb", "bit_depth": True}, "source.bit_depth: expected 8 or 16"),
        ({"color": "rgb", "bit_depth": "16"}, "source.bit_depth: expected 8 or 16"),
        ({"color": "rgb", "bit_depth": [16]}, "source.bit_depth: expected 8 or 16"),
    ],
    ids=str,
)
def test_what_a_reader_does_not_know_is_refused(
    reread: Callable[[Any], rf.Header], value: Any, words: str
) -> None:
    """It would restore other samples than those that were encoded."""
    with pytest.raises(rf.FormatError, match=words) as caught:
        reread(value)
    assert caught.value.kind == "bad-header"


def test_unknown_keys_are_kept(reread: Callable[[Any], rf.Header]) -> None:
    header = reread({"color": "grey", "bit_depth": 8, "paper": "matt"})
    assert header.source == rf.SourceInfo("grey", 8, {"paper": "matt"})
    assert b'"paper":"matt"' in encode_header(header)
    with pytest.raises(ValueError, match="extra keys of the source collide"):
        encode_header(dataclasses.replace(header, source=rf.SourceInfo(extra={"color": "x"})))


@pytest.mark.parametrize(
    ("alpha", "options", "words"),
    [
        (np.zeros((4, 5), np.uint8), {}, "must be uint8 of the size hr_size"),
        (np.zeros((2, 3), np.uint8), {}, "must be uint8 of the size hr_size"),
        (np.zeros((1, 4, 6), np.uint8), {}, "must be uint8 of the size hr_size"),
        (np.zeros(SIZE, np.uint16), {}, "must be uint8 of the size hr_size"),
        (np.zeros(SIZE, np.int8), {"step": 1 / 255}, "must be uint8 of the size hr_size"),
        (np.zeros(SIZE, np.uint8), {"step": 1.0}, "must count in steps"),
        (np.zeros(SIZE, np.uint8), {"offset": 0.5}, "must count in steps"),
    ],
)
def test_an_alpha_that_does_not_fit(alpha: np.ndarray, options: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        written(alpha=alpha, **options)


def test_16_bit_sources_have_16_bit_alpha() -> None:
    with pytest.raises(ValueError, match="must be uint16 of the size hr_size"):
        written(rf.SourceInfo("rgb", 16), np.zeros(SIZE, np.uint8))


@pytest.mark.parametrize("scale", [1, 2])
def test_it_is_the_last_stream_and_not_in_the_alpha_channel(scale: int) -> None:
    """With scale 1 it would fit there."""
    own = rf.Stream("plane", LR[..., 0], step=1 / 255)
    size = (2 * scale, 3 * scale)
    ours = rf.Stream(rf.SOURCE_ALPHA, np.zeros(size, np.uint8), step=1 / 255)
    options: dict[str, Any] = {"scale": scale, "hr_size": size, "model": rf.ModelRef("m", "0" * 64)}
    with pytest.raises(ValueError, match="must be the last stream"):
        rf.write(io.BytesIO(), LR, streams=[ours, own], **options)
    if scale == 1:
        with pytest.raises(ValueError, match="must be the last stream, in payload chunks"):
            rf.write(io.BytesIO(), LR, streams=[ours], carrier="alpha", **options)
