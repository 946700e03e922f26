"""``rescodec encode``: photos to LR PNGs."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from rescodec.zoo import FAMILIES
from rescodec_cli import options, tree_options
from rescodec_cli.progress import run_jobs
from rescodec_cli.streams import finish, source_file
from rescodec_cli.targets import Job, encoded_name, plan, refuse_terminal, require_png
from rescodec_cli.times import check_preserve, preserve_time
from rescodec_cli.tree_options import TreeOptions

if TYPE_CHECKING:
    from rescodec.metadata import Keep
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
    "the alpha channel (survives tools that drop metadata; models of the family alpha, and of dial "
    "the first plane alone).",
)
@click.option(
    "--model",
    metavar="ID|FAMILY|PATH",
    help=f"A model, a family ({', '.join(FAMILIES)}) at --scale, or a weights file; see "
    "`rescodec models`.",
)
@click.option(
    "--frame",
    type=click.IntRange(min=0),
    metavar="N",
    help="Take one picture of an animation, or page of a TIFF, counted from 0.",
)
@options.dial
@click.option(
    "--lossless",
    is_flag=True,
    help="Store what makes the restored photo equal to the source, sample for sample; `rescodec "
    "decode` verifies it. Larger files; slower, as the CPU computes in double precision.",
)
@options.effort
@options.device
@options.tile
@options.limits
@options.metadata
@options.existing
@options.verbosity
@tree_options.tree
def encode(
    sources: tuple[str, ...],
    output: str | None,
    scale: str | None,
    carrier: Carrier,
    model: str | None,
    frame: int | None,
    quality: float | None,
    target_psnr: float | None,
    max_bytes: int | None,
    lossless: bool,
    effort: int,
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
    """Turn photos into small PNGs from which they can be restored.

    photo.jpg becomes photo.lr.png beside it. SRC may be - for standard input, and with -r a whole
    folder. Alpha channels, greyscale and 16 bits per sample come back when it is decoded.
    """
    options.check_existing(overwrite=overwrite, skip_existing=skip_existing)
    options.check_verbosity(quiet=quiet, verbose=verbose)
    kept = options.chosen_keep(keep, strip=strip)
    options.check_dial(quality=quality, target_psnr=target_psnr, max_bytes=max_bytes)
    folder = tree.job(
        "encode",
        sources,
        output,
        overwrite=overwrite,
        skip_existing=skip_existing,
        preserve=preserve,
        quiet=quiet,
    )
    jobs = [] if folder else plan(sources, output, encoded_name)
    require_png(jobs)
    refuse_terminal(jobs)
    check_preserve(jobs, preserve=preserve)

    from rescodec.encoding import EncodedPhoto, Encoding
    from rescodec.outputs import require_writable
    from rescodec.photo import Photo
    from rescodec.programs import EXPECTED_ERRORS, memory_errors, prepare_pillow
    from rescodec_cli.session import (
        check_carrier,
        check_lossless,
        chosen_dial,
        open_codec,
    )

    limits = options.chosen_limits(max_pixels, limit)
    prepare_pillow(max_pixels)
    # Folders are where a GPU's speed counts.
    codec = open_codec(model, scale, device, precision="auto" if folder else "fp32")
    check_carrier(carrier, codec)
    dial = chosen_dial(codec, quality, target_psnr, max_bytes, lossless=lossless)
    if lossless:
        check_lossless(codec)
    if verbose:
        click.echo(f"model {codec.id}, scale {codec.scale}, device {codec.device}", err=True)

    encoding = Encoding(
        codec,
        carrier=carrier,
        overwrite=overwrite,
        limits=limits,
        frame=frame,
        keep=kept,
        tile=tile,
        effort=effort,
        dial=dial,
        lossless=lossless,
    )
    if folder is not None:
        from rescodec.batch.conversion import EncodeConversion
        from rescodec_cli.tree import convert_folder

        status = convert_folder(
            folder, EncodeConversion(encoding), codec.device.type, max_pixels, options.HINTS
        )
        click.get_current_context().exit(status)

    @memory_errors()
    def read(job: Job) -> Photo:
        if job.target is not None:
            require_writable(job.target, overwrite=overwrite)
        return encoding.read(source_file(job))

    @memory_errors()
    def write(job: Job, encoded: EncodedPhoto) -> str:
        target = job.target or io.BytesIO()
        header = encoding.write(encoded, target)
        size = finish(target)
        if preserve:
            preserve_time(job)
        (height, width), (lr_height, lr_width) = header.hr_size, header.lr_size
        bpp = 8 * size / (height * width)
        chosen = header.model.extra.get("quality")
        setting = "" if chosen is None else f", quality {chosen:g}"
        note = ", lossless" if header.lossless else ""
        return (
            f"{width}x{height} -> {lr_width}x{lr_height}, {size:,} bytes, {bpp:.2f} bits per "
            f"pixel{setting}{note}"
        )

    status = run_jobs(
        jobs,
        [read, memory_errors()(encoding.compute)],
        write,
        errors=EXPECTED_ERRORS,
        skip_existing=skip_existing,
        quiet=quiet,
        verb="encoding",
        hints={**options.HINTS, **options.FOLDER_HINT},
    )
    click.get_current_context().exit(status)
