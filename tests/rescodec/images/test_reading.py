"""Sources of all kinds: opened, turned upright, of one frame, and refused in one line."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import png
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as PillowImage
from PIL import features

from rescodec.images import ImageError, read_photo
from rescodec_formats import LimitError

Image = npt.NDArray[np.uint8]
ORIENTATION = 0x0112


def saved(image: PillowImage.Image, image_format: str = "PNG", **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, image_format, **options)
    return file.getvalue()


@pytest.fixture
def rgb(picture: Callable[..., Image]) -> Image:
    return picture(6, 9)


def test_sources(rgb: Image, tmp_path: Path) -> None:
    path = tmp_path / "x.png"
    PillowImage.fromarray(rgb).save(path)
    with path.open("rb") as file, PillowImage.open(path) as image:
        for source in (path, str(path), path.read_bytes(), file, image, Pipe(path.read_bytes())):
            assert np.array_equal(read_photo(source).pixels, rgb)
    within = io.BytesIO(b"before" + path.read_bytes())
    within.seek(6)
    assert np.array_equal(read_photo(within).pixels, rgb)


class Pipe(io.BytesIO):
    """A file that can be read only once."""

    def seekable(self) -> bool:
        return False

    def seek(self, *_: Any) -> int:
        raise io.UnsupportedOperation("seek")


@pytest.mark.parametrize("source", [None, 7, np.zeros((2, 2, 3), np.uint8), io.StringIO()])
def test_sources_that_are_none(source: Any) -> None:
    with pytest.raises(TypeError, match="expected a path, bytes, a file"):
        read_photo(source)


# --- orientation -------------------------------------------------------------------------------


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize(
    ("image_format", "mode"),
    [("PNG", "RGB"), ("PNG", "RGBA"), ("TIFF", "RGB"), ("TIFF", "RGBA"), ("WEBP", "RGB")],
)
def test_orientation_is_applied(rgb: Image, orientation: int, image_format: str, mode: str) -> None:
    image = PillowImage.fromarray(rgb).convert(mode)
    exif = PillowImage.Exif()
    exif[ORIENTATION] = orientation
    options = {"lossless": True} if image_format == "WEBP" else {}
    flipped = rgb[:, ::-1]
    expected = {
        1: rgb,
        2: flipped,
        3: np.rot90(rgb, 2),
        4: rgb[::-1],
        5: np.rot90(flipped, 1),
        6: np.rot90(rgb, -1),
        7: np.rot90(flipped, -1),
        8: np.rot90(rgb, 1),
    }[orientation]
    found = read_photo(saved(image, image_format, exif=exif, **options)).pixels
    assert np.array_equal(found, expected)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_unreadable_exif_turns_nothing(rgb: Image) -> None:
    file = saved(PillowImage.fromarray(rgb), exif=b"MM\0*\0\0\0\x08\xff\xff")
    assert np.array_equal(read_photo(file).pixels, rgb)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_of_alpha_and_16_bits(orientation: int) -> None:
    samples = np.random.default_rng(0).integers(0, 65536, (3, 5, 4), np.uint16)
    file = io.BytesIO()
    png.Writer(5, 3, greyscale=False, alpha=True, bitdepth=16).write(
        file, samples.reshape(3, -1).tolist()
    )
    chunks = list(png.Reader(bytes=file.getvalue()).chunks())
    exif = PillowImage.Exif()
    exif[ORIENTATION] = orientation
    chunks.insert(1, (b"eXIf", exif.tobytes().removeprefix(b"Exif\0\0")))
    turned = io.BytesIO()
    png.write_chunks(turned, chunks)
    photo = read_photo(turned.getvalue())
    expected = np.swapaxes(samples, 0, 1) if orientation >= 5 else samples
    expected = expected[::-1] if orientation in (3, 4, 7, 8) else expected
    expected = expected[:, ::-1] if orientation in (2, 3, 6, 7) else expected
    assert np.array_equal(photo.samples, expected)
    assert photo.metadata.orientation == 1


@pytest.mark.parametrize("image_format", ["AVIF", "JPEG"])
@pytest.mark.parametrize("orientation", [1, 3, 6])
def test_orientation_of_lossy_formats(rgb: Image, image_format: str, orientation: int) -> None:
    if image_format == "AVIF" and not features.check("avif"):
        pytest.skip("Pillow was built without AVIF")
    exif = PillowImage.Exif()
    exif[ORIENTATION] = orientation
    image = PillowImage.fromarray(rgb)
    upright = read_photo(saved(image, image_format, quality=100)).pixels
    photo = read_photo(saved(image, image_format, quality=100, exif=exif))
    expected = {1: upright, 3: np.rot90(upright, 2), 6: np.rot90(upright, -1)}[orientation]
    assert np.array_equal(photo.pixels, expected)
    assert photo.metadata.orientation == 1


XMP = b'<a xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/>'


@pytest.mark.parametrize("image_format", ["JPEG", "WEBP", "TIFF", "AVIF"])
def test_orientation_in_xmp_alone(rgb: Image, image_format: str) -> None:
    """An AVIF states its turn outside of EXIF and XMP, and viewers look nowhere else."""
    if image_format == "AVIF" and not features.check("avif"):
        pytest.skip("Pillow was built without AVIF")
    options: dict[str, Any] = {"tiffinfo": {700: XMP}} if image_format == "TIFF" else {"xmp": XMP}
    photo = read_photo(saved(PillowImage.fromarray(rgb), image_format, **options))
    height, width = rgb.shape[:2]
    turned = image_format != "AVIF"
    assert photo.pixels.shape[:2] == ((width, height) if turned else (height, width))
    assert photo.metadata.orientation == 1


@pytest.mark.parametrize("tag", [None, 1])
def test_orientation_of_a_deep_tiff_in_xmp(tag: int | None) -> None:
    samples = np.arange(60, dtype=np.uint16).reshape(4, 5, 3)
    tags: list[Any] = [(700, 1, len(XMP), XMP, True)]
    if tag is not None:
        tags.append((ORIENTATION, 3, 1, tag, True))
    file = io.BytesIO()
    tifffile.imwrite(file, samples, photometric="rgb", extratags=tags)
    photo = read_photo(file.getvalue())
    assert np.array_equal(photo.pixels, samples if tag else np.rot90(samples, -1))
    assert photo.metadata.orientation == 1


# --- frames ------------------------------------------------------------------------------------


@pytest.mark.parametrize("image_format", ["GIF", "WEBP", "PNG", "TIFF", "AVIF"])
def test_several_frames(image_format: str) -> None:
    if image_format == "AVIF" and not features.check("avif"):
        pytest.skip("Pillow was built without AVIF")
    colors = [(250, 10, 10), (10, 250, 10), (10, 10, 250)]
    first, *others = (PillowImage.new("RGB", (8, 8), color) for color in colors)
    options = {"lossless": True} if image_format == "WEBP" else {}
    file = saved(first, image_format, save_all=True, append_images=others, **options)
    with pytest.raises(ImageError, match=r"has 3 frames; choose one, from 0 to 2, with --frame N"):
        read_photo(file)
    for index, color in enumerate(colors):
        photo = read_photo(file, frame=index)
        assert np.abs(photo.pixels.astype(int) - color).max() < 12
    with pytest.raises(ImageError, match="has no frame 3: it has 3 frames, 0 to 2"):
        read_photo(file, frame=3)
    with pytest.raises(ImageError, match="has no frame -1"):
        read_photo(file, frame=-1)
    with PillowImage.open(io.BytesIO(file)) as image:
        assert np.abs(read_photo(image, frame=2).pixels.astype(int) - colors[2]).max() < 12


def test_the_only_frame(rgb: Image) -> None:
    image = PillowImage.fromarray(rgb)
    assert np.array_equal(read_photo(saved(image), frame=0).pixels, rgb)
    for source in (image, saved(image), saved(image, "TIFF")):
        with pytest.raises(ImageError, match="has no frame 1: it has 1 frame, number 0"):
            read_photo(source, frame=1)


def test_a_photo_has_no_frames(rgb: Image) -> None:
    photo = read_photo(PillowImage.fromarray(rgb))
    assert read_photo(photo, frame=0) is photo
    with pytest.raises(ImageError, match="has no frame 1: it has 1 frame, number 0"):
        read_photo(photo, frame=1)


def test_photos_with_a_preview_behind_them(rgb: Image) -> None:
    """Phones write such files; what every viewer shows is the photo."""
    first, second = PillowImage.fromarray(rgb), PillowImage.new("RGB", (4, 3))
    file = saved(first, "MPO", save_all=True, append_images=[second])
    assert read_photo(file).pixels.shape == rgb.shape


# --- what is refused ---------------------------------------------------------------------------


def test_drawings_are_not_run() -> None:
    drawing = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\nshowpage\n"
    with pytest.raises(ImageError, match="EPS is a drawing"):
        read_photo(drawing)


def test_too_many_pixels(rgb: Image, monkeypatch: pytest.MonkeyPatch) -> None:
    image = PillowImage.fromarray(rgb)
    for source in (image, saved(image)):
        assert read_photo(source, max_pixels=54).pixels.shape == rgb.shape
        with pytest.raises(LimitError, match="54 pixels, more than the limit of 53") as caught:
            read_photo(source, max_pixels=53)
        assert caught.value.kind == "limit"
    monkeypatch.setattr(PillowImage, "MAX_IMAGE_PIXELS", 20)
    with pytest.raises(LimitError, match="54 pixels, more than the limit of 20"):
        read_photo(saved(image))
    assert read_photo(image).pixels.shape == rgb.shape


@pytest.mark.parametrize("content", [b"", b"hello", bytes(100), b"\x89PNG\r\n\x1a\n"])
def test_no_images(content: bytes) -> None:
    with pytest.raises(ImageError, match=r"expected JPEG|damaged") as caught:
        read_photo(content)
    assert ("empty" in str(caught.value)) == (content == b"")


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_photo(tmp_path / "absent.png")
    with pytest.raises(IsADirectoryError):
        read_photo(tmp_path)


FORMATS = ["PNG", "JPEG", "TIFF", "WEBP", "GIF", "BMP", "PPM", "TGA", "ICO", "PCX", "SGI"]


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("image_format", FORMATS)
@settings(max_examples=60)
@given(data=st.data())
def test_damage_is_an_image_error_or_nothing(image_format: str, data: st.DataObject) -> None:
    """Whatever Pillow's readers do with damage, callers meet one kind of error."""
    pixels = np.arange(16 * 16 * 3).reshape(16, 16, 3).astype(np.uint8)
    exif = PillowImage.Exif()
    exif[ORIENTATION] = 6
    image = PillowImage.fromarray(pixels)
    extra = {"exif": exif} if image_format in ("PNG", "JPEG", "TIFF", "WEBP") else {}
    file = bytearray(saved(image, image_format, **extra))
    for _ in range(data.draw(st.integers(0, 4))):
        file[data.draw(st.integers(0, len(file) - 1))] = data.draw(st.integers(0, 255))
    del file[data.draw(st.integers(0, len(file))) :]
    try:
        photo = read_photo(bytes(file), max_pixels=100_000)
    except (ImageError, LimitError):
        return
    assert photo.pixels.dtype == np.uint8
