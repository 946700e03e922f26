"""``rescodec compare``: a page that shows one photo beside what models and others make of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from rescodec_cli import options, picture_options
from rescodec_cli.pages import write_page
from rescodec_cli.picture_options import PictureOptions
from rescodec_cli.streams import source_file
from rescodec_cli.targets import plan

if TYPE_CHECKING:
    from rescodec.photo import Photo

SUFFIX = ".compare.html"


@click.command()
@click.argument("photo", metavar="PHOTO")
@options.output
@picture_options.pictures
@options.existing
@options.verbosity
def compare(
    photo: str,
    output: str | None,
    pictures: PictureOptions,
    overwrite: bool,
    skip_existing: bool,
    quiet: bool,
    verbose: bool,
) -> None:
    """Show a photo beside what models and other codecs make of it.

    photo.jpg becomes photo.compare.html beside it: one page, with a split between any two of the
    original, the LR images, the restored photos and other codecs at as many bytes, and a map of
    errors. The other codecs need pip install 'rescodec[bench]'.
    """
    options.check_existing(overwrite=overwrite, skip_existing=skip_existing)
    options.check_verbosity(quiet=quiet, verbose=verbose)
    (job,) = plan((photo,), output, lambda source: source.stem + SUFFIX)

    from rescodec.images import read_photo
    from rescodec.programs import prepare_pillow
    from rescodec.report.page import compare_page
    from rescodec_formats import Limits

    prepare_pillow(Limits().hr_pixels)
    studio = pictures.studio(1, verbose=verbose)

    def make(photo: Photo) -> tuple[str, str]:
        name = job.source_name if job.source is None else job.source.name
        comparison = studio.compare(photo, name)
        part = comparison.window
        shown = sum(version.pixels is not None for version in comparison.versions)
        return compare_page(comparison), f"{part.width}x{part.height}, {shown} pictures"

    write_page(
        job,
        lambda: read_photo(source_file(job)),
        make,
        verb="comparing",
        overwrite=overwrite,
        skip_existing=skip_existing,
        quiet=quiet,
    )
