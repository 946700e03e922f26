"""What encoding and decoding share: limits for Pillow, models opened once, streams."""

from __future__ import annotations

import io
import sys
import warnings
from pathlib import Path

import click
from PIL import Image as PillowImage

from rescodec.codec import Codec
from rescodec.images import ImageError
from rescodec.weights_file import WeightsError
from rescodec_cli.targets import Job
from rescodec_formats import FormatError

# Errors that become messages; any other is a bug and keeps its traceback.
EXPECTED_ERRORS: tuple[type[Exception], ...] = (
    FormatError,
    ImageError,
    WeightsError,
    OSError,
    MemoryError,
)


def limit_pixels(max_pixels: int) -> None:
    """Make Pillow refuse larger images; a process-wide setting, so only for programs."""
    PillowImage.MAX_IMAGE_PIXELS = max_pixels
    warnings.simplefilter("error", PillowImage.DecompressionBombWarning)


def open_codec(model: str | None, scale: int, device: str) -> Codec:
    """Open a model, turning a wrong choice into a usage error."""
    try:
        return Codec.open(model, scale=scale, device=device)
    except ValueError as error:
        raise click.UsageError(" ".join(str(error).split())) from error


def source_file(job: Job) -> Path | io.BytesIO:
    """Return what readers open: the path, or standard input as a seekable file."""
    return io.BytesIO(sys.stdin.buffer.read()) if job.source is None else job.source


def finish(target: Path | io.BytesIO) -> int:
    """Send what was meant for standard output there; return the result's size in bytes."""
    if isinstance(target, Path):
        return target.stat().st_size
    sys.stdout.buffer.write(target.getvalue())
    sys.stdout.buffer.flush()
    return target.getbuffer().nbytes
