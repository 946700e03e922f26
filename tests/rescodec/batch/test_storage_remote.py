"""Object stores, S3 through a real server, and servers with folders."""

from __future__ import annotations

import errno
import os
import pickle
import subprocess
import sys
import threading
import uuid
from pathlib import Path
from typing import Any

import pytest
from fsspec import register_implementation
from fsspec.implementations.local import LocalFileSystem
from fsspec.implementations.memory import MemoryFileSystem

from rescodec.batch.remote_storage import RemoteStorage
from rescodec.batch.storage import Unlisted, storage_of
from rescodec_formats.atomic import is_temporary, temporary_name

RUN, OTHER_RUN = "0123abcd", "89abcdef"


class Shelf(LocalFileSystem):
    """A server with folders, which a test can make fail."""

    protocol = "shelf"

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return str(super()._strip_protocol(path.removeprefix("shelf://")))


@pytest.fixture
def shelf(tmp_path: Path) -> RemoteStorage:
    register_implementation("shelf", Shelf, clobber=True)
    tree = RemoteStorage(f"shelf://{tmp_path}/tree", atomic=False)
    tree.make_root()
    return tree


@pytest.fixture
def memory() -> RemoteStorage:
    return RemoteStorage(f"memory://{uuid.uuid4()}", atomic=True)


def listed(storage: Any) -> list[str]:
    return [entry.name for entry in storage.find()]


def client() -> Any:
    import boto3

    return boto3.client("s3")


# --- S3 ----------------------------------------------------------------------------------------


def test_keys_that_are_no_names_of_files(bucket: str) -> None:
    name = bucket.removeprefix("s3://")
    s3 = client()
    for key in ["a//b", "c/../d", "/e", "f", "g/", "h/./i", "f/j", "k/l"]:
        s3.put_object(Bucket=name, Key=key, Body=b"1" if key[-1] != "/" else b"")
    s3.close()
    entries = list(storage_of(bucket).find())
    assert [e.name for e in entries if not isinstance(e, Unlisted)] == ["f", "f/j", "k/l"]
    refused = {e.name: e.reason for e in entries if isinstance(e, Unlisted)}
    assert set(refused) == {"", "a/", "c/..", "h/."}
    assert set(refused.values()) == {"Not a name of a file within a folder"}
    storage = storage_of(bucket)
    assert storage.status("g") is None
    assert storage.read("f") == b"1"


def test_more_objects_than_come_in_one_answer(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # Of the server, which is in this process.
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "2")
    name = bucket.removeprefix("s3://")
    s3 = client()
    for number in range(5):
        s3.put_object(Bucket=name, Key=f"d/{number}", Body=b"")
    s3.close()
    assert listed(storage_of(bucket)) == [f"d/{number}" for number in range(5)]


def test_stamp_is_the_tag(bucket: str) -> None:
    storage = storage_of(bucket)
    storage.write("a", b"1", overwrite=False, run=RUN)
    status = storage.status("a")
    assert status is not None
    assert status.stamp == "c4ca4238a0b923820dcc509a6f75849b"
    assert list(storage.find()) == [status]


def test_no_such_bucket(bucket: str) -> None:
    storage = storage_of(f"{bucket}-2/x")
    for use in (
        lambda: list(storage.find()),
        lambda: storage.read("a"),
        lambda: storage.write("a", b"", overwrite=True, run=RUN),
        lambda: storage.write("a", b"", overwrite=False, run=RUN),
    ):
        with pytest.raises(FileNotFoundError) as caught:
            use()
        assert caught.value.errno == errno.ENOENT
        assert caught.value.filename.startswith(f"{bucket}-2/x")
        assert "\n" not in str(caught.value)
    assert storage.status("a") is None


