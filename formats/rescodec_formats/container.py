"""Probe, read and write whole files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np

from .chunks import Chunk
from .errors import DigestError, FormatError, MissingPayloadError, NotRescodecError
from .filters import IntegerArray
from .header import FORMAT_VERSION, SOURCE_ALPHA, Header, StreamInfo
from .limits import DEFAULT_LIMITS, Limits
from .lossless import check_residual, residual_from
from .pieces import PieceTable
from .pixels import Pixels, PngPixels, decode_pixels, lr_digest
from .scan import PngParts, Scanner
from .source import Source, open_source
from .streams import Stream, decompress_stream, verify_stream

Check: TypeAlias = Literal["strict", "without-payload"]


@dataclass(frozen=True)
class Probe:
    """What can be known of a file without looking at its pixels.

    Attributes:
        header: the rescodec header.
        format_version: version of the file format.
        bit_depth: bits per sample of the PNG.
        color_type: colour type of the PNG: 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGBA.
        interlaced: whether the PNG is interlaced.
        file_bytes: size of the file, where the source tells.
        payload_bytes: compressed bytes of all streams in payload chunks, as the header states.
        chunks: ancillary chunks of others before the pixels, in the file's order: there most
            programs write colour profile, EXIF and XMP. `read` returns those behind them too.
    """

    header: Header
    format_version: int
    bit_depth: int
    color_type: int
    interlaced: bool
    file_bytes: int | None
    payload_bytes: int
    chunks: tuple[Chunk, ...] = ()


@dataclass(frozen=True, eq=False)
class Container:
    """The content of a file.

    Attributes:
        header: the rescodec header.
        lr: the low-resolution image, uint8 (height, width, 3), R G B, 0 to 255.
        streams: the payload by name, in the header's order; empty if it was not asked for.
        chunks: ancillary chunks of others, in the file's order.
        alpha: the PNG's alpha channel, uint8 (height, width); None if it has none.
    """

    header: Header
    lr: Pixels
    streams: Mapping[str, Stream] = field(default_factory=dict)
    chunks: tuple[Chunk, ...] = ()
    alpha: Pixels | None = None

    @property
    def source_alpha(self) -> IntegerArray | None:
        """The alpha channel of the source: (height, width), uint8 or uint16; None without one."""
        stream = self.streams.get(SOURCE_ALPHA)
        return None if stream is None else stream.data

    @property
    def residual(self) -> IntegerArray | None:
        """What has to be added to the restored samples of a lossless file, without alpha.

        (height, width, channels), int8 or int16; the sums wrap around. None if the file is not
        lossless, or the payload was not asked for.
        """
        return residual_from(self.streams, self.header)

    @property
    def pixels(self) -> Pixels:
        """The picture as in the file: (height, width, 3), or (height, width, 4) with alpha."""
        return self.lr if self.alpha is None else np.dstack((self.lr, self.alpha))


def probe(source: Source, *, limits: Limits = DEFAULT_LIMITS) -> Probe:
    """Read the header and the metadata of a file, and nothing from its pixels on.

    Args:
        source: a path, bytes or a binary file object.
        limits: what to accept.

    Raises:
        NotRescodecError: if it is not a PNG, or one without our header.
        FormatError: for everything else that is wrong.
        OSError: if the file cannot be read.
    """
    with open_source(source) as (file, size):
        parts = Scanner(file, size, limits).head(want_header=True)
    header, _ = _ours(parts)
    return Probe(
        header=header,
        format_version=FORMAT_VERSION,
        bit_depth=parts.image.bit_depth,
        color_type=parts.image.color_type,
        interlaced=parts.image.interlaced,
        file_bytes=size,
        payload_bytes=sum(info.compressed_bytes for info in header.streams),
        chunks=tuple(parts.chunks),
    )


def read(source: Source, *, limits: Limits = DEFAULT_LIMITS, check: Check = "strict") -> Container:
    """Read a whole file.

    Args:
        source: a path, bytes or a binary file object.
        limits: what to accept.
        check: "strict" verifies every digest; "without-payload" reads the pixels of a file whose
            payload is gone, damaged or stale, or whose pixels were edited, and no streams.

    Raises:
        NotRescodecError: if it is not a PNG, or one without our header.
        DigestError: if the pixels or a stream were changed after encoding.
        MissingPayloadError: if the payload is gone.
        FormatError: for everything else that is wrong.
        OSError: if the file cannot be read.
    """
    if check not in ("strict", "without-payload"):
        raise ValueError(f'check must be "strict" or "without-payload", got {check!r}')
    strict = check == "strict"
    with open_source(source) as (file, size):
        scanner = Scanner(file, size, limits)
        parts = scanner.head(want_header=True)
        scanner.rest(parts, want_payload=strict)
    header, pieces = _ours(parts)
    pixels = decode_pixels(parts.image, parts.png, parts.palette, parts.transparency)
    chunks = tuple(parts.chunks)
    if not strict:
        return Container(header, pixels.rgb, {}, chunks, pixels.alpha)
    if lr_digest(pixels.rgb) != header.lr_sha256:
        raise DigestError(
            "the pixels do not match their digest: the picture was edited after encoding; only "
            "decoding without the payload is possible",
            kind="lr-digest",
        )
    alpha = _alpha(header, pixels)
    streams = _read_streams(header, pieces, alpha, pixels.alpha is not None, limits)
    return Container(header, pixels.rgb, streams, chunks, alpha)


def read_png(source: Source, *, limits: Limits = DEFAULT_LIMITS) -> PngPixels:
    """Read the pixels of any 8-bit PNG, ours or not, expanded to RGB and alpha.

    Args:
        source: a path, bytes or a binary file object.
        limits: what to accept.

    Raises:
        NotRescodecError: `not-png` if it is no PNG.
        FormatError: if it is damaged, or has 16-bit samples.
        OSError: if the file cannot be read.
    """
    with open_source(source) as (file, size):
        scanner = Scanner(file, size, limits)
        parts = scanner.head(want_header=False)
        scanner.rest(parts, want_payload=False)
    return decode_pixels(parts.image, parts.png, parts.palette, parts.transparency)


def _ours(parts: PngParts) -> tuple[Header, PieceTable]:
    """Return what the scanner has found, having been told to insist on it."""
    if parts.header is None or parts.pieces is None:
        raise NotRescodecError("the PNG has no rescodec header")
    return parts.header, parts.pieces


def _alpha(header: Header, pixels: PngPixels) -> Pixels | None:
    """Return the alpha channel if it carries a stream; otherwise it must be opaque."""
    if header.carrier == "alpha":
        if pixels.alpha is not None:
            return pixels.alpha
        # Optimisers drop an alpha channel that is opaque everywhere.
        return np.full(header.lr_size, 255, np.uint8)
    if pixels.alpha is not None and int(pixels.alpha.min()) < 255:
        raise FormatError(
            "the picture was made translucent after encoding; only decoding without the payload "
            "is possible",
            kind="unexpected-alpha",
        )
    return None


def _read_streams(
    header: Header, pieces: PieceTable, alpha: Pixels | None, in_file: bool, limits: Limits
) -> dict[str, Stream]:
    streams: dict[str, Stream] = {}
    for index, info in enumerate(header.streams):
        if info.storage == "alpha" and alpha is not None:
            data: IntegerArray = _verified_alpha(info, alpha, in_file)
        else:
            data = decompress_stream(info, pieces.frame(index), limits)
        streams[info.name] = Stream(info.name, data, info.step, info.offset, info.extra)
    check_residual(streams)
    return streams


def _verified_alpha(info: StreamInfo, alpha: Pixels, in_file: bool) -> Pixels:
    """Hold the alpha channel, or the opaque one that stands in for it, against its digest."""
    try:
        verify_stream(info, alpha)
    except DigestError as error:
        if in_file:
            raise
        raise MissingPayloadError(
            "the alpha channel, which carries the payload, is gone; only decoding without the "
            "payload is possible"
        ) from error
    return alpha
