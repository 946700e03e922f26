"""Options that several commands share."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from rescodec.configuration import unknown_key

if TYPE_CHECKING:
    from rescodec.metadata import Keep
    from rescodec_formats import Limits

F = TypeVar("F", bound=Callable[..., Any])

SCALES = ("2", "4")
CARRIERS = ("chunk", "alpha")
# Values of rescodec.metadata.Keep, which is not imported for the sake of --help.
KEEP: Final = ("all", "no-gps", "gps", "none")

# What to do about a file, by the kind of its FormatError.
HINTS = {"not-png": "expected a file that `rescodec encode` made"}

# Of commands that have the option.
FOLDER_HINT = {"folder": "convert all in it with -r"}

# The other fields of rescodec_formats.Limits, which is not imported for the sake of --help.
LIMITS: Final = (
    *("header-bytes", "payload-bytes", "streams", "window-bytes"),
    *("ancillary-chunks", "ancillary-bytes"),
)
_UNITS: Final = {
    "": 1,
    "K": 10**3,
    "M": 10**6,
    "G": 10**9,
    "KIB": 2**10,
    "MIB": 2**20,
    "GIB": 2**30,
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


def _rows(context: click.Context, parameter: click.Parameter, value: str) -> int | None:
    """Read what ``--tile`` was given."""
    if value == "auto":
        return None
    if not re.fullmatch("[0-9]{1,9}", value):
        raise click.BadParameter(f"{value!r} is neither a number of rows nor auto")
    return int(value)


tile = click.option(
    "--tile",
    callback=_rows,
    default="auto",
    show_default=True,
    metavar="N|auto|0",
    help="Work on N rows of the photo at a time: fewer need less memory; 0 for all at once. auto "
    "goes by the free memory.",
)


effort = click.option(
    "--effort",
    type=click.IntRange(0, 9),
    default=5,
    show_default=True,
    help="How hard to compress: 0 is fast, 9 small. The content is the same.",
)


def dial(function: F) -> F:
    """Add ``--quality``, ``--target-psnr`` and ``--max-bytes``; see ``check_dial``."""
    quality = click.option(
        "--quality",
        type=click.FloatRange(0, 100),
        metavar="Q",
        help="For models of the family dial: 0 (small files) to 100 (fine); about 45 dB unless "
        "given, with --lossless where files are smallest.",
    )
    psnr = click.option(
        "--target-psnr",
        type=click.FloatRange(0, 200, min_open=True),
        metavar="DB",
        help="Instead of --quality: the lowest whole quality that restores the photo at DB or "
        "better (PSNR of luma). Decodes it a few times.",
    )
    most = click.option(
        "--max-bytes",
        callback=_bytes,
        metavar="N",
        help="Instead of --quality: the highest whole quality whose file has at most N bytes; "
        "also with K, M, KiB or MiB.",
    )
    return quality(psnr(most(function)))


def check_dial(**given: float | None) -> None:
    """Refuse more than one of the options of ``dial``."""
    names = [f"--{name.replace('_', '-')}" for name, value in given.items() if value is not None]
    if len(names) > 1:
        raise click.UsageError(f"{' and '.join(names)} exclude each other; give one of them")


def limits(function: F) -> F:
    """Add ``--max-pixels`` and ``--limit``; ``chosen_limits`` takes what they give."""
    pixels = click.option(
        "--max-pixels",
        type=click.IntRange(min=1),
        default=256_000_000,
        show_default=True,
        metavar="N",
        help="Refuse photos with more pixels.",
    )
    others = click.option(
        "--limit",
        multiple=True,
        callback=_named_limits,
        metavar="NAME=N",
        help="Another limit for files that are not trusted, such as payload-bytes=1GiB; may be "
        f"repeated. Names: {', '.join(LIMITS)}.",
    )
    return pixels(others(function))


def chosen_limits(max_pixels: int, limit: Mapping[str, int]) -> Limits:
    """Return the limits that ``--max-pixels`` and ``--limit`` ask for."""
    from rescodec_formats import Limits

    return Limits(hr_pixels=max_pixels, **limit)


def raising(limit: str) -> str:
    """Return what raises a field of ``Limits``, for messages.

    >>> raising("payload_bytes")
    '--limit payload-bytes=N raises it'
    """
    name = limit.replace("_", "-")
    option = f"--limit {name}=N" if name in LIMITS else "--max-pixels N"
    return f"{option} raises it"


def _named_limits(
    context: click.Context, parameter: click.Parameter, values: tuple[str, ...]
) -> dict[str, int]:
    """Read what ``--limit`` was given, as fields of ``Limits``; the last of a name counts."""
    found: dict[str, int] = {}
    for value in values:
        name, _, number = value.partition("=")
        if name not in LIMITS:
            raise click.UsageError(unknown_key("--limit", name, LIMITS), context)
        found[name.replace("-", "_")] = _number(number, f"--limit {name}", context)
    return found


def _bytes(context: click.Context, parameter: click.Parameter, value: str | None) -> int | None:
    """Read what ``--max-bytes`` was given."""
    if value is None:
        return None
    number = _number(value, "--max-bytes", context)
    if not number:
        raise click.UsageError("--max-bytes: expected at least 1, found 0", context)
    return number


def _number(text: str, where: str, context: click.Context) -> int:
    """Read a whole number that may have a unit."""
    match = re.fullmatch(r"([0-9]{1,18})([KMG](?:iB)?)?", text.strip(), re.IGNORECASE)
    if match is None:
        raise click.UsageError(
            f"{where}: expected a whole number, also with K, M, G, KiB, MiB or GiB, found {text!r}",
            context,
        )
    return int(match[1]) * _UNITS[(match[2] or "").upper()]


def metadata(function: F) -> F:
    """Add ``--keep``, ``--strip`` and ``--preserve``; ``chosen_keep`` takes the first two."""
    keep = click.option(
        "--keep",
        type=click.Choice(KEEP),
        help="Metadata to keep: all (the default), no-gps (all but the place), gps (the place "
        "alone) or none. Colour profiles always stay.",
    )
    strip = click.option("--strip", is_flag=True, help="The same as --keep none.")
    preserve = click.option(
        "--preserve", is_flag=True, help="Give outputs the modification time of their source."
    )
    return keep(strip(preserve(function)))


def chosen_keep(keep: Keep | None, *, strip: bool) -> Keep:
    """Return what ``--keep`` and ``--strip`` ask for, and refuse their contradiction."""
    if strip and keep not in (None, "none"):
        raise click.UsageError(f"--strip and --keep {keep} contradict each other")
    return "none" if strip else keep or "all"


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


def refuse_given(names: Collection[str], why: str) -> None:
    """Refuse options of the current command that the user gave although they have no use.

    Args:
        names: Of their parameters.
        why: What to say after the option.
    """
    context = click.get_current_context()
    for option in context.command.params:
        source = context.get_parameter_source(str(option.name))
        if option.name in names and source is click.core.ParameterSource.COMMANDLINE:
            raise click.UsageError(f"{option.opts[0]} {why}")


def check_verbosity(*, quiet: bool, verbose: bool) -> None:
    """Refuse the contradiction of both."""
    if quiet and verbose:
        raise click.UsageError("--quiet and --verbose contradict each other")
