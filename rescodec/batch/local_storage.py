"""A folder of this computer as a tree of files."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from rescodec_formats.atomic import atomic_write, is_temporary, temporary_prefix

from .storage import Found, Links, Unlisted, parts_of


class LocalStorage:
    """A local folder; for the methods see `rescodec.batch.storage.Storage`.

    Args:
        root: The folder, as the user wrote it.
        folder: Its path, where that is something else.

    Attributes:
        folder: Its absolute path.
    """

    def __init__(self, root: str, folder: str | None = None) -> None:
        self.root = root
        # Other processes may be in another directory.
        self.folder = Path(root if folder is None else folder).absolute()

    def __repr__(self) -> str:
        return f"LocalStorage({self.root!r})"

    def find(self, links: Links = "files") -> Iterator[Found | Unlisted]:
        """Yield the regular files and what cannot be looked at."""
        seen = {_identity(self.folder.stat())}
        # One iterator for each folder on the way: the depth is not limited by that of calls.
        stack = [("", iter(_entries(self.folder)))]
        while stack:
            prefix, entries = stack[-1]
            entry = next(entries, None)
            if entry is None:
                stack.pop()
                continue
            name = prefix + entry.name
            try:
                status = _status_of(entry, links)
                if status is None:
                    continue
                if stat.S_ISREG(status.st_mode):
                    yield _found(name, status)
                    continue
                if links == "all":
                    if _identity(status) in seen:
                        continue
                    seen.add(_identity(status))
                stack.append((f"{name}/", iter(_entries(entry.path))))
            except OSError as error:
                no_folder = _is_no_folder(entry, links, error)
                yield Unlisted(name, error.strerror or str(error), no_folder)

    def status(self, name: str) -> Found | None:
        """Return what is known about a file, or None."""
        try:
            status = self._path(name).stat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        return _found(name, status) if stat.S_ISREG(status.st_mode) else None

    def source(self, name: str) -> Path:
        """Return the path of a file."""
        return self._path(name)

    def read(self, name: str) -> bytes:
        """Return the bytes of a file."""
        return self._path(name).read_bytes()

    def write(self, name: str, content: bytes, *, overwrite: bool, run: str) -> None:
        """Write a file completely or not at all."""
        target = self._path(name)
        try:
            self._make_folders(target.parent)
            mode = target.stat().st_mode
        except FileExistsError:
            # Not the target: a file is in the place of one of its folders.
            raise NotADirectoryError(
                errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(target)
            ) from None
        except FileNotFoundError:
            # No target yet; or no root, which is reported on writing.
            pass
        except OSError as error:
            # Perhaps a folder's; the caller knows the target.
            raise OSError(error.errno, error.strerror, str(target)) from None
        else:
            if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
                # To write into a pipe is to wait for a reader, who may never come.
                code = errno.EINVAL if overwrite else errno.EEXIST
                raise OSError(code, "Not a regular file", str(target))
        with atomic_write(target, overwrite, run=run) as file:
            file.write(content)

    def remove_leftovers(self, names: Iterable[str], run: str) -> int:
        """Remove the temporary files that killed writes have left, and return how many."""
        prefixes: dict[Path, set[str]] = {}
        for name in names:
            path = self._path(name)
            # Where the target is a link, the file that it names is the one that is replaced.
            for target in {path, Path(os.path.realpath(path))}:
                prefixes.setdefault(target.parent, set()).add(temporary_prefix(target.name, run))
        count = 0
        for folder, of_names in prefixes.items():
            try:
                entries = _entries(folder)
            except OSError as error:
                # Not there, so that nothing was written there.
                if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG):
                    continue
                raise
            length = len(next(iter(of_names)))
            for entry in entries:
                if is_temporary(entry.name) and entry.name[:length] in of_names:
                    Path(entry.path).unlink(missing_ok=True)
                    count += 1
        return count

    def make_root(self) -> None:
        """Make the folder, in a parent that is there."""
        try:
            self.folder.mkdir(exist_ok=True)
        except FileExistsError:
            raise NotADirectoryError(
                errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(self.folder)
            ) from None

    def _path(self, name: str) -> Path:
        return self.folder.joinpath(*parts_of(name))

    def _make_folders(self, folder: Path) -> None:
        """Make a folder and those above it, but not the root.

        Were that to be missing, the disk that it is on may be: its place is not to be filled.
        """
        missing = []
        while folder != self.folder and not folder.is_dir():
            missing.append(folder)
            folder = folder.parent
        for folder in reversed(missing):
            folder.mkdir(exist_ok=True)


def _entries(folder: str | Path) -> list[os.DirEntry[str]]:
    """Return what is in a folder, in the order of names."""
    with os.scandir(folder) as entries:
        return sorted(entries, key=lambda entry: entry.name)


def _status_of(entry: os.DirEntry[str], links: Links) -> os.stat_result | None:
    """Return the status of a file or folder that is to be listed, or None for anything else."""
    link = entry.is_symlink()
    if link and links == "skip":
        return None
    try:
        # Not the entry's own, which it may remember.
        status = Path(entry.path).stat()
    except FileNotFoundError:
        if link:
            raise
        # Removed meanwhile.
        return None
    if stat.S_ISREG(status.st_mode):
        return None if is_temporary(entry.name) else status
    return status if stat.S_ISDIR(status.st_mode) and (links == "all" or not link) else None


def _is_no_folder(entry: os.DirEntry[str], links: Links, error: OSError) -> bool:
    """Tell whether what could not be looked at is no folder that should have been listed."""
    if error.errno == errno.ENOENT:
        return True
    nowhere = error.errno in (errno.ELOOP, errno.ENOTDIR)
    return entry.is_symlink() and (nowhere or links != "all")


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def _found(name: str, status: os.stat_result) -> Found:
    return Found(name, status.st_size, str(status.st_mtime_ns))