def test_no_such_server(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(OSError, match="Could not connect") as caught:
        storage_of(bucket).read("a")
    assert caught.value.filename == f"{bucket}/a"
    assert "\n" not in str(caught.value)


def test_no_credentials(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(OSError, match="credentials"):
        storage_of(bucket).read("a")


def test_object_that_appears_meanwhile(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    storage = storage_of(bucket)
    storage.write("a", b"other", overwrite=False, run=RUN)
    assert isinstance(storage, RemoteStorage)
    status, looked = storage.status, []

    def late(name: str) -> Any:
        looked.append(name)
        return status(name) if len(looked) > 1 else None

    monkeypatch.setattr(storage, "status", late)
    with pytest.raises(FileExistsError):
        storage.write("a", b"mine", overwrite=False, run=RUN)
    assert storage.read("a") == b"other"
    # Its own, of a request whose answer was lost.
    looked.clear()
    storage.write("a", b"other", overwrite=False, run=RUN)
    assert looked == ["a", "a"]


def test_another_process(bucket: str) -> None:
    storage = storage_of(f"{bucket}/d")
    storage.write("a", b"content", overwrite=False, run=RUN)
    code = (
        "import pickle, sys; storage = pickle.load(sys.stdin.buffer); "
        "storage.write('b', storage.read('a')[::-1], overwrite=False, run='0123abcd')"
    )
    subprocess.run([sys.executable, "-c", code], input=pickle.dumps(storage), check=True)
    assert storage.read("b") == b"tnetnoc"
    assert client_keys(bucket) == ["d/a", "d/b"]


def client_keys(bucket: str) -> list[str]:
    s3 = client()
    answer = s3.list_objects_v2(Bucket=bucket.removeprefix("s3://"))
    s3.close()
    return [entry["Key"] for entry in answer.get("Contents", [])]


def test_threads_share_a_storage(bucket: str) -> None:
    storage = storage_of(bucket)
    errors: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for part in range(5):
                storage.write(f"{number}/{part}", b"x" * part, overwrite=False, run=RUN)
                assert storage.read(f"{number}/{part}") == b"x" * part
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []
    assert len(listed(storage)) == 20


# --- object stores in general ------------------------------------------------------------------


def test_store_that_does_not_know_conditions(
    memory: RemoteStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipe_file = MemoryFileSystem.pipe_file

    def plain(self: Any, path: str, value: bytes, mode: str = "overwrite") -> None:
        if mode == "create":
            raise OSError(errno.ENOSYS, "A header you provided implies functionality ...")
        pipe_file(self, path, value)

    monkeypatch.setattr(MemoryFileSystem, "pipe_file", plain)
    memory.write("a", b"1", overwrite=False, run=RUN)
    assert memory.read("a") == b"1"
    with pytest.raises(FileExistsError):
        memory.write("a", b"2", overwrite=False, run=RUN)


def test_folder_that_cannot_be_listed(
    memory: RemoteStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ["a/x", "b"]:
        memory.write(name, b"", overwrite=False, run=RUN)
    ls = MemoryFileSystem.ls

    def refuse(self: Any, path: str, detail: bool = True) -> Any:
        if path.endswith("/a"):
            raise PermissionError("Access\nDenied")
        return ls(self, path, detail=detail)

    monkeypatch.setattr(MemoryFileSystem, "ls", refuse)
    first, second = memory.find()
    assert first == Unlisted("a", "Access Denied")
    assert second.name == "b"


def test_names_that_are_not_utf_8(memory: RemoteStorage) -> None:
    with pytest.raises(OSError, match=os.strerror(errno.EILSEQ)) as caught:
        memory.write("\udcff", b"", overwrite=True, run=RUN)
    assert caught.value.errno == errno.EILSEQ


def test_object_stores_have_no_leftovers(
    memory: RemoteStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MemoryFileSystem, "ls", None)
    assert memory.remove_leftovers(["a"], RUN) == 0


# --- servers with folders ----------------------------------------------------------------------


def test_temporary_file_is_moved(shelf: RemoteStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    moved: list[tuple[str, str]] = []
    mv = Shelf.mv

    def watched(self: Any, old: str, new: str) -> None:
        moved.append((old, new))
        mv(self, old, new)

    monkeypatch.setattr(Shelf, "mv", watched)
    shelf.write("d/a", b"1", overwrite=False, run=RUN)
    ((old, new),) = moved
    folder, _, last = old.rpartition("/")
    assert new == f"{folder}/a"
    assert last.startswith(f".{RUN}-")
    assert is_temporary(last)


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "Full"), KeyboardInterrupt()])
@pytest.mark.parametrize("method", ["pipe_file", "mv"])
def test_nothing_is_left_of_a_write_that_fails(
    shelf: RemoteStorage,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    error: BaseException,
) -> None:
    shelf.write("d/a", b"old", overwrite=False, run=RUN)
    original = getattr(Shelf, method)

    def fail(*arguments: Any) -> None:
        if method == "pipe_file":
            original(*arguments)
        raise error

    monkeypatch.setattr(Shelf, method, fail)
    with pytest.raises(type(error)):
        shelf.write("d/a", b"new", overwrite=True, run=RUN)
    assert [path.name for path in (tmp_path / "tree/d").iterdir()] == ["a"]
    assert shelf.read("d/a") == b"old"


def test_server_that_does_not_replace_on_moving(
    shelf: RemoteStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    mv = Shelf.mv

    def strict(self: Any, old: str, new: str) -> None:
        if self.exists(new):
            raise OSError(errno.EEXIST, "File exists")
        mv(self, old, new)

    monkeypatch.setattr(Shelf, "mv", strict)
    for content in (b"1", b"2"):
        shelf.write("a", content, overwrite=True, run=RUN)
        assert shelf.read("a") == content
    with pytest.raises(FileExistsError):
        shelf.write("a", b"3", overwrite=False, run=RUN)
    assert listed(shelf) == ["a"]


def test_file_in_the_place_of_a_folder(shelf: RemoteStorage) -> None:
    shelf.write("a", b"1", overwrite=False, run=RUN)
    with pytest.raises(NotADirectoryError) as caught:
        shelf.write("a/b", b"2", overwrite=False, run=RUN)
    assert caught.value.filename == f"{shelf.root}/a/b"


def test_folder_that_was_removed_is_made_again(shelf: RemoteStorage, tmp_path: Path) -> None:
    shelf.write("d/a", b"1", overwrite=False, run=RUN)
    (tmp_path / "tree/d/a").unlink()
    (tmp_path / "tree/d").rmdir()
    with pytest.raises(FileNotFoundError):
        shelf.write("d/a", b"1", overwrite=False, run=RUN)
    shelf.write("d/a", b"1", overwrite=False, run=RUN)


def test_leftovers_are_removed(shelf: RemoteStorage, tmp_path: Path) -> None:
    folder = tmp_path / "tree/d"
    folder.mkdir()
    left = [temporary_name(name, run) for name in "ab" for run in (RUN, OTHER_RUN)]
    for name in left:
        (folder / name).touch()
    assert listed(shelf) == []
    assert shelf.remove_leftovers(["d/a", "x/a", "a"], RUN) == 1
    assert {path.name for path in folder.iterdir()} == set(left[1:])


def test_links_of_servers(
    shelf: RemoteStorage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As over SFTP: listings tell of links, `info` of what they lead to."""
    (tmp_path / "tree/a").write_bytes(b"123")
    (tmp_path / "tree/b").symlink_to("a")
    (tmp_path / "tree/c").symlink_to(tmp_path)
    (tmp_path / "tree/d").symlink_to("nowhere")
    ls, info = Shelf.ls, Shelf.info

    def with_links(self: Any, path: str, detail: bool = True) -> Any:
        entries = ls(self, path, detail=detail)
        return [{**e, "type": "link"} if Path(e["name"]).is_symlink() else e for e in entries]

    def strict(self: Any, path: Any) -> Any:
        if isinstance(path, str):
            Path(path).stat()
        return info(self, path)

    monkeypatch.setattr(Shelf, "ls", with_links)
    monkeypatch.setattr(Shelf, "info", strict)
    assert [entry.name for entry in shelf.find("skip")] == ["a"]
    for links in ("files", "all"):
        first, second, third = shelf.find(links)
        assert (first.name, second.name) == ("a", "b")
        assert second == shelf.status("b")
        assert third == Unlisted("d", os.strerror(errno.ENOENT), True)


def test_threads_have_connections_of_their_own(shelf: RemoteStorage) -> None:
    """Those of most protocols are not made to be shared."""
    found: list[Any] = []

    def connect() -> None:
        with shelf._connected(None) as (system, _):
            found.append(system)

    for _ in range(2):
        connect()
    thread = threading.Thread(target=connect)
    thread.start()
    thread.join(60)
    assert found[0] is found[1]
    assert found[0] is not found[2]
