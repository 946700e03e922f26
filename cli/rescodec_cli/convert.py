"""``rescodec convert``: move the payload between carriers."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

import rescodec_formats as formats
from rescodec_cli import options
from rescodec_cli.progress import run_jobs
from rescodec_cli.targets import Job, converted_name, plan


@click.command()
@options.sources
@click.option(
    "--carrier", type=click.Choice(options.CARRIERS), required=True, help="Where the plane goes."
)
@options.output
@options.existing
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")
def convert(
    sources: tuple[str, ...],
    carrier: Literal["alpha", "chunk"],
    output: str | None,
    overwrite: bool,
    skip_existing: bool,
    quiet: bool,
) -> None:
    """Move the learned plane between alpha channel and private chunk, without decoding.

    photo.lr.png becomes photo.alpha.lr.png (or photo.chunk.lr.png). No pixel and no
    digest changes.
    """
    options.check_existing(overwrite=overwrite, skip_existing=skip_existing)
    jobs = plan(sources, output, lambda source: converted_name(source, carrier))
    if any(job.source is None or job.target is None for job in jobs):
        raise click.UsageError("convert works on files, not on standard input or output")

    def work(job: Job) -> str:
        formats.convert(job.source or Path(), job.target or Path(), carrier, overwrite=overwrite)
        return f"carrier {carrier}"

    status = run_jobs(
        jobs,
        work,
        errors=(formats.FormatError, OSError),
        skip_existing=skip_existing,
        quiet=quiet,
        verb="converting",
    )
    click.get_current_context().exit(status)
