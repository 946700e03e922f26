"""Chunks put into a PNG while Pillow or pypng writes it."""

from __future__ import annotations

import io
from collections.abc import Callable

import png
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as PillowImage

from benchmarks.metadata.insertion import insert_chunks
from rescodec_formats import Chunk, ChunkWalker

CHUNKS = (Chunk(b"gAMA", b"\0\0\xb1\x8f"), Chunk(b"eXIf", b"II*\0", after_pixels=True))


def chunks_of(data: bytes) -> list[tuple[bytes, bytes]]:
    walker = ChunkWalker(io.BytesIO(data))
    return [(head.type, walker.read()) for head in walker]


def test_behind_the_header(image: PillowImage.Image, saved: Callable[..., bytes]) -> None:
    plain = saved("PNG")
    file = io.BytesIO()
    image.save(insert_chunks(file, CHUNKS), "PNG")
    head, *rest = chunks_of(plain)
    own = [(chunk.type, chunk.data) for chunk in CHUNKS]
    assert chunks_of(file.getvalue()) == [head, *own, *rest]


def test_pypng() -> None:
    file = io.BytesIO()
    png.Writer(1, 1, greyscale=False, bitdepth=16).write(insert_chunks(file, CHUNKS), [[1, 2, 3]])
    assert [name for name, _ in chunks_of(file.getvalue())] == [
        *(b"IHDR", b"gAMA", b"eXIf", b"IDAT", b"IEND")
    ]


def test_nothing_to_insert() -> None:
    file = io.BytesIO()
    assert insert_chunks(file, ()) is file


@given(st.lists(st.integers(1, 70), max_size=9))
def test_writes_of_any_size(sizes: list[int]) -> None:
    data, at = bytes(range(100)), 0
    file = io.BytesIO()
    target = insert_chunks(file, CHUNKS[:1])
    for size in sizes:
        assert target.write(data[at : at + size]) == len(data[at : at + size])
        at += size
    written = data[:at]
    chunk = file.getvalue()[33:49] if at >= 33 else b""
    assert file.getvalue() == written[:33] + chunk + written[33:]
    assert chunk[4:8] in (b"gAMA", b"")


def test_errors_pass() -> None:
    class Full(io.BytesIO):
        def write(self, data: object) -> int:
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="space"):
        insert_chunks(Full(), CHUNKS).write(b"x")
