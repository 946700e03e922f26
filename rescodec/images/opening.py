"""Opening what callers name: paths, bytes, files, and the picture wanted of several."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TypeAlias

from PIL import Image as PillowImage

from rescodec.images.errors import SUPPORTED, ImageError, image_errors
from rescodec.photo import Photo

Source: TypeAlias = str | Path | bytes | IO[bytes] | PillowImage.Image | Photo

# Opening these runs a drawing program.
DRAWINGS = {"EPS", "WMF"}
# Photos with a preview or a gain map behind them; viewers show the first picture.
PHOTOS_IN_PARTS = {"MPO"}
# The chunk that makes a PNG an LR file, and how its content begins.
LR_CHUNK, LR_PREFIX = b"rsHD", b"RESCODEC"
# Of both byte orders, with offsets of 32 and of 64 bits.
TIFF_MAGICS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


@contextlib.contextmanager
def open_file(source: str | Path | bytes | IO[bytes]) -> Iterator[IO[bytes]]:
    """Yield a binary file that stands at its very beginning and can seek.

    Raises:
        OSError: The file cannot be opened.
        TypeError: The source is nothing that can be read.
    """
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


def name_of(source: Source) -> str:
    """Return the file's name for commands that a message proposes, ``photo`` without one."""
    if isinstance(source, str | Path):
        return str(source)
    name = getattr(source, "filename", None) or getattr(source, "name", None)
    return name if isinstance(name, str) else "photo"


def open_image(file: IO[bytes]) -> PillowImage.Image:
    """Open an image, of which nothing but the beginning is read.

    Raises:
        ImageError: It is none that Pillow knows, or damaged.
    """
    if not file.read(1):
        raise ImageError(f"is empty; expected {SUPPORTED}")
    file.seek(0)
    with image_errors():
        return PillowImage.open(file)


def is_tiff(file: IO[bytes]) -> bool:
    """Tell whether a file begins like a TIFF; it then stands at its start."""
    file.seek(0)
    magic = file.read(4)
    file.seek(0)
    return magic in TIFF_MAGICS


def require_source(image: PillowImage.Image) -> None:
    """Refuse what is no photo, before its pixels are read.

    Raises:
        ImageError: It is a drawing, or an LR file.
    """
    if image.format in DRAWINGS:
        raise ImageError(f"{image.format} is a drawing; export it as PNG first")
    private = getattr(image, "private_chunks", [])
    if any(chunk[0] == LR_CHUNK and chunk[1].startswith(LR_PREFIX) for chunk in private):
        raise ImageError("is an LR file already; decode it first")


def choose_frame(image: PillowImage.Image, frame: int | None) -> int:
    """Make an image of several frames or pages show one of them.

    Args:
        image: Opened, not loaded. Of a phone's multi-picture JPEG, None is the photo.
        frame: Counted from 0; None where there is but one.

    Returns:
        Its number.

    Raises:
        ImageError: There are several, and none is chosen; or there is no such frame.
    """
    with image_errors():
        frames = int(getattr(image, "n_frames", 1))
    chosen = chosen_of(frames, frame, first=image.format in PHOTOS_IN_PARTS)
    if chosen != image.tell():
        with image_errors():
            image.seek(chosen)
    return chosen


def chosen_of(frames: int, frame: int | None, *, first: bool = False) -> int:
    """Return the frame to take of so many.

    Args:
        frames: How many there are.
        frame: Which one is wanted, None for the only one.
        first: With None take the first even if there are more.

    Raises:
        ImageError: There are several, and none is chosen; or there is no such frame.
    """
    if frame is None:
        if frames > 1 and not first:
            raise ImageError(
                f"has {frames} frames; choose one, from 0 to {frames - 1}, with --frame N "
                "(frame=N in Python)"
            )
        return 0
    if not 0 <= frame < frames:
        count = "1 frame, number 0" if frames == 1 else f"{frames} frames, 0 to {frames - 1}"
        raise ImageError(f"has no frame {frame}: it has {count}")
    return frame
