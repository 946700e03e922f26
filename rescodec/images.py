"""Photos on their way in and out: files to 8-bit RGB arrays and back."""

from __future__ import annotations

import contextlib
import errno
import io
import re
import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
import numpy.typing as npt
from PIL import Image as PillowImage
from PIL import ImageOps, UnidentifiedImageError

from rescodec.depth import has_deep_samples
from rescodec_formats import Chunk, LimitError, Limits

Image = npt.NDArray[np.uint8]
Source = str | Path | bytes | IO[bytes] | PillowImage.Image

SUPPORTED = "8-bit RGB, greyscale or palette images without transparency"
GREY_MODES = {"1", "L", "LA", "La"}
LOSSLESS_MODES = {"1", "L", "P", "RGB"}
# Opening these runs a drawing program.
DRAWINGS = {"EPS", "WMF"}
# Photos with a preview or a gain map behind them; viewers show the first picture.
PHOTOS_IN_PARTS = {"MPO"}
OPAQUE = 255
ICC_CHUNK = b"iCCP"
MAX_ICC_BYTES = 16 * 2**20
# The chunk that makes a PNG an LR file, and how its content begins.
LR_CHUNK, LR_PREFIX = b"rsHD", b"RESCODEC"
# What a suffix becomes, and how: restored photos are kept without loss where possible.
SAVE_OPTIONS: dict[str, tuple[str, dict[str, Any]]] = {
    ".png": ("PNG", {"compress_level": 4}),
    ".tif": ("TIFF", {"compression": "tiff_adobe_deflate"}),
    ".tiff": ("TIFF", {"compression": "tiff_adobe_deflate"}),
    ".webp": ("WEBP", {"lossless": True}),
    ".bmp": ("BMP", {}),
    ".ppm": ("PPM", {}),
    ".jpg": ("JPEG", {"quality": 95, "subsampling": 0}),
    ".jpeg": ("JPEG", {"quality": 95, "subsampling": 0}),
}
# What Pillow's readers raise on damage, by format and by the kind of damage.
_DAMAGE: Final = (
    *(OSError, SyntaxError, ValueError, TypeError, IndexError, KeyError, EOFError),
    *(AttributeError, NotImplementedError, OverflowError, RuntimeError),
    *(struct.error, zlib.error),
)


class ImageError(ValueError):
    """A source is no image, is damaged, or is of a kind that would lose something."""


@dataclass(frozen=True)
class Photo:
    """An 8-bit RGB image with its colour profile.

    Attributes:
        pixels: (H, W, 3) uint8, upright (EXIF orientation applied).
        icc_profile: Raw ICC profile of the pixels, if any.
    """

    pixels: Image
    icc_profile: bytes | None = None

    def to_pillow(self) -> PillowImage.Image:
        """Return a Pillow image that carries the profile in ``info``."""
        image = PillowImage.fromarray(self.pixels)
        if self.icc_profile is not None:
            image.info["icc_profile"] = self.icc_profile
        return image


def read_photo(source: Source, *, max_pixels: int = Limits().hr_pixels) -> Photo:
    """Read an image as 8-bit RGB if that loses nothing.

    Greyscale, palette and opaque RGBA become RGB; the orientation of EXIF is applied. Of a
    phone's multi-picture JPEG the photo is taken, the preview or gain map behind it is not.

    Args:
        source: A path, the bytes of a file, a binary file or a Pillow image.
        max_pixels: Refuse larger images. Pillow's own limit holds too, except for an
            image that is open already.

    Raises:
        OSError: The file cannot be opened.
        ImageError: It is no image, is damaged, is an LR file, or has transparency, more
            than 8 bits, another colour model or several frames.
        LimitError: It has too many pixels.
        TypeError: The source is none of these.
    """
    if isinstance(source, PillowImage.Image):
        return _photo(source, max_pixels)
    with _open_file(source) as file:
        return _photo(_open_image(file), max_pixels)


