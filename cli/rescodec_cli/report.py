"""``rescodec report``: a page of what ``rescodec bench`` has found."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from rescodec_cli import options, picture_options
from rescodec_cli.extras import require_extra
from rescodec_cli.pages import write_page
from rescodec_cli.picture_options import PictureOptions
from rescodec_cli.targets import plan

if TYPE_CHECKING:
    from rescodec.bench.results import Results
    from rescodec.photo import Photo

T = TypeVar("T")

SUFFIX = ".report.html"


@click.command()
@click.argument("results", metavar="RESULTS.json")
@options.output
@click.option(
    "--photo",
    "photos",
    multiple=True,
    metavar="FILE",
    help="A photo that the page shows beside what models and other codecs make of it. May be "
    "repeated.",
)
@picture_options.pictures
@options.existing
@options.verbosity
def report(
    results: str,
    output: str | None,
    photos: tuple[str, ...],
    pictures: PictureOptions,
    overwrite: bool,
    skip_existing: bool,
    quiet: bool,
    verbose: bool,
) -> None:
    """Make a page for any browser of what `rescodec bench` has found.

    results.json becomes results.report.html beside it: one file, with plots and tables. Results
    hold no pictures; --photo adds a viewer, as `rescodec compare` makes one. Needs pip install
    'rescodec[bench]'.
    """
    options.check_existing(overwrite=overwrite, skip_existing=skip_existing)
    options.check_verbosity(quiet=quiet, verbose=verbose)
    (job,) = plan((results,), output, lambda source: source.stem + SUFFIX)
    if not photos:
        options.refuse_given(picture_options.NAMES, "is for pictures; add --photo FILE")
    require_extra("bench", "imagecodecs", "torchmetrics", "bjontegaard")

    from rescodec.bench.results import ResultsError
    from rescodec.images import read_photo
    from rescodec.programs import prepare_pillow
    from rescodec.report.evidence import report_page
    from rescodec_formats import Limits

    prepare_pillow(Limits().hr_pixels)
    studio = pictures.studio(len(photos), verbose=verbose) if photos else None

    def read() -> tuple[Results, list[Photo]]:
        return _read(Path(results)), [_named(name, read_photo, name) for name in photos]

    def make(found: tuple[Results, list[Photo]]) -> tuple[str, str]:
        comparisons = []
        if studio is not None:
            comparisons = [
                _named(name, studio.compare, photo, Path(name).name)
                for name, photo in zip(photos, found[1], strict=True)
            ]
        many = "photo" if len(photos) == 1 else "photos"
        return report_page(found[0], comparisons), f"{len(photos)} {many}"

    write_page(
        job,
        read,
        make,
        verb="reading",
        overwrite=overwrite,
        skip_existing=skip_existing,
        quiet=quiet,
        errors=(ResultsError,),
    )


def _read(path: Path) -> Results:
    """Read results; what is wrong with them is said in a line that begins with their name."""
    from rescodec.bench.results import Results, ResultsError

    try:
        return Results.read(path)
    except ResultsError as error:
        raise ResultsError(str(error).removeprefix(f"{path}: ")) from error


def _named(name: str, make: Callable[..., T], *arguments: object) -> T:
    """Call something for a photo; name it in errors, whose line is about the results otherwise."""
    from rescodec.images import ImageError
    from rescodec_formats import FormatError

    try:
        return make(*arguments)
    except (ImageError, FormatError) as error:
        raise ImageError(f"{name}: {error}") from error
