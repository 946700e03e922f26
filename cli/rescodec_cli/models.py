"""``rescodec models``: what can encode and decode here."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from rescodec.zoo import DEFAULT_MODELS, MODELS


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object per model and line.")
def models(as_json: bool) -> None:
    """List the released models; * marks the default of a scale."""
    if as_json:
        for entry in MODELS.values():
            click.echo(json.dumps(asdict(entry)))
        return
    click.echo(f"  {'id':18}{'family':8}{'scale':>5}{'parameters':>12}{'kMAC/px':>9}")
    for entry in MODELS.values():
        mark = "*" if DEFAULT_MODELS.get(entry.scale) == entry.id else " "
        click.echo(
            f"{mark} {entry.id:18}{entry.family:8}{entry.scale:>5}{entry.parameters:>12,}"
            f"{entry.kmac_per_hr_pixel:>9.1f}"
        )
