"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

SCALES = ("2", "4")
CARRIERS = ("chunk", "alpha")

# What to do about a file, by the kind of its FormatError.
HINTS = {
    "not-png": "expected a file that `rescodec encode` made",
    "limit": "see --max-pixels",
}

sources = click.argument("sources", nargs=-1, required=True, metavar="SRC...")
files = click.argument("files", nargs=-1, required=True, metavar="FILE...")
output = click.option(
    "-o",
    "--output",
    metavar="OUT",
    help="File, folder (OUT/ is made if needed), or - for standard output. Default: a new name "
    "beside the source.",
)
device = click.option(
    "--device",
    default="auto",
    show_default=True,
    metavar="auto|cpu|cuda|mps",
    help="Where to compute; auto takes a GPU if there is one.",
)
max_pixels = click.option(
    "--max-pixels",
    type=click.IntRange(min=1),
    default=256_000_000,
    show_default=True,
    metavar="N",
    help="Refuse photos with more pixels.",
)


def verbosity(function: F) -> F:
    """Add ``-q`` and ``-v``."""
    verbose = click.option("-v", "--verbose", is_flag=True, help="Tell model and device too.")
    quiet = click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")
    return quiet(verbose(function))


def existing(function: F) -> F:
    """Add ``--overwrite`` and ``--skip-existing``."""
    skip = click.option("--skip-existing", is_flag=True, help="Leave existing outputs alone.")
    replace = click.option("--overwrite", is_flag=True, help="Replace existing outputs.")
    return replace(skip(function))


def check_existing(*, overwrite: bool, skip_existing: bool) -> None:
    """Refuse the contradiction of both."""
    if overwrite and skip_existing:
        raise click.UsageError("--overwrite and --skip-existing contradict each other")


def check_verbosity(*, quiet: bool, verbose: bool) -> None:
    """Refuse the contradiction of both."""
    if quiet and verbose:
        raise click.UsageError("--quiet and --verbose contradict each other")
