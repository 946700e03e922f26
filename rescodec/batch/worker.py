"""What is done with one file, and what comes of it; the same in every engine."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple, TypeAlias, cast

from rescodec.batch.conversion import Conversion, Converted
from rescodec.batch.manifest import Entry
from rescodec.batch.storage import Found, Storage
from rescodec.memory import release_memory
from rescodec.outputs import keep_time
from rescodec.programs import EXPECTED_ERRORS, memory_errors
from rescodec_formats import FormatError

# Returns one line about an error, of a source and the target that was being written.
Describe: TypeAlias = Callable[[Exception, str, str], str]


@dataclass(frozen=True)
class Task:
    """A file to make; doing it twice makes the same file twice.

    Attributes:
        source: The file in its tree, as it was found.
        target: Name in the target's tree.
        overwrite: An existing target is replaced.
        run: Of which it is a part, 8 hexadecimal digits.
        tree: Digest of where the sources are.
        settings: Digest of all that the target depends on beside the source.
        done: What is to be compared by digest first, and left alone if nothing has changed.
    """

    source: Found
    target: str
    overwrite: bool
    run: str
    tree: str
    settings: str
    done: Entry | None = None

    @property
    def only_compares(self) -> bool:
        """Whether nothing may be written until digests have shown whose the target is."""
        return self.done is not None and not self.overwrite

    def entry(self, **known: Any) -> Entry:
        """Return a line of the manifest about this task."""
        return Entry(
            source=self.source.name,
            target=self.target,
            run=self.run,
            tree=self.tree,
            settings=self.settings,
            source_bytes=self.source.size,
            source_stamp=self.source.stamp,
            **known,
        )


class Outcome(NamedTuple):
    """What came of a task.

    Attributes:
        entry: For the manifest. It is ``planned`` if the task was only to compare, and its target
            is to be made all the same; with ``target_sha256`` it is there, and may be replaced.
        unchanged: Nothing was done, for nothing has changed.
    """

    entry: Entry
    unchanged: bool = False


@dataclass
class Work:
    """A task on its way through the stages, with what the last of them has returned."""

    task: Task
    value: Any = None
    source_sha256: str | None = None
    seconds: float = 0.0
    outcome: Outcome | None = None


class TimeNotKeptError(OSError):
    """A target was written, but did not get the time of its source."""


@dataclass(frozen=True)
class Worker:
    """Does tasks. The stages of several tasks may overlap, each stage in a thread of its own.

    Attributes:
        conversion: What is done.
        sources: The tree that is read.
        targets: The tree that is written.
        describe: Says what went wrong, in one line.
        checksum: Note digests, and compare them.
        preserve: Give targets the modification time of their sources; both trees are local.
    """

    conversion: Conversion[Any, Any]
    sources: Storage
    targets: Storage
    describe: Describe
    checksum: bool = False
    preserve: bool = False

    def __call__(self, task: Task) -> Outcome:
        """Do a task."""
        return self.write(self.compute(self.read(task)))

    def read(self, task: Task) -> Work:
        """Read the source of a task."""
        return self._staged(self._read, Work(task))

    def compute(self, work: Work) -> Work:
        """Run the network."""
        return self._staged(self._compute, work)

    def compute_batch(self, works: Sequence[Work]) -> Sequence[Work]:
        """Run the network on works of one kind, none of which has failed.

        Should that fail, for want of memory say, or since one of them is bad, each is tried alone.
        """
        started = time.monotonic()
        computed = self._computed(works) if len(works) > 1 else None
        if computed is None:
            return [self.compute(work) for work in works]
        seconds = (time.monotonic() - started) / len(works)
        for work, value in zip(works, computed, strict=True):
            work.value = value
            work.seconds += seconds
        return works

    def _computed(self, works: Sequence[Work]) -> list[Any] | None:
        try:
            return self.conversion.compute([work.value for work in works])
        except Exception:
            # Each will tell. No traceback holds the memory of this attempt beyond here.
            return None

    def write(self, work: Work) -> Outcome:
        """Write the target."""
        # The last stage always has one.
        outcome = cast(Outcome, self._staged(self._write, work).outcome)
        release_memory()
        return outcome

    def _staged(self, stage: Callable[[Work], None], work: Work) -> Work:
        """Do a stage, if none before it has failed."""
        if work.outcome is not None:
            return work
        started = time.monotonic()
        try:
            with memory_errors():
                stage(work)
        except Exception as error:
            work.value = None
            work.outcome = Outcome(self._failed(work.task, error))
        work.seconds += time.monotonic() - started
        if work.outcome is not None and not work.outcome.unchanged:
            entry = replace(work.outcome.entry, seconds=round(work.seconds, 3))
            work.outcome = Outcome(entry)
        return work

    def _read(self, work: Work) -> None:
        task = work.task
        source = self.sources.source(task.source.name)
        if self.checksum:
            work.source_sha256 = _digest(source)
            work.outcome = self._compared(task, work.source_sha256)
            if work.outcome is not None:
                return
        work.value = self.conversion.read(source, _suffix(task))

    def _compute(self, work: Work) -> None:
        (work.value,) = self.conversion.compute([work.value])

    def _write(self, work: Work) -> None:
        task = work.task
        converted: Converted = self.conversion.write(work.value, _suffix(task))
        work.value = None
        content = converted.content
        self.targets.write(task.target, content, overwrite=task.overwrite, run=task.run)
        if self.preserve:
            self._preserve_time(task)
        written = self.targets.status(task.target)
        lr_bytes = len(content) if self.conversion.makes_lr else task.source.size
        entry = task.entry(
            status="done",
            source_sha256=work.source_sha256,
            target_bytes=len(content),
            target_stamp=None if written is None else written.stamp,
            target_sha256=hashlib.sha256(content).hexdigest() if self.checksum else None,
            width=converted.width,
            height=converted.height,
            bpp=round(8 * lr_bytes / (converted.width * converted.height), 4),
        )
        work.outcome = Outcome(entry)

    def _compared(self, task: Task, source_sha256: str) -> Outcome | None:
        """Return what comes of comparing digests, None if the target is to be written.

        Raises:
            FileExistsError: The target is not what an earlier run has left, and is to stay.
        """
        done = task.done
        if done is None:
            return None
        same = (done.source_sha256, done.settings) == (source_sha256, task.settings)
        if task.overwrite and not same:
            return None
        there = self.targets.status(task.target)
        found = None if there is None else _digest(self.targets.source(task.target))
        kept = found is not None and found == done.target_sha256
        if there is not None and kept and same:
            stamp = task.source.stamp
            entry = replace(done, run=task.run, source_stamp=stamp, target_stamp=there.stamp)
            return Outcome(entry, unchanged=True)
        if task.overwrite:
            return None
        if found is not None and not kept:
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), task.target)
        return Outcome(task.entry(status="planned", target_sha256=found))

    def _preserve_time(self, task: Task) -> None:
        source, target = self.sources.source(task.source.name), self.targets.source(task.target)
        if isinstance(source, Path) and isinstance(target, Path):
            try:
                keep_time(source, target)
            except OSError as error:
                # The target is there, and ours.
                raise TimeNotKeptError(error.errno, error.strerror, str(target)) from error

    def _failed(self, task: Task, error: Exception) -> Entry:
        if isinstance(error, EXPECTED_ERRORS):
            message = self.describe(error, task.source.name, task.target)
        else:
            message = f"{_where(error)}; this is a bug of rescodec"
        return task.entry(status="failed", error=_kind(error), message=message)


def _suffix(task: Task) -> str:
    return PurePosixPath(task.target).suffix


def _digest(content: Path | bytes) -> str:
    if isinstance(content, bytes):
        return hashlib.sha256(content).hexdigest()
    with content.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _kind(error: Exception) -> str:
    """Return the kind of an error: that of a ``FormatError``, or its class in kebab-case.

    >>> _kind(FileExistsError())
    'file-exists'
    """
    if isinstance(error, FormatError):
        return error.kind
    words = re.findall("[A-Z]+(?![a-z])|[A-Z][a-z]+", type(error).__name__.removesuffix("Error"))
    return "-".join(words).lower() or "error"


def _where(error: Exception) -> str:
    """Return an unexpected error and where it was raised, in one line."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    text = " ".join(str(error).split())
    return f"unexpected {type(error).__name__}: {text} ({Path(last.filename).name}:{last.lineno})"
