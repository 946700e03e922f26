"""``rescodec info``: what an LR file holds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rescodec_cli import options
from rescodec_cli.messages import fail, shown
from rescodec_cli.progress import ALL_DONE, SOME_FAILED
from rescodec_cli.streams import rereadable
from rescodec_cli.targets import STREAM, Job, job_to_read

if TYPE_CHECKING:
    from rescodec_formats import Header, Limits


@click.command()
@options.files
@click.option("--json", "as_json", is_flag=True, help="One JSON object per file and line.")
@options.limits
def info(files: tuple[str, ...], as_json: bool, max_pixels: int, limit: Mapping[str, int]) -> None:
    """Show scale, sizes, model and payload of LR files.

    FILE may be - for standard input.
    """
    from rescodec_formats import FormatError

    limits = options.chosen_limits(max_pixels, limit)
    status = ALL_DONE
    for job in map(job_to_read, files):
        try:
            facts = _facts(job, limits)
        except (FormatError, OSError, MemoryError) as error:
            fail(error, job.source_name, hints=options.HINTS)
            status = SOME_FAILED
            continue
        click.echo(json.dumps(facts) if as_json else _text(facts))
    click.get_current_context().exit(status)


def _facts(job: Job, limits: Limits) -> dict[str, Any]:
    from rescodec_formats import RESIDUAL_NAMES, probe

    source = rereadable(job)
    found = probe(source, limits=limits)
    header = found.header
    return {
        "file": STREAM if job.source is None else str(job.source),
        "format_version": found.format_version,
        "carrier": header.carrier,
        "scale": header.scale,
        "size": [header.hr_size[1], header.hr_size[0]],
        "source": {
            "color": header.source.color,
            "bit_depth": header.source.bit_depth,
            "alpha": header.has_source_alpha,
        },
        "lr_size": [header.lr_size[1], header.lr_size[0]],
        "model": header.model.id,
        "weights_sha256": header.model.weights_sha256,
        "quality": _quality(header),
        "lossless": header.lossless,
        "streams": [stream.name for stream in header.streams],
        "payload_bytes": found.payload_bytes,
        "residual_bytes": sum(
            stream.compressed_bytes for stream in header.streams if stream.name in RESIDUAL_NAMES
        ),
        "file_bytes": found.file_bytes,
        "pixels_match": _pixels_match(source, header.lr_sha256, limits),
    }


def _pixels_match(source: Path | bytes, digest: str, limits: Limits) -> bool:
    """Tell whether the LR pixels are still those that were written, payload or not."""
    from rescodec_formats import FormatError, lr_digest, read

    try:
        return lr_digest(read(source, limits=limits, check="without-payload").lr) == digest
    except FormatError:
        return False


def _kind(source: dict[str, Any]) -> str:
    """Say what kind of picture the restored photo is."""
    color = {"rgb": "RGB"}.get(source["color"], source["color"])
    alpha = " with alpha" if source["alpha"] else ""
    return f"{color}{alpha} of {source['bit_depth']} bits"


def _quality(header: Header) -> float | None:
    """Return how the dial is set; what other programs may have written there is not shown."""
    quality = header.model.extra.get("quality")
    if isinstance(quality, bool) or not isinstance(quality, int | float):
        return None
    return quality if 0 <= quality <= 100 else None


def _payload(facts: dict[str, Any]) -> str:
    """Say what is stored beside the pixels, and where: only one stream can be the alpha channel."""
    streams, first = facts["streams"], int(facts["carrier"] == "alpha")
    places = [f"{streams[0]} in alpha"] if first else []
    if streams[first:]:
        places.append(f"{_names(streams[first:])} in chunk, {facts['payload_bytes']:,} bytes")
    return "; ".join(places) or "none"


def _names(streams: list[str]) -> str:
    """Name streams; of several planes tell how many they are."""
    planes = [name for name in streams if name.partition("-")[0] == "plane"]
    others = [name for name in streams if name not in planes]
    return ", ".join(([f"{len(planes)} planes"] if len(planes) > 1 else planes) + others)


def _text(facts: dict[str, Any]) -> str:
    width, height = facts["size"]
    lr_width, lr_height = facts["lr_size"]
    bpp = 8 * facts["file_bytes"] / (width * height)
    exact = f"{facts['residual_bytes']:,} bytes of the payload make the photo exact"
    quality = "" if facts["quality"] is None else f", quality {facts['quality']:g}"
    match = "match their digest" if facts["pixels_match"] else "DO NOT match: edited or damaged"
    return "\n".join(
        (
            shown(facts["file"]),
            f"  photo    {width}x{height}, {_kind(facts['source'])}; from {lr_width}x{lr_height} "
            f"at scale {facts['scale']}",
            f"  model    {facts['model']} (weights {facts['weights_sha256'][:12]}){quality}",
            f"  payload  {_payload(facts)}",
            f"  file     {facts['file_bytes']:,} bytes, {bpp:.2f} bits per pixel of the photo, "
            f"format version {facts['format_version']}",
            f"  pixels   {match}",
            *([f"  lossless {exact}"] if facts["lossless"] else []),
        )
    )
