"""Pages: one job each, read, made and written like any other file."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

from rescodec_cli.progress import run_jobs
from rescodec_cli.streams import finish
from rescodec_cli.targets import Job

T = TypeVar("T")


def write_page(
    job: Job,
    read: Callable[[], T],
    make: Callable[[T], tuple[str, str]],
    *,
    verb: str,
    overwrite: bool,
    skip_existing: bool,
    quiet: bool,
    errors: tuple[type[Exception], ...] = (),
) -> None:
    """Make a page, and exit with its status.

    Args:
        job: Of the page.
        read: Returns what it is made of.
        make: Returns the page and what to say about it.
        verb: What is done meanwhile.
        overwrite: Replace an existing page.
        skip_existing: Leave it.
        quiet: Say nothing but errors.
        errors: Of what is read, beside those of photos.
    """
    from rescodec.outputs import require_writable
    from rescodec.programs import EXPECTED_ERRORS, memory_errors
    from rescodec_formats import atomic_write

    @memory_errors()
    def first(job: Job) -> T:
        if job.target is not None:
            require_writable(job.target, overwrite=overwrite)
        return read()

    def write(job: Job, made: tuple[str, str]) -> str:
        page, said = made[0].encode(), made[1]
        target: Path | io.BytesIO = job.target or io.BytesIO(page)
        if isinstance(target, Path):
            with atomic_write(target, overwrite=overwrite) as file:
                file.write(page)
        return f"{said}, {finish(target):,} bytes"

    status = run_jobs(
        [job],
        [first, memory_errors()(make)],
        write,
        errors=(*EXPECTED_ERRORS, *errors),
        skip_existing=skip_existing,
        quiet=quiet,
        verb=verb,
        hints={"folder": "name a file in it"},
    )
    click.get_current_context().exit(status)
