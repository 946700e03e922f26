"""``rescodec info``: what an LR file holds."""

from __future__ import annotations

import json
from typing import Any

import click

from rescodec_cli.progress import ALL_DONE, SOME_FAILED, describe
from rescodec_formats import DigestError, FormatError, probe, read


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per file and line.")
def info(files: tuple[str, ...], as_json: bool) -> None:
    """Show scale, sizes, model and payload of LR files."""
    status = ALL_DONE
    for name in files:
        try:
            facts = _facts(name)
        except (FormatError, OSError) as error:
            click.echo(f"error: {name}: {describe(error)}", err=True)
            status = SOME_FAILED
            continue
        click.echo(json.dumps(facts) if as_json else _text(facts))
    click.get_current_context().exit(status)


def _facts(name: str) -> dict[str, Any]:
    found = probe(name)
    header = found.header
    return {
        "file": name,
        "format_version": found.format_version,
        "carrier": header.carrier,
        "scale": header.scale,
        "size": [header.hr_size[1], header.hr_size[0]],
        "lr_size": [header.lr_size[1], header.lr_size[0]],
        "model": header.model.id,
        "weights_sha256": header.model.weights_sha256,
        "streams": [stream.name for stream in header.streams],
        "payload_bytes": found.payload_bytes,
        "file_bytes": found.file_bytes,
        "pixels_match": _pixels_match(name),
    }


def _pixels_match(name: str) -> bool:
    """Tell whether the LR pixels are still those that were written."""
    try:
        read(name)
    except DigestError as error:
        return error.kind != "lr-digest"
    except FormatError:
        return False
    return True


def _text(facts: dict[str, Any]) -> str:
    width, height = facts["size"]
    lr_width, lr_height = facts["lr_size"]
    bpp = 8 * facts["file_bytes"] / (width * height)
    match = "match their digest" if facts["pixels_match"] else "DO NOT match: edited or damaged"
    streams = ", ".join(facts["streams"]) or "none"
    return "\n".join(
        (
            f"{facts['file']}",
            f"  photo    {width}x{height}, from {lr_width}x{lr_height} at scale {facts['scale']}",
            f"  model    {facts['model']} (weights {facts['weights_sha256'][:12]})",
            f"  payload  {streams} in {facts['carrier']}, {facts['payload_bytes']:,} bytes",
            f"  file     {facts['file_bytes']:,} bytes, {bpp:.2f} bits per pixel of the photo, "
            f"format version {facts['format_version']}",
            f"  pixels   {match}",
        )
    )
