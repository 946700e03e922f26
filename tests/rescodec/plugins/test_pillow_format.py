"""LR files as a format of Pillow, used as other people's programs would."""

from __future__ import annotations

import copy
import io
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, UnidentifiedImageError

import rescodec
import rescodec_formats as formats
from rescodec.plugins import restoring

Picture = npt.NDArray[np.uint8]
GOLDEN = Path(__file__).parents[1] / "golden/alpha-x2-lite-1.chunk.lr.png"
PHOTO = Path(__file__).parents[1] / "golden/alpha-x2-lite-1.png"
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
FORMATS = ["RESCODEC"]


@pytest.fixture
def encoded(picture: Callable[..., Picture], tmp_path: Path) -> Callable[..., Path]:
    """Encode a picture of a mode, with what Pillow can store of metadata."""

    def encode(mode: str = "RGB", **info: Any) -> Path:
        image = Image.fromarray(picture(30, 41)).convert("RGBA" if "A" in mode else "RGB")
        if "A" in mode:
            image.putalpha(Image.linear_gradient("L").resize(image.size))
        image = image.convert(mode)
        image.info.update(info)
        path = tmp_path / f"{mode}.lr.png"
        rescodec.encode(image, path, device="cpu", overwrite=True)
        return path

    return encode


def opened(source: Any) -> Image.Image:
    return Image.open(source, formats=FORMATS)


# --- pixels and metadata -------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "I;16"])
def test_the_photo(
    mode: str, encoded: Callable[..., Path], picture: Callable[..., Picture], tmp_path: Path
) -> None:
    if mode == "I;16":
        path = tmp_path / "deep.lr.png"
        deep = Image.fromarray(picture(30, 41)[..., 0].astype(np.uint16) * 257)
        rescodec.encode(deep, path, device="cpu")
    else:
        path = encoded(mode)
    photo = rescodec.decode(path, device="cpu")
    with opened(path) as image:
        assert (image.mode, image.size) == (mode, (41, 30))
        assert image.tobytes() == photo.to_pillow().tobytes()
        assert image.getbands() == Image.new(mode, (1, 1)).getbands()


def test_golden_photo() -> None:
    with opened(GOLDEN) as image, Image.open(PHOTO) as expected:
        difference = np.asarray(image).astype(int) - np.asarray(expected)
    assert np.abs(difference).max() <= 1


def test_metadata_is_there_before_the_pixels(encoded: Callable[..., Path]) -> None:
    exif = Image.Exif()
    exif[0x010F] = "maker"
    path = encoded("RGB", icc_profile=PROFILE, exif=exif.tobytes(), dpi=(300, 300))
    with opened(path) as image:
        before = dict(image.info)
        assert image.info["icc_profile"] == PROFILE
        assert image.info["dpi"] == (300, 300)
        assert image.getexif()[0x010F] == "maker"
        image.load()
        assert image.info == before
        again = io.BytesIO()
        image.save(again, "JPEG", exif=image.info["exif"])
    with Image.open(again) as jpeg:
        assert jpeg.getexif()[0x010F] == "maker"


def test_metadata_behind_the_pixels_comes_with_them(tmp_path: Path) -> None:
    path = tmp_path / "x.lr.png"
    density = formats.Chunk(b"pHYs", bytes.fromhex("00002e2300002e2301"), after_pixels=True)
    formats.retag(GOLDEN, path, [density])
    with opened(path) as image:
        assert "dpi" not in image.info
        image.load()
        assert image.info["dpi"] == (300, 300)


def test_it_says_what_it_is() -> None:
    with opened(GOLDEN) as image:
        assert (image.format, image.get_format_mimetype()) == ("RESCODEC", "image/png")
        assert image.tell() == 0
        assert "tile" not in repr(image)


# --- errors --------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", [b"", b"x", PHOTO.read_bytes()])
def test_what_is_no_lr_file_is_not_identified(content: bytes) -> None:
    with pytest.raises(UnidentifiedImageError):
        opened(io.BytesIO(content))


def test_other_formats_may_be_named_as_well() -> None:
    with Image.open(PHOTO, formats=["RESCODEC", "PNG"]) as image:
        assert image.format == "PNG"
    with Image.open(GOLDEN, formats=["RESCODEC", "PNG"]) as image:
        assert image.format == "RESCODEC"


def changed(old: bytes, new: bytes) -> io.BytesIO:
    file = GOLDEN.read_bytes()
    assert file.count(old) == 1
    return io.BytesIO(file.replace(old, new))


def test_a_damaged_header_is_an_os_error() -> None:
    with pytest.raises(OSError, match="checksum is wrong") as caught:
        opened(changed(b'"scale":2', b'"scale":3'))
    assert not isinstance(caught.value, UnidentifiedImageError)
    assert isinstance(caught.value.__cause__, formats.FormatError)


