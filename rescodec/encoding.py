"""Photos to LR files in three stages, so that those of several photos can overlap."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO

import numpy as np

import rescodec_formats as formats
from rescodec.codec import Codec
from rescodec.dial import Dial, chosen_quality, require_dial, round_at
from rescodec.encoded_image import EncodedImage, UnroundedImage
from rescodec.files import require_carrier, write_encoded
from rescodec.images import Source, read_photo
from rescodec.lossless import LOSSLESS_QUALITY, Lossless, lossless_of, require_lossless
from rescodec.metadata import Keep, Metadata, kept, lr_chunks
from rescodec.photo import Photo, Samples, as_grey, has_equal_channels
from rescodec_formats.effort import effort_of

CARRIERS = ("chunk", "alpha")


@dataclass(frozen=True, eq=False)
class EncodedPhoto:
    """What the network made of a photo, and what travels beside it.

    Attributes:
        image: LR image and payload.
        info: What kind of picture the photo is.
        alpha: Its alpha channel, if any.
        metadata: What of its metadata is kept.
        lossless: What makes the restored photo exact, if it is to be.
    """

    image: EncodedImage
    info: formats.SourceInfo
    alpha: Samples | None
    metadata: Metadata
    lossless: Lossless | None = None


@dataclass(frozen=True, eq=False)
class DownscaledPhoto:
    """What the network made of a photo, and what has to be done yet without it.

    Attributes:
        photo: That was downscaled; without pixels unless it is to be restored exactly.
        image: Encoded already, or to be rounded.
        quality: At which it is to be rounded.
    """

    photo: Photo
    image: EncodedImage | UnroundedImage
    quality: float = 0.0


@dataclass(frozen=True, eq=False)
class Encoding:
    """How photos are encoded; ``rescodec.encode`` explains the options.

    ``read``, ``compute`` and ``write`` are the stages of one photo, in this order. They may run
    in different threads. ``compute`` is ``downscale``, which needs the network most and takes
    photos of one size together, and ``finish``.

    Raises:
        ValueError: The carrier is unknown or not one for the model, the effort is out of range,
            or the model's files cannot be lossless.
        QualityError: The model has no dial to set, or the dial contradicts ``lossless``.
    """

    codec: Codec
    carrier: formats.Carrier = "chunk"
    overwrite: bool = False
    limits: formats.Limits = field(default_factory=formats.Limits)
    frame: int | None = None
    keep: Keep = "all"
    tile: int | None = None
    effort: int = formats.DEFAULT_EFFORT
    dial: Dial = field(default_factory=Dial)
    lossless: bool = False

    def __post_init__(self) -> None:
        """Refuse what could only be refused after the network has run."""
        require_known(self.carrier)
        require_carrier(self.carrier, self.codec)
        effort_of(self.effort)
        require_dial(self.dial, self.codec, lossless=self.lossless)
        if self.lossless:
            require_lossless(self.codec)

    def read(self, source: Source) -> Photo:
        """Read a photo within the limits, with the metadata that is to be kept.

        A photo whose three channels are equal is grey from here on.
        """
        photo = read_photo(
            source, max_pixels=self.limits.hr_pixels, frame=self.frame, limits=self.limits
        )
        grey = photo.grey or has_equal_channels(photo.pixels)
        return replace(photo, grey=grey, metadata=kept(photo.metadata, self.keep))

    def compute(self, photo: Photo) -> EncodedPhoto:
        """Send a photo through the network, and set its dial if it has one.

        Raises:
            QualityError: The dial does not go as far as is asked.
        """
        return self.finish(self.downscale([photo])[0])

    def downscale(self, photos: Sequence[Photo]) -> list[DownscaledPhoto]:
        """Send photos of one size through the network; find the quality if one is sought.

        Raises:
            QualityError: The dial does not go as far as is asked.
        """
        pixels = [photo.pixels for photo in photos]
        if not self.codec.config.dial_steps:
            encoded = self.codec.encode_batch(pixels, tile=self.tile)
            pairs = zip(photos, encoded, strict=True)
            return [DownscaledPhoto(self._kept(photo), image) for photo, image in pairs]
        unrounded = self.codec.analyse_batch(pixels, tile=self.tile)
        return [
            DownscaledPhoto(self._kept(photo), image, self._quality(photo, image))
            for photo, image in zip(photos, unrounded, strict=True)
        ]

    def finish(self, downscaled: DownscaledPhoto) -> EncodedPhoto:
        """Round what is not rounded yet, and note what makes the photo exact if it is to be."""
        photo, image = downscaled.photo, downscaled.image
        if isinstance(image, UnroundedImage):
            image = self._rounded(image, downscaled.quality)
        encoded = EncodedPhoto(image, _info(photo), photo.alpha, photo.metadata)
        if not self.lossless:
            return encoded
        restored = self.codec.exact.decode(image, tile=self.tile, bit_depth=photo.bit_depth)
        exact = lossless_of(photo, as_grey(restored) if photo.grey else restored)
        return replace(encoded, lossless=exact)

    def _kept(self, photo: Photo) -> Photo:
        """Return what ``finish`` needs of a photo."""
        return (
            photo if self.lossless else replace(photo, pixels=np.empty_like(photo.pixels[:0, :0]))
        )

    def _rounded(self, image: UnroundedImage, quality: float) -> EncodedImage:
        return round_at(self.codec, image, quality, carrier=self.carrier, tile=self.tile)

    def _quality(self, photo: Photo, image: UnroundedImage) -> float:
        """Return the quality at which an image is what the dial asks for."""

        def size(encoded: EncodedImage) -> float:
            buffer = io.BytesIO()
            try:
                self.write(EncodedPhoto(encoded, _info(photo), photo.alpha, photo.metadata), buffer)
            except formats.LimitError:
                return math.inf
            return buffer.tell()

        return chosen_quality(
            self.codec,
            photo,
            Dial(LOSSLESS_QUALITY) if self.lossless and self.dial == Dial() else self.dial,
            at=lambda quality: self._rounded(image, quality),
            size=size,
            tile=self.tile,
        )

    def write(self, encoded: EncodedPhoto, target: str | Path | IO[bytes]) -> formats.Header:
        """Compress an encoded photo and write its file."""
        return write_encoded(
            target,
            encoded.image,
            self.codec,
            carrier=self.carrier,
            chunks=lr_chunks(encoded.metadata),
            source=encoded.info,
            source_alpha=encoded.alpha,
            lossless=encoded.lossless,
            effort=self.effort,
            overwrite=self.overwrite,
            limits=self.limits,
        )


def _info(photo: Photo) -> formats.SourceInfo:
    return formats.SourceInfo("grey" if photo.grey else "rgb", photo.bit_depth)


def require_known(carrier: str) -> None:
    """Refuse what is no carrier.

    Raises:
        ValueError: So it is.
    """
    if carrier not in CARRIERS:
        raise ValueError(f"carrier is {carrier!r}; supported are {', '.join(CARRIERS)}")
