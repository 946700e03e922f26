import errno
import os
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from rescodec_formats import atomic_write
from rescodec_formats.atomic import is_temporary, temporary_name, temporary_prefix

posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions and links")


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def test_new_file_appears_after_the_block(tmp_path: Path) -> None:
    target = tmp_path / "a.png"
    with atomic_write(target) as file:
        file.write(b"abc")
        assert not target.exists()
    assert target.read_bytes() == b"abc"
    assert names(tmp_path) == ["a.png"]


def test_existing_target_is_refused_before_the_block(tmp_path: Path) -> None:
    target = tmp_path / "a"
    target.write_bytes(b"old")
    with pytest.raises(FileExistsError) as caught, atomic_write(target):
        pytest.fail("the block must not run")
    assert caught.value.filename == str(target)
    assert target.read_bytes() == b"old"
    assert names(tmp_path) == ["a"]


def test_target_that_appears_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    target = tmp_path / "a"
    with pytest.raises(FileExistsError), atomic_write(target) as file:  # noqa: PT012
        file.write(b"new")
        target.write_bytes(b"other")
    assert target.read_bytes() == b"other"
    assert names(tmp_path) == ["a"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, GeneratorExit, SystemExit])
def test_error_in_the_block_loses_nothing(tmp_path: Path, error: type[BaseException]) -> None:
    target = tmp_path / "a"
    target.write_bytes(b"old")
    with pytest.raises(error), atomic_write(target, overwrite=True) as file:  # noqa: PT012
        file.write(b"half")
        raise error
    assert target.read_bytes() == b"old"
    assert names(tmp_path) == ["a"]


def test_interrupt_while_the_temporary_file_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = os.open

    def interrupted(*args: Any, **options: Any) -> int:
        os.close(original(*args, **options))
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "open", interrupted)
    with pytest.raises(KeyboardInterrupt), atomic_write(tmp_path / "a"):
        pytest.fail("the block must not run")
    assert names(tmp_path) == []


def test_full_disk_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "a"
    target.write_bytes(b"old")

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with (
        pytest.raises(OSError, match="No space left"),
        atomic_write(target, overwrite=True) as file,
    ):
        file.write(b"new")
    assert target.read_bytes() == b"old"
    assert names(tmp_path) == ["a"]


def test_overwrite_replaces(tmp_path: Path) -> None:
    target = tmp_path / "a"
    target.write_bytes(b"old")
    with atomic_write(target, overwrite=True) as file:
        file.write(b"new")
    assert target.read_bytes() == b"new"
    assert names(tmp_path) == ["a"]


def test_file_can_be_read_and_sought(tmp_path: Path) -> None:
    with atomic_write(tmp_path / "a") as file:
        file.write(b"abc")
        file.seek(0)
        assert file.read() == b"abc"


def test_without_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    target = tmp_path / "a"
    with atomic_write(target) as file:
        file.write(b"new")
    assert target.read_bytes() == b"new"
    with pytest.raises(FileExistsError), atomic_write(tmp_path / "b") as file:
        (tmp_path / "b").write_bytes(b"other")
    assert (tmp_path / "b").read_bytes() == b"other"
    assert names(tmp_path) == ["a", "b"]


def test_longest_name(tmp_path: Path) -> None:
    target = tmp_path / ("x" * 255)
    with atomic_write(target) as file:
        file.write(b"long")
    assert target.read_bytes() == b"long"
    with pytest.raises(OSError), atomic_write(tmp_path / ("x" * 256)):  # noqa: PT011
        pytest.fail("the block must not run")


@pytest.mark.parametrize("run", ["", "0123abcd"])
@pytest.mark.parametrize("target", ["a", "x" * 255, "\udcff.png"])
def test_temporary_name(tmp_path: Path, run: str, target: str) -> None:
    with atomic_write(tmp_path / target, run=run):
        (name,) = names(tmp_path)
        assert is_temporary(name)
        assert name.startswith(temporary_prefix(target, run) if run else ".")
        assert len(name) == len(temporary_name("other", run)) < 50
    assert names(tmp_path) == [target]


