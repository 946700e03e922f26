"""The manifest of a run: one JSON object a line for all that happened to each file.

It is the state from which an interrupted run goes on. Lines are only ever added, each at once, so
that whatever ends the program leaves a manifest that can be read; the last line of a file counts.
Manifests can be cut between lines and put together again, as shards of a large run are.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Literal, TypeAlias, get_args

from rescodec.batch.storage import parts_of
from rescodec.configuration import unknown_key

Status: TypeAlias = Literal["planned", "started", "done", "failed"]
_STATUSES: Final = get_args(Status)
_RUN: Final = "[0-9a-f]{8}"
_BEGINNING: Final = b'{"source": "'
_STRINGS: Final = (
    *("source", "target", "status", "run", "tree", "settings", "source_stamp", "source_sha256"),
    *("target_stamp", "target_sha256", "error", "message"),
)
_TYPES: Final[dict[str, tuple[str, tuple[type, ...]]]] = {
    **dict.fromkeys(_STRINGS, ("text", (str,))),
    **dict.fromkeys(
        ("source_bytes", "target_bytes", "width", "height"), ("a whole number", (int,))
    ),
    **dict.fromkeys(("bpp", "seconds"), ("a number", (int, float))),
}


class ManifestError(ValueError):
    """A file that is no manifest, that another run is writing, or that cannot be written."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """What happened to one file.

    Attributes:
        source: Relative to the source's root, with slashes.
        target: Relative to the target's root.
        status: ``planned``; ``started``, the target may have been written; ``done``; ``failed``.
        run: The run that did it, 8 hexadecimal digits.
        tree: Digest of where the sources were; names of another tree are other files.
        settings: Digest of what the target depends on beside the source.
        source_bytes: Size of the source.
        source_stamp: Its time of modification or tag.
        source_sha256: Its digest, where asked for.
        target_bytes: Size of the target.
        target_stamp: Its time of modification or tag.
        target_sha256: Its digest, where asked for.
        width: Of the photo, in pixels.
        height: Of the photo, in pixels.
        bpp: Bits of the LR file per pixel of the photo.
        seconds: That the file took.
        error: Kind of the error, in kebab-case.
        message: The error in one line.
    """

    source: str
    target: str
    status: Status
    run: str | None = None
    tree: str | None = None
    settings: str | None = None
    source_bytes: int | None = None
    source_stamp: str | None = None
    source_sha256: str | None = None
    target_bytes: int | None = None
    target_stamp: str | None = None
    target_sha256: str | None = None
    width: int | None = None
    height: int | None = None
    bpp: float | None = None
    seconds: float | None = None
    error: str | None = None
    message: str | None = None

    def to_json(self) -> str:
        """Return one line, without what is not known."""
        known = {key: value for key, value in asdict(self).items() if value is not None}
        return json.dumps(known)


@dataclass(frozen=True, slots=True)
class Past:
    """What earlier runs did with a source.

    Attributes:
        last: The last entry.
        done: The last that was done, if any.
    """

    last: Entry
    done: Entry | None = None


class Manifest:
    """A manifest that is read at first and then added to; a context manager.

    Args:
        path: Of the file, which is made if needed; its folder must exist.

    Raises:
        ManifestError: It is no manifest, or another run is writing it.
        OSError: It cannot be read or written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        if path.exists() and not path.is_file():
            raise ManifestError(f"{path}: is no regular file")
        self._file: BinaryIO = path.open("a+b")
        try:
            _lock(self._file, path)
            self._file.seek(0)
            self.past = _past(self._file, path)
            self._end_last_line()
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Manifest:
        """Return the manifest itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the file, which unlocks it."""
        self._file.close()

    def add(self, entry: Entry) -> None:
        """Add a line, which is in the hands of the system when this returns.

        Raises:
            ManifestError: It cannot be written.
        """
        try:
            self._file.write(entry.to_json().encode() + b"\n")
            self._file.flush()
        except OSError as error:
            raise ManifestError(f"{self.path}: cannot be written: {error.strerror}") from error

    def _end_last_line(self) -> None:
        """End a line that was cut short, so that the next is one of its own."""
        if self._file.seek(0, 2):
            self._file.seek(-1, 2)
            if self._file.read(1) != b"\n":
                self._file.write(b"\n")
                self._file.flush()


def read_manifest(path: Path) -> dict[str, Past]:
    """Read a manifest without locking it.

    Returns:
        What happened to each source, in the order in which they first stand there.

    Raises:
        ManifestError: It is no manifest.
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        return _past(file, path)


def _past(lines: Iterable[bytes], path: Path) -> dict[str, Past]:
    past: dict[str, Past] = {}
    for number, line in enumerate(lines, start=1):
        try:
            entry = entry_of_json(line)
        except ValueError as error:
            if _may_be_cut(line, error):
                continue
            raise ManifestError(
                f"{path}: line {number} is no entry of a manifest: {error}"
            ) from error
        before = past.get(entry.source)
        earlier = None if before is None else before.done
        past[entry.source] = Past(entry, entry if entry.status == "done" else earlier)
    return past


def _may_be_cut(line: bytes, error: ValueError) -> bool:
    """Tell whether a line that is no entry may be the beginning of one: a run was killed."""
    line = line.strip()
    incomplete = isinstance(error, json.JSONDecodeError)
    return incomplete and (line.startswith(_BEGINNING) or _BEGINNING.startswith(line))


def entry_of_json(line: str | bytes) -> Entry:
    """Read a line, the opposite of ``Entry.to_json``.

    Raises:
        ValueError: It is no entry.
    """
    found = json.loads(line)
    if not isinstance(found, dict):
        raise ValueError(f"expected an object, found {type(found).__name__}")
    for key, value in found.items():
        if key not in _TYPES:
            raise ValueError(unknown_key("entry", key, _TYPES))
        name, types = _TYPES[key]
        if isinstance(value, bool) or not isinstance(value, types):
            raise ValueError(f"{key}: expected {name}, found {value!r}")
    missing = {"source", "target", "status"} - found.keys()
    if missing:
        raise ValueError(f"{min(missing)} is missing")
    if found["status"] not in _STATUSES:
        raise ValueError(
            f"status: expected one of {', '.join(_STATUSES)}, found {found['status']!r}"
        )
    for name in ("source", "target"):
        _require_name(found[name], name)
    if not re.fullmatch(_RUN, found.get("run", "00000000")):
        raise ValueError(f"run: expected 8 hexadecimal digits, found {found['run']!r}")
    return Entry(**found)


def _require_name(name: str, what: str) -> None:
    """Refuse what is no name of a file in a tree.

    Raises:
        ValueError: So it is.
    """
    # Entries of folders that could not be listed have no target.
    if name or what == "source":
        try:
            os.fsencode(name)
            parts_of(name)
        except (OSError, UnicodeEncodeError) as error:
            raise ValueError(f"{what}: {name!r} is no name of a file in the tree") from error


def _lock(file: BinaryIO, path: Path) -> None:
    """Keep other runs away until the file is closed, however this program ends."""
    if sys.platform == "win32":
        return
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise ManifestError(f"{path}: another run is writing it; wait, or stop that run") from error