def save_photo(photo: Photo, file: IO[bytes], suffix: str) -> None:
    """Write a photo to an open file in the format of a suffix such as ``.png``.

    The ICC profile goes with it, except to BMP and PPM, which have no place for it here.

    Raises:
        ImageError: The suffix is not supported, or its format not for such a photo.
        OSError: The file cannot be written.
    """
    image_format, options = SAVE_OPTIONS[require_suffix(suffix)]
    profile = {"icc_profile": photo.icc_profile} if photo.icc_profile else {}
    try:
        photo.to_pillow().save(file, image_format, **options, **profile)
    except (OSError, ValueError, struct.error, OverflowError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        height, width = photo.pixels.shape[:2]
        raise ImageError(
            f"a photo of {width}x{height} cannot be written as {image_format} ({error}); use .png"
        ) from error


def require_suffix(suffix: str) -> str:
    """Return the suffix in lower case if restored photos can be written to it.

    Raises:
        ImageError: They cannot.
    """
    if suffix.lower() not in SAVE_OPTIONS:
        known = ", ".join(SAVE_OPTIONS)
        found = f"as {suffix!r}" if suffix else "to a name without suffix"
        raise ImageError(f"cannot write images {found}; use {known}")
    return suffix.lower()


def icc_chunk(profile: bytes) -> Chunk:
    """Return the PNG chunk that carries a colour profile."""
    return Chunk(ICC_CHUNK, b"ICC profile\0\0" + zlib.compress(profile, 9))


def icc_profile(chunks: Iterable[Chunk]) -> bytes | None:
    """Return the colour profile that ``icc_chunk`` stored, None without one.

    A profile that does not inflate within ``MAX_ICC_BYTES`` is left out: it colours the
    picture, but it is not the picture.
    """
    for chunk in chunks:
        if chunk.type == ICC_CHUNK:
            _, _, packed = chunk.data.partition(b"\0")
            inflate = zlib.decompressobj()
            try:
                profile = inflate.decompress(packed[1:], MAX_ICC_BYTES)
            except zlib.error:
                return None
            return profile if inflate.eof else None
    return None


@contextlib.contextmanager
def _open_file(source: str | Path | bytes | IO[bytes]) -> Iterator[IO[bytes]]:
    """Yield a binary file in which Pillow can seek."""
    if isinstance(source, bytes):
        yield io.BytesIO(source)
    elif isinstance(source, str | Path):
        with Path(source).open("rb") as file:
            yield file if file.seekable() else io.BytesIO(file.read())
    elif callable(getattr(source, "read", None)) and not hasattr(source, "encoding"):
        # Pillow reads from the very beginning, callers mean from where the file stands.
        whole = source.seekable() and source.tell() == 0
        yield source if whole else io.BytesIO(source.read())
    else:
        raise TypeError(
            "expected a path, bytes, a file opened in binary mode or a Pillow image, got "
            f"{type(source).__name__}; Codec.encode takes arrays"
        )


def _open_image(file: IO[bytes]) -> PillowImage.Image:
    start = file.tell()
    empty = not file.read(1)
    file.seek(start)
    if empty:
        raise ImageError(f"is empty; expected {SUPPORTED}")
    with _pillow_reads():
        return PillowImage.open(file)


@contextlib.contextmanager
def _pillow_reads() -> Iterator[None]:
    """Turn what Pillow raises on bad files into ``ImageError``."""
    try:
        yield
    except UnidentifiedImageError as error:
        raise ImageError(f"not an image in a known format; expected {SUPPORTED}") from error
    except (PillowImage.DecompressionBombError, PillowImage.DecompressionBombWarning) as error:
        found = re.search(r"\d+", str(error))
        raise _too_many(int(found[0]) if found else 0, PillowImage.MAX_IMAGE_PIXELS or 0) from error
    except _DAMAGE as error:
        # Damage can send Pillow to an impossible offset, which the system calls invalid.
        if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):
            raise
        raise ImageError(f"damaged or truncated image: {error}") from error


def _too_many(pixels: int, limit: int) -> LimitError:
    return LimitError(
        f"has {pixels:,} pixels, more than the limit of {limit:,}; raise the limit if the file "
        "is to be trusted"
    )


def _photo(image: PillowImage.Image, max_pixels: int) -> Photo:
    pixels = image.width * image.height
    if pixels > max_pixels:
        raise _too_many(pixels, max_pixels)
    _require_photo(image)
    with _pillow_reads():
        image.load()
    upright = _upright(image)
    if image.has_transparency_data:
        upright = _without_opaque_alpha(upright)
    elif image.mode not in LOSSLESS_MODES:
        raise ImageError(
            f"mode {image.mode} cannot become RGB without loss; supported are {SUPPORTED}"
        )
    return Photo(np.array(upright.convert("RGB")), _profile_of(image))


def _require_photo(image: PillowImage.Image) -> None:
    """Refuse what can be told from an image's beginning."""
    if image.format in DRAWINGS:
        raise ImageError(f"{image.format} is a drawing; supported are {SUPPORTED}")
    if any(name == LR_CHUNK and data.startswith(LR_PREFIX) for name, data in _private(image)):
        raise ImageError("is an LR file already; decode it first")
    with _pillow_reads():
        frames = 1 if image.format in PHOTOS_IN_PARTS else getattr(image, "n_frames", 1)
    if frames > 1:
        raise ImageError(f"has {frames} frames; extract one first")
    if has_deep_samples(image):
        raise ImageError(f"has more than 8 bits per sample; supported are {SUPPORTED}")


def _private(image: PillowImage.Image) -> list[tuple[bytes, bytes]]:
    """Return the private chunks of a PNG."""
    return [(chunk[0], chunk[1]) for chunk in getattr(image, "private_chunks", [])]


def _upright(image: PillowImage.Image) -> PillowImage.Image:
    try:
        return ImageOps.exif_transpose(image)
    except _DAMAGE:
        # EXIF that nobody can read turns nothing.
        return image


def _without_opaque_alpha(image: PillowImage.Image) -> PillowImage.Image:
    # Pillow knows no direct way from La.
    converted = (image.convert("LA") if image.mode == "La" else image).convert("RGBA")
    if converted.getchannel("A").getextrema() != (OPAQUE, OPAQUE):
        raise ImageError(
            f"has transparency, which would be lost; flatten it first; supported are {SUPPORTED}"
        )
    return converted


def _profile_of(image: PillowImage.Image) -> bytes | None:
    profile = image.info.get("icc_profile")
    if not isinstance(profile, bytes) or not profile:
        return None
    # A grey profile does not describe RGB pixels.
    return None if image.mode in GREY_MODES and profile[16:20] != b"RGB " else profile
