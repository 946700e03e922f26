"""What applying the orientation to the pixels changes in the metadata."""

from __future__ import annotations

from dataclasses import replace

from rescodec.metadata import exif_edit, xmp
from rescodec.metadata.blobs import EXIF, RESOLUTION, is_xmp, with_xmp, xmp_of
from rescodec.metadata.canonical import Metadata
from rescodec.metadata.exif import ExifError
from rescodec_formats import Chunk


def upright(metadata: Metadata) -> Metadata:
    """Return the metadata of pixels that were turned as ``metadata.orientation`` asks.

    The orientation becomes 1 in EXIF and in XMP, and the thumbnail in EXIF goes: it shows the
    photo as it was. Resolutions of PNG that differ change places with the sides. EXIF that cannot
    be read turned no pixels, and stays as it is. Everything else keeps its bytes and, within
    EXIF, its place.
    """
    # Rows and columns have changed places.
    aside = metadata.orientation >= 5
    return metadata.with_chunks(_upright(chunk, aside=aside) for chunk in metadata.chunks)


def _upright(chunk: Chunk, *, aside: bool) -> Chunk:
    data = chunk.data
    if chunk.type == RESOLUTION and aside:
        data = data[4:8] + data[:4] + data[8:]
    elif chunk.type == EXIF:
        try:
            data = exif_edit.without_thumbnail(exif_edit.with_upright_orientation(data))
        except ExifError:
            return chunk
    elif is_xmp(chunk):
        packet = xmp_of(data)
        turned = None if packet is None else xmp.with_upright_orientation(packet)
        if turned is not None and turned != packet:
            data = with_xmp(data, turned)
    return replace(chunk, data=data)
