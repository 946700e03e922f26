"""The metadata of the source as an LR file carries it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from rescodec.metadata.blobs import ICC, icc_of
from rescodec.metadata.canonical import TRAVELLING_TYPES, Metadata
from rescodec_formats import Chunk

# An iCCP chunk of the source under another name, formats/SPEC.md section 1.
FOREIGN_ICC: Final = b"rsIc"
_RGB: Final = b"RGB "


def lr_chunks(metadata: Metadata) -> tuple[Chunk, ...]:
    """Return the chunks that an LR file carries for its source.

    A profile that is not for RGB, such as that of a grey photo, would make the LR image, which
    is RGB, invalid; it travels under another name.
    """
    return tuple(
        replace(chunk, type=FOREIGN_ICC) if _is_foreign(chunk) else chunk
        for chunk in metadata.chunks
    )


def metadata_of_chunks(chunks: Iterable[Chunk]) -> Metadata:
    """Return the source's metadata from the chunks of an LR file; the opposite of ``lr_chunks``.

    The source's own profile counts, whatever other programs have given the LR image.
    """
    chunks = tuple(chunks)
    foreign = any(chunk.type == FOREIGN_ICC for chunk in chunks)
    travelling = TRAVELLING_TYPES - {ICC} | {FOREIGN_ICC} if foreign else TRAVELLING_TYPES
    return Metadata(
        tuple(
            replace(chunk, type=ICC) if chunk.type == FOREIGN_ICC else chunk
            for chunk in chunks
            if chunk.type in travelling
        )
    )


def has_rgb_profile(metadata: Metadata) -> bool:
    """Tell whether a profile describes the photo's samples as RGB: a grey file cannot hold it."""
    return any(chunk.type == ICC and not _is_foreign(chunk) for chunk in metadata.chunks)


def _is_foreign(chunk: Chunk) -> bool:
    profile = icc_of(chunk.data) if chunk.type == ICC else None
    # The colour space of the data stands at byte 16 (ICC.1:2022, 7.2).
    return profile is not None and profile[16:20] != _RGB
