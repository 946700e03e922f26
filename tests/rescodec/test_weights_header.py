"""The look at weights without torch against what torch's reader finds."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rescodec import weights_header
from rescodec.networks import NetworkConfig, Rescaler, parameter_count
from rescodec.weights_file import weights_of, write_weights
from rescodec.weights_header import WeightsHeaderError, read_weights_header


@pytest.fixture
def written(tiny_config: NetworkConfig, tmp_path: Path) -> Path:
    path = tmp_path / "mine.safetensors"
    write_weights(weights_of(Rescaler(tiny_config), {"licence": "CC0-1.0"}), path)
    return path


@pytest.fixture
def problem(tmp_path: Path) -> Callable[[bytes], str]:
    """Return what is wrong with a file's content."""

    def read(content: bytes) -> str:
        path = tmp_path / "bad.safetensors"
        path.write_bytes(content)
        with pytest.raises(WeightsHeaderError) as caught:
            read_weights_header(path)
        assert "\n" not in str(caught.value)
        return str(caught.value)

    return read


def file_of(header: Any, tensors: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + tensors


def metadata(**changes: Any) -> dict[str, Any]:
    return {"__metadata__": {"format": weights_header.FORMAT, "config": '{"scale": 2}', **changes}}


def tensor(**changes: Any) -> dict[str, Any]:
    return {"a": {"dtype": "F16", "shape": [2], "data_offsets": [0, 4], **changes}}


def test_it_is_what_was_written(written: Path, tiny_config: NetworkConfig) -> None:
    header = read_weights_header(written)
    assert header.config == tiny_config.to_dict() | {"blocks": [2], "widths": [4]}
    assert header.metadata == {"licence": "CC0-1.0"}
    assert header.parameters == parameter_count(Rescaler(tiny_config))


def test_least_header(tmp_path: Path) -> None:
    path = tmp_path / "least.safetensors"
    tensor = {"a": {"dtype": "F16", "shape": [2, 1, 3], "data_offsets": [0, 12]}}
    path.write_bytes(file_of(metadata() | tensor, bytes(12)))
    assert read_weights_header(path).parameters == 6


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no safetensors file, or cut short"),
        (b"1234567", "no safetensors file, or cut short"),
        (b"\xff" * 100, "no safetensors file, or cut short"),
        (file_of(b"{"), "header is not JSON"),
        (file_of(b"\xff"), "header is not JSON"),
        (file_of(b"[" * 100_000), "header is not JSON"),
        (file_of([]), "header is no JSON object"),
        (file_of({}), "format None, expected 'rescodec-weights-1'"),
        (file_of({"__metadata__": []}), "not text by key"),
        (file_of(metadata(step=5)), "not text by key"),
        (file_of(metadata(format="pt")), "format 'pt', expected"),
        (file_of(metadata(config="")), "configuration is not JSON"),
        (file_of(metadata(config="\ud800")), "not text by key"),
        (file_of(metadata(licence="\udfff")), "not text by key"),
        (file_of(metadata(config="[2]")), "states no scale"),
        (file_of(metadata(config='{"scale": "2"}')), "states no scale"),
        (file_of(metadata(config='{"scale": true}')), "states no scale"),
        (file_of(metadata(config='{"scale": 2.0}')), "states no scale"),
        (file_of(metadata(config='{"scale": 3}')), "no scale of 2, 4 or 8"),
        (file_of(metadata(config='{"scale": 1' + "0" * 4000 + "}")), "states no scale"),
        (file_of(metadata() | tensor(shape=[1]), bytes(4)), "shape and place disagree"),
        (file_of(metadata() | tensor(dtype="F32"), bytes(4)), "shape and place disagree"),
        (file_of(metadata() | tensor(dtype="I16"), bytes(4)), "shape and place disagree"),
        (file_of(metadata() | tensor(dtype=[]), bytes(4)), "shape and place disagree"),
        (file_of(metadata() | tensor(data_offsets=[4, 0]), bytes(4)), "shape and place disagree"),
        (file_of(metadata() | tensor(shape=[1] * 8 + [2]), bytes(4)), "shape and place disagree"),
        (file_of(metadata() | tensor(shape=[10**4000] * 8)), "shape and place disagree"),
        (file_of(metadata() | tensor(shape=[2] * 100_000)), "shape and place disagree"),
        (file_of(metadata() | tensor(shape=[10**9], data_offsets=[0, 2 * 10**9])), "needs 2,000,"),
        (file_of(metadata() | tensor() | {"b": tensor()["a"]}, bytes(4)), "overlap"),
        (file_of(metadata() | tensor(data_offsets=[4, 8]), bytes(8)), "gaps"),
        (file_of(metadata() | {"a": 1}), "shape and place disagree"),
        (file_of(metadata() | {"a": {"shape": [1]}}), "shape and place disagree"),
        (
            file_of(metadata() | {"a": {"shape": 5, "data_offsets": [0, 0]}}),
            "shape and place disagree",
        ),
        (
            file_of(metadata() | {"a": {"shape": [-1], "data_offsets": [0, 0]}}),
            "shape and place disagree",
        ),
        (
            file_of(metadata() | {"a": {"shape": [1], "data_offsets": [0]}}),
            "shape and place disagree",
        ),
        (
            file_of(metadata() | {"a": {"shape": [1], "data_offsets": [0, "4"]}}),
            "shape and place disagree",
        ),
        (file_of(metadata(), b"more"), "its header needs"),
    ],
)
def test_damage(content: bytes, words: str, problem: Callable[[bytes], str]) -> None:
    assert words in problem(content)


def test_every_cut_is_noticed(written: Path, problem: Callable[[bytes], str]) -> None:
    data = written.read_bytes()
    for length in (*range(20), len(data) // 2, len(data) - 1):
        assert "cut short" in problem(data[:length]) or "needs" in problem(data[:length])


def test_long_headers_are_not_read(
    problem: Callable[[bytes], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weights_header, "MAX_HEADER_BYTES", 10)
    assert "the limit is 10" in problem(file_of(metadata()))


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "absent.safetensors"):
        with pytest.raises(WeightsHeaderError, match="cannot be read: "):
            read_weights_header(path)


@given(content=st.binary(max_size=60), whole=st.booleans())
def test_nothing_else_escapes(
    content: bytes, whole: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.safetensors"
    path.write_bytes(file_of(content) if whole else content)
    with pytest.raises(WeightsHeaderError):
        read_weights_header(path)


NUMBERS = st.one_of(
    st.integers(-1, 9),
    st.sampled_from([2**40, 2**63, 10**1000, 10**4299]),
    st.floats(),
    st.none(),
    st.text(max_size=2),
)


@given(
    dtype=st.sampled_from(["F16", "F32", "F64", None, [], 2]),
    shape=NUMBERS | st.lists(NUMBERS, max_size=12) | st.lists(st.integers(0, 3), max_size=3),
    offsets=NUMBERS | st.lists(NUMBERS, max_size=3),
    scale=st.just(2) | NUMBERS | st.lists(NUMBERS, max_size=2),
)
def test_nothing_else_escapes_valid_json(
    dtype: Any, shape: Any, offsets: Any, scale: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.safetensors"
    header = metadata(config=json.dumps({"scale": scale})) | tensor(
        dtype=dtype, shape=shape, data_offsets=offsets
    )
    path.write_bytes(file_of(header, bytes(4)))
    try:
        found = read_weights_header(path)
    except WeightsHeaderError:
        return
    assert found.parameters == {"F16": 2, "F32": 1}[dtype]
    assert found.config["scale"] in (2, 4, 8)
