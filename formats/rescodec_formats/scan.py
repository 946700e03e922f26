"""One pass over a PNG that sorts its chunks into pixels, header, payload and the rest."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import BinaryIO, Final

from .chunks import (
    CHUNK_OVERHEAD,
    SIGNATURE,
    Chunk,
    ChunkHead,
    ChunkWalker,
    is_ancillary,
    write_chunk,
)
from .errors import FormatError, LimitError, NotRescodecError
from .header import Header
from .header_json import PREFIX_BYTES, check_length, check_prefix, decode_header
from .limits import Limits, MiB
from .pieces import PieceTable
from .pixels import ImageHeader

HEADER_TYPE: Final = b"rsHD"
PAYLOAD_TYPE: Final = b"rsPL"
COMMENT: Final = (
    b"Comment\0Low-resolution image that holds its full-size original; "
    b"restore with: rescodec decode FILE"
)

# These describe one encoding of the pixels (its colour type, its palette, its animation frames),
# so they do not travel to another.
BOUND_TO_ENCODING: Final = frozenset(
    {b"tRNS", b"bKGD", b"sBIT", b"hIST", b"acTL", b"fcTL", b"fdAT"}
)


@dataclass
class PngParts:
    """What a pass over a file has found.

    Attributes:
        image: the image header.
        header: our header; None where the caller did not ask for one.
        pieces: the payload, not decompressed yet; None without a header.
        png: a PNG of the critical chunks alone, for the pixel decoder.
        palette: data of PLTE.
        transparency: data of tRNS.
        chunks: ancillary chunks of others that may travel.
    """

    image: ImageHeader
    header: Header | None = None
    pieces: PieceTable | None = None
    png: io.BytesIO = field(default_factory=io.BytesIO)
    palette: bytes | None = None
    transparency: bytes | None = None
    chunks: list[Chunk] = field(default_factory=list)


class Scanner:
    """Walks one file: `head` first, then `rest`."""

    def __init__(self, file: BinaryIO, size: int | None, limits: Limits) -> None:
        """Begin with `file`, which holds `size` more bytes if that is known.

        Raises:
            NotRescodecError: if it is not a PNG.
        """
        self._walker = ChunkWalker(file, size)
        self._heads = iter(self._walker)
        self._limits = limits
        self._others = 0
        self._other_bytes = 0

    def head(self, want_header: bool) -> PngParts:
        """Read everything before the pixel data.

        Args:
            want_header: read and insist on our header chunk, rather than skip it.

        Raises:
            FormatError: if the file is damaged, is not ours or goes over a limit.
        """
        parts = self._start()
        while (head := next(self._heads)).type != b"IDAT":
            if head.type == HEADER_TYPE:
                if want_header:
                    self._take_header(parts, head)
            elif head.type == PAYLOAD_TYPE:
                if want_header:
                    raise _order(head, "stands before the pixel data")
            elif head.type == b"PLTE":
                if parts.palette is not None or head.length > 768:
                    raise _bad_png("PLTE is not valid", head)
                parts.palette = self._walker.read()
                write_chunk(parts.png, b"PLTE", parts.palette)
            elif head.type == b"tRNS":
                if parts.transparency is not None or head.length > 256:
                    raise _bad_png("tRNS is not valid", head)
                parts.transparency = self._walker.read()
            elif head.type == b"IEND":
                raise _bad_png("there is no pixel data", head)
            else:
                self._take_other(parts, head, after_pixels=False)
        if want_header and parts.header is None:
            raise self._no_header(parts.image, head)
        return parts

    def rest(self, parts: PngParts, want_payload: bool) -> None:
        """Read the pixel data and everything after it into `parts`.

        Args:
            parts: what `head` has returned.
            want_payload: read the payload and insist on an intact end of the file; otherwise
                whatever is wrong after the pixel data ends the pass quietly.

        Raises:
            FormatError: if the file is damaged or goes over a limit.
        """
        after = self._take_pixels(parts)
        try:
            self._take_tail(parts, after, want_payload)
        except FormatError:
            if want_payload:
                raise

    def _start(self) -> PngParts:
        head = next(self._heads)
        if head.type != b"IHDR" or head.length != 13:
            raise _bad_png("it does not begin with IHDR", head)
        data = self._walker.read()
        image = ImageHeader.parse(data, head.offset)
        pixels = image.width * image.height
        if pixels > self._limits.hr_pixels:
            raise LimitError(
                f"the picture has {image.width} x {image.height} pixels: {pixels} is over the "
                f"limit of {self._limits.hr_pixels}",
                offset=head.offset,
                limit="hr_pixels",
            )
        parts = PngParts(image)
        parts.png.write(SIGNATURE)
        write_chunk(parts.png, b"IHDR", data)
        return parts

    def _take_header(self, parts: PngParts, head: ChunkHead) -> None:
        if parts.header is not None:
            raise _duplicate_header(head)
        try:
            check_length(head.length - PREFIX_BYTES, self._limits, head.offset)
        except LimitError:
            # That of another program or version may be of any length.
            check_prefix(self._walker.read_start(PREFIX_BYTES), head.offset)
            raise
        parts.header = decode_header(self._walker.read(), self._limits, head.offset)
        parts.pieces = PieceTable(parts.header)
        size = (parts.image.height, parts.image.width)
        if size != parts.header.lr_size:
            height, width = parts.header.lr_size
            raise FormatError(
                f"the picture has {size[1]} x {size[0]} pixels, its header states "
                f"{width} x {height}: it was resized or rotated after encoding",
                kind="size-mismatch",
                offset=head.offset,
            )

    def _no_header(self, image: ImageHeader, head: ChunkHead) -> FormatError:
        """Find out whether the header is gone or only in the wrong place.

        It is looked for behind the pixels and metadata that a file of ours may have, which a
        source that cannot seek has to read.
        """
        room = _pixel_room(image) + self._limits.ancillary_bytes
        try:
            while head.type != HEADER_TYPE and head.length <= room:
                room -= head.length + CHUNK_OVERHEAD
                head = next(self._heads)
        except (FormatError, StopIteration):
            pass
        if head.type == HEADER_TYPE:
            return _order(head, "stands after the pixel data")
        return NotRescodecError(
            "the PNG has no rescodec header: another program wrote it, or saved it without "
            "its metadata"
        )

    def _take_pixels(self, parts: PngParts) -> ChunkHead | FormatError:
        """Copy the IDAT chunks and return the head behind them, or why there is none.

        Only the caller knows whether what follows the pixels matters.
        """
        room = _pixel_room(parts.image)
        after: ChunkHead | FormatError | None = None
        while after is None:
            data = self._walker.read(room)
            room -= len(data)
            write_chunk(parts.png, b"IDAT", data)
            try:
                head = next(self._heads)
            except FormatError as error:
                after = error
            else:
                after = head if head.type != b"IDAT" else None
        write_chunk(parts.png, b"IEND")
        parts.png.seek(0)
        return after

    def _take_tail(
        self, parts: PngParts, head: ChunkHead | FormatError, want_payload: bool
    ) -> None:
        if isinstance(head, FormatError):
            raise head
        while head.type != b"IEND":
            if head.type == HEADER_TYPE and parts.header is not None:
                raise _duplicate_header(head)
            if head.type == PAYLOAD_TYPE:
                if want_payload and parts.pieces is not None:
                    parts.pieces.check_length(head.length, head.offset)
                    parts.pieces.add(self._walker.read(), head.offset)
            elif head.type in (b"IDAT", b"PLTE", b"tRNS"):
                raise _order(head, "stands behind the pixel data")
            elif head.type != HEADER_TYPE:
                self._take_other(parts, head, after_pixels=True)
            head = next(self._heads)
        if head.length:
            raise _bad_png("IEND is not empty", head)
        self._walker.read()

    def _take_other(self, parts: PngParts, head: ChunkHead, after_pixels: bool) -> None:
        if not is_ancillary(head.type):
            name = head.type.decode("ascii")
            raise _bad_png(f"a critical chunk {name} is unknown or out of place", head)
        self._others += 1
        self._other_bytes += head.length
        for what, found, limit in (
            ("chunks", self._others, "ancillary_chunks"),
            ("bytes", self._other_bytes, "ancillary_bytes"),
        ):
            most = getattr(self._limits, limit)
            if found > most:
                raise LimitError(
                    f"the file has more metadata than the limit of {most} {what}",
                    offset=head.offset,
                    limit=limit,
                )
        data = self._walker.read()
        if head.type not in BOUND_TO_ENCODING and (head.type, data) != (b"tEXt", COMMENT):
            parts.chunks.append(Chunk(head.type, data, after_pixels))


def _pixel_room(image: ImageHeader) -> int:
    """Return how many bytes of IDAT are read: far beyond what deflate adds, even if interlaced."""
    return 2 * image.raw_bytes + MiB


def _order(head: ChunkHead, problem: str) -> FormatError:
    name = head.type.decode("ascii")
    return FormatError(f"the {name} chunk {problem}", kind="chunk-order", offset=head.offset)


def _duplicate_header(head: ChunkHead) -> FormatError:
    return FormatError(
        "the file has two rescodec headers", kind="duplicate-header", offset=head.offset
    )


def _bad_png(problem: str, head: ChunkHead) -> FormatError:
    return FormatError(f"bad PNG: {problem}", kind="bad-png", offset=head.offset)
