"""What all storages have in common; URLs."""

from __future__ import annotations

import pickle
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import pytest
from fsspec import register_implementation
from fsspec.implementations.local import LocalFileSystem

from rescodec.batch.local_storage import LocalStorage
from rescodec.batch.remote_storage import RemoteStorage
from rescodec.batch.storage import Found, Storage, parts_of, storage_of

RUN = "0123abcd"


class Drive(LocalFileSystem):
    """Something with folders, in which a file that is being written can be seen."""

    protocol = "drive"

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return str(super()._strip_protocol(path.removeprefix("drive://")))


@pytest.fixture(params=["local", "memory", "s3", "drive"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    """An empty tree, whose root has been made."""
    tree: Storage
    if request.param == "local":
        tree = storage_of(tmp_path / "tree")
    elif request.param == "memory":
        tree = storage_of(f"memory://{uuid.uuid4()}/tree")
    elif request.param == "s3":
        tree = storage_of(f"{request.getfixturevalue('bucket')}/tree")
    else:
        register_implementation("drive", Drive, clobber=True)
        tree = RemoteStorage(f"drive://{tmp_path}/tree/", atomic=False)
    tree.make_root()
    return tree


def put(
    storage: Storage, name: str, content: bytes = b"content", *, overwrite: bool = False
) -> None:
    storage.write(name, content, overwrite=overwrite, run=RUN)


def names(storage: Storage) -> list[str]:
    return [entry.name for entry in storage.find()]


def test_what_is_written_is_found_and_read(storage: Storage) -> None:
    contents = {
        name: name.encode() * 3 for name in ["b/é ü/x.png", "a.png", "b.png", "b/z", "c#?%20"]
    }
    for name, content in contents.items():
        put(storage, name, content)
    found = list(storage.find())
    assert [entry.name for entry in found] == ["a.png", "b/z", "b/é ü/x.png", "b.png", "c#?%20"]
    for entry in found:
        assert isinstance(entry, Found)
        content = contents[entry.name]
        assert entry.size == len(content)
        assert entry.stamp
        assert storage.status(entry.name) == entry
        assert storage.read(entry.name) == content
        source = storage.source(entry.name)
        assert (source.read_bytes() if isinstance(source, Path) else source) == content


def test_the_next_listing_sees_what_is_new(storage: Storage) -> None:
    put(storage, "a/1")
    assert names(storage) == ["a/1"]
    assert storage.status("a/2") is None
    put(storage, "a/2")
    put(storage, "b")
    assert names(storage) == ["a/1", "a/2", "b"]


def test_stamp_of_another_content(storage: Storage) -> None:
    put(storage, "a", b"1")
    before = storage.status("a")
    put(storage, "a", b"2", overwrite=True)
    after = storage.status("a")
    assert before is not None
    assert after is not None
    assert before.stamp != after.stamp


def test_what_is_there_is_replaced_when_asked(storage: Storage) -> None:
    put(storage, "d/a", b"old")
    with pytest.raises(FileExistsError) as caught:
        put(storage, "d/a", b"new")
    assert str(caught.value.filename).endswith("tree/d/a")
    assert storage.read("d/a") == b"old"
    put(storage, "d/a", b"new", overwrite=True)
    assert storage.read("d/a") == b"new"
    assert names(storage) == ["d/a"]


def test_no_such_file(storage: Storage) -> None:
    put(storage, "d/a")
    for name in ["x", "d", "x/y", "d/x", "d/a/b"]:
        assert storage.status(name) is None
    for name in ["x", "x/y"]:
        with pytest.raises(FileNotFoundError) as caught:
            storage.read(name)
        assert str(caught.value.filename).endswith(f"tree/{name}")
        assert caught.value.strerror == "No such file or directory"


@pytest.mark.parametrize("name", ["", "/a", "../a", "a/../b", "a//b", "./a", "a/", "a\0b", "."])
def test_names_that_lead_elsewhere(storage: Storage, name: str) -> None:
    for use in (storage.read, storage.status, lambda name: put(storage, name, overwrite=True)):
        with pytest.raises(OSError, match="Not a name"):
            use(name)


def test_parts_of() -> None:
    assert parts_of("a/...b/\udcff") == ["a", "...b", "\udcff"]


def test_long_names(storage: Storage) -> None:
    name = f"{'ä' * 127}x/{'y' * 255}"
    put(storage, name)
    assert names(storage) == [name]
    put(storage, name, b"new", overwrite=True)
    assert storage.read(name) == b"new"
    assert storage.remove_leftovers([name], RUN) == 0
    assert names(storage) == [name]


def test_no_such_folder(storage: Storage) -> None:
    other = storage.root.rstrip("/") + "-2"
    tree = RemoteStorage(other, atomic=False) if other.startswith("drive:") else storage_of(other)
    with pytest.raises(FileNotFoundError) as caught:
        list(tree.find())
    assert str(caught.value.filename).endswith("tree-2")


def test_the_root_is_a_file(storage: Storage) -> None:
    put(storage, "a")
    other = storage.root.rstrip("/") + "/a"
    tree = RemoteStorage(other, atomic=False) if other.startswith("drive:") else storage_of(other)
    with pytest.raises(NotADirectoryError):
        list(tree.find())


def test_pickled_copies_work(storage: Storage) -> None:
    put(storage, "a", b"1")
    copy: Storage = pickle.loads(pickle.dumps(storage))
    assert type(copy) is type(storage)
    assert copy.root == storage.root
    assert copy.read("a") == b"1"
    put(copy, "b")
    assert names(storage) == ["a", "b"]
    assert repr(copy) == repr(storage)


def test_run_that_is_no_run(storage: Storage) -> None:
    with pytest.raises(ValueError, match="8 hexadecimal"):
        storage.write("a", b"", overwrite=False, run="../../ab")


@pytest.mark.parametrize("links", ["skip", "files", "all"])
def test_links_matter_only_where_there_are_some(storage: Storage, links: Any) -> None:
    put(storage, "d/a")
    assert [entry.name for entry in storage.find(links)] == ["d/a"]


def test_making_the_root_again_keeps_what_is_in_it(storage: Storage) -> None:
    put(storage, "a")
    storage.make_root()
    assert names(storage) == ["a"]


@pytest.mark.parametrize(
    ("place", "folder"),
    [
        ("/a b", "/a b"),
        (Path("/x"), "/x"),
        ("file:///tmp/a%20b%FF#c", "/tmp/a b\udcff#c"),
        ("a:/b", str(Path.cwd() / "a:/b")),
    ],
)
@pytest.mark.skipif(sys.platform == "win32", reason="POSIX paths")
def test_local_places(place: str | Path, folder: str) -> None:
    tree = storage_of(place)
    assert isinstance(tree, LocalStorage)
    assert tree.root == str(place)
    assert str(tree.folder) == folder


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("nfs://host/x", "nfs:// is not known; known are s3, gs, .*file"),
        ("simplecache::s3://bucket", "is not known"),
        ("://x", "is not known"),
        ("s3://", "missing"),
        ("file://x", "three slashes"),
    ],
)
def test_places_that_are_none(place: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        storage_of(place)


@pytest.mark.parametrize(
    ("place", "module", "message"),
    [
        ("s3://b", "s3fs", "s3:// needs the package s3fs: pip install 'rescodec[s3]'"),
        ("gs://b", "gcsfs", "gs:// needs the package gcsfs: pip install gcsfs"),
        ("abfs://b", "adlfs", "abfs:// needs the package adlfs: pip install adlfs"),
        (
            "sftp://h/",
            "paramiko",
            "sftp:// needs the package paramiko: pip install fsspec paramiko",
        ),
    ],
)
def test_packages_that_are_missing(
    place: str, module: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError) as caught:
        storage_of(place)
    assert str(caught.value) == message


def test_importing_is_light() -> None:
    code = (
        "import sys; from rescodec.batch.storage import storage_of; storage_of('x'); "
        "storage_of('s3://bucket'); print({'s3fs', 'fsspec', 'botocore'} & set(sys.modules))"
    )
    pytest.importorskip("s3fs")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
