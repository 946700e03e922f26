"""How much a reader is willing to allocate for a file that it does not trust."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

MiB: Final = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """Upper bounds that are checked before memory is allocated.

    Attributes:
        hr_pixels: pixels of the full-size image; also bounds the picture inside the PNG.
        header_bytes: bytes of the header's JSON, and of what it is compressed to.
        payload_bytes: bytes of all payload streams together, compressed and raw alike.
        streams: number of payload streams.
        window_bytes: zstd window; 8 MiB is what RFC 8878 asks every decoder to support.
        ancillary_chunks: number of other ancillary chunks that are kept.
        ancillary_bytes: bytes of the other ancillary chunks together.
    """

    hr_pixels: int = 256_000_000
    header_bytes: int = 65_536
    payload_bytes: int = 512 * MiB
    streams: int = 64
    window_bytes: int = 8 * MiB
    ancillary_chunks: int = 1_000
    ancillary_bytes: int = 64 * MiB

    def __post_init__(self) -> None:
        """Refuse limits that are not whole numbers of zero or more."""
        for field in fields(self):
            value = getattr(self, field.name)
            if not isinstance(value, int) or isinstance(value, bool):
                raise TypeError(f"{field.name} must be an int, got {type(value).__name__}")
            if value < 0:
                raise ValueError(f"{field.name} must not be negative, got {value}")


DEFAULT_LIMITS: Final = Limits()
