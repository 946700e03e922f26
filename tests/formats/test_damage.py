"""Every way to break a file has its kind, and no damage passes for content."""

import io
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image, ImageFile

import rescodec_formats as rf

Make = Callable[..., bytes]
Edit = Callable[..., bytes]
Chunks = list[tuple[bytes, bytes]]


def kind_of(file: bytes, check: str = "strict", **limits: int) -> str:
    with pytest.raises(rf.FormatError) as caught:
        rf.read(file, check=check, limits=rf.Limits(**limits))  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)
    return caught.value.kind


def named(chunks: Chunks, name: bytes) -> int:
    return [chunk[0] for chunk in chunks].index(name)


def moved(name: bytes, before: bytes) -> Callable[[Chunks], Chunks]:
    def change(chunks: Chunks) -> Chunks:
        chunk = chunks.pop(named(chunks, name))
        chunks.insert(named(chunks, before), chunk)
        return chunks

    return change


def doubled(name: bytes, before: bytes | None = None) -> Callable[[Chunks], Chunks]:
    def change(chunks: Chunks) -> Chunks:
        chunk = chunks[named(chunks, name)]
        chunks.insert(named(chunks, before or name), chunk)
        return chunks

    return change


def without(name: bytes) -> Callable[[Chunks], Chunks]:
    return lambda chunks: [chunk for chunk in chunks if chunk[0] != name]


def inserted(name: bytes, data: bytes, before: bytes) -> Callable[[Chunks], Chunks]:
    def change(chunks: Chunks) -> Chunks:
        chunks.insert(named(chunks, before), (name, data))
        return chunks

    return change


def replaced(name: bytes, change_data: Callable[[bytes], bytes]) -> Callable[[Chunks], Chunks]:
    return lambda chunks: [(n, change_data(d) if n == name else d) for n, d in chunks]


def huge(header: bytes) -> bytes:
    """State a full-size image of 14 gigapixels."""
    header = header.replace(b'"hr_size":[10,14]', b'"hr_size":[100000,140000]')
    return header.replace(b'"lr_size":[5,7]', b'"lr_size":[50000,70000]')


DAMAGE = [
    ("no-header", without(b"rsHD")),
    ("chunk-order", moved(b"rsHD", b"IEND")),
    ("chunk-order", moved(b"rsPL", b"IDAT")),
    ("chunk-order", doubled(b"IDAT", b"IEND")),
    ("chunk-order", inserted(b"PLTE", b"123", b"IEND")),
    ("duplicate-header", doubled(b"rsHD")),
    ("duplicate-header", doubled(b"rsHD", b"IEND")),
    ("missing-payload", without(b"rsPL")),
    ("duplicate-piece", doubled(b"rsPL")),
    ("missing-piece", replaced(b"rsPL", lambda d: b"\0\0\0\1\0\2" + d[6:])),
    ("missing-piece", replaced(b"rsPL", lambda d: b"\0\0\0\0\0\2" + d[6:])),
    ("unexpected-piece", replaced(b"rsPL", lambda d: b"\0\1\0\0\0\1" + d[6:])),
    ("unexpected-piece", replaced(b"rsPL", lambda d: b"\0\0\0\1\0\1" + d[6:])),
    ("unexpected-piece", replaced(b"rsPL", lambda d: b"\0\0\0\0\0\0" + d[6:])),
    ("bad-payload", inserted(b"rsPL", b"\0\0\0\1\0\2x", b"IEND")),
    ("bad-payload", replaced(b"rsPL", lambda d: d[:6])),
    ("bad-payload", replaced(b"rsPL", lambda d: d[:3])),
    ("bad-payload", replaced(b"rsPL", lambda d: d + b"\0")),
    ("bad-payload", replaced(b"rsPL", lambda d: d[:-1])),
    ("bad-payload", replaced(b"rsPL", lambda d: d + bytes(2**20))),
    ("bad-payload", replaced(b"rsPL", lambda d: d[:6] + d[:5:-1])),
    ("bad-header", replaced(b"rsHD", lambda d: d[:-1])),
    ("bad-header", replaced(b"rsHD", lambda d: d.replace(b'"step"', b'"stop"'))),
    ("version", replaced(b"rsHD", lambda d: b"RESCODEC\x02" + d[9:])),
    ("no-header", replaced(b"rsHD", lambda d: b"SOMEBODY" + d[8:])),
    ("limit", replaced(b"rsHD", lambda d: d + b" " * 65_536)),
    ("limit", replaced(b"rsHD", huge)),
    ("bad-png", without(b"IHDR")),
    ("chunk-order", without(b"IDAT")),
    ("bad-png", doubled(b"IHDR")),
    ("bad-png", replaced(b"IEND", lambda d: b"x")),
    ("bad-png", inserted(b"CrIt", b"", b"IDAT")),
    ("bad-png", inserted(b"CrIt", b"", b"IEND")),
    ("bad-pixels", replaced(b"IDAT", lambda d: d[:9])),
    ("bad-pixels", replaced(b"IDAT", lambda d: bytes(len(d)))),
    ("size-mismatch", replaced(b"IHDR", lambda d: d[4:8] + d[:4] + d[8:])),
    ("size-mismatch", replaced(b"IHDR", lambda d: d[:3] + b"\6" + d[4:])),
    ("truncated", without(b"IEND")),
]


