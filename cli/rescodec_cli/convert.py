"""``rescodec convert``: move the payload between carriers."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import click

from rescodec_cli import options
from rescodec_cli.progress import run_jobs
from rescodec_cli.streams import finish, rereadable
from rescodec_cli.targets import Job, converted_name, plan, refuse_terminal, require_png


class ConversionError(Exception):
    """A whole file whose payload cannot be moved."""


@click.command()
@options.sources
@click.option(
    "--carrier", type=click.Choice(options.CARRIERS), required=True, help="Where the plane goes."
)
@options.output
@options.effort
@options.limits
@options.existing
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")
def convert(
    sources: tuple[str, ...],
    carrier: Literal["alpha", "chunk"],
    output: str | None,
    effort: int,
    max_pixels: int,
    limit: Mapping[str, int],
    overwrite: bool,
    skip_existing: bool,
    quiet: bool,
) -> None:
    """Move the plane to another carrier.

    The learned plane goes from the alpha channel to a private chunk, or back, without decoding:
    photo.lr.png becomes photo.alpha.lr.png (or photo.chunk.lr.png). No pixel and no
    digest changes. Only models with a learned plane (family alpha) can have it in the alpha
    channel; a code (family latent) stays in private chunks.
    """
    options.check_existing(overwrite=overwrite, skip_existing=skip_existing)
    jobs = plan(sources, output, lambda source: converted_name(source, carrier))
    require_png(jobs)
    refuse_terminal(jobs)

    import rescodec_formats as formats
    from rescodec.outputs import require_writable

    limits = options.chosen_limits(max_pixels, limit)

    def write(job: Job, source: Path | bytes) -> str:
        target = job.target or io.BytesIO()
        if job.target is not None:
            require_writable(job.target, overwrite=overwrite)
        try:
            formats.convert(
                source,
                target,
                carrier,
                limits=limits,
                overwrite=overwrite,
                effort=effort,
            )
        except formats.FormatError:
            raise
        except ValueError as error:
            header = formats.probe(source, limits=limits).header
            raise ConversionError(_reason(error, [info.name for info in header.streams])) from error
        return f"carrier {carrier}, {finish(target):,} bytes"

    status = run_jobs(
        jobs,
        [rereadable],
        write,
        errors=(ConversionError, formats.FormatError, OSError, MemoryError),
        skip_existing=skip_existing,
        quiet=quiet,
        verb="converting",
        hints=options.HINTS,
    )
    click.get_current_context().exit(status)


def _reason(error: ValueError, streams: list[str]) -> str:
    """Say why a file with these streams cannot be converted, in the words of its model."""
    from rescodec_formats import SOURCE_ALPHA

    if not streams:
        return (
            "the file has no streams: files of this model hold no payload, so there is nothing to "
            "convert"
        )
    if "code" in streams:
        return (
            "only a learned plane can be the alpha channel; this file's model keeps a code, "
            "which stays in private chunks"
        )
    if streams == [SOURCE_ALPHA]:
        return (
            "only a learned plane can be the alpha channel; this file's model has none, and the "
            "alpha of the photo itself stays in private chunks"
        )
    if "plane-2" in streams:
        return (
            "the planes of a model with a dial are rounded for the chunks that they are in; encode "
            "the photo again with --carrier alpha"
        )
    return str(error)
