"""Every limit is kept by reader and writer, and says its name."""

import dataclasses
import io
import pickle
from collections.abc import Callable

import pytest

import rescodec_formats as rf

Make = Callable[..., bytes]
TEXT = rf.Chunk(b"tEXt", b"a\0b" * 50)
# What a file of 10 x 14 pixels with a plane and TEXT is over.
TOO_LOW = {
    "hr_pixels": 139,
    "header_bytes": 100,
    "payload_bytes": 34,
    "streams": 0,
    "ancillary_chunks": 1,
    "ancillary_bytes": 200,
}


def test_all_limits_are_tried() -> None:
    fields = {field.name for field in dataclasses.fields(rf.Limits)}
    assert {*TOO_LOW, "window_bytes"} == fields


@pytest.mark.parametrize("name", TOO_LOW)
def test_reading_names_the_limit(make: Make, name: str) -> None:
    file = make(chunks=[TEXT])
    rf.read(file, limits=rf.Limits(**{name: TOO_LOW[name] + 10_000}))
    with pytest.raises(rf.LimitError, match="limit of") as caught:
        rf.read(file, limits=rf.Limits(**{name: TOO_LOW[name]}))
    assert caught.value.limit == name
    assert pickle.loads(pickle.dumps(caught.value)).limit == name


@pytest.mark.parametrize("name", TOO_LOW)
def test_writing_names_the_limit(make: Make, name: str) -> None:
    with pytest.raises(rf.LimitError) as caught:
        make(chunks=[TEXT], limits=rf.Limits(**{name: TOO_LOW[name]}))
    assert caught.value.limit == name


def test_what_the_format_itself_limits_has_no_name(edit: Callable[..., bytes]) -> None:
    def long(chunks: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        return [(n, d + b" " * 65_536 if n == b"rsHD" else d) for n, d in chunks]

    with pytest.raises(rf.LimitError) as caught:
        rf.read(edit(long), limits=rf.Limits(header_bytes=10**9))
    assert caught.value.limit is None


class Counting(io.BytesIO):
    """A file that knows how much was read of it."""

    taken = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.taken += len(data)
        return data


def test_pixel_data_beyond_what_the_picture_needs_is_not_read(make: Make) -> None:
    whole = make()
    start = whole.index(b"IDAT") - 4
    length = 8 * 2**20
    file = Counting(whole[:start] + length.to_bytes(4, "big") + b"IDAT" + bytes(length + 4))
    with pytest.raises(rf.LimitError, match=f"states {length} bytes, much more than") as caught:
        rf.read(file)
    assert (caught.value.limit, caught.value.offset) == (None, start)
    assert file.taken < 2**20
