"""``rescodec models import``: published checkpoints as weights of rescodec."""

from __future__ import annotations

import re
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rescodec.inventory import SUFFIX, WEIGHTS_DIR_VARIABLE, problem_of_name
from rescodec.zoo import MODELS
from rescodec_cli.messages import describe, shown
from rescodec_cli.targets import STREAM, plan

if TYPE_CHECKING:
    from rescodec.weights_file import Weights

LONGEST_STEM = 100
FAMILIES = ("firn", "irn")


@click.command("import")
@click.argument("file", metavar="FILE.pth")
@click.option(
    "--family",
    type=click.Choice(FAMILIES),
    required=True,
    help="Whose checkpoint it is: FIRN's or IRN's (also IRN+ and FIRN+).",
)
@click.option(
    "--scale",
    type=click.Choice(("2", "4", "8")),
    help="Refuse a checkpoint of another scale. Default: what the checkpoint has.",
)
@click.option(
    "-o",
    "--output",
    metavar="OUT",
    help=f"File that ends with {SUFFIX}, or a folder. Its name without the suffix is the model's "
    "id, which encoded files carry. Default: the checkpoint's name with its scale, beside it, "
    f"such as firn-x4{SUFFIX} for FIRN.pth.",
)
@click.option("--licence", metavar="TEXT", help="Licence of the weights, to be kept with them.")
@click.option("--overwrite", is_flag=True, help="Replace an existing output.")
def import_(
    file: str,
    family: str,
    scale: str | None,
    output: str | None,
    licence: str | None,
    overwrite: bool,
) -> None:
    """Import a published FIRN or IRN checkpoint.

    Reads the PyTorch file that the authors published (tensors only: no code in it is run) and
    writes the same weights for `rescodec encode --model`. Whoever decodes needs them too: with
    --model, or in the folder $RESCODEC_WEIGHTS_DIR. Keep them: files can be decoded with
    nothing else.
    """
    if STREAM in (file, output):
        raise click.UsageError("import reads and writes files, not standard streams; name both")

    from rescodec.published import import_checkpoint
    from rescodec.weights_file import WeightsError

    try:
        weights = import_checkpoint(Path(file), family, scale=int(scale) if scale else None)
    except WeightsError as error:
        hint = _hint(file, family, scale)
        raise click.ClickException(f"{describe(error)}{hint}") from error
    target = _target(file, output, weights.config.scale)
    if licence is not None:
        weights = replace(weights, metadata={**weights.metadata, "licence": licence})
    try:
        _write(weights, target, overwrite=overwrite)
    except FileExistsError as error:
        raise click.ClickException(
            f"{shown(target)} exists; replace it with --overwrite, or choose another name with -o"
        ) from error
    except OSError as error:
        line = describe(error, file, str(target))
        raise click.ClickException(f"{shown(file)}: {line}") from error
    click.echo(
        f"{shown(file)} -> {shown(target)}  {family.upper()} x{weights.config.scale}; encode with "
        f"--model {shown(target)}, decode likewise or with it in ${WEIGHTS_DIR_VARIABLE}",
        err=True,
    )


def _hint(file: str, refused: str, scale: str | None) -> str:
    """Say whose checkpoint a refused one is, if it can be imported as the other family's."""
    from rescodec.published import import_checkpoint
    from rescodec.weights_file import WeightsError

    other = next(family for family in FAMILIES if family != refused)
    try:
        import_checkpoint(Path(file), other, scale=int(scale) if scale else None)
    except WeightsError:
        return ""
    return f"; it is {other.upper()}'s: use --family {other}"


def default_name(source: Path, scale: int) -> str:
    """Return the name of an imported checkpoint, which tells its scale.

    >>> default_name(Path("FIRN+.pth"), 4)
    'firn+-x4.safetensors'
    >>> default_name(Path("IRN_x2.pth"), 2)
    'irn_x2.safetensors'
    """
    stem = re.sub(r"[^a-z0-9._+-]+", "-", source.stem.lower()).lstrip("._+-")[:LONGEST_STEM]
    if not re.search(rf"x{scale}(?!\d)", stem):
        stem = f"{stem}-x{scale}".removeprefix("-")
    return stem + SUFFIX


def _target(file: str, output: str | None, scale: int) -> Path:
    """Decide where the weights go.

    Raises:
        click.UsageError: They cannot go there, or under that name.
    """
    (job,) = plan((file,), output, lambda source: default_name(source, scale))
    target = Path(job.target_name)
    if target.suffix != SUFFIX:
        raise click.UsageError(f"{shown(target)}: end the name with {SUFFIX}")
    problem = problem_of_name(target.stem)
    if target.stem in MODELS:
        problem = f"{target.stem!r} is the id of a released model; choose another name with -o"
    if problem is not None:
        raise click.UsageError(f"{shown(target)}: {problem}")
    return target


def _write(weights: Weights, target: Path, *, overwrite: bool) -> None:
    """Write weights so that the file appears complete or not at all."""
    from rescodec.weights_file import write_weights
    from rescodec_formats import atomic_write

    with tempfile.TemporaryDirectory() as folder:
        complete = Path(folder) / target.name
        write_weights(weights, complete)
        with atomic_write(target, overwrite=overwrite) as file:
            file.write(complete.read_bytes())
