"""Manifests: what is added is read again, whatever ended the program."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rescodec.batch.manifest import Entry, Manifest, ManifestError, read_manifest

NAMES = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1)
PATHS = st.lists(
    NAMES.map(lambda name: name.replace("/", "-")).filter(lambda name: name not in (".", "..")),
    min_size=1,
    max_size=3,
).map("/".join)
ENTRIES = st.builds(
    Entry,
    source=PATHS,
    target=PATHS | st.just(""),
    status=st.sampled_from(["planned", "started", "done", "failed"]),
    run=st.none() | st.just("0a1b2c3d"),
    source_bytes=st.none() | st.integers(0, 2**60),
    bpp=st.none() | st.floats(0, 100),
    seconds=st.none() | st.integers(0, 5),
    message=st.none() | st.text(),
)


@given(st.lists(ENTRIES, max_size=5))
def test_added_is_read(tmp_path_factory: pytest.TempPathFactory, entries: list[Entry]) -> None:
    path = tmp_path_factory.mktemp("manifest") / "m.jsonl"
    with Manifest(path) as manifest:
        for entry in entries:
            manifest.add(entry)
    past = read_manifest(path)
    assert {name: p.last for name, p in past.items()} == {e.source: e for e in entries}
    done = {e.source: e for e in entries if e.status == "done"}
    assert {name: p.done for name, p in past.items() if p.done} == done


@given(st.data())
def test_cut_short(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """A program that is killed leaves part of a line; what follows is read all the same."""
    path = tmp_path_factory.mktemp("manifest") / "m.jsonl"
    first, second, third = (Entry(source=s, target="t", status="done") for s in "abc")
    with Manifest(path) as manifest:
        manifest.add(first)
        whole = path.stat().st_size
        manifest.add(second)
    size = data.draw(st.integers(whole, path.stat().st_size - 2))
    os.truncate(path, size)
    with Manifest(path) as manifest:
        assert set(manifest.past) == {"a"}
        manifest.add(third)
    assert set(read_manifest(path)) == {"a", "c"}


@pytest.mark.parametrize("source", ["a{1}.jpg", '"}', "a}"])
def test_cut_behind_a_brace(tmp_path: Path, source: str) -> None:
    path = tmp_path / "m.jsonl"
    line = Entry(source=source, target="t", status="done").to_json()
    path.write_text(line[: line.index("}") + 1])
    with Manifest(path) as manifest:
        manifest.add(Entry(source="b", target="t", status="done"))
    assert set(read_manifest(path)) == {"b"}


def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "m.jsonl"
    with Manifest(path) as manifest, Path("/dev/full").open("wb", buffering=0) as full:
        monkeypatch.setattr(manifest, "_file", full)
        with pytest.raises(ManifestError, match="cannot be written: No space left"):
            manifest.add(Entry(source="a", target="b", status="done"))
        monkeypatch.undo()


def test_undecodable_names(tmp_path: Path) -> None:
    source = b"\xff.jpg".decode("utf-8", "surrogateescape")
    with Manifest(tmp_path / "m.jsonl") as manifest:
        manifest.add(Entry(source=source, target="t", status="done"))
    assert set(read_manifest(tmp_path / "m.jsonl")) == {source}


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("\x89PNG", "line 1"),
        ("[]", "expected an object, found list"),
        ('{"source": "a", "target": "b"}', "status is missing"),
        ('{"source": "a", "target": "b", "status": "well"}', "found 'well'"),
        ('{"source": 1, "target": "b", "status": "done"}', "source: expected text"),
        ('{"source": "a", "target": "b", "status": "done", "width": 1.5}', "a whole number"),
        ('{"source": "a", "target": "b", "status": "done", "bpp": true}', "a number"),
        ('{"source": "a", "target": "b", "status": "done", "sauce": 1}', "did you mean 'source'"),
        ('{"source": "", "target": "b", "status": "done"}', "source: '' is no name"),
        ('{"source": "../a", "target": "b", "status": "done"}', "is no name"),
        ('{"source": "a", "target": "/b", "status": "done"}', "is no name"),
        ('{"source": "\\ud800", "target": "b", "status": "done"}', "is no name"),
        ('{"source": "a", "target": "b", "status": "started", "run": "x"}', "8 hexadecimal"),
    ],
)
def test_no_manifest(tmp_path: Path, line: str, problem: str) -> None:
    path = tmp_path / "m.jsonl"
    path.write_text(line + "\n", encoding="latin-1")
    with pytest.raises(ManifestError, match=problem):
        Manifest(path)
    assert path.read_text(encoding="latin-1") == line + "\n"


def test_one_writer(tmp_path: Path) -> None:
    """In another process, and only as long as the first is open."""
    path = tmp_path / "m.jsonl"
    program = (
        "import sys, pathlib\n"
        "from rescodec.batch.manifest import Manifest, ManifestError\n"
        "try:\n    Manifest(pathlib.Path(sys.argv[1]))\n"
        "except ManifestError as error:\n    sys.exit(str(error))\n"
    )
    command = [sys.executable, "-c", program, str(path)]
    with Manifest(path):
        done = subprocess.run(command, capture_output=True, text=True)
        assert (done.returncode, "another run" in done.stderr) == (1, True)
    assert subprocess.run(command).returncode == 0
