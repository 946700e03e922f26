"""``rescodec bench``: models measured beside what users have otherwise."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from rescodec_cli.extras import require_extra
from rescodec_cli.messages import describe, shown
from rescodec_cli.options import device

# Of rescodec.bench.results, which is not imported for the sake of --help.
SUITES: Final = ("fidelity", "rate", "speed", "robust")


def _megapixels(
    context: click.Context, parameter: click.Parameter, values: tuple[float, ...]
) -> tuple[float, ...] | None:
    return values or None


@click.command()
@click.argument("suites", nargs=-1, type=click.Choice(SUITES), metavar="[SUITE...]")
@click.option(
    "--data",
    multiple=True,
    required=True,
    metavar="DIR",
    help="Folder of images to measure on. May be repeated.",
)
@click.option(
    "-o",
    "--output",
    required=True,
    metavar="RESULTS.json",
    help="File of results. What it holds already is not measured again.",
)
@click.option(
    "--model",
    "models",
    multiple=True,
    metavar="ID|PATH",
    help="Model to measure; all that are installed unless given. May be repeated.",
)
@click.option("--no-rivals", is_flag=True, help="rate: leave JPEG, WebP, AVIF and JPEG XL out.")
@click.option(
    "--every",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    metavar="N",
    help="Take the first of N images of each folder, and so on.",
)
@click.option(
    "--megapixels",
    multiple=True,
    type=click.FloatRange(min=0.01, max=1000),
    callback=_megapixels,
    metavar="MP",
    help="speed: size of the photo; 0.25, 1, 4 and 12 unless given. May be repeated.",
)
@device
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")
def bench(
    suites: tuple[str, ...],
    data: tuple[str, ...],
    output: str,
    models: tuple[str, ...],
    no_rivals: bool,
    every: int,
    megapixels: tuple[float, ...] | None,
    device: str,
    quiet: bool,
) -> None:
    """Measure models on folders of images, beside the usual codecs.

    \b
    fidelity   PSNR and SSIM as the papers have them
    rate       quality against bytes of whole files, of models and of what users have instead
    speed      megapixels per second and memory against size
    robust     what is lost when other programs change LR files, and whether it is noticed

    All four without a SUITE. `rescodec report RESULTS.json` makes a page of the results. Interrupt
    it at any time: run again, it goes on where it stopped. Needs pip install 'rescodec[bench]'.
    """  # noqa: D301 (click wants the backspace itself)
    require_extra("bench", "imagecodecs", "torchmetrics", "bjontegaard")
    from rescodec.bench.results import Results
    from rescodec.bench.run import Bench
    from rescodec.bench.speed import MEGAPIXELS, SpeedError
    from rescodec.inventory import list_models

    try:
        results = Results.open(Path(output))
        run = Bench(
            results=results,
            models=models or [m.id for m in list_models() if m.path and m.problem is None],
            folders=[Path(folder) for folder in data],
            every=every,
            rivals=not no_rivals,
            device=device,
            megapixels=megapixels or MEGAPIXELS,
            report=(lambda line: None) if quiet else click.echo,
        )
        run.run(suites or SUITES)
    except (OSError, ValueError, SpeedError) as error:
        raise click.ClickException(describe(error, output)) from error
    if not quiet:
        click.echo(f"{shown(output)}: `rescodec report {shown(output)}` makes a page of it")
