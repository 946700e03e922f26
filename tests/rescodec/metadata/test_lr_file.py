"""What an LR file carries for its source: everything, and a grey profile out of sight."""

from __future__ import annotations

from rescodec.metadata import Metadata, lr_chunks, metadata_of_chunks
from rescodec.metadata.blobs import exif_chunk, icc_chunk
from rescodec_formats import Chunk

EXIF = exif_chunk(b"II*\0")


def test_rgb_profile_stays(profile: bytes) -> None:
    metadata = Metadata((icc_chunk(profile), EXIF))
    assert lr_chunks(metadata) == metadata.chunks
    assert metadata_of_chunks(lr_chunks(metadata)) == metadata


def test_grey_profile_is_put_aside(grey_profile: bytes) -> None:
    metadata = Metadata((icc_chunk(grey_profile), EXIF))
    aside, other = lr_chunks(metadata)
    assert (aside.type, aside.data) == (b"rsIc", icc_chunk(grey_profile).data)
    assert other == EXIF
    assert metadata_of_chunks(lr_chunks(metadata)) == metadata


def test_profile_put_aside_counts(profile: bytes, grey_profile: bytes) -> None:
    """Another program has given the LR image a profile of its own."""
    grey = Metadata((icc_chunk(grey_profile),))
    chunks = (icc_chunk(profile), *lr_chunks(grey), EXIF)
    assert metadata_of_chunks(chunks) == Metadata((*grey.chunks, EXIF))


def test_damaged_profile_stays() -> None:
    chunk = Chunk(b"iCCP", b"name\0\0no zlib stream")
    assert lr_chunks(Metadata((chunk,))) == (chunk,)


def test_only_what_travels_comes_back() -> None:
    assert metadata_of_chunks([Chunk(b"tIME", bytes(7)), EXIF, Chunk(b"prVt", b"")]).chunks == (
        EXIF,
    )
