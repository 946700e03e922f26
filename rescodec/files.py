"""Encoded images as LR files: which stream of the container is which plane."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import IO, BinaryIO, cast

import numpy as np

import rescodec_formats as formats
from rescodec.codec import Codec, EncodedImage

PLANE_NAME = "plane"
PLANE_STEP = 1 / 255


def write_encoded(
    target: str | Path | IO[bytes],
    encoded: EncodedImage,
    codec: Codec,
    *,
    carrier: formats.Carrier = "chunk",
    chunks: Sequence[formats.Chunk] = (),
    overwrite: bool = False,
    limits: formats.Limits | None = None,
) -> formats.Header:
    """Write an encoded image as an LR PNG.

    Args:
        target: Path (written in one step) or binary file.
        encoded: What ``codec.encode`` returned.
        codec: Names the model and its weights in the header.
        carrier: ``alpha`` or ``chunk``; models without planes store none.
        chunks: Ancillary PNG chunks that travel with the image.
        overwrite: Replace an existing file.
        limits: Refuse to write what a reader with these limits would refuse.

    Returns:
        The header that was written.

    Raises:
        FileExistsError: The target exists.
        OSError: Writing failed; no partial target is left.
        ValueError: The carrier is unknown.
    """
    planes = encoded.planes if encoded.planes is not None else ()
    streams = [
        formats.Stream(_plane_name(index), plane, step=PLANE_STEP)
        for index, plane in enumerate(planes)
    ]
    return formats.write(
        target if isinstance(target, str | Path) else cast(BinaryIO, target),
        encoded.lr,
        scale=codec.scale,
        hr_size=encoded.hr_size,
        model=formats.ModelRef(codec.id, codec.weights_sha256),
        carrier=carrier if streams else "none",
        streams=streams,
        chunks=chunks,
        overwrite=overwrite,
        limits=formats.Limits() if limits is None else limits,
    )


def encoded_from(container: formats.Container, planes: int) -> EncodedImage:
    """Return what ``Codec.decode`` needs from a file that was read.

    Args:
        container: The file's content.
        planes: Learned planes of the model.

    Returns:
        The encoded image; ``planes`` is None where the container has no streams.

    Raises:
        FormatError: A plane is missing although others are there, or is none.
    """
    streams = container.streams
    stack = None
    if streams or not planes:
        names = [_plane_name(index) for index in range(planes)]
        missing = [name for name in names if name not in streams]
        if missing:
            raise formats.MissingPayloadError(
                f"the file has no stream {missing[0]!r}, which its model needs",
                kind="missing-payload",
            )
        size = container.lr.shape[:2]
        for name in names:
            _require_plane(streams[name], size)
        stack = np.array([streams[name].data for name in names], np.uint8).reshape(-1, *size)
    return EncodedImage(container.lr, stack, container.header.hr_size)


def _require_plane(stream: formats.Stream, size: tuple[int, ...]) -> None:
    if stream.data.dtype != np.uint8 or stream.data.shape != size:
        raise formats.FormatError(
            f"the stream {stream.name!r} is {stream.data.dtype} of shape {stream.data.shape}; "
            f"its model needs uint8 of shape {size}",
            kind="bad-payload",
        )
    if stream.offset != 0 or not math.isclose(stream.step, PLANE_STEP, rel_tol=1e-6):
        raise formats.FormatError(
            f"the stream {stream.name!r} counts in steps of {stream.step} from {stream.offset}; "
            f"its model needs steps of {PLANE_STEP} from 0",
            kind="bad-payload",
        )


def _plane_name(index: int) -> str:
    return PLANE_NAME if index == 0 else f"{PLANE_NAME}-{index + 1}"
