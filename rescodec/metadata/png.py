"""Metadata of PNGs: chunks as they are, EXIF without what stands before it in a JPEG."""

from __future__ import annotations

import re
from typing import IO, BinaryIO, Final, cast

from rescodec.metadata.blobs import EXIF, exif_chunk
from rescodec.metadata.canonical import TRAVELLING_TYPES, Metadata, excess_of
from rescodec.metadata.raw_profiles import unwrapped
from rescodec_formats import Chunk, ChunkWalker, FormatError, Limits

# Length, type and checksum of a chunk.
FRAME_BYTES: Final = 12
# Bytes of the chunks that have always as many.
_SIZES: Final = {
    b"cICP": 4,
    b"sRGB": 1,
    b"gAMA": 4,
    b"cHRM": 32,
    b"mDCV": 24,
    b"cLLI": 8,
    b"pHYs": 9,
}
# A keyword, then 0 for deflate, where the next byte does not say that there is none.
_SOUND: Final = {
    b"iCCP": re.compile(rb"[^\x00]{1,79}\x00\x00.", re.DOTALL),
    b"zTXt": re.compile(rb"[^\x00]{1,79}\x00\x00", re.DOTALL),
    b"iTXt": re.compile(rb"[^\x00]{1,79}\x00(?:\x00.|\x01\x00)[^\x00]*\x00[^\x00]*\x00", re.DOTALL),
    b"tEXt": re.compile(rb"[^\x00]{1,79}(?:\x00|$)", re.DOTALL),
}


def metadata_of_png(file: IO[bytes], limits: Limits) -> Metadata:
    """Read the chunks that travel, with the bytes that they have.

    Some programs begin EXIF with ``Exif`` and two zeros, as in a JPEG; these go.
    Damage ends the pass or leaves a chunk out, such as one that other programs would refuse the
    whole picture for. Whether there is a picture, others decide.

    Args:
        file: A PNG, read from where it stands.
        limits: Chunks beyond ``ancillary_chunks`` and ``ancillary_bytes`` are not read.
    """
    chunks: list[Chunk] = []
    # Of what is read, and of what is not.
    size, size_over, chunks_over = 0, 0, 0
    after_pixels = False
    try:
        walker = ChunkWalker(cast(BinaryIO, file))
        for head in walker:
            after_pixels |= head.type == b"IDAT"
            if head.type not in TRAVELLING_TYPES:
                continue
            size += head.length
            if size > limits.ancillary_bytes or len(chunks) == limits.ancillary_chunks:
                size -= head.length
                size_over += head.length
                chunks_over += 1
                continue
            try:
                chunk = Chunk(head.type, walker.read(), after_pixels)
            except FormatError as error:
                if error.kind != "crc":
                    raise
                continue
            if chunk.type == EXIF:
                chunk = exif_chunk(chunk.data, after_pixels=after_pixels)
            if _is_sound(chunk):
                chunks.append(chunk)
    except FormatError:
        # What was read before the damage counts.
        pass
    excess = excess_of(limits, size=size + size_over, chunks=len(chunks) + chunks_over)
    return Metadata(unwrapped(chunks), excess)


def _is_sound(chunk: Chunk) -> bool:
    """Tell whether a chunk has the form that PNG gives it; what it holds may be damaged still."""
    if chunk.type in _SIZES:
        return len(chunk.data) == _SIZES[chunk.type]
    form = _SOUND.get(chunk.type)
    return form is None or form.match(chunk.data) is not None