def test_temporary_names_tell_targets_and_runs_apart() -> None:
    prefixes = {temporary_prefix(name, run) for name in "ab" for run in ("0" * 8, "1" * 8)}
    assert len(prefixes) == 4
    assert temporary_name("a", "0" * 8) != temporary_name("a", "0" * 8)
    with pytest.raises(ValueError, match="8 hexadecimal"):
        temporary_prefix("a", "")


@pytest.mark.parametrize("name", ["a.part", ".part", ".x.part", ".0123.part", f".{'0' * 16}.part~"])
def test_names_of_other_files(name: str) -> None:
    assert not is_temporary(name)


@pytest.mark.parametrize("run", ["0", "0123ABCD", "../../ab", "0123abcd0"])
def test_run_that_is_no_run(tmp_path: Path, run: str) -> None:
    with pytest.raises(ValueError, match="8 hexadecimal"), atomic_write(tmp_path / "a", run=run):
        pytest.fail("the block must not run")
    assert names(tmp_path) == []


def test_missing_directory_names_the_target(tmp_path: Path) -> None:
    target = tmp_path / "no" / "a"
    with pytest.raises(FileNotFoundError) as caught, atomic_write(target):
        pytest.fail("the block must not run")
    assert caught.value.filename == str(target)


def test_directory_as_target(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError), atomic_write(tmp_path, overwrite=True):
        pytest.fail("the block must not run")


@posix
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write")
def test_unwritable_directory(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(PermissionError), atomic_write(tmp_path / "a"):
            pytest.fail("the block must not run")
    finally:
        tmp_path.chmod(0o700)


def test_directory_that_refuses_new_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object) -> int:
        raise PermissionError(errno.EACCES, "Permission denied")

    target = tmp_path / "a"
    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(PermissionError) as caught, atomic_write(target):
        pytest.fail("the block must not run")
    assert caught.value.filename == str(target)


@posix
def test_permissions(tmp_path: Path) -> None:
    target = tmp_path / "a"
    old = os.umask(0o027)
    try:
        with atomic_write(target) as file:
            file.write(b"1")
        assert stat.S_IMODE(target.stat().st_mode) == 0o640
        target.chmod(0o604)
        with atomic_write(target, overwrite=True) as file:
            file.write(b"2")
        assert stat.S_IMODE(target.stat().st_mode) == 0o604
    finally:
        os.umask(old)


@posix
def test_symbolic_link_stays_one(tmp_path: Path) -> None:
    real, link = tmp_path / "real", tmp_path / "link"
    real.write_bytes(b"old")
    link.symlink_to(real)
    with atomic_write(link, overwrite=True) as file:
        file.write(b"new")
    assert link.is_symlink()
    assert real.read_bytes() == b"new"
    dangling = tmp_path / "dangling"
    dangling.symlink_to(tmp_path / "nowhere")
    with pytest.raises(FileExistsError), atomic_write(dangling):
        pytest.fail("the block must not run")


@posix
def test_device_is_written_in_place() -> None:
    with atomic_write(os.devnull, overwrite=True) as file:
        file.write(b"gone")
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)  # noqa: PTH116


@posix
def test_a_private_file_is_private_while_it_is_replaced(tmp_path: Path) -> None:
    target = tmp_path / "a"
    target.write_bytes(b"old")
    target.chmod(0o600)
    with atomic_write(target, overwrite=True):
        (temporary,) = (path for path in tmp_path.iterdir() if path != target)
        assert stat.S_IMODE(temporary.stat().st_mode) == 0o600
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


@posix
def test_a_file_in_the_place_of_a_device_is_not_emptied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The target was a device when it was looked at, and is a file when it is opened."""
    target = tmp_path / "a"
    target.write_bytes(b"precious")
    device = Path(os.devnull).stat().st_mode
    monkeypatch.setattr("rescodec_formats.atomic._existing_mode", lambda _: device)
    with atomic_write(target):
        pass
    assert target.read_bytes() == b"precious"
    target.unlink()
    with pytest.raises(FileNotFoundError), atomic_write(target):
        pytest.fail("the block must not run")
    assert names(tmp_path) == []