def test_a_version_to_come_is_an_os_error() -> None:
    with pytest.raises(OSError, match=r"checksum|version"):
        opened(changed(b"RESCODEC\1", b"RESCODEC\2"))


@pytest.mark.parametrize("damage", ["cut", "payload"])
def test_damage_behind_the_header_is_an_os_error_on_load(damage: str) -> None:
    file = bytearray(GOLDEN.read_bytes())
    if damage == "cut":
        del file[-200:]
    else:
        file[-30] ^= 1
    image = opened(io.BytesIO(file))
    for _ in range(2):
        with pytest.raises(OSError, match=r"truncated|checksum") as caught:
            image.load()
        assert isinstance(caught.value.__cause__, formats.FormatError)
    with pytest.raises(OSError, match=r"truncated|checksum"):
        opened(io.BytesIO(file)).verify()


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(st.integers(0, GOLDEN.stat().st_size - 1), st.integers(1, 255)),
        min_size=1,
        max_size=3,
    )
)
def test_damage_anywhere_is_an_os_error_or_no_matter(changes: list[tuple[int, int]]) -> None:
    file = bytearray(GOLDEN.read_bytes())
    for position, difference in changes:
        file[position] ^= difference
    try:
        found = opened(io.BytesIO(file)).tobytes()
    except OSError:
        return
    assert found == opened(GOLDEN).tobytes()


def test_a_file_that_is_whole_verifies() -> None:
    opened(GOLDEN).verify()


def test_a_file_that_changes_meanwhile(encoded: Callable[..., Path], tmp_path: Path) -> None:
    source, target = encoded("L"), tmp_path / "x.lr.png"
    target.write_bytes(GOLDEN.read_bytes())
    with opened(target) as image:
        target.write_bytes(source.read_bytes())
        with pytest.raises(OSError, match="changed since"):
            image.load()


# --- files that are open, and copies --------------------------------------------------------------


def test_a_path_is_closed_after_loading_and_at_the_end_of_with() -> None:
    image = opened(GOLDEN)
    file = image.fp
    image.load()
    assert file.closed
    with opened(GOLDEN) as image:
        file = image.fp
    assert file.closed
    with pytest.raises(ValueError, match="closed"):
        image.load()
    image.close()
    with pytest.raises(ValueError, match="closed"):
        image.load()


def test_the_caller_s_file_stays_open() -> None:
    with GOLDEN.open("rb") as file:
        opened(file).load()
        assert not file.closed


def test_loading_twice_decodes_once(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[object] = []
    restore = restoring.Restorer.restore
    monkeypatch.setattr(
        restoring.Restorer,
        "restore",
        lambda *a: calls.append(a) or restore(*a),  # type: ignore[func-returns-value]
    )
    with opened(GOLDEN) as image:
        image.load()
        image.putpixel((0, 0), (1, 2, 3))
        image.load()
        assert image.getpixel((0, 0)) == (1, 2, 3)
    assert len(calls) == 1


def test_copies() -> None:
    with opened(GOLDEN) as image:
        pixels = image.tobytes()
    for duplicate in (
        opened(GOLDEN).copy(),
        copy.copy(opened(GOLDEN)),
        copy.deepcopy(opened(GOLDEN)),
        pickle.loads(pickle.dumps(opened(GOLDEN))),
    ):
        assert (duplicate.size, duplicate.tobytes()) == ((101, 75), pixels)


# --- saving --------------------------------------------------------------------------------------


def test_saving(picture: Callable[..., Picture], tmp_path: Path) -> None:
    image = Image.fromarray(picture(30, 41))
    image.info["icc_profile"] = PROFILE
    path = tmp_path / "x.png"
    image.save(path, "RESCODEC", scale=4, carrier="alpha")
    header = formats.probe(path).header
    assert (header.scale, header.carrier, header.hr_size) == (4, "alpha", (30, 41))
    with opened(path) as back:
        assert back.info["icc_profile"] == PROFILE
    file = io.BytesIO()
    image.save(file, "RESCODEC")
    assert file.getvalue() == rescodec.encode(image, device="cpu")


def test_a_photo_that_was_opened_can_be_saved_again(tmp_path: Path) -> None:
    with opened(GOLDEN) as image:
        image.save(tmp_path / "x.png", "RESCODEC", scale=4)
    assert formats.probe(tmp_path / "x.png").header.hr_size == (75, 101)


@pytest.mark.parametrize("options", [{"quality": 9}, {"scale": 3}])
def test_what_cannot_be_saved_leaves_no_file(options: dict[str, int], tmp_path: Path) -> None:
    path = tmp_path / "x.png"
    with pytest.raises((TypeError, ValueError), match=r"quality|scale"):
        Image.new("RGB", (4, 4)).save(path, "RESCODEC", **options)
    assert not path.exists()


def test_modes_that_would_lose_something_are_refused() -> None:
    with pytest.raises(rescodec.ImageError, match="CMYK"):
        Image.new("CMYK", (4, 4)).save(io.BytesIO(), "RESCODEC")
