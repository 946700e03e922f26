"""Write whole files."""

from __future__ import annotations

import operator
import os
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO, cast

import numpy as np

from .atomic import atomic_write
from .chunks import (
    MAX_CHUNK_LENGTH,
    SIGNATURE,
    Chunk,
    is_ancillary,
    is_chunk_type,
    write_chunk,
)
from .effort import DEFAULT_EFFORT, Effort, effort_of
from .errors import FormatError, LimitError
from .filters import IntegerArray
from .header import JSON, Carrier, Header, ModelRef, SourceInfo
from .header_json import decode_header, encode_header
from .limits import DEFAULT_LIMITS, Limits
from .pieces import split_frame
from .pixels import RGB, RGBA, Pixels, checked_pixels, lr_digest
from .png import write_pixels
from .scan import BOUND_TO_ENCODING, COMMENT, HEADER_TYPE, PAYLOAD_TYPE
from .streams import Frame, Stream, checked_integers, compress_stream, describe_stream


def write(
    target: str | os.PathLike[str] | BinaryIO,
    lr: Pixels,
    *,
    scale: int,
    hr_size: tuple[int, int],
    model: ModelRef,
    carrier: Carrier | None = None,
    streams: Sequence[Stream] = (),
    chunks: Sequence[Chunk] = (),
    effort: int = DEFAULT_EFFORT,
    overwrite: bool = False,
    source: SourceInfo = SourceInfo(),  # noqa: B008 - immutable
    hr_sha256: str | None = None,
    extra: Mapping[str, JSON] | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Header:
    """Write a file; a path appears complete or not at all.

    Args:
        target: a path or a binary file object, which is written from where it stands.
        lr: the low-resolution image, uint8 (height, width, 3), R G B, 0 to 255.
        scale: how many times smaller each side of `lr` is.
        hr_size: `(height, width)` of the full-size image.
        model: what restores it.
        carrier: where the first stream goes: "alpha", which takes a uint8 plane of the size of
            `lr`, or "chunk"; "none" without streams. By default "chunk" if there are streams.
        streams: the payload.
        chunks: ancillary chunks of the source that travel along.
        effort: 0 (fast) to 9 (small): how hard to compress; the content is the same.
        overwrite: replace an existing file.
        source: what kind of picture `lr` was made from, which is what a decoder restores.
        hr_sha256: `hr_digest` of that picture, for lossless files, whose `residual_streams` stand
            behind the streams of the model.
        extra: further JSON keys for the header.
        limits: refuse to write what a reader with these limits would refuse to read.

    Returns:
        The header, as a reader will find it.

    Raises:
        TypeError: if an argument has a wrong type.
        ValueError: if the arguments do not fit together.
        LimitError: if the file would be over a limit.
        FileExistsError: if the target exists and `overwrite` is false.
        OSError: if it cannot be written.
    """
    tried = effort_of(effort)
    if carrier is None:
        carrier = "chunk" if streams else "none"
    check_chunks(chunks, limits)
    plan = _Plan(
        lr=checked_pixels(lr),
        arrays=tuple(checked_integers(stream.data, stream.name) for stream in streams),
        streams=tuple(streams),
        carrier=carrier,
        scale=operator.index(scale),
        hr_size=(operator.index(hr_size[0]), operator.index(hr_size[1])),
        model=model,
        source=source,
        hr_sha256=hr_sha256,
        extra=dict(extra or {}),
    )
    plan.check()
    if isinstance(target, (str, os.PathLike)):
        with atomic_write(target, overwrite) as file:
            return _emit(file, plan, chunks, tried, limits)
    if not callable(getattr(target, "write", None)):
        raise TypeError(f"expected a path or a binary file object, got {type(target).__name__}")
    return _emit(target, plan, chunks, tried, limits)


@dataclass(frozen=True, eq=False)
class _Plan:
    """The arguments of `write`, checked one by one."""

    lr: Pixels
    arrays: tuple[IntegerArray, ...]
    streams: tuple[Stream, ...]
    carrier: Carrier
    scale: int
    hr_size: tuple[int, int]
    model: ModelRef
    source: SourceInfo
    hr_sha256: str | None
    extra: Mapping[str, JSON]

    @property
    def alpha(self) -> Pixels | None:
        """The plane that goes into the alpha channel."""
        return cast(Pixels, self.arrays[0]) if self.carrier == "alpha" else None

    def check(self) -> None:
        """Refuse a carrier that the streams do not fit.

        Raises:
            ValueError: saying why.
        """
        if self.carrier not in ("alpha", "chunk", "none"):
            raise ValueError(f"carrier must be alpha, chunk or none, got {self.carrier!r}")
        if self.carrier == "none" and self.streams:
            raise ValueError('carrier "none" would lose the streams: use "alpha" or "chunk"')
        if self.carrier != "none" and not self.streams:
            raise ValueError(f'carrier "{self.carrier}" needs a stream: use "none" without any')
        size = self.lr.shape[:2]
        plane = self.alpha
        if plane is not None and (plane.dtype.name != "uint8" or plane.shape != size):
            raise ValueError(
                f"stream {self.streams[0].name!r} cannot be the alpha channel: it is "
                f"{plane.dtype.name} of shape {plane.shape}, alpha is uint8 of shape {size}"
            )

    def header(self, frames: Sequence[Frame | None], limits: Limits) -> tuple[Header, bytes]:
        """Make the header and its bytes.

        The bytes are read back at once: the checks of the reader are the only ones there are,
        and nothing is written that it would refuse.

        Raises:
            ValueError: naming every problem.
            LimitError: if a reader with the same limits would refuse the file.
        """
        header = Header(
            carrier=self.carrier,
            scale=self.scale,
            hr_size=self.hr_size,
            lr_size=(self.lr.shape[0], self.lr.shape[1]),
            model=self.model,
            lr_sha256=lr_digest(self.lr),
            streams=tuple(
                describe_stream(stream, data, frame)
                for stream, data, frame in zip(self.streams, self.arrays, frames, strict=True)
            ),
            source=self.source,
            hr_sha256=self.hr_sha256,
            extra=self.extra,
        )
        data = encode_header(header)
        try:
            return decode_header(data, limits), data
        except LimitError:
            raise
        except FormatError as error:
            raise ValueError(f"the file cannot be written: {error}") from error


def _emit(
    file: BinaryIO, plan: _Plan, chunks: Sequence[Chunk], effort: Effort, limits: Limits
) -> Header:
    """Compress the payload, then write the chunks in their order."""
    frames: list[Frame | None] = [
        None if data is plan.alpha else compress_stream(data, effort) for data in plan.arrays
    ]
    header, header_data = plan.header(frames, limits)

    height, width = header.lr_size
    color = RGB if plan.alpha is None else RGBA
    file.write(SIGNATURE)
    write_chunk(file, b"IHDR", struct.pack(">IIBBBBB", width, height, 8, color, 0, 0, 0))
    write_chunk(file, HEADER_TYPE, header_data)
    for chunk in chunks:
        if not chunk.after_pixels:
            write_chunk(file, chunk.type, chunk.data)
    write_chunk(file, b"tEXt", COMMENT)
    write_pixels(file, plan.lr if plan.alpha is None else np.dstack((plan.lr, plan.alpha)), effort)
    for index, frame in enumerate(frames):
        if frame is not None:
            for piece_head, content in split_frame(index, frame.data):
                write_chunk(file, PAYLOAD_TYPE, piece_head, content)
    for chunk in chunks:
        if chunk.after_pixels:
            write_chunk(file, chunk.type, chunk.data)
    write_chunk(file, b"IEND")
    return header


def check_chunks(chunks: Sequence[Chunk], limits: Limits) -> None:
    """Refuse chunks that may not travel along, or that a reader would refuse.

    Raises:
        ValueError: saying which and why.
        LimitError: if they are too many or too long together.
    """
    for chunk in chunks:
        if not is_chunk_type(chunk.type) or not is_ancillary(chunk.type):
            raise ValueError(f"{chunk.type!r} is not the type of an ancillary PNG chunk")
        if chunk.type in BOUND_TO_ENCODING or chunk.type in (HEADER_TYPE, PAYLOAD_TYPE):
            raise ValueError(f"a {chunk.type.decode('ascii')} chunk cannot travel along")
        if len(chunk.data) > MAX_CHUNK_LENGTH:
            raise ValueError(f"a {chunk.type.decode('ascii')} chunk is too long for a PNG")
    # One more is the comment, which the reader counts too.
    total = sum(len(chunk.data) for chunk in chunks) + len(COMMENT)
    for what, found, limit in (
        ("chunks", len(chunks) + 1, "ancillary_chunks"),
        ("bytes", total, "ancillary_bytes"),
    ):
        most = getattr(limits, limit)
        if found > most:
            raise LimitError(
                f"the file would have {found} {what} of metadata, over the limit of {most}",
                limit=limit,
            )
