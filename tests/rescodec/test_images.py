"""Which images become 8-bit RGB without loss, and which are refused."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as PillowImage
from PIL import ImageCms

from rescodec.images import (
    SAVE_OPTIONS,
    ImageError,
    Photo,
    icc_chunk,
    icc_profile,
    read_photo,
    require_suffix,
    save_photo,
)
from rescodec_formats import Chunk, LimitError

Image = npt.NDArray[np.uint8]
ORIENTATION = 0x0112
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
GREY_PROFILE = PROFILE[:16] + b"GRAY" + PROFILE[20:]


def saved(image: PillowImage.Image, image_format: str = "PNG", **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, image_format, **options)
    return file.getvalue()


@pytest.fixture
def rgb(picture: Callable[..., Image]) -> Image:
    return picture(6, 9)


# --- what is accepted --------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB"])
def test_modes_that_become_rgb(rgb: Image, mode: str) -> None:
    image = PillowImage.fromarray(rgb).convert(mode)
    expected = np.asarray(image.convert("RGB"))
    for source in (image, saved(image)):
        assert np.array_equal(read_photo(source).pixels, expected)


@pytest.mark.parametrize("mode", ["LA", "PA", "RGBA", "RGBa", "La"])
def test_opaque_alpha_is_dropped(rgb: Image, mode: str) -> None:
    straight = {"RGBa": "RGBA", "La": "LA"}.get(mode, mode)
    image = PillowImage.fromarray(rgb).convert(straight)
    expected = np.asarray(image.convert("RGBA"))[..., :3]
    assert np.array_equal(read_photo(image.convert(mode)).pixels, expected)


@pytest.mark.parametrize("mode", ["LA", "PA", "RGBA", "RGBa", "La"])
@pytest.mark.parametrize("alpha", [0, 254])
def test_transparency_is_refused(rgb: Image, mode: str, alpha: int) -> None:
    straight = {"RGBa": "RGBA", "La": "LA"}.get(mode, mode)
    image = PillowImage.fromarray(rgb).convert(straight)
    plane = np.full(rgb.shape[:2], 255, np.uint8)
    plane[3, 4] = alpha
    image.putalpha(PillowImage.fromarray(plane))
    with pytest.raises(ImageError, match="transparency, which would be lost"):
        read_photo(image.convert(mode))


@pytest.mark.parametrize("used", [True, False])
@pytest.mark.parametrize("image_format", ["PNG", "GIF"])
def test_palette_with_a_transparent_colour(used: bool, image_format: str) -> None:
    indices = np.array([[0, 1, 1], [1, 0, 2 if used else 1]], np.uint8)
    image = PillowImage.fromarray(indices, "P")
    image.putpalette([10, 20, 30, 40, 50, 60, 70, 80, 90])
    file = saved(image, image_format, transparency=2)
    if used:
        with pytest.raises(ImageError, match="transparency"):
            read_photo(file)
    else:
        assert read_photo(file).pixels.tolist()[0] == [[10, 20, 30], [40, 50, 60], [40, 50, 60]]


@pytest.mark.parametrize("alpha", [255, 254])
def test_palette_of_translucent_colours(alpha: int) -> None:
    image = PillowImage.new("P", (3, 2))
    image.putpalette([10, 20, 30, alpha], "RGBA")
    if alpha < 255:
        with pytest.raises(ImageError, match="transparency"):
            read_photo(image)
    else:
        assert (read_photo(image).pixels == [10, 20, 30]).all()


@pytest.mark.parametrize(("mode", "key"), [("RGB", (1, 2, 3)), ("L", 7), ("1", 0)])
def test_a_transparent_colour(mode: str, key: Any) -> None:
    image = PillowImage.new(mode, (3, 2), 1 if mode == "1" else 9)
    assert read_photo(saved(image, transparency=key)).pixels.shape == (2, 3, 3)
    image.putpixel((1, 1), key)
    with pytest.raises(ImageError, match="transparency"):
        read_photo(saved(image, transparency=key))


@pytest.mark.parametrize("suffix", SAVE_OPTIONS)
def test_restored_photos_can_be_encoded_again(rgb: Image, suffix: str) -> None:
    file = io.BytesIO()
    save_photo(Photo(rgb, PROFILE), file, suffix.upper())
    again = read_photo(file.getvalue())
    assert again.pixels.shape == rgb.shape
    if suffix not in (".jpg", ".jpeg"):
        assert np.array_equal(again.pixels, rgb)
    if suffix not in (".bmp", ".ppm"):
        assert again.icc_profile == PROFILE


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


def test_pixels_belong_to_the_caller(rgb: Image) -> None:
    image = PillowImage.fromarray(rgb)
    photo = read_photo(image)
    photo.pixels[:] = 0
    assert np.array_equal(np.asarray(image), rgb)


@pytest.mark.parametrize("source", [None, 7, np.zeros((2, 2, 3), np.uint8), io.StringIO()])
def test_sources_that_are_none(source: Any) -> None:
    with pytest.raises(TypeError, match="expected a path, bytes, a file"):
        read_photo(source)


# --- orientation and colour --------------------------------------------------------------------


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


@pytest.mark.parametrize("image_format", ["PNG", "JPEG", "TIFF", "WEBP"])
def test_profiles_are_read_as_they_are(rgb: Image, image_format: str) -> None:
    file = saved(PillowImage.fromarray(rgb), image_format, icc_profile=PROFILE)
    photo = read_photo(file)
    assert photo.icc_profile == PROFILE
    assert photo.to_pillow().info["icc_profile"] == PROFILE
    assert read_photo(saved(PillowImage.fromarray(rgb), image_format)).icc_profile is None


@pytest.mark.parametrize("mode", ["L", "LA", "1"])
def test_grey_profiles_do_not_describe_rgb(rgb: Image, mode: str) -> None:
    image = PillowImage.fromarray(rgb).convert(mode)
    assert read_photo(saved(image, icc_profile=GREY_PROFILE)).icc_profile is None
    assert read_photo(saved(image, icc_profile=PROFILE)).icc_profile == PROFILE


def test_profile_chunks() -> None:
    assert icc_profile([Chunk(b"gAMA", b"1234"), icc_chunk(PROFILE)]) == PROFILE
    assert icc_profile([]) is None
    for data in (b"", b"name", b"name\0\0nonsense", icc_chunk(PROFILE).data[:-9]):
        assert icc_profile([Chunk(b"iCCP", data)]) is None
    assert icc_profile([icc_chunk(bytes(17 * 2**20))]) is None


# --- what is refused ---------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["CMYK", "YCbCr", "LAB", "HSV"])
def test_other_colour_models(mode: str) -> None:
    image = PillowImage.new(mode, (3, 2))
    sources: list[Any] = [image]
    if mode == "CMYK":
        sources += [saved(image, "JPEG"), saved(image, "TIFF")]
    for source in sources:
        with pytest.raises(ImageError, match=f"mode {mode} cannot become RGB without loss"):
            read_photo(source)


@pytest.mark.parametrize("image_format", ["GIF", "WEBP", "PNG", "TIFF"])
def test_several_frames(rgb: Image, image_format: str) -> None:
    first = PillowImage.fromarray(rgb)
    second = PillowImage.fromarray(255 - rgb)
    file = saved(first, image_format, save_all=True, append_images=[second])
    with pytest.raises(ImageError, match="2 frames; extract one first"):
        read_photo(file)
    assert read_photo(saved(first, image_format)).pixels.shape == rgb.shape


def test_photos_with_a_preview_behind_them(rgb: Image) -> None:
    """Phones write such files; what every viewer shows is the photo."""
    first, second = PillowImage.fromarray(rgb), PillowImage.new("RGB", (4, 3))
    file = saved(first, "MPO", save_all=True, append_images=[second])
    assert read_photo(file).pixels.shape == rgb.shape


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
    with pytest.raises(ImageError, match=r"8-bit RGB|damaged") as caught:
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


# --- writing -----------------------------------------------------------------------------------


def test_suffixes() -> None:
    assert require_suffix(".PNG") == ".png"
    with pytest.raises(ImageError, match=r"as '.gif'; use .png"):
        require_suffix(".gif")
    with pytest.raises(ImageError, match="a name without suffix"):
        require_suffix("")


@pytest.mark.parametrize(("suffix", "width"), [(".webp", 16_384), (".jpg", 65_536)])
def test_photos_that_a_format_cannot_hold(suffix: str, width: int) -> None:
    photo = Photo(np.zeros((1, width, 3), np.uint8))
    with pytest.raises(ImageError, match=rf"a photo of {width}x1 cannot be written .+ use \.png"):
        save_photo(photo, io.BytesIO(), suffix)


def test_write_errors_stay_what_they_are() -> None:
    class Full(io.BytesIO):
        def write(self, _: Any) -> int:
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        save_photo(Photo(np.zeros((9, 9, 3), np.uint8)), Full(), ".png")
