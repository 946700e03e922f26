"""What is said while files are worked on, and how the run ends."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

import click

from rescodec_cli.messages import fail, shown
from rescodec_cli.targets import Job

ALL_DONE, SOME_FAILED, USAGE, NOTHING_TO_DO = range(4)


def run_jobs(
    jobs: Sequence[Job],
    work: Callable[[Job], str],
    *,
    errors: tuple[type[Exception], ...],
    skip_existing: bool,
    quiet: bool,
    verb: str,
    hints: Mapping[str, str] | None = None,
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
        hints: What to do about a ``FormatError``, by its kind.
    """
    failed = done = 0
    for number, job in enumerate(jobs, start=1):
        name, target = shown(job.source_name), shown(job.target_name)
        started = time.monotonic()
        try:
            if skip_existing and job.target is not None and job.target.exists():
                _say(f"{target} exists, skipped", quiet=quiet)
                continue
            with _status(f"{verb} {name} ({number} of {len(jobs)})", quiet=quiet):
                summary = work(job)
        except errors as error:
            fail(error, job.source_name, job.target_name, hints)
            failed += 1
            continue
        done += 1
        seconds = time.monotonic() - started
        _say(f"{name} -> {target}  {summary}  {seconds:.1f} s", quiet=quiet)
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
    if not quiet and sys.stderr is not None and sys.stderr.isatty():
        from rich.console import Console
        from rich.text import Text

        # Text, because a name may hold what rich takes for markup.
        spinner = Console(stderr=True).status(Text(line))
    with spinner:
        yield
