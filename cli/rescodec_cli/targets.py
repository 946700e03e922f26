"""Where results go: names, collisions and what is skipped."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from rescodec.batch.names import LR_SUFFIX
from rescodec_cli.messages import shown
from rescodec_cli.options import CARRIERS

STREAM = "-"


@dataclass(frozen=True)
class Job:
    """One file to make.

    Attributes:
        source: Path, or None for standard input.
        target: Path, or None for standard output.
    """

    source: Path | None
    target: Path | None

    @property
    def source_name(self) -> str:
        """The source as messages name it."""
        return "standard input" if self.source is None else str(self.source)

    @property
    def target_name(self) -> str:
        """The target as messages name it."""
        return "standard output" if self.target is None else str(self.target)


def job_to_read(name: str) -> Job:
    """Return a job that makes no file; ``-`` is standard input."""
    return Job(None if name == STREAM else Path(name), None)


def encoded_name(source: Path) -> str:
    """Return ``photo.lr.png`` for ``photo.jpg``."""
    return source.stem + LR_SUFFIX


def decoded_name(source: Path) -> str:
    """Return ``photo.png`` for ``photo.lr.png``, ``photo.restored.png`` for others."""
    if source.name.lower().endswith(LR_SUFFIX) and len(source.name) > len(LR_SUFFIX):
        return source.name[: -len(LR_SUFFIX)] + ".png"
    return source.stem + ".restored.png"


def converted_name(source: Path, carrier: str) -> str:
    """Return ``photo.alpha.lr.png`` for ``photo.lr.png`` and carrier ``alpha``."""
    name = source.name
    stem = name[: -len(LR_SUFFIX)] if name.lower().endswith(LR_SUFFIX) else source.stem
    for other in CARRIERS:
        stem = stem.removesuffix(f".{other}") or stem
    return f"{stem}.{carrier}{LR_SUFFIX}"


def plan(sources: Sequence[str], output: str | None, rename: Callable[[Path], str]) -> list[Job]:
    """Decide every target before any work starts.

    Args:
        sources: Paths; ``-`` is standard input.
        output: A file (for one source), a folder (made if its name ends with a slash),
            ``-`` for standard output, or None for a new name beside each source.
        rename: Makes a target's name from a source.

    Raises:
        click.UsageError: Two sources share a target, a target is a source, several
            sources would go to one file, or a folder is missing.
    """
    if output == "":
        raise click.UsageError("-o is empty; give it a file, a folder, or - for standard output")
    folder = None if output in (None, STREAM) else _folder(str(output))
    jobs = [_job(source, output, folder, rename, len(sources) == 1) for source in sources]
    taken: dict[str, str] = {}
    originals = {key for job in jobs if job.source is not None for key in _identity(job.source)}
    for job in jobs:
        if job.target is None:
            continue
        if not originals.isdisjoint(_identity(job.target)):
            raise click.UsageError(
                f"{shown(job.target)} is a source; choose another output with -o"
            )
        # Not Path.resolve, which Python 3.11 lets fail on loops of links.
        resolved = os.path.realpath(job.target)
        if resolved in taken:
            raise click.UsageError(
                f"{shown(taken[resolved])} and {shown(job.source_name)} would both become "
                f"{shown(job.target)}; convert them one by one with -o"
            )
        taken[resolved] = job.source_name
    if folder is not None:
        _make_folder(folder)
    return jobs


def require_png(jobs: Sequence[Job]) -> None:
    """Refuse targets with the suffix of another format: LR files are PNGs.

    Raises:
        click.UsageError: A target is named otherwise.
    """
    for job in jobs:
        if job.target is not None and job.target.suffix.lower() not in ("", ".png"):
            raise click.UsageError(
                f"{shown(job.target)}: LR files are PNGs; end the name with {LR_SUFFIX}"
            )


def refuse_terminal(jobs: Sequence[Job]) -> None:
    """Refuse to write a picture where text is read.

    Raises:
        click.UsageError: A target is standard output, and that a terminal.
    """
    to_terminal = sys.stdout is not None and sys.stdout.isatty()
    if to_terminal and any(job.target is None for job in jobs):
        raise click.UsageError("standard output is a terminal; redirect it, or name a file with -o")


def _job(
    source: str,
    output: str | None,
    folder: Path | None,
    rename: Callable[[Path], str],
    single: bool,
) -> Job:
    path = None if source == STREAM else _source(source)
    if output == STREAM or (output is None and path is None):
        if not single:
            raise click.UsageError("standard output takes one source only")
        return Job(path, None)
    if output is None and path is not None:
        return Job(path, path.with_name(rename(path)))
    if folder is not None:
        if path is None:
            raise click.UsageError("standard input has no name; give -o a file, not a folder")
        return Job(path, folder / rename(path))
    if not single:
        raise click.UsageError(
            f"{shown(str(output))} is no folder; several sources need one, such as -o OUT/"
        )
    target = Path(str(output))
    _require_folder(target.parent)
    return Job(path, target)


def _source(name: str) -> Path:
    path = Path(name)
    if not path.name:
        # What names come from: "", ".", "/".
        raise click.UsageError(f"{shown(name) or 'an empty name'} is no file")
    return path


def _folder(output: str) -> Path | None:
    """Return the folder that an output names, None for a file."""
    # Not Path.is_dir, which fails on names that are too long.
    return Path(output) if os.path.isdir(output) or output.endswith("/") else None  # noqa: PTH112


def _make_folder(folder: Path) -> None:
    _require_folder(folder.parent)
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise click.UsageError(
            f"cannot make the folder {shown(folder)}: {error.strerror}"
        ) from error


def _require_folder(folder: Path) -> None:
    if not os.path.isdir(folder):  # noqa: PTH112
        raise click.UsageError(f"there is no folder {shown(folder)}; make it first")


def _identity(path: Path) -> set[Hashable]:
    """Return what two names of one file have in common, through links and letter case too."""
    keys: set[Hashable] = {os.path.realpath(path)}
    with contextlib.suppress(OSError, ValueError):
        status = path.stat()
        keys.add((status.st_dev, status.st_ino))
    return keys
