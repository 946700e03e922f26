"""``rescodec encode``: photos to LR PNGs."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import click

from rescodec.zoo import FAMILIES
from rescodec_cli import options
from rescodec_cli.progress import run_jobs
from rescodec_cli.streams import finish, source_file
from rescodec_cli.targets import Job, encoded_name, plan, refuse_terminal, require_png

if TYPE_CHECKING:
    from rescodec_formats import Carrier


@click.command()
@options.sources
@options.output
@click.option(
    "--scale",
    type=click.Choice(options.SCALES),
    help="Times smaller a side; 2 unless the model says otherwise.",
)
@click.option(
    "--carrier",
    type=click.Choice(options.CARRIERS),
    default="chunk",
    show_default=True,
    help="Where the learned plane goes: a private chunk (the preview stays opaque) or "
    "the alpha channel (survives tools that drop metadata; models of the family alpha only).",
)
@click.option(
    "--model",
    metavar="ID|FAMILY|PATH",
    help=f"A model, a family ({', '.join(FAMILIES)}) at --scale, or a weights file; see "
    "`rescodec models`.",
)
@options.device
@options.max_pixels
@options.existing
@options.verbosity
def encode(
    sources: tuple[str, ...],
    output: str | None,
    scale: str | None,
    carrier: Carrier,
    model: str | None,
    device: str,
    max_pixels: int,
    overwrite: bool,
    skip_existing: bool,
    quiet: bool,
    verbose: bool,
) -> None:
    """Turn photos into small PNGs from which they can be restored.

    photo.jpg becomes photo.lr.png beside it. SRC may be - for standard input.
    """
    options.check_existing(overwrite=overwrite, skip_existing=skip_existing)
    options.check_verbosity(quiet=quiet, verbose=verbose)
    jobs = plan(sources, output, encoded_name)
    require_png(jobs)
    refuse_terminal(jobs)

    import rescodec
    from rescodec_cli.session import (
        EXPECTED_ERRORS,
        check_carrier,
        memory_errors,
        open_codec,
        prepare_pillow,
    )
    from rescodec_formats import Limits

    prepare_pillow(max_pixels)
    codec = open_codec(model, scale, device)
    check_carrier(carrier, codec)
    if verbose:
        click.echo(f"model {codec.id}, scale {codec.scale}, device {codec.device}", err=True)

    def work(job: Job) -> str:
        target = job.target or io.BytesIO()
        with memory_errors():
            header = rescodec.encode(
                source_file(job),
                target,
                carrier=carrier,
                model=codec,
                overwrite=overwrite,
                limits=Limits(hr_pixels=max_pixels),
            )
        size = finish(target)
        (height, width), (lr_height, lr_width) = header.hr_size, header.lr_size
        bpp = 8 * size / (height * width)
        return (
            f"{width}x{height} -> {lr_width}x{lr_height}, {size:,} bytes, {bpp:.2f} bits per pixel"
        )

    status = run_jobs(
        jobs,
        work,
        errors=EXPECTED_ERRORS,
        skip_existing=skip_existing,
        quiet=quiet,
        verb="encoding",
        hints=options.HINTS,
    )
    click.get_current_context().exit(status)
