from __future__ import annotations

import os
from pathlib import Path

import pytest

from rescodec.outputs import require_writable


def test_new_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for target in (tmp_path / "x.png", Path("x.png")):
        require_writable(target, overwrite=False)
        require_writable(target, overwrite=True)
    assert not list(tmp_path.iterdir())


def test_existing_files(tmp_path: Path) -> None:
    target, link = tmp_path / "x.png", tmp_path / "link.png"
    target.write_bytes(b"mine")
    link.symlink_to("nowhere.png")
    for path in (target, link):
        require_writable(path, overwrite=True)
        with pytest.raises(FileExistsError) as caught:
            require_writable(path, overwrite=False)
        assert caught.value.filename == str(path)


def test_folders(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError):
        require_writable(tmp_path, overwrite=True)
    with pytest.raises(FileNotFoundError) as caught:
        require_writable(tmp_path / "absent/x.png", overwrite=True)
    assert caught.value.filename == str(tmp_path / "absent")


def test_read_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "x.png"
    target.write_bytes(b"mine")
    for locked in (target, tmp_path):
        monkeypatch.setattr(os, "access", lambda path, mode, locked=locked: path != locked)
        with pytest.raises(PermissionError) as caught:
            require_writable(target, overwrite=True)
        assert caught.value.filename == str(locked)


def test_devices_are_written_as_they_are() -> None:
    require_writable(Path(os.devnull), overwrite=False)
