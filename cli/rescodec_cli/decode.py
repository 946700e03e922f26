"""``rescodec decode``: LR PNGs back to photos."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rescodec_cli import options, tree_options
from rescodec_cli.messages import describe, shown
from rescodec_cli.progress import run_jobs
from rescodec_cli.streams import finish, rereadable
from rescodec_cli.targets import Job, decoded_name, plan, refuse_terminal
from rescodec_cli.times import check_preserve, preserve_time
from rescodec_cli.tree_options import TreeOptions

if TYPE_CHECKING:
    from rescodec.metadata import Keep
    from rescodec.precision import Precision
    from rescodec_formats import Limits

_APPROXIMATE = "--without-payload restores an approximate photo"
HINTS = {
    **options.HINTS,
    **options.FOLDER_HINT,
    "no-header": "if `rescodec encode` made it, name its --model and --scale",
    **dict.fromkeys(
        (
            *("bad-payload", "duplicate-piece", "lr-digest", "missing-payload", "missing-piece"),
            *("stream-digest", "unexpected-alpha", "unexpected-piece", "hr-digest"),
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
    help="Weights, where the file does not name them; a family stands for its model of --scale, or "
    "of each file's own scale.",
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
@options.tile
@options.limits
@options.metadata
@options.existing
@options.verbosity
@tree_options.tree
def decode(
    sources: tuple[str, ...],
    output: str | None,
    scale: str | None,
    model: str | None,
    without_payload: bool,
    sigma: float | None,
    seed: int | None,
    device: str,
    tile: int | None,
    max_pixels: int,
    limit: Mapping[str, int],
    keep: Keep | None,
    strip: bool,
    preserve: bool,
    overwrite: bool,
    skip_existing: bool,
    quiet: bool,
    verbose: bool,
    tree: TreeOptions,
) -> None:
    """Restore photos from files that `rescodec encode` made.

    photo.lr.png becomes photo.png beside it; with -r all of a folder are restored. With -o (or
    --name), the suffix chooses the format: .png, .tif, .webp, .bmp and .ppm are lossless, .jpg is
    not. Photos of 16 bits go to .png, .tif or .ppm, those with an alpha channel to .png, .tif or
    .webp.
    """
    options.check_existing(overwrite=overwrite, skip_existing=skip_existing)
    options.check_verbosity(quiet=quiet, verbose=verbose)
    kept = options.chosen_keep(keep, strip=strip)
    folder = tree.job(
        "decode",
        sources,
        output,
        overwrite=overwrite,
        skip_existing=skip_existing,
        preserve=preserve,
        quiet=quiet,
    )
    jobs = [] if folder else plan(sources, output, decoded_name)
    refuse_terminal(jobs)
    check_preserve(jobs, preserve=preserve)

    from rescodec.decoding import Decoding, OpenedFile
    from rescodec.images import ImageError, require_suffix
    from rescodec.noise import MAX_SEED, MAX_SIGMA
    from rescodec.outputs import require_writable
    from rescodec.photo import Photo
    from rescodec.programs import EXPECTED_ERRORS, memory_errors, prepare_pillow
    from rescodec.zoo import FAMILIES
    from rescodec_cli.session import (
        open_codec,
        require_device,
    )

    # Not click's ranges: they let nan pass, and their limits would have to be imported.
    if sigma is not None and not 0 <= sigma <= MAX_SIGMA:
        raise click.UsageError(f"--sigma is {sigma}; it must lie in 0 to {MAX_SIGMA:g}")
    if seed is not None and not 0 <= seed <= MAX_SEED:
        raise click.UsageError(f"--seed is {seed}; it must lie in 0 to {MAX_SEED}")
    prepare_pillow(max_pixels)
    for job in jobs:
        if job.target is not None:
            try:
                require_suffix(job.target.suffix)
            except ImageError as error:
                raise click.UsageError(f"{shown(job.target)}: {describe(error)}") from error
    require_device(device)
    # A family alone counts at each file's own scale, so nothing can be opened yet.
    family = model if model in FAMILIES and scale is None else None
    # Folders are where a GPU's speed counts.
    precision: Precision = "auto" if folder else "fp32"
    codec = None
    if model is not None and family is None:
        codec = open_codec(model, scale, device, precision=precision)
    limits = options.chosen_limits(max_pixels, limit)

    decoding = Decoding(
        scale=int(scale) if scale else None,
        model=family or codec,
        device=device,
        precision=precision,
        without_payload=without_payload,
        sigma=sigma,
        seed=seed,
        overwrite=overwrite,
        limits=limits,
        keep=kept,
        tile=tile,
    )
    if verbose:
        of_family = f"of family {family}, at each file's scale" if family else None
        named = codec.id if codec else of_family or "as each file names it"
        click.echo(f"model {named}, device {device}", err=True)
    if folder is not None:
        from rescodec.batch.conversion import DecodeConversion
        from rescodec.devices import choose_device
        from rescodec_cli.tree import convert_folder

        status = convert_folder(
            folder, DecodeConversion(decoding), choose_device(device).type, max_pixels, HINTS
        )
        click.get_current_context().exit(status)

    @memory_errors()
    def read(job: Job) -> tuple[OpenedFile, str]:
        source = rereadable(job)
        if family is not None:
            _require_member(family, source, limits)
        # Before anything is written, so that nothing fails after it.
        note = _note(source, limits) if without_payload else ""
        if job.target is not None:
            require_writable(job.target, overwrite=overwrite)
        opened = decoding.read(source, job.target.suffix if job.target else ".png")
        return opened, note if opened.verified else f"{note}, not verified: no header"

    @memory_errors()
    def compute(opened: tuple[OpenedFile, str]) -> tuple[Photo, str]:
        file, note = opened
        exact = ", lossless: verified" if file.lossless else ""
        return decoding.compute(file), note + exact

    @memory_errors()
    def write(job: Job, restored: tuple[Photo, str]) -> str:
        photo, note = restored
        target = job.target or io.BytesIO()
        decoding.write(photo, target)
        size = finish(target)
        if preserve:
            preserve_time(job)
        return f"{photo.width}x{photo.height}, {size:,} bytes{note}"

    status = run_jobs(
        jobs,
        [read, compute],
        write,
        errors=EXPECTED_ERRORS,
        skip_existing=skip_existing,
        quiet=quiet,
        verb="decoding",
        hints=HINTS,
    )
    click.get_current_context().exit(status)


def _require_member(family: str, source: Path | bytes, limits: Limits) -> None:
    """Refuse a file of a scale for which a family has no model.

    Raises:
        WeightsError: So it is. Other problems are left to those who read the file.
    """
    import rescodec_formats as formats
    from rescodec.weights_file import WeightsError
    from rescodec.zoo import default_model

    try:
        scale = formats.probe(source, limits=limits).header.scale
    except formats.FormatError:
        return
    try:
        default_model(scale, family)
    except ValueError as error:
        raise WeightsError(str(error)) from error


def _note(source: Path | bytes, limits: Limits) -> str:
    """Say what became of a photo that was decoded without payload.

    It is exact if the file never had a payload and its pixels are as they were.
    """
    import rescodec_formats as formats

    try:
        exact = not formats.read(source, limits=limits).header.streams
    except formats.FormatError:
        exact = False
    return "" if exact else ", approximate: decoded without payload"
