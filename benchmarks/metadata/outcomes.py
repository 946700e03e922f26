"""What becomes of the metadata of a sample, said in two words."""

from __future__ import annotations

import io

import rescodec
from benchmarks.metadata.samples import Sample
from rescodec import Codec
from rescodec.metadata import Metadata, metadata_of_chunks, metadata_of_file
from rescodec.metadata.exif import HEADER_BYTES, ExifView
from rescodec.metadata.exif_copy import copied
from rescodec_formats import read

TARGETS = (".png", ".jpg", ".webp", ".tif", ".bmp")
SAME, VALUES, ASIDE, PART, LOST = (
    "same bytes",
    "same values",
    "same bytes, aside",
    "in part",
    "lost",
)


def outcomes(sample: Sample, codec: Codec) -> list[str]:
    """Encode and decode a sample; say what is in the LR file and in each target."""
    source = metadata_of_file(io.BytesIO(sample.data))
    small = rescodec.encode(sample.data, model=codec)
    chunks = read(small).chunks
    aside = any(chunk.type == b"rsIc" for chunk in chunks)
    words = [ASIDE if aside else outcome(source, metadata_of_chunks(chunks))]
    photo = rescodec.decode(small, model=codec)
    for suffix in TARGETS:
        file = io.BytesIO()
        rescodec.save_photo(photo, file, suffix)
        file.seek(0)
        words.append(outcome(source, metadata_of_file(file)))
    return words


def outcome(source: Metadata, found: Metadata) -> str:
    """Compare what the source has with what was found."""
    if not source.chunks:
        raise ValueError("the sample has no metadata")
    if source.chunks == found.chunks:
        return SAME
    blobs = [
        (getattr(source, name), getattr(found, name)) for name in ("icc_profile", "exif", "xmp")
    ]
    if source.exif is not None and found.exif is not None:
        return VALUES if values(source.exif) == values(found.exif) else PART
    if any(one is not None for one, _ in blobs):
        return SAME if all(one == other for one, other in blobs) else LOST
    if source.dots_per_inch is not None and source.dots_per_inch == found.dots_per_inch:
        return VALUES
    return LOST


def values(exif: bytes) -> bytes:
    """Return EXIF laid out anew: the same for the same values, whatever the byte order."""
    view = ExifView(exif)
    return copied(view, view.main().entries, HEADER_BYTES, "little")
