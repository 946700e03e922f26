"""Write a file completely or not at all."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

_RUN = re.compile(r"[0-9a-f]{8}")
_TEMPORARY = re.compile(r"\.(?:[0-9a-f]{16}|[0-9a-f]{8}-[0-9a-f]{24})\.part")


@contextlib.contextmanager
def atomic_write(
    path: str | os.PathLike[str], overwrite: bool = False, *, run: str = ""
) -> Iterator[BinaryIO]:
    """Yield a binary file that appears under `path` only once the block has succeeded.

    The bytes go to a temporary file in the same directory, reach the disk, and are then linked or
    renamed into place. Any exception, an interrupt included, removes the temporary file and
    leaves an existing target as it was. A symbolic link stays a link: the file that it names is
    replaced. Devices and pipes are written in place, since there is nothing in them to lose.

    Args:
        path: the file to write.
        overwrite: replace an existing file, keeping its permission bits.
        run: 8 hexadecimal digits that the names of temporary files start with, for a program
            that wants to find those that it left behind when it was killed; see
            `temporary_prefix`.

    Yields:
        A file open for reading and writing, positioned at its start.

    Raises:
        FileExistsError: if the target exists, or appears meanwhile, and `overwrite` is false.
        OSError: if the directory cannot be written or the disk is full.
        ValueError: if `run` is something else.
    """
    target = Path(path)
    mode = _existing_mode(target)
    if mode is not None and stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, "Is a directory", str(target))
    if mode is not None and not stat.S_ISREG(mode):
        # Neither made nor emptied, should a file have taken the place of the pipe meanwhile.
        with os.fdopen(os.open(target, os.O_WRONLY | getattr(os, "O_BINARY", 0)), "wb") as special:
            yield cast(BinaryIO, special)
        return
    if overwrite:
        target = Path(os.path.realpath(target))
    elif os.path.lexists(target):
        raise _exists(target)

    descriptor, temporary = _open_temporary(target, 0o666 if mode is None else mode & 0o666, run)
    try:
        with os.fdopen(descriptor, "w+b") as file:
            yield cast(BinaryIO, file)
            file.flush()
            os.fsync(file.fileno())
        if overwrite:
            if mode is not None:
                temporary.chmod(stat.S_IMODE(mode))
            temporary.replace(target)
        else:
            _publish_new(temporary, target)
    finally:
        # After success the name is gone already; after any error it must not stay.
        with contextlib.suppress(OSError):
            temporary.unlink()
    _sync_directory(target.parent)


def temporary_prefix(target: str, run: str) -> str:
    """Return what the names of the temporary files of one target in one run start with.

    It does not contain the target's name but a digest of it, so that it has a fixed short length
    and a target with a name of 255 bytes can be written too.

    Args:
        target: the file's name, without its folder.
        run: 8 hexadecimal digits.

    Raises:
        ValueError: if `run` is something else.
    """
    if not _RUN.fullmatch(run):
        raise ValueError(f"run must be 8 hexadecimal digits, not {run!r}")
    digest = hashlib.sha256(os.fsencode(target)).hexdigest()
    return f".{run}-{digest[:16]}"


def temporary_name(target: str, run: str = "") -> str:
    """Return a new name for a temporary file of `target`; without a run, it says nothing of it."""
    if not run:
        return f".{secrets.token_hex(8)}.part"
    return f"{temporary_prefix(target, run)}{secrets.token_hex(4)}.part"


def is_temporary(name: str) -> bool:
    """Say whether a file's name, without its folder, is one that `temporary_name` gives."""
    return _TEMPORARY.fullmatch(name) is not None


def _existing_mode(target: Path) -> int | None:
    """Return the mode of what `target` leads to, or None where there is nothing."""
    try:
        return target.stat().st_mode
    except FileNotFoundError:
        return None


def _exists(target: Path) -> FileExistsError:
    return FileExistsError(errno.EEXIST, "File exists", str(target))


def _open_temporary(target: Path, permissions: int, run: str) -> tuple[int, Path]:
    """Create a new file beside `target`, with these permissions as far as the umask gives them.

    They are never more than those of the file that is replaced, not even while it is written.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    while True:
        temporary = target.parent / temporary_name(target.name, run)
        try:
            return os.open(temporary, flags, permissions), temporary
        except FileExistsError:
            continue
        except OSError as error:
            # The caller knows the target's name, not the temporary one.
            raise OSError(error.errno, error.strerror, str(target)) from None
        except BaseException:
            # A signal's, perhaps after the file was made.
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise


def _publish_new(temporary: Path, target: Path) -> None:
    """Give the finished file its name, refusing to replace anything that has it."""
    try:
        target.hardlink_to(temporary)
    except FileExistsError:
        raise _exists(target) from None
    except (OSError, NotImplementedError):
        # No hard links on this file system: reserve the name, then replace the reservation.
        # If anyone has taken the name meanwhile, "x" raises FileExistsError.
        with target.open("xb"):
            pass
        try:
            temporary.replace(target)
        except BaseException:
            with contextlib.suppress(OSError):
                target.unlink()
            raise


def _sync_directory(directory: Path) -> None:
    """Make the new name itself durable, where the platform can."""
    with contextlib.suppress(OSError):
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
