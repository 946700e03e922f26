"""``rescodec models``: what can encode and decode here."""

from __future__ import annotations

import json
import os
from dataclasses import asdict

import click

from rescodec.inventory import WEIGHTS_DIR_VARIABLE, ListedModel, list_models, weights_folder
from rescodec.zoo import DEFAULT_FAMILY, MEASURED_ON
from rescodec_cli.messages import shown
from rescodec_cli.models_import import import_
from rescodec_cli.models_show import show

LINE = 100
# What an id has of it, so that the other columns are seen beside the longest.
LONGEST_ID = 32
HEADINGS = ("id", "family", "scale", "parameters", "kMAC/px", "PSNR-Y", "bpp", "installed")
NUMBERS = {"scale", "parameters", "kMAC/px", "PSNR-Y", "bpp"}
FOOTER = (
    f"* what --model FAMILY --scale N stands for; {DEFAULT_FAMILY} where no model is named\n"
    f"PSNR-Y (dB) and bpp (bits of the file per pixel of the photo): means over {MEASURED_ON}, "
    "payload in chunks\n"
    f"installed: with rescodec, in the folder ${WEIGHTS_DIR_VARIABLE}, or missing"
)


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object per model and line.")
@click.pass_context
def models(context: click.Context, as_json: bool) -> None:
    """List models, show one, or import a checkpoint.

    Without a command: lists the released models and the weights in the folder
    $RESCODEC_WEIGHTS_DIR, with size, cost, measured quality and licence.
    """
    if context.invoked_subcommand is not None:
        if as_json:
            raise click.UsageError(f"write --json after {context.invoked_subcommand}")
        return
    folder = weights_folder()
    # Not Path.is_dir, which fails on names that are too long.
    if folder is not None and not os.path.isdir(folder):  # noqa: PTH112
        click.echo(f"warning: ${WEIGHTS_DIR_VARIABLE}: no folder {shown(folder)}", err=True)
    listed = list_models()
    if as_json:
        for model in listed:
            click.echo(json.dumps(asdict(model) | {"path": model.path and str(model.path)}))
    else:
        click.echo(_table(listed))
        click.echo(f"\n{FOOTER}")


models.add_command(show)
models.add_command(import_)


def _table(listed: list[ListedModel]) -> str:
    rows = [HEADINGS, *map(_cells, listed)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [_line("  ", rows[0], widths, "licence")]
    for model, row in zip(listed, rows[1:], strict=True):
        mark = "* " if model.default else "  "
        if model.problem is not None:
            lines.append(_cut(f"{mark}{row[0]:{widths[0]}}  {shown(model.problem)}"))
        else:
            lines.append(_line(mark, row, widths, shown(model.licence or "-")))
    return "\n".join(lines)


def _cells(model: ListedModel) -> tuple[str, ...]:
    return (
        _cut(shown(model.id), LONGEST_ID),
        model.family or "-",
        _number(model.scale, "d"),
        _number(model.parameters, ",d"),
        _number(model.kmac_per_hr_pixel, ".1f"),
        _number(model.psnr_y, ".2f"),
        _number(model.bpp, ".3f"),
        model.installed,
    )


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def _line(mark: str, cells: tuple[str, ...], widths: list[int], licence: str) -> str:
    aligned = (
        f"{cell:>{width}}" if heading in NUMBERS else f"{cell:{width}}"
        for heading, cell, width in zip(HEADINGS, cells, widths, strict=True)
    )
    return _cut(f"{mark}{'  '.join(aligned)}  {licence}")


def _cut(text: str, length: int = LINE) -> str:
    """Shorten a text at its end; in lines, that is where texts of any length are."""
    return text if len(text) <= length else f"{text[: length - 1]}…"
