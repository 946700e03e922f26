"""Folders of this computer: links, names, what killed programs leave."""

from __future__ import annotations

import errno
import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rescodec.batch.local_storage import LocalStorage
from rescodec.batch.storage import Found, Unlisted
from rescodec_formats.atomic import atomic_write, temporary_name

RUN, OTHER_RUN = "0123abcd", "89abcdef"

posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX names, links and permissions")

texts = st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1)
# What Linux allows: any bytes at all.
raw = st.binary(min_size=1, max_size=255).map(
    lambda name: os.fsdecode(name.replace(b"/", b"-").replace(b"\0", b"0"))
)
parts = (texts | raw if sys.platform == "linux" else texts).filter(
    lambda part: part not in (".", "..") and len(os.fsencode(part)) <= 255
)


@pytest.fixture
def storage(tmp_path: Path) -> LocalStorage:
    tree = LocalStorage(str(tmp_path / "tree"))
    tree.make_root()
    return tree


def listed(storage: LocalStorage, links: Any = "files") -> list[str]:
    """Return the names of files, and those of what cannot be looked at with why."""
    return [
        entry.name if isinstance(entry, Found) else f"{entry.name}: {entry.reason}"
        for entry in storage.find(links)
    ]


def all_files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if not path.is_dir())


@posix
@settings(max_examples=50)
@given(st.lists(parts, min_size=1, max_size=3).map("/".join), st.binary(max_size=20))
def test_any_name(name: str, content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        tree = LocalStorage(folder)
        tree.write(name, content, overwrite=False, run=RUN)
        (found,) = tree.find()
        assert found == tree.status(name)
        assert found.name == name
        assert tree.read(name) == content
        assert tree.remove_leftovers([name], RUN) == 0


@posix
@settings(max_examples=25)
@given(st.sets(parts, min_size=2, max_size=6))
def test_order_is_that_of_names(names: set[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for number, name in enumerate(sorted(names)):
            if number % 2:
                Path(folder, name).mkdir()
                Path(folder, name, "x").touch()
            else:
                Path(folder, name).touch()
        found = [entry.name for entry in LocalStorage(folder).find()]
        assert [name.partition("/")[0] for name in found] == sorted(names)


@posix
def test_names_that_are_too_long(storage: LocalStorage) -> None:
    for name in ["x" * 256, f"{'x' * 256}/a", f"{'x' * 256}/y/a"]:
        with pytest.raises(OSError, match="File name too long") as caught:
            storage.write(name, b"", overwrite=False, run=RUN)
        assert caught.value.errno == errno.ENAMETOOLONG
        assert caught.value.filename == str(storage.folder / name)
        assert storage.remove_leftovers([name], RUN) == 0
    assert listed(storage) == []


def test_listing_is_lazy(storage: LocalStorage) -> None:
    """What is removed, and what is added to a folder, after the first file has been yielded."""
    for name in ["a", "b", "c/x"]:
        storage.write(name, b"", overwrite=False, run=RUN)
    files = storage.find()
    assert next(files).name == "a"
    storage.source("b").unlink()
    storage.write("c/y", b"", overwrite=False, run=RUN)
    assert [entry.name for entry in files] == ["c/x", "c/y"]


def test_deep_folders(storage: LocalStorage) -> None:
    """Deeper than calls may nest would be longer than paths may be on most systems."""
    name = "/".join(["d"] * 900)
    storage.write(name, b"", overwrite=False, run=RUN)
    limit = sys.getrecursionlimit()
    try:
        sys.setrecursionlimit(300)
        found = [entry.name for entry in storage.find()]
    finally:
        sys.setrecursionlimit(limit)
    assert found == [name]


def test_relative_root_stays_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree/a").write_bytes(b"1")
    monkeypatch.chdir(tmp_path)
    tree = LocalStorage("tree")
    monkeypatch.chdir("/")
    assert tree.read("a") == b"1"
    assert tree.root == "tree"


@posix
def test_links_to_files(storage: LocalStorage, tmp_path: Path) -> None:
    (tmp_path / "outside").write_bytes(b"123")
    (storage.folder / "a").write_bytes(b"1")
    (storage.folder / "b").symlink_to(tmp_path / "outside")
    (storage.folder / "c").symlink_to("a")
    (storage.folder / "d").symlink_to("nowhere")
    (storage.folder / "e").symlink_to("e")
    broken = [
        f"d: {os.strerror(errno.ENOENT)}",
        f"e: {os.strerror(errno.ELOOP)}",
    ]
    assert listed(storage, "skip") == ["a"]
    assert listed(storage, "files") == ["a", "b", "c", *broken]
    assert listed(storage, "all") == ["a", "b", "c", *broken]
    by_name = {entry.name: entry for entry in storage.find()}
    assert by_name["b"] == storage.status("b")
    assert by_name["b"] == Found("b", 3, str((tmp_path / "outside").stat().st_mtime_ns))
    assert isinstance(by_name["d"], Unlisted)


@posix
def test_links_that_cannot_be_followed(
    storage: LocalStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that may lead to a folder are told apart, where such folders are to be listed."""
    storage.write("closed/x", b"", overwrite=False, run=RUN)
    storage.write("file", b"", overwrite=False, run=RUN)
    links = {"behind": "closed/x", "loop": "loop", "nowhere": "absent", "within": "file/x"}
    for name, target in links.items():
        (storage.folder / name).symlink_to(target)
    scandir, stat = os.scandir, Path.stat

    def refuse_folder(folder: Any) -> Any:
        if Path(folder).name == "closed":
            raise PermissionError(errno.EACCES, "Permission denied", str(folder))
        return scandir(folder)

    def refuse_link(path: Path, **options: Any) -> Any:
        if path.name == "behind":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return stat(path, **options)

    monkeypatch.setattr(os, "scandir", refuse_folder)
    monkeypatch.setattr(Path, "stat", refuse_link)

    def no_folders(links: Any) -> dict[str, bool]:
        return {e.name: e.no_folder for e in storage.find(links) if isinstance(e, Unlisted)}

    assert no_folders("skip") == {"closed": False}
    assert no_folders("files") == {"closed": False, **dict.fromkeys(links, True)}
    assert no_folders("all") == {**no_folders("files"), "behind": False}


@posix
def test_links_to_folders(storage: LocalStorage, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    (outside / "deep").mkdir(parents=True)
    (outside / "deep/x").touch()
    (outside / "back").symlink_to(storage.folder)
    (storage.folder / "a").symlink_to(outside)
    (storage.folder / "b").symlink_to(outside / "deep")
    (storage.folder / "c").mkdir()
    (storage.folder / "c/up").symlink_to("..")
    (storage.folder / "c/y").touch()
    assert listed(storage, "skip") == ["c/y"]
    assert listed(storage, "files") == ["c/y"]
    assert listed(storage, "all") == ["a/deep/x", "c/y"]


@posix
def test_the_root_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real/a").touch()
    (tmp_path / "link").symlink_to("real")
    assert listed(LocalStorage(str(tmp_path / "link")), "skip") == ["a"]


@posix
def test_what_is_no_regular_file(storage: LocalStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    # Paths of sockets are short.
    monkeypatch.chdir(storage.folder)
    os.mkfifo("pipe")
    Path("device").symlink_to(os.devnull)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        assert listed(storage) == []
    for name in ["pipe", "device", "socket"]:
        assert storage.status(name) is None
        for overwrite in (False, True):
            with pytest.raises(OSError, match="Not a regular file") as caught:
                storage.write(name, b"", overwrite=overwrite, run=RUN)
            assert isinstance(caught.value, FileExistsError) is not overwrite


@posix
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read")
def test_unreadable_folder(storage: LocalStorage) -> None:
    for name in ["a/x", "b/x", "c"]:
        storage.write(name, b"", overwrite=False, run=RUN)
    (storage.folder / "a").chmod(0)
    try:
        assert listed(storage) == [f"a: {os.strerror(errno.EACCES)}", "b/x", "c"]
        with pytest.raises(PermissionError):
            storage.status("a/x")
    finally:
        (storage.folder / "a").chmod(0o700)


def test_folder_that_cannot_be_read(storage: LocalStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same for those whom permissions do not stop."""
    for name in ["a/x", "b/x", "c"]:
        storage.write(name, b"", overwrite=False, run=RUN)
    scandir = os.scandir

    def refuse(folder: Any) -> Any:
        if Path(folder).name == "a":
            raise PermissionError(errno.EACCES, "Permission denied", str(folder))
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", refuse)
    assert listed(storage) == ["a: Permission denied", "b/x", "c"]


def test_a_file_in_the_place_of_a_folder(storage: LocalStorage) -> None:
    storage.write("a", b"1", overwrite=False, run=RUN)
    for name in ["a/b", "a/b/c"]:
        with pytest.raises(NotADirectoryError) as caught:
            storage.write(name, b"2", overwrite=True, run=RUN)
        assert caught.value.filename == str(storage.folder / name)
        assert storage.remove_leftovers([name], RUN) == 0
    with pytest.raises(NotADirectoryError):
        LocalStorage(str(storage.folder / "a")).make_root()
    assert storage.read("a") == b"1"


def test_a_folder_in_the_place_of_a_file(storage: LocalStorage) -> None:
    storage.write("a/b", b"1", overwrite=False, run=RUN)
    for overwrite in (False, True):
        with pytest.raises(IsADirectoryError):
            storage.write("a", b"2", overwrite=overwrite, run=RUN)


def test_a_root_that_is_gone_is_not_made(tmp_path: Path) -> None:
    tree = LocalStorage(str(tmp_path / "disk"))
    for name in ["a", "b/c"]:
        with pytest.raises(FileNotFoundError) as caught:
            tree.write(name, b"", overwrite=False, run=RUN)
        assert caught.value.filename == str(tree.folder / name)
    assert list(tmp_path.iterdir()) == []


def test_the_root_is_made_but_not_its_parent(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        LocalStorage(str(tmp_path / "a/b")).make_root()
    tree = LocalStorage(str(tmp_path / "a"))
    tree.make_root()
    tree.make_root()
    assert listed(tree) == []


KILLED = """
import os, sys, time
from rescodec.batch.local_storage import LocalStorage

def hang(descriptor):
    print("writing", flush=True)
    time.sleep(600)

os.fsync = hang
LocalStorage(sys.argv[1]).write(sys.argv[2], b"half", overwrite=True, run=sys.argv[3])
"""


def kill_while_writing(storage: LocalStorage, name: str, run: str) -> None:
    command = [sys.executable, "-c", KILLED, str(storage.folder), name, run]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline().strip() == b"writing"
        finally:
            process.kill()


def test_leftovers_of_killed_runs(storage: LocalStorage) -> None:
    storage.write("d/a", b"old", overwrite=False, run=RUN)
    kill_while_writing(storage, "d/a", RUN)
    kill_while_writing(storage, "d/a", OTHER_RUN)
    kill_while_writing(storage, "new/b", RUN)
    assert len(all_files(storage.folder)) == 4
    assert listed(storage) == ["d/a"]
    assert storage.read("d/a") == b"old"

    assert storage.remove_leftovers(["d/other", "x/y", "a"], RUN) == 0
    assert storage.remove_leftovers(["d/a", "new/b", "d/a"], RUN) == 2
    assert storage.remove_leftovers(["d/a", "new/b"], RUN) == 0
    left = all_files(storage.folder)
    assert len(left) == 2
    assert left[0].startswith(f".{OTHER_RUN}-")
    assert storage.remove_leftovers(["d/a"], OTHER_RUN) == 1
    assert all_files(storage.folder) == ["a"]


def test_writes_of_other_names_are_not_disturbed(storage: LocalStorage) -> None:
    """A worker was killed; another one of the same run is writing into the same folder."""
    with atomic_write(storage.folder / "b", run=RUN) as file:
        file.write(b"content")
        assert storage.remove_leftovers(["a"], RUN) == 0
    assert storage.read("b") == b"content"


@posix
def test_leftovers_beside_what_a_link_names(storage: LocalStorage, tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"old")
    (storage.folder / "link").symlink_to(tmp_path / "real")
    (tmp_path / temporary_name("real", RUN)).touch()
    assert storage.remove_leftovers(["link"], RUN) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["real", "tree"]


def test_files_that_only_look_like_leftovers(storage: LocalStorage) -> None:
    names = [f".{RUN}-.part", f".{RUN}.part", f"{RUN}-{'0' * 24}.part", f".{RUN}-{'0' * 24}.part~"]
    for name in names:
        (storage.folder / name).touch()
    (storage.folder / temporary_name("a")).touch()
    assert sorted(listed(storage)) == sorted(names)
    assert storage.remove_leftovers(names, RUN) == 0
    with pytest.raises(ValueError, match="8 hexadecimal"):
        storage.remove_leftovers(["a"], "")
    assert len(all_files(storage.folder)) == 5
