"""LR files as a format of Pillow: an image file whose pixels a network restores."""

from __future__ import annotations

from typing import IO, Any, BinaryIO, cast

from PIL import Image as PillowImage
from PIL import ImageFile

import rescodec_formats as formats
from rescodec.metadata import metadata_of_chunks, pillow_info
from rescodec.plugins.restoring import Restorer

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


class PhotoImageFile(ImageFile.ImageFile):
    """The photo of an LR file.

    Size, mode and ``info`` (``icc_profile``, ``exif``, ``xmp``, ``dpi``) are known as soon as the
    file is open. The network runs on ``load``, which whatever needs pixels calls. ``verify``
    checks every digest without a network.

    Modes are RGB, RGBA, L, LA and, for opaque grey of 16 bits, I;16; Pillow has no others of 16
    bits, so such photos are rounded to 8.

    As with other formats, what cannot be identified raises ``UnidentifiedImageError`` on opening,
    and a damaged file, or one whose weights are missing, ``OSError`` whose cause is the
    ``FormatError`` or ``WeightsError``.

    Args:
        fp: Path or binary file.
        filename: Of a file that is open already.
        restorer: Runs the network.
    """

    format = "RESCODEC"
    format_description = "photo in a low-resolution PNG"

    def __init__(
        self,
        fp: str | bytes | IO[bytes],
        filename: str | bytes | None = None,
        *,
        restorer: Restorer,
    ) -> None:
        self._restorer = restorer
        super().__init__(fp, filename)

    def _open(self) -> None:
        """Read the header, as Pillow's constructor asks."""
        try:
            seen = formats.probe(self._file(), limits=self._restorer.limits)
        except formats.NotRescodecError as error:
            raise SyntaxError(str(error)) from error
        except formats.FormatError as error:
            raise OSError(str(error)) from error
        height, width = seen.header.hr_size
        self._size = (width, height)
        self._mode = mode_of(seen.header)
        self.info.update(pillow_info(metadata_of_chunks(seen.chunks)))

    def load(self) -> Any:
        """Restore the pixels, the first time."""
        if self._im is None:
            self._restore()
        return super().load()

    def verify(self) -> None:
        """Check every digest of the file, without a network, and close it.

        Raises:
            OSError: The file is damaged or was edited.
        """
        file = self._file()
        file.seek(0)
        try:
            formats.read(file, limits=self._restorer.limits)
        except formats.FormatError as error:
            raise OSError(str(error)) from error
        super().verify()

    def _restore(self) -> None:
        from rescodec.weights_file import WeightsError

        file = self._file()
        try:
            image = self._restorer.restore(file).to_pillow()
        except (formats.FormatError, WeightsError) as error:
            raise OSError(str(error)) from error
        if (image.size, image.mode) != (self.size, self.mode):
            raise OSError("the file has changed since it was opened")
        self.im = image.im
        self.readonly = 0
        # Metadata behind the pixels has been read now.
        self.info.update(image.info)
        if self._exclusive_fp:
            file.close()
        self.fp = None

    def _file(self) -> BinaryIO:
        if self.fp is None:
            raise ValueError("Operation on closed image")
        return cast(BinaryIO, self.fp)


def accept(prefix: bytes) -> bool:
    """Tell whether a file that begins like this may be an LR file."""
    return prefix.startswith(PNG_SIGNATURE)


def mode_of(header: formats.Header) -> str:
    """Return the mode of the Pillow image that a file's photo becomes."""
    alpha = header.has_source_alpha
    if header.source.color == "rgb":
        return "RGBA" if alpha else "RGB"
    if alpha:
        return "LA"
    return "I;16" if header.source.bit_depth == 16 else "L"


def save(image: PillowImage.Image, file: IO[bytes], filename: str | bytes, *, device: str) -> None:
    """Write an image as an LR file, with the keywords of ``Image.save`` for ``encode``.

    Raises:
        ImageError: The image is of a kind that would lose something.
        TypeError: A keyword is not one of ``encode``.
        ValueError: A keyword has a value that is not supported.
    """
    from rescodec.api import encode

    options: dict[str, Any] = {"device": device, **getattr(image, "encoderinfo", {})}
    file.write(encode(image, **options))
