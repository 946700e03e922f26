"""What is said while files are worked on, and how the run ends."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

import click

from rescodec_cli.targets import Job

ALL_DONE, SOME_FAILED, USAGE, NOTHING_TO_DO = range(4)


def describe(error: Exception) -> str:
    """Return one line for an error that is the file's or the user's, not ours."""
    if isinstance(error, FileExistsError):
        return f"{error.filename or error} exists; use --overwrite or --skip-existing"
    if isinstance(error, OSError) and error.strerror:
        where = f": {error.filename}" if error.filename else ""
        return f"{error.strerror}{where}"
    if isinstance(error, MemoryError):
        return "not enough memory for this image"
    return " ".join(str(error).split())


def run_jobs(
    jobs: Sequence[Job],
    work: Callable[[Job], str],
    *,
    errors: tuple[type[Exception], ...],
    skip_existing: bool,
    quiet: bool,
    verb: str,
) -> int:
    """Do all jobs, report each, and return the exit status.

    A job that fails is reported on standard error and does not stop the others.

    Args:
        jobs: What to do.
        work: Does one job and returns what to say about it.
        errors: What counts as a failed job.
        skip_existing: Leave jobs out whose target exists.
        quiet: Say nothing but errors.
        verb: For the progress line, such as ``encoding``.
    """
    failed = done = 0
    for number, job in enumerate(jobs, start=1):
        if skip_existing and job.target is not None and job.target.exists():
            _say(f"{job.target} exists, skipped", quiet=quiet)
            continue
        started = time.monotonic()
        try:
            with _status(f"{verb} {job.name} ({number} of {len(jobs)})", quiet=quiet):
                summary = work(job)
        except errors as error:
            click.echo(f"error: {job.name}: {describe(error)}", err=True)
            failed += 1
            continue
        done += 1
        target = "stdout" if job.target is None else str(job.target)
        seconds = time.monotonic() - started
        _say(f"{job.name} -> {target}  {summary}  {seconds:.1f} s", quiet=quiet)
    if failed:
        return SOME_FAILED
    return ALL_DONE if done else NOTHING_TO_DO


def _say(line: str, *, quiet: bool) -> None:
    # Standard output may carry a picture, so all messages go to standard error.
    if not quiet:
        click.echo(line, err=True)


@contextmanager
def _status(line: str, *, quiet: bool) -> Iterator[None]:
    spinner: Any = nullcontext()
    if not quiet and sys.stderr.isatty():
        from rich.console import Console

        spinner = Console(stderr=True).status(line)
    with spinner:
        yield
