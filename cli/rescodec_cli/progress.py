"""What is said while files are worked on, and how the run ends."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

import click

from rescodec.pipeline import Pipeline
from rescodec_cli.messages import fail, shown
from rescodec_cli.targets import Job

ALL_DONE, SOME_FAILED, USAGE, NOTHING_TO_DO = range(4)


def run_jobs(
    jobs: Sequence[Job],
    stages: Sequence[Callable[[Any], Any]],
    finish: Callable[[Job, Any], str],
    *,
    errors: tuple[type[Exception], ...],
    skip_existing: bool,
    quiet: bool,
    verb: str,
    hints: Mapping[str, str] | None = None,
) -> int:
    """Do all jobs, report each, and return the exit status.

    A job that fails is reported on standard error and does not stop the others. The stages of
    several jobs overlap, as ``Pipeline`` explains; what is said keeps the order of the jobs.

    Args:
        jobs: What to do.
        stages: What is done for a job before anything is written: the first is given the job,
            each other the result of the one before it.
        finish: Writes what the last stage has returned, and returns what to say about it.
        errors: What counts as a failed job.
        skip_existing: Leave jobs out whose target exists.
        quiet: Say nothing but errors.
        verb: For the progress line, such as ``encoding``.
        hints: What to do about a ``FormatError``, by its kind.
    """

    def first(job: Job) -> Any:
        # A link that leads nowhere is in the way like a file.
        if skip_existing and job.target is not None and os.path.lexists(job.target):
            raise _ExistsError
        return stages[0](job)

    failed = done = 0
    with Pipeline[Job, Any](jobs, [first, *stages[1:]]) as pipeline:
        for number, job in enumerate(jobs, start=1):
            name, target = shown(job.source_name), shown(job.target_name)
            # Of several, what each adds to the time of all.
            started = time.monotonic()
            try:
                with _status(f"{verb} {name} ({number} of {len(jobs)})", quiet=quiet):
                    summary = finish(job, pipeline.take())
            except _ExistsError:
                _say(f"{target} exists, skipped", quiet=quiet)
                continue
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


class _ExistsError(Exception):
    """A target is there already, and shall stay."""


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
