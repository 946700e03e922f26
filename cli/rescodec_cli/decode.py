"""``rescodec decode``: LR PNGs back to photos."""

from __future__ import annotations

import io

import click

from rescodec_cli import options
from rescodec_cli.messages import describe, shown
from rescodec_cli.progress import run_jobs
from rescodec_cli.streams import finish, source_file
from rescodec_cli.targets import Job, decoded_name, plan, refuse_terminal

_APPROXIMATE = "--without-payload restores an approximate photo"
HINTS = {
    **options.HINTS,
    "no-header": "if `rescodec encode` made it, name its --model and --scale",
    **dict.fromkeys(
        (
            *("bad-payload", "duplicate-piece", "lr-digest", "missing-payload", "missing-piece"),
            *("stream-digest", "unexpected-alpha", "unexpected-piece"),
        ),
        _APPROXIMATE,
    ),
}


@click.command()
@options.sources
@options.output
@click.option(
    "--scale",
    type=click.Choice(options.SCALES),
    help="With --model: decode a file that lost its header and was made at this scale.",
)
@click.option(
    "--model",
    metavar="ID|FAMILY|PATH",
    help="Weights, where the file does not name them; a family stands for its model of --scale.",
)
@click.option(
    "--without-payload",
    is_flag=True,
    help="Accept files whose payload is lost or whose pixels were edited; the photo is then "
    "only approximate.",
)
@click.option(
    "--sigma",
    type=float,
    metavar="S",
    help="Standard deviation of z, for models that were trained with noise (such as FIRN); "
    "their own, mostly 1, unless given.",
)
@click.option("--seed", type=int, metavar="N", help="Seed of that noise; 0 unless given.")
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
    sigma: float | None,
    seed: int | None,
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
    options.check_verbosity(quiet=quiet, verbose=verbose)
    jobs = plan(sources, output, decoded_name)
    refuse_terminal(jobs)

    import rescodec
    from rescodec.images import ImageError, require_suffix
    from rescodec_cli.session import (
        EXPECTED_ERRORS,
        memory_errors,
        open_codec,
        prepare_pillow,
        require_device,
    )
    from rescodec_formats import Limits

    prepare_pillow(max_pixels)
    for job in jobs:
        if job.target is not None:
            try:
                require_suffix(job.target.suffix)
            except ImageError as error:
                raise click.UsageError(f"{shown(job.target)}: {describe(error)}") from error
    require_device(device)
    codec = open_codec(model, scale, device) if model is not None else None

    def work(job: Job) -> str:
        target = job.target or io.BytesIO()
        with memory_errors():
            photo = rescodec.decode(
                source_file(job),
                target,
                scale=int(scale) if scale else None,
                model=codec,
                device=device,
                without_payload=without_payload,
                sigma=sigma,
                seed=seed,
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
        hints=HINTS,
    )
    click.get_current_context().exit(status)
