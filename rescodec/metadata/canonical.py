"""The canonical form of metadata: PNG chunks with raw bytes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from rescodec.metadata.blobs import EXIF, ICC, RESOLUTION, icc_of, is_xmp, resolution_of, xmp_of
from rescodec.metadata.exif import ExifError, orientation_of
from rescodec.metadata.xmp import xmp_orientation
from rescodec_formats import Chunk, Limits

# What colours the pixels, and what else travels.
COLOR_TYPES: Final = frozenset({ICC, b"cICP", b"sRGB", b"gAMA", b"cHRM", b"mDCV", b"cLLI"})
TRAVELLING_TYPES: Final = COLOR_TYPES | {RESOLUTION, EXIF, b"tEXt", b"zTXt", b"iTXt"}


class MetadataError(ValueError):
    """The metadata cannot be written as it should be; the message says what to do."""


@dataclass(frozen=True)
class Excess:
    """More metadata than a limit allows, of which some was therefore not read.

    Attributes:
        limit: The field of ``Limits``, ``ancillary_bytes`` or ``ancillary_chunks``.
        found: How many bytes, or chunks, there are.
        most: How many the limit allows.
    """

    limit: str
    found: int
    most: int


def excess_of(limits: Limits, *, size: int, chunks: int = 0) -> Excess | None:
    """Return what so many bytes and chunks of metadata exceed, None if they exceed nothing."""
    for limit, found in (("ancillary_bytes", size), ("ancillary_chunks", chunks)):
        most = getattr(limits, limit)
        if found > most:
            return Excess(limit, found, most)
    return None


@dataclass(frozen=True)
class Metadata:
    """What a photo carries beside its pixels.

    Attributes:
        chunks: PNG chunks of ``TRAVELLING_TYPES`` in the source's order, their bytes as there.
        excess: The limit because of which some of them were not read, None if all were.
    """

    chunks: tuple[Chunk, ...] = ()
    excess: Excess | None = None

    @property
    def icc_profile(self) -> bytes | None:
        """The colour profile; None without one, or if it does not inflate."""
        data = self._first(ICC)
        return None if data is None else icc_of(data)

    @property
    def exif(self) -> bytes | None:
        """EXIF from its byte order mark on, without ``Exif`` and two zeros before it."""
        return self._first(EXIF)

    @property
    def xmp(self) -> bytes | None:
        """The XMP packet; None without one, or if it does not inflate."""
        data = next((chunk.data for chunk in self.chunks if is_xmp(chunk)), None)
        return None if data is None else xmp_of(data)

    @property
    def dots_per_inch(self) -> tuple[float, float] | None:
        """Dots per inch, horizontal first; None where there is no such thing."""
        data = self._first(RESOLUTION)
        return None if data is None else resolution_of(data)

    @property
    def orientation(self) -> int:
        """How the stored pixels are to be turned, 1 to 8 as EXIF counts; 1 where nobody says.

        EXIF counts before XMP. What cannot be read turns nothing.
        """
        try:
            found = None if self.exif is None else orientation_of(self.exif)
        except ExifError:
            found = None
        if found is None and (packet := self.xmp) is not None:
            found = xmp_orientation(packet)
        return 1 if found is None else found

    def with_chunks(self, chunks: Iterable[Chunk]) -> Metadata:
        """Return a copy with other chunks."""
        return replace(self, chunks=tuple(chunks))

    def _first(self, chunk_type: bytes) -> bytes | None:
        return next((chunk.data for chunk in self.chunks if chunk.type == chunk_type), None)
