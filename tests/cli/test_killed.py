"""``kill -9`` at any moment leaves the old file or the whole new one."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from killed_writes import OLD, Run, killed, measured, whole

MOMENTS = (("encode", 3), ("decode", 2))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "targets"
    folder.mkdir()
    return folder


@pytest.mark.slow
@pytest.mark.parametrize(("command", "moments"), MOMENTS)
def test_killed(photo: Path, encoded: Path, folder: Path, command: str, moments: int) -> None:
    encoding = command == "encode"
    source, suffix = (photo, ".lr.png") if encoding else (encoded, ".png")
    run = measured(command, source, suffix, folder)
    before = source.read_bytes()
    random = Random(9)
    for index in range(moments):
        outcome = killed(run, folder, random, exists=index % 2 == 0, writing=index == 0)
        assert whole(outcome), outcome
    assert source.read_bytes() == before


@pytest.mark.parametrize(
    ("content", "exists", "outcome"),
    [
        *((None, False, "absent"), (None, True, "gone"), (b"new", True, "new")),
        *((OLD, True, "old"), (OLD, False, f"partial: {len(OLD)} bytes")),
        *((b"ne", True, "partial: 2 bytes"), (b"", False, "partial: 0 bytes")),
    ],
)
def test_what_counts_as_whole(
    folder: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, exists: bool, outcome: str
) -> None:
    """The check itself would notice what it looks for."""

    class Dead:
        def __init__(self, *_: object) -> None:
            (folder / "target.png").unlink(missing_ok=True)
            if content is not None:
                (folder / "target.png").write_bytes(content)

        def kill(self) -> None: ...

        def wait(self) -> None: ...

    monkeypatch.setattr("killed_writes._start", Dead)
    run = Run("decode", Path("x"), ".png", b"new", 0.0, 0.0)
    found = killed(run, folder, Random(0), exists=exists, writing=False)
    assert found == outcome
    assert whole(found) == (outcome in ("absent", "new", "old"))
    assert list(folder.iterdir()) == []


def test_foreign_files_are_noticed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Dead:
        def __init__(self, *_: object) -> None:
            (folder / "tmp123").touch()

        def kill(self) -> None: ...

        def wait(self) -> None: ...

    monkeypatch.setattr("killed_writes._start", Dead)
    run = Run("decode", Path("x"), ".png", b"new", 0.0, 0.0)
    found = killed(run, folder, Random(0), exists=True, writing=False)
    assert found == "foreign files: tmp123"
    assert not whole(found)
