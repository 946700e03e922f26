"""``rescodec decode``: LR PNGs back to photos."""

from __future__ import annotations

import io

import click

from rescodec_cli import options
from rescodec_cli.progress import run_jobs
from rescodec_cli.targets import Job, decoded_name, plan


@click.command()
@options.sources
@options.output
@click.option(
    "--scale",
    type=click.Choice(options.SCALES),
    help="With --model: decode a file that lost its header and was made at this scale.",
)
@click.option("--model", metavar="ID|PATH", help="Weights, where the file does not name them.")
@click.option(
    "--without-payload",
    is_flag=True,
    help="Accept files whose payload is lost or whose pixels were edited; the photo is then "
    "only approximate.",
)
@options.device
@options.max_pixels
@options.existing
@options.verbosity
def decode(
    sources: tuple[str, ...],
    output: str | None,
    scale: str | None,
    model: str | None,
    without_payload: bool,
    device: str,
    max_pixels: int,
    overwrite: bool,
    skip_existing: bool,
    quiet: bool,
    verbose: bool,
) -> None:
    """Restore photos from files that `rescodec encode` made.

    photo.lr.png becomes photo.png beside it. With -o, the suffix chooses the format:
    .png, .tif, .webp, .bmp and .ppm are lossless, .jpg is not.
    """
    options.check_existing(overwrite=overwrite, skip_existing=skip_existing)
    jobs = plan(sources, output, decoded_name)

    import rescodec
    from rescodec.images import ImageError, require_suffix
    from rescodec_cli.session import (
        EXPECTED_ERRORS,
        finish,
        limit_pixels,
        open_codec,
        source_file,
    )
    from rescodec_formats import Limits

    limit_pixels(max_pixels)
    for job in jobs:
        if job.target is not None:
            try:
                require_suffix(job.target.suffix)
            except ImageError as error:
                raise click.UsageError(f"{job.target}: {error}") from error
    codec = open_codec(model, int(scale or 2), device) if model else None

    def work(job: Job) -> str:
        target = job.target or io.BytesIO()
        photo = rescodec.decode(
            source_file(job),
            target,
            scale=int(scale) if scale else None,
            model=codec,
            device=device,
            without_payload=without_payload,
            overwrite=overwrite,
            limits=Limits(hr_pixels=max_pixels),
        )
        size = finish(target)
        note = ", approximate: decoded without payload" if without_payload else ""
        return f"{photo.width}x{photo.height}, {size:,} bytes{note}"

    if verbose:
        named = codec.id if codec else "as each file names it"
        click.echo(f"model {named}, device {device}", err=True)
    status = run_jobs(
        jobs,
        work,
        errors=EXPECTED_ERRORS,
        skip_existing=skip_existing,
        quiet=quiet,
        verb="decoding",
    )
    click.get_current_context().exit(status)