@pytest.mark.parametrize(("kind", "change"), DAMAGE)
def test_kind(edit: Edit, kind: str, change: Callable[[Chunks], Chunks]) -> None:
    assert kind_of(edit(change)) == kind


@pytest.mark.parametrize(
    "change",
    [
        *(without(b"rsPL"), doubled(b"rsPL"), doubled(b"rsHD", b"IEND"), without(b"IEND")),
        replaced(b"rsPL", lambda d: d[:3]),
    ],
)
def test_without_payload_the_pixels_are_read(
    edit: Edit, change: Callable[[Chunks], Chunks], picture: Callable[..., np.ndarray]
) -> None:
    found = rf.read(edit(change), check="without-payload")
    np.testing.assert_array_equal(found.lr, picture(5, 7))
    assert found.streams == {}
    assert found.header.streams[0].name == "plane"


def edited(image: Image.Image) -> Callable[[Chunks], Chunks]:
    """Put the pixel data of another picture of the same size in place of the right one."""

    def change(chunks: Chunks) -> Chunks:
        other = io.BytesIO()
        image.save(other, "PNG")
        data = other.getvalue()
        start = data.index(b"IDAT") - 4
        length = int.from_bytes(data[start : start + 4], "big")
        pixels = data[start + 8 :][:length]
        header = data[16:29]
        return [(n, pixels if n == b"IDAT" else header if n == b"IHDR" else d) for n, d in chunks]

    return change


@pytest.mark.parametrize("carrier", ["alpha", "chunk", "none"])
def test_edited_pixels(edit: Edit, picture: Callable, carrier: str) -> None:
    lr = picture(5, 7)
    lr[2, 3, 1] ^= 1
    file = edit(edited(Image.fromarray(lr)), carrier)
    assert kind_of(file) == "lr-digest"
    found = rf.read(file, check="without-payload")
    np.testing.assert_array_equal(found.lr, lr)


def test_edited_alpha(edit: Edit, picture: Callable, plane: Callable) -> None:
    alpha = plane(5, 7)
    alpha[1, 1] ^= 1
    image = Image.fromarray(np.dstack((picture(5, 7), alpha)))
    file = edit(edited(image), "alpha")
    assert kind_of(file) == "stream-digest"
    found = rf.read(file, check="without-payload")
    np.testing.assert_array_equal(found.pixels[..., 3], alpha)


def test_alpha_gone(edit: Edit, picture: Callable) -> None:
    file = edit(edited(Image.fromarray(picture(5, 7))), "alpha")
    assert kind_of(file) == "missing-payload"
    with pytest.raises(rf.MissingPayloadError):
        rf.read(file)


def test_constant_alpha_may_be_dropped(edit: Edit, picture: Callable) -> None:
    opaque = np.full((5, 7), 255, np.uint8)
    change = edited(Image.fromarray(picture(5, 7)))
    found = rf.read(edit(change, "alpha", streams=[rf.Stream("plane", opaque)]))
    np.testing.assert_array_equal(found.streams["plane"].data, opaque)
    assert found.pixels.shape == (5, 7, 4)


@pytest.mark.parametrize("carrier", ["chunk", "none"])
def test_added_alpha(edit: Edit, picture: Callable, plane: Callable, carrier: str) -> None:
    image = Image.fromarray(np.dstack((picture(5, 7), plane(5, 7))))
    file = edit(edited(image), carrier)
    assert kind_of(file) == "unexpected-alpha"
    image.putalpha(255)
    found = rf.read(edit(edited(image), carrier))
    assert found.alpha is None


