"""What a URL names as a tree of files, by way of fsspec and the package for the protocol."""

from __future__ import annotations

import contextlib
import errno
import os
import threading
from collections.abc import Iterable, Iterator
from typing import Any

from rescodec_formats.atomic import is_temporary, temporary_name, temporary_prefix

from .remote_errors import readable, without_password
from .storage import Found, Links, Unlisted, parts_of

# Where file systems put a tag or the time of the last change, the better ones first. "created"
# is for those that replace files and never change them.
_STAMPS = ("ETag", "etag", "LastModified", "last_modified", "mtime", "updated", "created")


class RemoteStorage:
    """A tree behind a URL; for the methods see `rescodec.batch.storage.Storage`.

    Nothing is remembered of what was listed. Links in object stores do not exist; elsewhere
    those to folders are left out even with ``links="all"``, as loops could not be told.

    Args:
        root: The URL.
        atomic: Whether files appear complete or not at all by themselves, as in object stores,
            in which there are no folders either.
    """

    def __init__(self, root: str, *, atomic: bool) -> None:
        self.root = root
        self._atomic = atomic
        self._connections: dict[tuple[int, int], tuple[Any, str]] = {}
        self._folders_made: set[str] = set()
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"RemoteStorage({without_password(self.root)!r}, atomic={self._atomic})"

    def __reduce__(self) -> tuple[Any, ...]:
        """Connections stay here."""
        return _rebuild, (self.root, self._atomic)

    def find(self, links: Links = "files") -> Iterator[Found | Unlisted]:
        """Yield the files and what cannot be looked at."""
        stack = [("", iter(self._entries("")))]
        while stack:
            prefix, entries = stack[-1]
            relative, details = next(entries, ("", None))
            if details is None:
                stack.pop()
                continue
            name = prefix + relative
            link = details["type"] == "link"
            try:
                parts_of(relative)
                if "/" in relative:
                    raise OSError(errno.EINVAL, "Not a name of a file within a folder")
                if link and links != "skip":
                    details = self._details(name)
                if details["type"] == "file" and not is_temporary(relative):
                    yield _found(name, details)
                elif details["type"] == "directory" and not link:
                    stack.append((f"{name}/", iter(self._entries(name))))
            except OSError as error:
                no_folder = link or isinstance(error, FileNotFoundError)
                yield Unlisted(name, error.strerror or str(error), no_folder)

    def status(self, name: str) -> Found | None:
        """Return what is known about a file, or None."""
        try:
            details = self._details(name)
        except (FileNotFoundError, NotADirectoryError):
            return None
        return _found(name, details) if details["type"] == "file" else None

    def source(self, name: str) -> bytes:
        """Return the bytes of a file."""
        return self.read(name)

    def read(self, name: str) -> bytes:
        """Return the bytes of a file."""
        with self._connected(name) as (system, path):
            return bytes(system.cat_file(path))

    def write(self, name: str, content: bytes, *, overwrite: bool, run: str) -> None:
        """Write a file completely or not at all."""
        temporary = temporary_name(name.rpartition("/")[2], run)
        if not overwrite and self.status(name) is not None:
            raise self._exists(name)
        if not self._atomic:
            self._write_and_move(name, content, temporary, overwrite=overwrite)
        elif overwrite:
            with self._connected(name) as (system, path):
                system.pipe_file(path, content)
        else:
            self._create(name, content)

    def remove_leftovers(self, names: Iterable[str], run: str) -> int:
        """Remove the temporary files that killed writes have left, and return how many."""
        if self._atomic:
            return 0
        prefixes: dict[str, set[str]] = {}
        for name in names:
            folder, _, last = name.rpartition("/")
            prefixes.setdefault(folder, set()).add(temporary_prefix(last, run))
        count = 0
        for folder, of_names in prefixes.items():
            try:
                entries = self._entries(folder)
            except (FileNotFoundError, NotADirectoryError):
                continue
            length = len(next(iter(of_names)))
            for last, _ in entries:
                if is_temporary(last) and last[:length] in of_names:
                    with self._connected(f"{folder}/{last}" if folder else last) as (system, path):
                        system.rm_file(path)
                    count += 1
        return count

    def make_root(self) -> None:
        """Make the folder, and those above it, where there are folders."""
        if not self._atomic:
            with self._connected(None) as (system, path):
                system.makedirs(path or "/", exist_ok=True)

    def _create(self, name: str, content: bytes) -> None:
        """Put a new object into a store, unless there is one by now."""
        try:
            with self._connected(name) as (system, path):
                # adlfs says it in its own way.
                azure = self.root.startswith(("az://", "abfs://"))
                condition = {"overwrite": False} if azure else {"mode": "create"}
                system.pipe_file(path, content, **condition)
        except OSError as error:
            if self.status(name) is not None:
                # A request that is sent again, as its answer was lost, meets its own object.
                if self.read(name) != content:
                    raise self._exists(name) from None
            elif error.errno in (errno.ENOSYS, errno.EINVAL):
                # Stores other than the great ones may not know conditions.
                with self._connected(name) as (system, path):
                    system.pipe_file(path, content)
            else:
                raise

    def _write_and_move(
        self, name: str, content: bytes, temporary: str, *, overwrite: bool
    ) -> None:
        """Write under a temporary name in the same folder and move the file into place."""
        with self._connected(name) as (system, path):
            folder = path.rpartition("/")[0]
            if folder not in self._folders_made:
                try:
                    system.makedirs(folder or "/", exist_ok=True)
                except FileExistsError:
                    # Not the target, but a file in the place of its folder.
                    raise NotADirectoryError from None
                self._folders_made.add(folder)
            part = f"{folder}/{temporary}"
            try:
                system.pipe_file(part, content)
                if not overwrite and system.exists(path):
                    raise self._exists(name)
                try:
                    system.mv(part, path)
                except OSError as error:
                    if not overwrite or error.errno != errno.EEXIST:
                        raise
                    # Servers of Windows refuse to replace a file by renaming another.
                    old = f"{part}.old"
                    system.mv(path, old)
                    try:
                        system.mv(part, path)
                    except BaseException:
                        system.mv(old, path)
                        raise
                    system.rm_file(old)
            except BaseException:
                # Perhaps someone has removed the folder.
                self._folders_made.discard(folder)
                with contextlib.suppress(Exception):
                    system.rm_file(part)
                raise

    def _details(self, name: str) -> dict[str, Any]:
        """Return what the file system says of a file or folder, or of what a link leads to."""
        with self._connected(name) as (system, path):
            details: dict[str, Any] = system.info(path)
        return details

    def _entries(self, name: str) -> list[tuple[str, dict[str, Any]]]:
        """Return what is in a folder, in the order of names: each name there, and details."""
        with self._connected(name or None) as (system, path):
            found = []
            for details in system.ls(path or "/", detail=True):
                relative = details["name"].removeprefix(path)
                if relative == "" and details["type"] == "file":
                    raise NotADirectoryError
                relative = relative.removeprefix("/")
                if details["type"] == "directory":
                    relative = relative.removesuffix("/")
                elif relative == "":
                    # An empty object that some programs make for a folder.
                    continue
                found.append((relative, details))
        # Stores may have a file and a folder of one name.
        return sorted(found, key=lambda entry: (entry[0], entry[1]["type"] == "directory"))

    @contextlib.contextmanager
    def _connected(self, name: str | None) -> Iterator[tuple[Any, str]]:
        """Give a file system and a path in it; make errors in the block those of `Storage`.

        Args:
            name: Of a file or folder, or None for the root.
        """
        try:
            parts = [] if name is None else parts_of(name)
            "".join(parts).encode()
            system, root = self._connection()
            yield system, "/".join([root, *parts])
        except (ImportError, MemoryError):
            raise
        except Exception as error:
            raise readable(error, self._place(name or "")) from error

    def _connection(self) -> tuple[Any, str]:
        """Return the file system for this process and the path of the root in it.

        Those that are not object stores keep one connection, which threads must not share.
        """
        key = os.getpid(), 0 if self._atomic else threading.get_ident()
        with self._lock:
            if key not in self._connections:
                from fsspec.core import url_to_fs  # type: ignore[import-untyped]

                # Not one that was made when the environment was another.
                options = {"skip_instance_cache": True}
                if self._atomic:
                    options["use_listings_cache"] = False
                system, root = url_to_fs(self.root, **options)
                self._connections[key] = system, root.rstrip("/")
            system, root = self._connections[key]
        if not self._atomic:
            system.invalidate_cache()
        return system, root

    def _exists(self, name: str) -> FileExistsError:
        place = without_password(self._place(name))
        return FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), place)

    def _place(self, name: str) -> str:
        """Return the URL of a file, or of the root."""
        return f"{self.root}{'' if self.root.endswith('/') or not name else '/'}{name}"


def _rebuild(root: str, atomic: bool) -> RemoteStorage:
    return RemoteStorage(root, atomic=atomic)


def _found(name: str, details: dict[str, Any]) -> Found:
    stamp = next((details[key] for key in _STAMPS if details.get(key)), "")
    # The same file system gives times as dates in one place and as numbers in another.
    text = str(stamp.timestamp() if hasattr(stamp, "timestamp") else stamp)
    return Found(name, int(details["size"] or 0), text.strip('"'))
