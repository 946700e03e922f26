"""EXIF and XMP as hexadecimal text in PNGs of old programs."""

from __future__ import annotations

import zlib

import pytest

from rescodec.metadata.blobs import exif_chunk, xmp_chunk
from rescodec.metadata.raw_profiles import unwrapped
from rescodec_formats import Chunk


def raw(kind: str, content: bytes, *, packed: bool = False) -> Chunk:
    """Return what ImageMagick writes: type, length, lines of 72 digits."""
    digits = content.hex()
    lines = "\n".join(digits[at : at + 72] for at in range(0, len(digits), 72))
    text = f"\n{kind}\n{len(content):8}\n{lines}\n".encode()
    keyword = f"Raw profile type {kind}\0".encode()
    if packed:
        return Chunk(b"zTXt", keyword + b"\0" + zlib.compress(text))
    return Chunk(b"tEXt", keyword + text)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("kind", ["exif", "APP1"])
@pytest.mark.parametrize("prefix", [b"", b"Exif\0\0"])
def test_exif(camera_exif: bytes, kind: str, prefix: bytes, packed: bool) -> None:
    chunk = raw(kind, prefix + camera_exif, packed=packed)
    assert unwrapped([chunk]) == (exif_chunk(camera_exif),)


@pytest.mark.parametrize(
    ("kind", "prefix"), [("xmp", b""), ("APP1", b"http://ns.adobe.com/xap/1.0/\0")]
)
def test_xmp(xmp: bytes, kind: str, prefix: bytes) -> None:
    assert unwrapped([raw(kind, prefix + xmp)]) == (xmp_chunk(xmp),)


def test_chunks_of_their_own_count(camera_exif: bytes, xmp: bytes) -> None:
    own = (exif_chunk(camera_exif), xmp_chunk(xmp))
    assert unwrapped([raw("exif", b"II*\0stale"), raw("xmp", b"stale"), *own]) == own


def test_many_are_not_looked_at(camera_exif: bytes) -> None:
    damaged = [Chunk(b"tEXt", b"Raw profile type exif\0damaged")] * 16
    chunks = (*damaged, raw("exif", camera_exif))
    assert unwrapped(chunks) == chunks
    assert unwrapped(chunks[1:]) == (*damaged[1:], exif_chunk(camera_exif))


@pytest.mark.parametrize(
    "chunk",
    [
        Chunk(b"tEXt", b"Comment\0text"),
        Chunk(b"tEXt", b"Raw profile type exif"),
        Chunk(b"tEXt", b"Raw profile type exif\0\nexif\n 3\nabc\n"),
        Chunk(b"tEXt", b"Raw profile type exif\0\nexif\n 3\nno digits\n"),
        Chunk(b"zTXt", b"Raw profile type exif\0\0no zlib stream"),
        raw("iptc", b"II*\0"),
        raw("exif", b"neither"),
    ],
)
def test_others_stay(chunk: Chunk) -> None:
    assert unwrapped([chunk]) == (chunk,)


def test_blanks_take_no_time() -> None:
    """A few hundred bytes of zTXt inflate to 16 MiB of them, which must not be tried in turn."""
    text = b"\nexif\n 1" + b" " * 2**24
    chunk = Chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(text[: 2**24 - 1] + b"!"))
    assert unwrapped([chunk]) == (chunk,)