@pytest.mark.parametrize("carrier", ["alpha", "chunk", "none"])
def test_truncation_at_every_byte(make: Make, carrier: str) -> None:
    file = make(carrier, chunks=[rf.Chunk(b"eXIf", b"MM\0*")])
    for length in range(len(file)):
        for source in (file[:length], Unsized(file[:length])):
            with pytest.raises(rf.FormatError) as caught:
                rf.read(source)  # type: ignore[arg-type]
            expected = "not-png" if length < 8 else "truncated"
            assert caught.value.kind == expected


def test_a_host_that_lets_pillow_read_truncated_pixels(
    edit: Edit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    assert kind_of(edit(replaced(b"IDAT", lambda d: d[:20]))) == "bad-pixels"


class Unsized(io.BytesIO):
    """A file that does not tell its size, like a pipe."""

    def seekable(self) -> bool:
        return False


@pytest.mark.parametrize("source", [io.BytesIO, Unsized])
def test_a_header_in_the_wrong_place_is_told_from_none(
    edit: Edit, source: Callable[[bytes], io.BytesIO]
) -> None:
    with pytest.raises(rf.FormatError, match="rsHD chunk stands after the pixel data"):
        rf.read(source(edit(moved(b"rsHD", b"IEND"))))
    with pytest.raises(rf.NotRescodecError, match="no rescodec header"):
        rf.read(source(edit(without(b"rsHD"))))


CARRIERS = ["alpha", "chunk", "none"]


@given(st.sampled_from(CARRIERS), st.data())
def test_no_flipped_byte_passes(make: Make, carrier: str, data: st.DataObject) -> None:
    file = bytearray(make(carrier))
    position = data.draw(st.integers(0, len(file) - 1))
    file[position] ^= data.draw(st.integers(1, 255))
    with pytest.raises(rf.FormatError):
        rf.read(bytes(file))
    for reader in (
        rf.probe,
        rf.read_png,
        lambda source: rf.read(source, check="without-payload"),
    ):
        try:
            reader(bytes(file))
        except rf.FormatError:
            continue


@given(st.sampled_from(CARRIERS), st.data())
def test_no_change_behind_a_right_checksum_passes(
    make: Make, split: Callable, join: Callable, carrier: str, data: st.DataObject
) -> None:
    original = rf.read(make(carrier))
    chunks = split(make(carrier))
    index = data.draw(st.integers(0, len(chunks) - 2))
    name, content = chunks[index]
    changed = bytearray(content)
    for _ in range(data.draw(st.integers(1, 3))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    chunks[index] = (name, bytes(changed))
    try:
        found = rf.read(join(chunks))
    except rf.FormatError:
        return
    np.testing.assert_array_equal(found.lr, original.lr)
    for key, stream in zip(found.streams, original.streams.values(), strict=True):
        np.testing.assert_array_equal(found.streams[key].data, stream.data)


@given(st.binary(max_size=300), st.sampled_from([b"", b"\x89PNG\r\n\x1a\n"]))
@example(b"", b"")
def test_noise(data: bytes, start: bytes) -> None:
    for reader in (rf.read, rf.probe, rf.read_png):
        with pytest.raises(rf.FormatError):
            reader(start + data)


def test_stated_sizes_are_not_allocated(edit: Edit) -> None:
    """A header of a few bytes cannot make the reader reserve gigabytes."""

    def change(data: bytes) -> bytes:
        return data.replace(b'"raw_bytes":35', b'"raw_bytes":4611686014132420609').replace(
            b'"shape":[5,7]', b'"shape":[2147483647,2147483647]'
        )

    assert kind_of(edit(replaced(b"rsHD", change))) == "limit"


def test_kinds_are_documented() -> None:
    package = Path(rf.__file__).parent
    text = "".join(path.read_text("utf-8") for path in package.glob("*.py"))
    used = set(re.findall(r'(?:kind=|default_kind(?:: ClassVar\[str\])? = )"([a-z-]+)"', text))
    used |= set(re.findall(r'"([a-z]+-(?:piece|payload))"', text)) - {"without-payload"}
    spec = Path(__file__).parents[2] / "formats" / "SPEC.md"
    table = (
        spec.read_text("utf-8").partition("## 8. Why a file is refused")[2].partition("\n## ")[0]
    )
    documented = set(re.findall(r"^\| `([a-z-]+)` \|", table.partition("\n## ")[0], re.M))
    assert used - {"bad-file"} == documented
