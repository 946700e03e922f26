"""Photos from image files and Pillow images, upright and with nothing lost."""

from __future__ import annotations

from dataclasses import replace
from typing import IO

import numpy as np
from PIL import Image as PillowImage

from rescodec.images.bare_png import without_metadata
from rescodec.images.deep_png import is_deep_png, read_deep_png
from rescodec.images.deep_pnm import read_deep_pnm
from rescodec.images.depth import has_deep_samples
from rescodec.images.eight_bit import DEEP_GREY_MODES, photo_of_image
from rescodec.images.errors import ImageError, image_errors, require_pixels
from rescodec.images.opening import (
    Source,
    choose_frame,
    chosen_of,
    is_tiff,
    name_of,
    open_file,
    open_image,
    require_source,
)
from rescodec.images.orientation import turned
from rescodec.images.whole_png import require_whole_png
from rescodec.metadata import Metadata, metadata_of_file, metadata_of_image, upright
from rescodec.photo import Photo
from rescodec_formats import Limits


def read_photo(
    source: Source,
    *,
    max_pixels: int = Limits().hr_pixels,
    frame: int | None = None,
    limits: Limits | None = None,
) -> Photo:
    """Read an image as RGB of 8 or 16 bits, with its alpha channel and metadata.

    Palettes become RGB. Greyscale is marked as such, and alpha that is opaque everywhere is
    left out. The orientation of EXIF is applied, and the metadata says so. Of a phone's
    multi-picture JPEG the photo is taken, the preview or gain map behind it is not.

    Args:
        source: A path, the bytes of a file, a binary file or a Pillow image, which has 8 bits
            per sample (or the mode I;16). A photo is returned as it is.
        max_pixels: Refuse larger images. Pillow's own limit holds too, except for an
            image that is open already.
        frame: Which picture of an animation or page of a TIFF, counted from 0.
        limits: How much metadata of a file is read; None for the defaults.

    Raises:
        OSError: The file cannot be opened.
        ImageError: It is no image, is damaged, is an LR file, has other colours than grey and
            RGB, samples that would be cut, or several frames and none is chosen.
        LimitError: It has too many pixels.
        TypeError: The source is none of these.
    """
    if isinstance(source, Photo):
        require_pixels(source.width, source.height, max_pixels)
        chosen_of(1, frame)
        return source
    if isinstance(source, PillowImage.Image):
        return _of_open_image(source, max_pixels, frame)
    with open_file(source) as file:
        with image_errors():
            metadata = metadata_of_file(file, limits=limits, page=max(frame or 0, 0))
        return _of_file(without_metadata(file), name_of(source), max_pixels, frame, metadata)


def _of_open_image(image: PillowImage.Image, max_pixels: int, frame: int | None) -> Photo:
    require_pixels(image.width, image.height, max_pixels)
    require_source(image)
    choose_frame(image, frame)
    if has_deep_samples(image) and image.mode not in DEEP_GREY_MODES:
        raise ImageError(
            "has more than 8 bits per sample, of which an open Pillow image keeps 8; pass the "
            "file's path instead"
        )
    metadata = metadata_of_image(image)
    photo = photo_of_image(image, name_of(image))
    return _finished(photo, _orientation(image, metadata), metadata)


def _of_file(
    file: IO[bytes], name: str, max_pixels: int, frame: int | None, metadata: Metadata
) -> Photo:
    try:
        image = open_image(file)
    except ImageError:
        # Pillow does not know all kinds of 16 bits, such as grey with alpha.
        if is_tiff(file):
            return _of_deep_tiff(file, name, max_pixels, frame, metadata)
        raise
    require_pixels(image.width, image.height, max_pixels)
    require_source(image)
    if image.format == "PNG":
        require_whole_png(file)
    chosen = choose_frame(image, frame)
    require_pixels(image.width, image.height, max_pixels)
    deep = has_deep_samples(image)
    if deep and image.format == "TIFF":
        return _of_deep_tiff(file, name, max_pixels, frame, metadata)
    photo = _deep_photo(file, image, max_pixels, chosen) if deep else photo_of_image(image, name)
    return _finished(photo, _orientation(image, metadata), metadata)


def _deep_photo(file: IO[bytes], image: PillowImage.Image, max_pixels: int, frame: int) -> Photo:
    """Read what Pillow would reduce to 8 bits."""
    if frame:
        raise ImageError("has 16 bits per sample; of such animations only frame 0 is read")
    if is_deep_png(image):
        with image_errors():
            return read_deep_png(file)
    if image.format == "PPM" and image.mode != "F":
        return read_deep_pnm(file, max_pixels)
    raise ImageError(
        "has more than 8 bits per sample, which are read of PNG, TIFF, PPM and PGM; save it as "
        "a 16-bit PNG first"
    )


def _of_deep_tiff(
    file: IO[bytes], name: str, max_pixels: int, frame: int | None, metadata: Metadata
) -> Photo:
    # Imported here, because it takes long and few photos need it.
    from rescodec.images.deep_tiff import read_deep_tiff

    photo, orientation = read_deep_tiff(file, name, frame, max_pixels)
    return _finished(photo, metadata.orientation if orientation is None else orientation, metadata)


def _orientation(image: PillowImage.Image, metadata: Metadata) -> int:
    if image.format == "TIFF":
        # Pillow turns them itself when it loads them.
        return 1
    if image.format == "AVIF":
        # Its own turn counts, which Pillow has put into EXIF, whatever else stands in XMP.
        return metadata.with_chunks(c for c in metadata.chunks if c.type == b"eXIf").orientation
    return metadata.orientation


def _finished(photo: Photo, orientation: int, metadata: Metadata) -> Photo:
    """Return a photo upright, without an alpha that says nothing."""
    alpha = photo.alpha
    if alpha is not None and int(alpha.min()) == np.iinfo(alpha.dtype).max:
        alpha = None
    return replace(
        photo,
        pixels=turned(photo.pixels, orientation),
        alpha=None if alpha is None else turned(alpha, orientation),
        metadata=upright(metadata),
    )
