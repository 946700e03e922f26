"""Where results go: names, collisions and what is skipped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

STREAM = "-"
LR_SUFFIX = ".lr.png"


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
    def name(self) -> str:
        """The source as messages name it."""
        return "stdin" if self.source is None else str(self.source)


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
    return f"{stem}.{carrier}{LR_SUFFIX}"


def plan(sources: Sequence[str], output: str | None, rename: Callable[[Path], str]) -> list[Job]:
    """Decide every target before any work starts.

    Args:
        sources: Paths; ``-`` is standard input.
        output: A file (for one source), a folder, ``-`` for standard output, or None
            for a new name beside each source.
        rename: Makes a target's name from a source.

    Raises:
        click.UsageError: Two sources share a target, a target is a source, or several
            sources would go to one file.
    """
    jobs = [_job(source, output, rename, single=len(sources) == 1) for source in sources]
    taken: dict[Path, str] = {}
    originals = {job.source.resolve() for job in jobs if job.source is not None}
    for job in jobs:
        if job.target is None:
            continue
        resolved = job.target.resolve()
        if resolved in originals:
            raise click.UsageError(f"{job.target} is a source; choose another output with -o")
        if resolved in taken:
            raise click.UsageError(
                f"{taken[resolved]} and {job.name} would both become {job.target}; "
                "convert them one by one with -o"
            )
        taken[resolved] = job.name
    return jobs


def _job(source: str, output: str | None, rename: Callable[[Path], str], *, single: bool) -> Job:
    path = None if source == STREAM else Path(source)
    if output == STREAM or (output is None and path is None):
        if not single:
            raise click.UsageError("standard output takes one source only")
        return Job(path, None)
    if output is None and path is not None:
        return Job(path, path.with_name(rename(path)))
    target = Path(output or "")
    if target.is_dir() or (output or "").endswith("/"):
        if path is None:
            raise click.UsageError("standard input has no name; give -o a file, not a folder")
        return Job(path, target / rename(path))
    if not single:
        raise click.UsageError(f"{output} is no folder; several sources need one as -o")
    return Job(path, target)
