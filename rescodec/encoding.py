"""Photos to LR files in three stages, so that those of several photos can overlap."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO

import rescodec_formats as formats
from rescodec.codec import Codec, EncodedImage
from rescodec.files import require_carrier, write_encoded
from rescodec.images import Source, read_photo
from rescodec.metadata import Keep, Metadata, kept, lr_chunks
from rescodec.photo import Photo, Samples
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
    """

    image: EncodedImage
    info: formats.SourceInfo
    alpha: Samples | None
    metadata: Metadata


@dataclass(frozen=True, eq=False)
class Encoding:
    """How photos are encoded; ``rescodec.encode`` explains the options.

    ``read``, ``compute`` and ``write`` are the stages of one photo, in this order. They may run
    in different threads.

    Raises:
        ValueError: The carrier is unknown or not one for the model, or the effort out of range.
    """

    codec: Codec
    carrier: formats.Carrier = "chunk"
    overwrite: bool = False
    limits: formats.Limits = field(default_factory=formats.Limits)
    frame: int | None = None
    keep: Keep = "all"
    tile: int | None = None
    effort: int = formats.DEFAULT_EFFORT

    def __post_init__(self) -> None:
        """Refuse what could only be refused after the network has run."""
        require_known(self.carrier)
        require_carrier(self.carrier, self.codec)
        effort_of(self.effort)

    def read(self, source: Source) -> Photo:
        """Read a photo within the limits, with the metadata that is to be kept."""
        photo = read_photo(
            source, max_pixels=self.limits.hr_pixels, frame=self.frame, limits=self.limits
        )
        return replace(photo, metadata=kept(photo.metadata, self.keep))

    def compute(self, photo: Photo) -> EncodedPhoto:
        """Send a photo through the network."""
        return EncodedPhoto(
            image=self.codec.encode(photo.pixels, tile=self.tile),
            info=formats.SourceInfo("grey" if photo.grey else "rgb", photo.bit_depth),
            alpha=photo.alpha,
            metadata=photo.metadata,
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
            effort=self.effort,
            overwrite=self.overwrite,
            limits=self.limits,
        )


def require_known(carrier: str) -> None:
    """Refuse what is no carrier.

    Raises:
        ValueError: So it is.
    """
    if carrier not in CARRIERS:
        raise ValueError(f"carrier is {carrier!r}; supported are {', '.join(CARRIERS)}")
