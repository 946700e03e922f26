"""Write a file completely or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast


@contextlib.contextmanager
def atomic_write(path: str | os.PathLike[str], overwrite: bool = False) -> Iterator[BinaryIO]:
    """Yield a binary file that appears under `path` only once the block has succeeded.

    The bytes go to a temporary file in the same directory, reach the disk, and are then linked or
    renamed into place. Any exception, an interrupt included, removes the temporary file and
    leaves an existing target as it was. A symbolic link stays a link: the file that it names is
    replaced. Devices and pipes are written in place, since there is nothing in them to lose.

    Args:
        path: the file to write.
        overwrite: replace an existing file, keeping its permission bits.

    Yields:
        A file open for reading and writing, positioned at its start.

    Raises:
        FileExistsError: if the target exists, or appears meanwhile, and `overwrite` is false.
        OSError: if the directory cannot be written or the disk is full.
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

    descriptor, temporary = _open_temporary(target, 0o666 if mode is None else mode & 0o666)
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


def _existing_mode(target: Path) -> int | None:
    """Return the mode of what `target` leads to, or None where there is nothing."""
    try:
        return target.stat().st_mode
    except FileNotFoundError:
        return None


def _exists(target: Path) -> FileExistsError:
    return FileExistsError(errno.EEXIST, "File exists", str(target))


def _open_temporary(target: Path, permissions: int) -> tuple[int, Path]:
    """Create a new file beside `target`, with these permissions as far as the umask gives them.

    They are never more than those of the file that is replaced, not even while it is written.
    The name has a fixed short length and does not contain the target's own, so that a target
    with a name of 255 bytes can be written too.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    while True:
        temporary = target.parent / f".{secrets.token_hex(8)}.part"
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
