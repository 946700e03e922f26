"""A run over a tree: what there is, what is to be done, and the doing of it."""

from __future__ import annotations

import contextlib
import hashlib
import os
import posixpath
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rescodec.batch.engines import Engine
from rescodec.batch.local_storage import LocalStorage
from rescodec.batch.manifest import Manifest, Past
from rescodec.batch.planning import CollisionError, Plan
from rescodec.batch.selection import Selection
from rescodec.batch.storage import Found, Links, Storage, Unlisted
from rescodec.batch.worker import Outcome, Task

# Of hexadecimal digits.
_DIGITS = 8


@dataclass(frozen=True)
class Trees:
    """Where files come from and where they go.

    Attributes:
        sources: The tree that is read.
        targets: The tree that is written; it may be the same, or lie in it.
    """

    sources: Storage
    targets: Storage

    @property
    def digest(self) -> str:
        """Digest of where the sources are, 8 hexadecimal digits."""
        return hashlib.sha256(os.fsencode(_place(self.sources))).hexdigest()[:_DIGITS]

    def place(self, target: str) -> str | None:
        """Return where a target is among the sources, None if it is outside their tree."""
        place = posixpath.join(_place(self.targets), target)
        prefix = _place(self.sources).rstrip("/") + "/"
        return place.removeprefix(prefix) if place.startswith(prefix) else None

    def find(self, selection: Selection, links: Links) -> Iterator[Found | Unlisted]:
        """Yield the sources that are chosen, and folders and links that cannot be read."""
        inner = self.place("")
        for file in self.sources.find(links):
            # Not what earlier runs have made.
            if inner and file.name.startswith(inner):
                continue
            if isinstance(file, Found):
                chosen = selection.has(file.name)
            else:
                # A link that cannot be followed is no loss, unless it is named like a photo.
                chosen = not selection.excludes(file.name) and (
                    not file.no_folder or selection.has(file.name)
                )
            if chosen:
                yield file

    def find_planned(self, past: dict[str, Past]) -> Iterator[Found]:
        """Yield the sources that a manifest names, without listing anything.

        Sizes of those that are only planned are taken from there; the others are looked at, since
        they may have changed.
        """
        for name, entry in past.items():
            last = entry.last
            if last.status == "failed" and not last.target:
                # A folder that could not be listed.
                continue
            if last.status == "planned" and last.source_bytes is not None:
                yield Found(name, last.source_bytes, last.source_stamp or "")
            else:
                found = None
                with contextlib.suppress(OSError):
                    found = self.sources.status(name)
                # What is not there any more, or cannot be looked at, fails when it is read.
                yield found or Found(name, 0, "")

    def listed_targets(self) -> Callable[[str], Found | None]:
        """Return what looks up targets, after one listing of them all.

        A link that leads nowhere is in the way like a file, and found as an empty one.
        """
        listed = {}
        with contextlib.suppress(FileNotFoundError):
            for file in self.targets.find("all"):
                if isinstance(file, Found):
                    listed[file.name] = file
                elif file.no_folder:
                    listed[file.name] = Found(file.name, 0, "")
        return listed.get

    def require_no_sources(self, plan: Plan) -> None:
        """Refuse targets that are to be replaced and are sources, through links or letter case.

        Raises:
            CollisionError: There is one.
        """
        replaced = {
            identity: task
            for task in plan.tasks
            if (task.overwrite or task.only_compares)
            and (identity := _identity(self.targets, task.target)) is not None
        }
        for name in plan.sources if replaced else ():
            identity = _identity(self.sources, name)
            task = None if identity is None else replaced.get(identity)
            if task is not None:
                raise CollisionError(f"{task.target}, of {task.source.name}, is the source {name}")


def run_plan(plan: Plan, trees: Trees, manifest: Manifest, engine: Engine) -> Iterator[Outcome]:
    """Do what is planned, and write the manifest.

    Yields:
        What came of each file, as it comes.

    Raises:
        ManifestError: The manifest cannot be written.
    """
    for run, names in plan.leftovers.items():
        # What cannot be removed does no harm but that it is there.
        with contextlib.suppress(OSError):
            trees.targets.remove_leftovers(names, run)
    for entry in plan.failed:
        manifest.add(entry)
        yield Outcome(entry)

    def begin(task: Task) -> None:
        # The next run takes what was begun for its own, and replaces it.
        if not task.only_compares:
            manifest.add(task.entry(status="started"))

    tasks: Sequence[Task] = plan.tasks
    while tasks:
        by_name = {task.source.name: task for task in tasks}
        left = []
        for outcome in engine.run(tasks, begin):
            entry = outcome.entry
            if entry.status == "planned":
                # Compared. What is to be written is begun like all else: the run may be killed.
                ours = entry.target_sha256 is not None
                left.append(replace(by_name[entry.source], overwrite=ours, done=None))
                continue
            manifest.add(entry)
            yield outcome
        tasks = left


def _identity(storage: Storage, name: str) -> tuple[int, int] | None:
    """Return what all names of one file of this machine have in common; None for others."""
    path = storage.source(name) if isinstance(storage, LocalStorage) else None
    try:
        status = None if not isinstance(path, Path) else path.stat()
    except OSError:
        return None
    return None if status is None else (status.st_dev, status.st_ino)


def _place(storage: Storage) -> str:
    if isinstance(storage, LocalStorage):
        return os.path.realpath(storage.folder)
    return posixpath.normpath(storage.root)
