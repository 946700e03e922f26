"""A copy with other metadata has the same pixels, header and payload, byte for byte."""

import io
import itertools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import png
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rescodec_formats as rf

Make = Callable[..., bytes]
Split = Callable[[bytes], list[tuple[bytes, bytes]]]

TITLE = rf.Chunk(b"tEXt", b"Title\0Bridge")
EXIF = rf.Chunk(b"eXIf", b"MM\0*\0\0\0\x08\0\0\0\0\0\0")
BEHIND = rf.Chunk(b"tIME", bytes(7), after_pixels=True)
METADATA = {b"tEXt", b"eXIf", b"tIME", b"iCCP", b"zTXt"}


def retagged(source: rf.Source, chunks: list[rf.Chunk]) -> bytes:
    file = io.BytesIO()
    rf.retag(source, file, chunks)
    return file.getvalue()


@pytest.mark.parametrize("carrier", ["alpha", "chunk", "none"])
def test_only_the_metadata_changes(make: Make, split: Split, carrier: str) -> None:
    before = make(carrier, chunks=[EXIF])
    after = retagged(before, [TITLE, BEHIND])
    assert rf.read(after).chunks == (TITLE, BEHIND)
    assert rf.read(after).header == rf.read(before).header
    assert [chunk for chunk in split(after) if chunk[0] not in METADATA] == [
        chunk for chunk in split(before) if chunk[0] not in METADATA
    ]
    names = [name for name, _ in split(after)]
    assert names.index(b"rsHD") < names.index(b"tEXt") < names.index(b"IDAT")
    assert names.index(b"IDAT") < names.index(b"tIME") < names.index(b"IEND")


@given(st.lists(st.builds(rf.Chunk, st.sampled_from([b"tEXt", b"zTXt", b"abCd"]), st.binary())))
def test_the_copy_has_the_chunks_that_were_asked_for(make: Make, chunks: list[rf.Chunk]) -> None:
    # What looks like our own comment is that, and not metadata.
    assert list(rf.read(retagged(make("chunk"), chunks)).chunks) == chunks


def test_the_same_chunks_give_the_same_file(make: Make) -> None:
    file = make("chunk", chunks=[EXIF, BEHIND])
    assert retagged(file, list(rf.read(file).chunks)) == file


def test_chunks_of_a_palette_stay_in_place(make: Make, split: Split, join: Callable) -> None:
    lr = np.arange(105, dtype=np.uint8).reshape(5, 7, 3) // 30 * 30
    lr[..., 1:] = lr[..., :1]
    file = make("chunk", lr=lr)
    colors, indices = np.unique(lr.reshape(-1, 3), axis=0, return_inverse=True)
    recoded = io.BytesIO()
    palette = [tuple(color) for color in colors.tolist()]
    png.Writer(7, 5, palette=palette, bitdepth=8).write(recoded, indices.reshape(5, 7).tolist())
    ours, theirs = split(file), split(recoded.getvalue())
    head = [chunk for chunk in ours if chunk[0] == b"rsHD"]
    payload = [chunk for chunk in ours if chunk[0] == b"rsPL"]
    # The header stands behind PLTE, where an optimiser may have put it.
    odd = join([*theirs[:-2], *head, theirs[-2], *payload, theirs[-1]])
    assert [name for name, _ in split(odd)][:3] == [b"IHDR", b"PLTE", b"rsHD"]
    profile = rf.Chunk(b"iCCP", b"p\0\0")
    names = [name for name, _ in split(retagged(odd, [profile]))]
    assert names == [b"IHDR", b"rsHD", b"iCCP", b"PLTE", b"IDAT", b"rsPL", b"IEND"]
    np.testing.assert_array_equal(rf.read(retagged(odd, [profile])).lr, lr)


def test_any_source_will_do(make: Make, tmp_path: Path) -> None:
    file = make("chunk")
    expected = retagged(file, [TITLE])
    (tmp_path / "a.png").write_bytes(file)
    assert retagged(tmp_path / "a.png", [TITLE]) == expected
    behind = io.BytesIO(b"before" + file)
    behind.seek(6)
    assert retagged(behind, [TITLE]) == expected
    pipe = io.BytesIO(file)
    pipe.seekable = lambda: False
    assert retagged(pipe, [TITLE]) == expected


def test_a_source_without_end_is_refused_at_its_beginning() -> None:
    given = []

    class Endless(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            assert 0 <= size <= 1 << 20
            given.append(size)
            return bytes(size)

    with pytest.raises(rf.NotRescodecError):
        retagged(Endless(), [TITLE])
    assert sum(given) < 1 << 20


HUGE = b"\x7f\xff\xff\xff"


@pytest.mark.parametrize(
    ("pixels", "behind", "repeated"),
    [
        (False, HUGE + b"IDAT", bytes(1 << 16)),
        (True, HUGE + b"zzZz", bytes(1 << 16)),
        (True, b"", bytes(4) + b"zzZz" + bytes(4)),
        (True, b"", bytes(4) + b"IDAT" + bytes(4)),
    ],
    ids=["pixels", "metadata", "empty-metadata", "empty-pixels"],
)
def test_a_header_is_not_looked_for_without_end(
    make: Make, split: Split, join: Callable, pixels: bool, behind: bytes, repeated: bytes
) -> None:
    kept = (b"IHDR", b"IDAT") if pixels else (b"IHDR",)
    beginning = join([chunk for chunk in split(make("chunk")) if chunk[0] in kept]) + behind
    pieces = itertools.chain([beginning], itertools.repeat(repeated))
    given = 0

    class Endless(io.RawIOBase):
        held = b""

        def read(self, size: int = -1) -> bytes:
            nonlocal given
            given += size
            assert given < 3 << 20
            while len(self.held) < size:
                self.held += next(pieces)
            data, self.held = self.held[:size], self.held[size:]
            return data

    with pytest.raises(rf.NotRescodecError, match="no rescodec header"):
        rf.retag(Endless(), io.BytesIO(), [], limits=rf.Limits(ancillary_bytes=1 << 20))


def test_source_and_target_may_be_one_path(make: Make, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(make("chunk"))
    with pytest.raises(FileExistsError):
        rf.retag(path, path, [TITLE])
    assert rf.retag(path, path, [TITLE], overwrite=True) == rf.read(path).header
    assert rf.read(path).chunks == (TITLE,)


@pytest.mark.parametrize("chunk", [b"rsHD", b"rsPL", b"tRNS", b"IDAT", b"a"])
def test_chunks_that_may_not_travel(make: Make, chunk: bytes) -> None:
    with pytest.raises(ValueError, match=chunk.decode()):
        retagged(make("chunk"), [rf.Chunk(chunk, b"")])


def test_a_damaged_source_leaves_the_target_as_it_was(make: Make, tmp_path: Path) -> None:
    target = tmp_path / "a.png"
    target.write_bytes(b"old")
    damaged = bytearray(make("chunk"))
    damaged[-20] ^= 1
    with pytest.raises(rf.FormatError):
        rf.retag(bytes(damaged), target, [TITLE], overwrite=True)
    assert target.read_bytes() == b"old"


def test_too_much_metadata_is_refused(make: Make) -> None:
    with pytest.raises(rf.LimitError):
        rf.retag(make("chunk"), io.BytesIO(), [TITLE], limits=rf.Limits(ancillary_bytes=3))
