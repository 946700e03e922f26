"""LR files for imageio's v3 functions, which see the photos that they hold."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import EllipsisType
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
from imageio.core.request import RETURN_BYTES, InitializationError, IOMode, Request
from imageio.core.v3_plugin_api import ImageProperties, PluginV3

import rescodec_formats as formats
from rescodec.metadata import metadata_of_chunks, pillow_info
from rescodec.photo import Photo, photo_of_samples
from rescodec.plugins.restoring import Restorer

Array = npt.NDArray[Any]
Index = int | EllipsisType | None


class RescodecPlugin(PluginV3):
    """One LR file, open for reading or writing as the photo that it holds.

    Arrays are uint8 or uint16, (H, W) for grey, (H, W, 2) for grey and alpha, (H, W, 3) for RGB
    and (H, W, 4) for RGB and alpha, in the photo's own depth.

    Args:
        request: What imageio is asked for.
        limits: What a file may ask for.

    Raises:
        InitializationError: It is no LR file, or to be written under a name that does not end
            like a PNG's.
        FormatError: The header is damaged or over a limit; imageio makes an ``OSError`` of it.
    """

    def __init__(self, request: Request, *, limits: formats.Limits | None = None) -> None:
        super().__init__(request)
        self._limits = formats.Limits() if limits is None else limits
        if request.mode.io_mode == IOMode.write:
            # imageio offers every plugin what none claims; only PNGs are ours.
            if request.extension not in (None, ".png"):
                raise InitializationError(f"LR files are PNGs, not {request.extension}")
            return
        try:
            self._probe = formats.probe(self._file_at_start(), limits=self._limits)
        except formats.NotRescodecError as error:
            raise InitializationError(str(error)) from error

    def read(
        self,
        *,
        index: Index = None,
        device: str = "auto",
        weights_folder: str | Path | None = None,
    ) -> Array:
        """Restore the photo.

        Args:
            index: 0, None or, for a batch of one, ``...``.
            device: ``auto``, ``cpu``, ``cuda`` or ``mps``.
            weights_folder: Where weights are looked for first.

        Raises:
            IndexError: There is no other image.
            FormatError: The file is damaged or was edited.
            WeightsError: The weights are missing or not those that encoded the file.
        """
        _require_index(index)
        folder = None if weights_folder is None else Path(weights_folder)
        restorer = Restorer(device=device, weights_folder=folder, limits=self._limits)
        photo = restorer.restore(self._file_at_start())
        samples: Array = photo.samples
        if samples.shape[2] == 1:
            samples = samples[..., 0]
        return samples[None] if index is ... else samples

    def iter(self, **options: Any) -> Iterator[Array]:
        """Yield the photo; the options are those of ``read``."""
        yield self.read(**options)

    def write(self, ndimage: npt.ArrayLike | list[npt.ArrayLike], **options: Any) -> bytes | None:
        """Encode a photo.

        Args:
            ndimage: uint8 or uint16, of a shape that ``read`` returns, or a batch of one.
            options: Keywords of ``rescodec.encode``, such as ``scale`` and ``carrier``.

        Returns:
            The file's bytes if ``imwrite`` was given ``"<bytes>"`` to write to.

        Raises:
            TypeError: The array has another type, or an option is unknown.
            ValueError: The array has another shape, or an option is not supported.
            WeightsError: The model's weights are missing or damaged.
        """
        from rescodec.api import encode

        file = encode(_photo_of(np.asarray(ndimage)), **options)
        self._request.get_file().write(file)
        return file if self._request.raw_uri == RETURN_BYTES else None

    def properties(self, index: Index = None) -> ImageProperties:
        """Return shape, type and resolution of the photo, from the header alone.

        Args:
            index: See ``read``.

        Raises:
            IndexError: There is no other image.
        """
        _require_index(index)
        header = self._probe.header
        channels = (1 if header.source.color == "grey" else 3) + header.has_source_alpha
        shape = header.hr_size if channels == 1 else (*header.hr_size, channels)
        batch = index is ...
        return ImageProperties(
            shape=(1, *shape) if batch else shape,
            dtype=np.dtype(f"uint{header.source.bit_depth}"),
            n_images=1 if batch else None,
            is_batch=batch,
            spacing=metadata_of_chunks(self._probe.chunks).dots_per_inch,
        )

    def metadata(self, index: Index = None, exclude_applied: bool = True) -> dict[str, Any]:
        """Return what the header says, and the photo's own metadata.

        Args:
            index: See ``read``.
            exclude_applied: Without effect: what is applied, orientation, is no longer in EXIF.

        Returns:
            ``model``, ``weights_sha256``, ``scale``, ``carrier``, ``hr_size`` and ``lr_size``,
            (height, width) both; ``icc_profile``, ``exif``, ``xmp`` and ``dpi`` where they stand
            before the pixels.

        Raises:
            IndexError: There is no other image.
        """
        _require_index(index)
        header = self._probe.header
        return {
            "model": header.model.id,
            "weights_sha256": header.model.weights_sha256,
            "scale": header.scale,
            "carrier": header.carrier,
            "hr_size": header.hr_size,
            "lr_size": header.lr_size,
            **pillow_info(metadata_of_chunks(self._probe.chunks)),
        }

    def _file_at_start(self) -> BinaryIO:
        file = self._request.get_file()
        file.seek(0)
        return file


def _photo_of(array: Array) -> Photo:
    """Return the photo of an array, whose shape says what its channels are."""
    if array.dtype not in (np.uint8, np.uint16):
        raise TypeError(f"an LR file takes arrays of uint8 or uint16, not {array.dtype}")
    samples = array[0] if array.ndim == 4 and len(array) == 1 else array
    if samples.ndim == 2:
        samples = samples[..., None]
    if samples.ndim != 3 or not 1 <= samples.shape[2] <= 4 or 0 in samples.shape:
        raise ValueError(
            "an LR file takes one photo of shape (H, W), (H, W, 2), (H, W, 3) or (H, W, 4), not "
            f"{array.shape}"
        )
    return photo_of_samples(samples)


def _require_index(index: Index) -> None:
    if index not in (0, None, ...):
        raise IndexError(f"an LR file holds one photo; there is no image {index}")
