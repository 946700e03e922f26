"""One file from its bytes to those of its target: encoding and decoding alike."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Generic, NamedTuple, Protocol, TypeAlias, TypeVar

from rescodec.codec import Codec
from rescodec.decoding import BareFile, Decoding
from rescodec.encoding import DownscaledPhoto, Encoding
from rescodec.images import save_photo
from rescodec.photo import Photo
from rescodec_formats import Container

Parsed: TypeAlias = Container | BareFile
Read = TypeVar("Read")
Computed = TypeVar("Computed")
# Enough to tell settings apart.
_DIGITS = 16
# Fields of Encoding and Decoding on which no byte of a target depends.
_HARMLESS = frozenset({"overwrite", "limits", "tile", "device", "precision", "_codecs"})


class Converted(NamedTuple):
    """The bytes of a target, and how large its photo is."""

    content: bytes
    width: int
    height: int


class Kind(NamedTuple):
    """What a file is to the network.

    Attributes:
        name: Files that have it in common can be computed together.
        pixels: Of the HR image.
    """

    name: Hashable
    pixels: int


class Conversion(Protocol, Generic[Read, Computed]):
    """The stages of one file, in this order; they may run in different threads.

    What ``read`` and ``compute`` return can be sent to other processes.
    """

    @property
    def makes_lr(self) -> bool:
        """Whether targets are LR files; otherwise sources are."""

    @property
    def settings(self) -> str:
        """Digest of all that a target depends on beside its source."""

    @property
    def codec(self) -> Codec | None:
        """The model that is open already, if any."""

    def without_device(self) -> Conversion[Read, Computed]:
        """Return one for processes that read and write, and leave the device alone."""

    def read(self, source: Path | bytes, suffix: str) -> Read:
        """Read a source whose target will have this suffix."""

    def kind(self, read: Read) -> Kind:
        """Return what was read."""

    def compute(self, reads: Sequence[Read]) -> list[Computed]:
        """Run the network on files of one kind."""

    def write(self, computed: Computed, suffix: str) -> Converted:
        """Compress what the network made."""


@dataclass(frozen=True)
class EncodeConversion:
    """Photos to LR files.

    Attributes:
        encoding: How.
    """

    encoding: Encoding

    @property
    def makes_lr(self) -> bool:
        """True."""
        return True

    @property
    def settings(self) -> str:
        """Digest of weights and options."""
        return _settings(self.encoding)

    @property
    def codec(self) -> Codec:
        """The model that encodes."""
        return self.encoding.codec

    def without_device(self) -> EncodeConversion:
        """Return one whose codec is on the CPU."""
        return EncodeConversion(replace(self.encoding, codec=self.codec.on("cpu")))

    def read(self, source: Path | bytes, suffix: str) -> Photo:
        """Read a photo."""
        return self.encoding.read(source)

    def kind(self, read: Photo) -> Kind:
        """Return its size and depth."""
        return Kind((*read.pixels.shape, read.bit_depth), read.height * read.width)

    def compute(self, reads: Sequence[Photo]) -> list[DownscaledPhoto]:
        """Downscale photos."""
        return self.encoding.downscale(reads)

    def write(self, computed: DownscaledPhoto, suffix: str) -> Converted:
        """Finish and compress it."""
        file = io.BytesIO()
        height, width = self.encoding.write(self.encoding.finish(computed), file).hr_size
        return Converted(file.getvalue(), width, height)


@dataclass(frozen=True)
class DecodeConversion:
    """LR files to photos.

    Attributes:
        decoding: How.
    """

    decoding: Decoding

    @property
    def makes_lr(self) -> bool:
        """False."""
        return False

    @property
    def settings(self) -> str:
        """Digest of the options."""
        return _settings(self.decoding)

    @property
    def codec(self) -> Codec | None:
        """The model that decodes all files; None where each file names its own."""
        return self.decoding.model if isinstance(self.decoding.model, Codec) else None

    def without_device(self) -> DecodeConversion:
        """Return one whose codec, if it has one, is on the CPU."""
        codec = None if self.codec is None else self.codec.on("cpu")
        return DecodeConversion(replace(self.decoding, model=codec or self.decoding.model))

    def read(self, source: Path | bytes, suffix: str) -> Parsed:
        """Read an LR file."""
        return self.decoding.parse(source, suffix)

    def kind(self, read: Parsed) -> Kind:
        """Return its model, size and depth, and what it holds."""
        if isinstance(read, BareFile):
            height, width = read.rgb.shape[:2]
            name: Hashable = (height, width, read.alpha is None)
            return Kind(name, height * width * read.scale**2)
        header = read.header
        model = header.model.weights_sha256
        content = bool(header.streams), header.lossless, header.source.bit_depth
        return Kind((*header.hr_size, model, *content), math.prod(header.hr_size))

    def compute(self, reads: Sequence[Parsed]) -> list[Photo]:
        """Open their model and restore the photos."""
        return self.decoding.restore(list(map(self.decoding.open, reads)))

    def write(self, computed: Photo, suffix: str) -> Converted:
        """Write it in the format of the suffix."""
        file = io.BytesIO()
        save_photo(computed, file, suffix)
        return Converted(file.getvalue(), computed.width, computed.height)


def _settings(options: Encoding | Decoding) -> str:
    named = {field.name: getattr(options, field.name) for field in dataclasses.fields(options)}
    told = {name: _told(value) for name, value in named.items() if name not in _HARMLESS}
    text = json.dumps(told, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]


def _told(value: Any) -> Any:
    return value.weights_sha256 if isinstance(value, Codec) else value
