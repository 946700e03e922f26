"""LR files to photos in three stages, so that those of several files can overlap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, NamedTuple, cast

import numpy as np
import numpy.typing as npt

import rescodec_formats as formats
from rescodec.codec import Codec
from rescodec.encoded_image import EncodedImage
from rescodec.files import encoded_from
from rescodec.images import require_format, require_suffix, save_photo
from rescodec.images.opening import open_file
from rescodec.loading import load_named
from rescodec.lossless import Lossless, made_exact
from rescodec.metadata import (
    Keep,
    Metadata,
    has_rgb_profile,
    kept,
    metadata_of_chunks,
    metadata_of_file,
)
from rescodec.photo import Photo, Samples, as_grey
from rescodec.precision import Precision
from rescodec.weights_file import WeightsError
from rescodec.zoo import choose_model

Image = npt.NDArray[np.uint8]
LRSource = str | Path | bytes | IO[bytes]


@dataclass(frozen=True, eq=False)
class OpenedFile:
    """An LR file that has been read, and the codec that restores it.

    Attributes:
        image: LR image and payload.
        codec: Has the weights that the file asks for.
        info: What kind of picture was encoded.
        alpha: Its own alpha channel, if any.
        metadata: Its metadata.
        verified: The file has a header, whose digests it was held against.
        lossless: What makes the photo exact, in lossless files that are read with their payload.
    """

    image: EncodedImage
    codec: Codec
    info: formats.SourceInfo = field(default_factory=formats.SourceInfo)
    alpha: Samples | None = None
    metadata: Metadata = field(default_factory=Metadata)
    verified: bool = True
    lossless: Lossless | None = None


class BareFile(NamedTuple):
    """What is left of an LR file that lost its header.

    Attributes:
        rgb: (h, w, 3) LR image.
        alpha: (h, w) alpha channel, if any.
        metadata: Its metadata.
        scale: That the caller says it has.
    """

    rgb: Image
    alpha: Image | None
    metadata: Metadata
    scale: int


@dataclass(frozen=True, eq=False)
class Decoding:
    """How LR files are decoded; ``rescodec.decode`` explains the options.

    ``read``, ``compute`` and ``write`` are the stages of one file, in this order. They may run
    in different threads. Each model is opened once. ``read`` is ``parse``, which needs no model,
    and ``open``; ``restore`` is ``compute`` for several files.
    """

    scale: int | None = None
    model: str | Path | Codec | None = None
    device: str = "auto"
    precision: Precision = "fp32"
    without_payload: bool = False
    sigma: float | None = None
    seed: int | None = None
    overwrite: bool = False
    limits: formats.Limits = field(default_factory=formats.Limits)
    keep: Keep = "all"
    tile: int | None = None
    _codecs: dict[tuple[str | None, int | None], Codec] = field(default_factory=dict, init=False)

    def read(self, source: LRSource, suffix: str = ".png") -> OpenedFile:
        """Read a file and open its model; refuse a suffix whose format cannot hold the photo."""
        return self.open(self.parse(source, suffix))

    def parse(self, source: LRSource, suffix: str = ".png") -> formats.Container | BareFile:
        """Read a file, without its model; refuse a suffix whose format cannot hold the photo."""
        data = _rereadable(source)
        check: formats.Check = "without-payload" if self.without_payload else "strict"
        try:
            container = formats.read(data, limits=self.limits, check=check)
        except formats.NotRescodecError as error:
            if error.kind != "no-header" or self.model is None or self.scale is None:
                raise
            return self._bare_file(data, self.scale)
        alpha = container.source_alpha is not None
        require_format(suffix, alpha=alpha, bit_depth=container.header.source.bit_depth)
        return container

    def open(self, parsed: formats.Container | BareFile) -> OpenedFile:
        """Open the model of a file that was parsed."""
        if isinstance(parsed, BareFile):
            return self._opened_bare(parsed)
        header, alpha = parsed.header, cast("Samples | None", parsed.source_alpha)
        codec = self._codec_of(header)
        if codec.config.has_payload and not header.streams and not self.without_payload:
            raise formats.MissingPayloadError(
                f"the header lists no payload, but files of model {codec.id} have one",
                kind="missing-payload",
            )
        return OpenedFile(
            encoded_from(parsed, codec.config),
            codec,
            header.source,
            alpha,
            metadata_of_chunks(parsed.chunks),
            lossless=_lossless(parsed, codec),
        )

    def compute(self, opened: OpenedFile) -> Photo:
        """Restore the photo of a file; verify it if it is lossless."""
        return self.restore([opened])[0]

    def restore(self, opened: Sequence[OpenedFile]) -> list[Photo]:
        """Restore the photos of files of one size, depth and model; verify lossless ones."""
        first = opened[0]
        codec = first.codec if first.lossless is None else first.codec.exact
        restored = codec.decode_batch(
            [one.image for one in opened],
            sigma=self.sigma,
            seed=self.seed,
            tile=self.tile,
            bit_depth=first.info.bit_depth,
        )
        return list(map(self._photo, opened, restored))

    def _photo(self, opened: OpenedFile, pixels: Samples) -> Photo:
        """Return what is restored of a file as a photo."""
        grey = opened.info.color == "grey"
        if grey:
            pixels = as_grey(pixels)
        if opened.lossless is not None:
            pixels = made_exact(pixels, opened.lossless)
        metadata = kept(opened.metadata, self.keep)
        return Photo(pixels, opened.alpha, grey and not has_rgb_profile(metadata), metadata)

    def write(self, photo: Photo, target: str | Path | IO[bytes]) -> None:
        """Write a photo in the format of the target's suffix; PNG to open files."""
        suffix = suffix_of(target)
        if isinstance(target, str | Path):
            with formats.atomic_write(Path(target), overwrite=self.overwrite) as file:
                save_photo(photo, file, suffix)
        else:
            save_photo(photo, target, suffix)

    def _open(self, name: str | None, scale: int | None) -> Codec:
        """Return the codec of a model that a file names, or of that of the options at a scale."""
        if isinstance(self.model, Codec):
            return self.model
        key = (name, scale)
        if key not in self._codecs:
            if name is not None:
                self._codecs[key] = Codec(
                    load_named(name), device=self.device, precision=self.precision
                )
            else:
                self._codecs[key] = self._opened(scale or 2)
        return self._codecs[key]

    def _opened(self, scale: int) -> Codec:
        """Open the model of the options.

        Raises:
            WeightsError: It is a family that has none of this scale, or its weights are missing.
        """
        try:
            model = choose_model(cast("str | Path | None", self.model), scale)
        except ValueError as error:
            raise WeightsError(str(error)) from error
        return Codec.open(model, device=self.device, precision=self.precision)

    def _codec_of(self, header: formats.Header) -> Codec:
        """Return the codec that a header asks for; never one with other weights."""
        if self.model is None:
            codec = self._open(header.model.id, None)
        else:
            codec = self._open(None, header.scale)
        if codec.weights_sha256 != header.model.weights_sha256:
            raise WeightsError(
                f"the file was encoded with {header.model.id} "
                f"(weights {header.model.weights_sha256[:12]}), but {codec.id} has weights "
                f"{codec.weights_sha256[:12]}; name the weights that encoded it"
            )
        if codec.scale != header.scale:
            raise formats.FormatError(
                f"the header states scale {header.scale}, its model {codec.id} has {codec.scale}",
                kind="bad-header",
            )
        return codec

    def _bare_file(self, data: Path | bytes, scale: int) -> BareFile:
        """Return what is left of a file that lost its header."""
        pixels = formats.read_png(data, limits=self.limits)
        height, width = pixels.rgb.shape[:2]
        if height * width * scale**2 > self.limits.hr_pixels:
            raise formats.LimitError(
                f"the photo would have {height * width * scale**2:,} pixels; the limit is "
                f"{self.limits.hr_pixels:,}",
                limit="hr_pixels",
            )
        with open_file(data) as file:
            metadata = metadata_of_file(file, limits=self.limits)
        return BareFile(pixels.rgb, pixels.alpha, metadata, scale)

    def _opened_bare(self, bare: BareFile) -> OpenedFile:
        """Return LR image, and plane if it is in alpha, of a file without a header."""
        codec = self._open(None, bare.scale)
        if codec.scale != bare.scale:
            raise ValueError(f"model {codec.id} has scale {codec.scale}, not {bare.scale}")
        planes = None
        if codec.config.has_payload and not self.without_payload:
            if codec.config.planes != 1:
                raise formats.MissingPayloadError(
                    f"the file has no header, and the payload of model {codec.id} is lost with it"
                )
            if bare.alpha is None:
                raise formats.MissingPayloadError(
                    "the file has neither a header nor an alpha channel that could be the plane"
                )
            planes = bare.alpha[None]
        height, width = bare.rgb.shape[:2]
        image = EncodedImage(bare.rgb, planes, (height * bare.scale, width * bare.scale))
        return OpenedFile(image, codec, metadata=bare.metadata, verified=False)


def _lossless(container: formats.Container, codec: Codec) -> Lossless | None:
    """Return what makes the photo of a file exact, if it is there."""
    residual, digest = container.residual, container.header.hr_sha256
    if residual is None or digest is None:
        return None
    if codec.config.latent_std:
        raise formats.FormatError(
            f"the file says that it is lossless, but model {codec.id} restores photos with noise",
            kind="bad-header",
        )
    return Lossless(residual, digest)


def suffix_of(target: str | Path | IO[bytes] | None) -> str:
    """Return the suffix whose format a target gets.

    Raises:
        ImageError: Photos are not written to names with this suffix.
    """
    return require_suffix(Path(target).suffix) if isinstance(target, str | Path) else ".png"


def _rereadable(source: LRSource) -> Path | bytes:
    """Return what can be read twice; a file stays on disk until the limits are checked."""
    if isinstance(source, bytes):
        return source
    if isinstance(source, str | Path):
        path = Path(source)
        return path if path.is_file() else path.read_bytes()
    if callable(getattr(source, "read", None)) and not hasattr(source, "encoding"):
        return source.read()
    raise TypeError(
        f"expected a path, bytes or a file opened in binary mode, got {type(source).__name__}"
    )
