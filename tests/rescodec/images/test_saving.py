"""What is written in which format, and what is refused because a format would lose it."""

from __future__ import annotations

import io
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as PillowImage
from PIL import ImageCms

from rescodec.images import FILE_FORMATS, ImageError, read_photo, require_suffix, save_photo
from rescodec.photo import Photo, Samples

LOSSY = (".jpg", ".jpeg")
REFUSED = {
    "alpha": "alpha channel, which {name} cannot hold; use .png",
    "deep": "16 bits per sample, which {name} cannot hold; use .png or .tif",
}


def made(*, grey: bool, alpha: bool, bits: int) -> Photo:
    dtype = np.uint8 if bits == 8 else np.uint16
    rng = np.random.default_rng(1)
    pixels: Samples = rng.integers(0, 2**bits, (6, 9, 3), dtype)
    if grey:
        pixels = np.repeat(pixels[..., :1], 3, axis=2)
    return Photo(pixels, rng.integers(0, 2**bits, (6, 9), dtype) if alpha else None, grey)


@pytest.mark.parametrize("suffix", FILE_FORMATS)
@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("alpha", [False, True])
@pytest.mark.parametrize("grey", [False, True])
def test_photos_are_read_as_they_were_written_or_refused(
    suffix: str, bits: int, alpha: bool, grey: bool
) -> None:
    photo, file = made(grey=grey, alpha=alpha, bits=bits), io.BytesIO()
    chosen = FILE_FORMATS[suffix]
    reason = "deep" if bits == 16 and not chosen.deep else ""
    reason = reason or ("alpha" if alpha and not chosen.alpha else "")
    if reason:
        with pytest.raises(ImageError, match=REFUSED[reason].format(name=chosen.name)):
            save_photo(photo, file, suffix)
        assert file.getvalue() == b""
        return
    save_photo(photo, file, suffix.upper())
    again = read_photo(file.getvalue())
    assert again.bit_depth == bits
    assert again.grey == (grey and suffix != ".webp")
    assert again.pixels.shape == photo.pixels.shape
    if suffix not in LOSSY:
        assert np.array_equal(again.pixels, photo.pixels)
    assert (again.alpha is None) == (photo.alpha is None)
    if photo.alpha is not None:
        assert np.array_equal(again.alpha, photo.alpha)


@pytest.mark.skipif(shutil.which("identify") is None, reason="ImageMagick is not here")
@pytest.mark.parametrize("suffix", [".png", ".tif", ".ppm"])
@pytest.mark.parametrize("grey", [False, True])
def test_imagemagick_sees_16_bits(suffix: str, grey: bool, tmp_path: Path) -> None:
    path = tmp_path / f"x{suffix}"
    with path.open("wb") as file:
        save_photo(made(grey=grey, alpha=False, bits=16), file, suffix)
    command = ["identify", "-format", "%w %h %z %[type]", str(path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    *facts, kind = done.stdout.split()
    assert facts == ["9", "6", "16"]
    assert (kind == "Grayscale") == grey


def test_suffixes() -> None:
    assert require_suffix(".PNG") == ".png"
    with pytest.raises(ImageError, match=r"as '.gif'; use .png"):
        require_suffix(".gif")
    with pytest.raises(ImageError, match="a name without suffix"):
        require_suffix("")


def test_colours_under_transparent_pixels_stay(tmp_path: Path) -> None:
    """WebP forgets them unless it is told not to."""
    photo = made(grey=False, alpha=True, bits=8)
    clear = Photo(photo.pixels, np.zeros((6, 9), np.uint8))
    for suffix in (".png", ".tif", ".webp"):
        file = io.BytesIO()
        save_photo(clear, file, suffix)
        with PillowImage.open(file) as image:
            assert np.array_equal(np.asarray(image)[..., :3], photo.pixels)


@pytest.mark.parametrize("space", [b"GRAY", b"RGB "])
@pytest.mark.parametrize("suffix", [".png", ".tif", ".jpg", ".webp"])
def test_profiles_of_grey_photos(suffix: str, space: bytes) -> None:
    """A grey one goes wherever there are grey pixels to describe."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    profile = profile[:16] + space + profile[20:]
    source, file = io.BytesIO(), io.BytesIO()
    PillowImage.new("L", (4, 3), 7).save(source, "PNG", icc_profile=profile)
    save_photo(read_photo(source.getvalue()), file, suffix)
    with PillowImage.open(file) as image:
        expected = None if (suffix, space) == (".webp", b"GRAY") else profile
        assert image.info.get("icc_profile") == expected


@pytest.mark.parametrize(("suffix", "width"), [(".webp", 16_384), (".jpg", 65_536)])
def test_photos_that_a_format_cannot_hold(suffix: str, width: int) -> None:
    photo = Photo(np.zeros((1, width, 3), np.uint8))
    with pytest.raises(ImageError, match=rf"a photo of {width}x1 cannot be written .+ use \.png"):
        save_photo(photo, io.BytesIO(), suffix)


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_write_errors_stay_what_they_are(suffix: str, bits: int) -> None:
    class Full(io.BytesIO):
        def write(self, _: Any) -> int:
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        save_photo(made(grey=False, alpha=False, bits=bits), Full(), suffix)
