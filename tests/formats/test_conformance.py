"""The conformance corpus: what is in it, and that this reader agrees with it."""

import hashlib
import io
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rescodec_formats as rf

FOLDER = Path(__file__).parents[2] / "formats" / "conformance"
EXPECTED: dict[str, dict[str, Any]] = {
    path.stem: json.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.json"))
}
BAD = [name for name, expected in EXPECTED.items() if "kinds" in expected]
GOOD = [name for name in EXPECTED if name not in BAD]
# Of all v1-*.png in the order of their names.
RELEASED = "b1fc9dae7156826bcc4ce08c38c8bb537e3b0932632a1fcd297e7d7d6115198b"
SPEC = (FOLDER.parent / "SPEC.md").read_text("utf-8")


def documented_kinds() -> set[str]:
    table = SPEC.partition("## 8. Why a file is refused")[2].partition("\n## ")[0]
    return set(re.findall(r"^\| `([a-z-]+)` \|", table, re.M))


# --- what is in it -----------------------------------------------------------------------------


def test_every_file_is_described() -> None:
    assert {path.stem for path in FOLDER.glob("*.png")} == set(EXPECTED)
    assert len(GOOD) >= 60
    assert len(BAD) >= 180
    assert all(expected["description"] for expected in EXPECTED.values())


def test_the_files_of_the_first_release_are_there() -> None:
    """They stay as they are for good, whatever the generator of today would write."""
    digest = hashlib.sha256()
    for path in sorted(FOLDER.glob("v1-*.png")):
        digest.update(path.read_bytes())
    assert digest.hexdigest() == RELEASED


def test_the_generator_has_written_all_of_its_files() -> None:
    done = subprocess.run(
        [sys.executable, "-B", str(FOLDER / "write_corpus.py"), "--check"],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("0 of ")


def test_every_reason_to_refuse_occurs() -> None:
    kinds = [set(EXPECTED[name]["kinds"]) for name in BAD]
    assert {kind for some in kinds for kind in some if len(some) == 1} == documented_kinds()


def test_every_kind_of_picture_occurs() -> None:
    files = [(FOLDER / f"{name}.png").read_bytes() for name in GOOD]
    found = {(data[25], data[24], data[28]) for data in files}
    depths = {0: (1, 2, 4, 8), 3: (1, 2, 4, 8), 2: (8,), 6: (8,)}
    assert {(color, bits, i) for color in depths for bits in depths[color] for i in (0, 1)} <= found
    assert (4, 8, 0) in found
    assert {data[25] for data in files if b"tRNS" in data} == {0, 2, 3}
    assert {EXPECTED[name]["carrier"] for name in GOOD} == {"alpha", "chunk", "none"}
    assert {tuple(EXPECTED[name]["source"].values()) for name in GOOD} == {
        *(("rgb", 8), ("rgb", 16), ("grey", 8), ("grey", 16))
    }


def test_every_type_with_every_filter_occurs() -> None:
    infos = [info for name in GOOD for info in rf.probe(FOLDER / f"{name}.png").header.streams]
    narrow = {(t, f) for t in ("uint8", "int8") for f in ("none", "sub", "up", "paeth")}
    wide = {(t, f) for t in ("uint16", "int16") for f in ("none", "sub", "up", "split")}
    assert {(info.dtype, info.filter) for info in infos} == narrow | wide | {("uint8", None)}
    assert {len(info.shape) for info in infos} >= {1, 2, 3, 8}


# --- this reader agrees ------------------------------------------------------------------------


@pytest.mark.parametrize("name", GOOD)
def test_good_file(name: str) -> None:
    expected = EXPECTED[name]
    found = rf.read(FOLDER / f"{name}.png")
    header = found.header
    assert (header.carrier, header.scale) == (expected["carrier"], expected["scale"])
    assert [*header.hr_size] == expected["hr_size"]
    assert [*header.lr_size] == [*found.lr.shape[:2]] == expected["lr_size"]
    model = {"id": header.model.id, "weights_sha256": header.model.weights_sha256}
    assert model == expected["model"]
    assert rf.lr_digest(found.lr) == header.lr_sha256 == expected["lr_sha256"]
    source = {"color": header.source.color, "bit_depth": header.source.bit_depth}
    assert source == expected["source"]
    assert [
        {
            "name": stream.name,
            "dtype": stream.data.dtype.name,
            "shape": [*stream.data.shape],
            "step": stream.step,
            "offset": stream.offset,
            "sha256": rf.stream_digest(stream.data),
        }
        for stream in found.streams.values()
    ] == expected["streams"]
    assert {
        "header": header.extra,
        "model": header.model.extra,
        "source": header.source.extra,
        "streams": [info.extra for info in header.streams],
    } == expected["unknown_keys"]
    assert [
        {
            "type": chunk.type.decode(),
            "sha256": hashlib.sha256(chunk.data).hexdigest(),
            "after_pixels": chunk.after_pixels,
        }
        for chunk in found.chunks
    ] == expected["chunks"]
    assert header.hr_sha256 == expected.get("hr_sha256")
    assert header.lossless == (found.residual is not None)
    if found.residual is not None:
        assert rf.stream_digest(found.residual) == expected["residual_sha256"]


@pytest.mark.parametrize("name", GOOD)
def test_good_file_without_payload(name: str) -> None:
    found = rf.read(FOLDER / f"{name}.png", check="without-payload")
    assert rf.lr_digest(found.lr) == EXPECTED[name]["lr_sha256"]
    assert found.streams == {}


@pytest.mark.parametrize("name", BAD)
def test_bad_file(name: str) -> None:
    with pytest.raises(rf.FormatError) as caught:
        rf.read(FOLDER / f"{name}.png")
    assert caught.value.kind in EXPECTED[name]["kinds"]
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", BAD)
def test_bad_file_without_payload(name: str) -> None:
    expected = EXPECTED[name]["without_payload"]
    path = FOLDER / f"{name}.png"
    if "lr_sha256" in expected:
        found = rf.read(path, check="without-payload")
        assert rf.lr_digest(found.lr) == expected["lr_sha256"]
    else:
        with pytest.raises(rf.FormatError) as caught:
            rf.read(path, check="without-payload")
        assert caught.value.kind in expected["kinds"]


@pytest.mark.parametrize("name", [name for name in GOOD if EXPECTED[name]["streams"]])
def test_what_is_read_can_be_written(name: str) -> None:
    """Files of another writer lose nothing in the hands of this one."""
    path = FOLDER / f"{name}.png"
    target = io.BytesIO()
    header = rf.convert(path, target, "chunk")
    again = rf.read(target.getvalue())
    assert again.header == header
    original = rf.read(path)
    np.testing.assert_array_equal(again.lr, original.lr)
    assert again.header.extra == original.header.extra
    assert again.header.source == original.header.source
    assert again.header.hr_sha256 == original.header.hr_sha256
    assert [chunk.type for chunk in again.chunks] == [chunk.type for chunk in original.chunks]


def test_content_is_what_it_was_made_of() -> None:
    found = rf.read(FOLDER / "v1-chunk.png")
    y, x, c = np.indices((12, 17, 3))
    np.testing.assert_array_equal(found.lr, (x * 7 + y * 13 + c * 50 + x * y) % 256)
    y, x = np.indices((12, 17))
    plane = found.streams["plane"]
    np.testing.assert_array_equal(plane.data, 128 + (x * 3 + y * 5 + x * y) % 128)
    assert (plane.step, plane.offset) == (1 / 255, 0)
    np.testing.assert_array_equal(found.streams["wide"].data, x * 1000 + y)
    assert found.header.extra == {"future": {"key": [1, None]}}
