"""Files written by the first release, which every later one reads, or refuses for that reason."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rescodec_formats as rf

FOLDER = Path(__file__).parent / "golden"
INDEX: dict[str, dict[str, Any]] = json.loads((FOLDER / "index.json").read_text("utf-8"))
GOOD = sorted(name for name, entry in INDEX.items() if "kind" not in entry)
BAD = sorted(set(INDEX) - set(GOOD))


def sha256(data: np.ndarray) -> str:
    return hashlib.sha256(data.astype(data.dtype.newbyteorder("<")).tobytes()).hexdigest()


def test_corpus_is_complete() -> None:
    assert {path.name for path in FOLDER.glob("*.png")} == set(INDEX)
    assert len(GOOD) >= 4
    assert len(BAD) >= 20
    assert {INDEX[name].get("carrier") for name in GOOD} == {"alpha", "chunk", "none"}


@pytest.mark.parametrize("name", GOOD)
def test_good_file(name: str) -> None:
    found, expected = rf.read(FOLDER / name), INDEX[name]
    assert found.header.carrier == expected["carrier"]
    assert list(found.header.hr_size) == expected["hr_size"]
    assert sha256(found.lr) == expected["pixels_sha256"]
    streams = {key: sha256(stream.data) for key, stream in found.streams.items()}
    assert streams == expected["streams"]


def test_all_filters_are_in_the_corpus() -> None:
    header = rf.read(FOLDER / "v1-chunk.png").header
    assert {info.filter for info in header.streams} == {"none", "sub", "up", "paeth"}
    assert {info.dtype for info in header.streams} == {"uint8", "int8", "uint16", "int16"}
    assert header.extra == {"future": {"key": [1, None]}}


@pytest.mark.parametrize("name", BAD)
def test_bad_file(name: str) -> None:
    with pytest.raises(rf.FormatError) as caught:
        rf.read(FOLDER / name)
    assert caught.value.kind == INDEX[name]["kind"]


def test_content_is_what_it_was_made_of() -> None:
    found = rf.read(FOLDER / "v1-chunk.png")
    y, x, c = np.indices((12, 17, 3))
    np.testing.assert_array_equal(found.lr, (x * 7 + y * 13 + c * 50 + x * y) % 256)
    y, x = np.indices((12, 17))
    plane = found.streams["plane"]
    np.testing.assert_array_equal(plane.data, 128 + (x * 3 + y * 5 + x * y) % 128)
    assert (plane.step, plane.offset) == (1 / 255, 0)
    np.testing.assert_array_equal(found.streams["wide"].data, x * 1000 + y)
