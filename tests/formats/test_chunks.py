import io
from collections.abc import Callable

import pytest

import rescodec_formats as rf
from rescodec_formats.chunks import SIGNATURE, ChunkWalker, write_chunk
from rescodec_formats.scan import HEADER_TYPE, PAYLOAD_TYPE


def walk(data: bytes, size: int | None = None) -> list[tuple[bytes, bytes]]:
    walker = ChunkWalker(io.BytesIO(data), size)
    return [(head.type, walker.read()) for head in walker]


def build(*chunks: tuple[bytes, bytes]) -> bytes:
    file = io.BytesIO()
    file.write(SIGNATURE)
    for name, data in chunks:
        write_chunk(file, name, data)
    return file.getvalue()


def test_write_agrees_with_an_independent_reader(split: Callable[..., object]) -> None:
    chunks = [(b"abCd", b"12345"), (b"IEND", b"")]
    assert split(build(*chunks)) == chunks
    assert walk(build(*chunks)) == chunks


def test_parts_are_joined() -> None:
    file = io.BytesIO()
    write_chunk(file, b"abCd", b"12", memoryview(b"345"))
    assert SIGNATURE + file.getvalue() == build((b"abCd", b"12345"))


@pytest.mark.parametrize("known", [True, False])
def test_unread_chunks_are_skipped(known: bool) -> None:
    data = build((b"abCd", b"x" * 3_000_000), (b"efGh", b"yes"), (b"IEND", b"")) + b"tail"
    walker = ChunkWalker(io.BytesIO(data), len(data) if known else None)
    found = {head.type: walker.read() for head in walker if head.type == b"efGh"}
    assert found == {b"efGh": b"yes"}


@pytest.mark.parametrize("known", [True, False])
def test_truncation(known: bool) -> None:
    data = build((b"abCd", b"12345"), (b"IEND", b""))
    for length in range(8, len(data)):
        with pytest.raises(rf.FormatError) as caught:
            walk(data[:length], length if known else None)
        assert caught.value.kind == "truncated"


def test_stated_length_is_not_allocated() -> None:
    head = SIGNATURE + b"\x7f\xff\xff\xffabCd12345"
    with pytest.raises(rf.FormatError) as caught:
        walk(head)
    assert (caught.value.kind, caught.value.offset) == ("truncated", 8)


@pytest.mark.parametrize("head", [b"\x80\0\0\0abCd", b"\0\0\0\0ab d", b"\0\0\0\0ab\xe4d"])
def test_bad_head(head: bytes) -> None:
    with pytest.raises(rf.FormatError) as caught:
        walk(SIGNATURE + head + b"\0" * 99)
    assert caught.value.kind == "bad-chunk"


def test_wrong_checksum() -> None:
    data = bytearray(build((b"abCd", b"12345"), (b"IEND", b"")))
    data[17] ^= 1
    with pytest.raises(rf.FormatError, match="abCd") as caught:
        walk(bytes(data))
    assert (caught.value.kind, caught.value.offset) == ("crc", 8)


@pytest.mark.parametrize("data", [b"", b"\x89PNG", b"GIF89a" + b"\0" * 50, b"\x89PNG\n\x1a\n123"])
def test_not_a_png(data: bytes) -> None:
    with pytest.raises(rf.NotRescodecError) as caught:
        walk(data)
    assert caught.value.kind == "not-png"


@pytest.mark.parametrize("name", [HEADER_TYPE, PAYLOAD_TYPE])
def test_our_chunks_are_ancillary_private_and_unsafe_to_copy(name: bytes) -> None:
    # PNG specification, 5.4: ancillary, private, reserved, safe to copy.
    assert [bool(letter & 0x20) for letter in name] == [True, True, False, False]


def test_checking_without_keeping() -> None:
    """`check` says what `read` would say."""
    file = build((b"tEXt", b"a" * 9), (b"IEND", b""))
    walker = ChunkWalker(io.BytesIO(file))
    for _ in walker:
        walker.check()
        with pytest.raises(ValueError, match="already"):
            walker.check()
    for data, kind in ((file.replace(b"aa", b"ab", 1), "crc"), (file[:20], "truncated")):
        for size in (None, len(data)):
            walker = ChunkWalker(io.BytesIO(data), size)
            next(iter(walker))
            with pytest.raises(rf.FormatError) as caught:
                walker.check()
            assert caught.value.kind == kind


def test_reading_the_start() -> None:
    """The rest is skipped, whatever its checksum."""
    file = build((b"tEXt", b"abcdef"), (b"IEND", b""))
    for size in (None, len(file)):
        walker = ChunkWalker(io.BytesIO(file), size)
        starts = [walker.read_start(4) for _ in walker]
        assert starts == [b"abcd", b""]
    walker = ChunkWalker(io.BytesIO(file[:18]))
    next(iter(walker))
    with pytest.raises(rf.FormatError) as caught:
        walker.read_start(4)
    assert caught.value.kind == "truncated"
