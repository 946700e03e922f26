"""Trees of files: a local folder, or what a URL such as ``s3://bucket/photos`` names."""

from __future__ import annotations

import errno
import importlib.util
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal, NamedTuple, Protocol
from urllib.parse import unquote
from urllib.request import url2pathname

Links = Literal["skip", "files", "all"]
"""Which symbolic links are followed: none, those to files, those to folders too."""


class Found(NamedTuple):
    """A file of a tree.

    Attributes:
        name: Where it is, from the root of the tree: one or more parts with ``/`` between them,
            none of them ``.`` or ``..``. Bytes of a local name that are not UTF-8 are lone
            surrogates, as in `os.fsdecode`.
        size: In bytes.
        stamp: Another one when the content is another one: the time of the last change or, where
            there is one, a version's tag; empty where nothing is known.
    """

    name: str
    size: int
    stamp: str


class Unlisted(NamedTuple):
    """A part of a tree that cannot be looked at: a folder, a link, a name with no file name in it.

    Attributes:
        name: Where it is, as in `Found`, but for names that are the reason themselves.
        reason: Why, in the words of the operating system where it gave some.
        no_folder: It is surely no folder that should have been listed: a link that leads nowhere
            or in a circle, or, where those to folders are not followed, to what is closed.
    """

    name: str
    reason: str
    no_folder: bool = False


class Storage(Protocol):
    """A tree of files. It can be pickled: other processes get a copy.

    Names are those of `Found`. Every method raises `OSError` with a message of one line for what
    fails outside this program, and for a name that would lead out of the tree.

    Attributes:
        root: The tree, as the user wrote it.
    """

    root: str

    def find(self, links: Links = "files") -> Iterator[Found | Unlisted]:
        """Yield the regular files, folder by folder, in the order of names within each folder.

        What a folder holds comes in the place of the folder's own name. One folder is read at a
        time, and a file is looked at when it is its turn, so that the first is yielded soon.
        Devices, pipes and sockets are left out, and so are temporary files of unfinished writes.

        Args:
            links: Which symbolic links to follow; others are left out. With "all", a folder that
                can be reached in several ways is listed once, under the first name, which ends
                loops.

        Raises:
            FileNotFoundError: There is no such folder, or, in an object store, nothing in it.
            NotADirectoryError: The root is a file.
            OSError: The root cannot be read. For all below it there is `Unlisted`.
        """
        ...

    def status(self, name: str) -> Found | None:
        """Return what is known about a file, or None where no file has that name."""
        ...

    def source(self, name: str) -> Path | bytes:
        """Return what a reader of images opens: a path where there is one, or the bytes."""
        ...

    def read(self, name: str) -> bytes:
        """Return the bytes of a file."""
        ...

    def write(self, name: str, content: bytes, *, overwrite: bool, run: str) -> None:
        """Write a file completely or not at all, with the folders that it needs below the root.

        Args:
            name: Where.
            content: The bytes.
            overwrite: Replace a file that is there.
            run: 8 hexadecimal digits of the run, for `remove_leftovers`.

        Raises:
            FileExistsError: It is there, or appears meanwhile, and may not be replaced.
            OSError: It cannot be written.
            ValueError: `run` is something else.
        """
        ...

    def remove_leftovers(self, names: Iterable[str], run: str) -> int:
        """Remove the temporary files that killed writes have left, and return how many.

        Those of other names and of other runs stay, so that others may go on writing. A write of
        one of these names that is not dead fails.

        Args:
            names: The targets of the writes.
            run: What was given to `write`.
        """
        ...

    def make_root(self) -> None:
        """Make the folder that the root is, where it is not there and the storage has folders.

        Raises:
            FileNotFoundError: A local folder's parent is not there.
            NotADirectoryError: The root is a file.
        """
        ...


class _Kind(NamedTuple):
    """What a protocol needs.

    Attributes:
        module: The one whose absence says that the package is missing.
        install: What to tell pip.
        atomic: Files appear complete or not at all, and there are no folders.
    """

    module: str
    install: str
    atomic: bool


_KINDS = {
    "s3": _Kind("s3fs", "'rescodec[s3]'", atomic=True),
    "gs": _Kind("gcsfs", "gcsfs", atomic=True),
    "gcs": _Kind("gcsfs", "gcsfs", atomic=True),
    "az": _Kind("adlfs", "adlfs", atomic=True),
    "abfs": _Kind("adlfs", "adlfs", atomic=True),
    "sftp": _Kind("paramiko", "fsspec paramiko", atomic=False),
    "ssh": _Kind("paramiko", "fsspec paramiko", atomic=False),
    "smb": _Kind("smbprotocol", "fsspec smbprotocol", atomic=False),
    "memory": _Kind("fsspec", "fsspec", atomic=True),
}


def storage_of(place: str | Path) -> Storage:
    """Return the tree that a path or a URL names; nothing is read yet.

    A `Path` and a text without ``://`` are local folders, and so is a ``file://`` URL, in which
    ``%20`` is a space. In other URLs every character stands for itself. Their credentials and
    options come from where fsspec and the packages for the protocols look for them: the
    environment and configuration files.

    Raises:
        ImportError: The package for the protocol is not installed.
        ValueError: The protocol is not known, or the URL is incomplete.
    """
    # Here, since both need what is above.
    from .local_storage import LocalStorage
    from .remote_storage import RemoteStorage

    text = str(place)
    protocol, separator, rest = text.partition("://")
    if isinstance(place, Path) or not separator:
        return LocalStorage(text)
    if protocol == "file":
        if not rest.startswith("/"):
            raise ValueError(f"{text}: a file URL has three slashes and an absolute path")
        if sys.platform == "win32":
            return LocalStorage(text, url2pathname(rest))
        return LocalStorage(text, unquote(rest, errors="surrogateescape"))
    kind = _KINDS.get(protocol)
    if kind is None:
        known = ", ".join([*_KINDS, "file"])
        raise ValueError(f"{protocol}:// is not known; known are {known}")
    if not rest.strip("/") and protocol != "memory":
        raise ValueError(f"{text}: what is to follow is missing")
    if importlib.util.find_spec(kind.module) is None:
        raise ImportError(
            f"{protocol}:// needs the package {kind.module}: pip install {kind.install}",
            name=kind.module,
        )
    return RemoteStorage(text, atomic=kind.atomic)


def parts_of(name: str) -> list[str]:
    """Return the parts of a name within a tree.

    Raises:
        OSError: It is empty, or one of them is, or it would lead elsewhere.
    """
    parts = name.split("/")
    special = set("\0\\:" if sys.platform == "win32" else "\0")
    if any(part in ("", ".", "..") or special & set(part) for part in parts):
        raise OSError(errno.EINVAL, "Not a name of a file within a folder", name)
    return parts
