"""One file from its bytes to those of its target: encoding and decoding alike."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from rescodec.codec import Codec
from rescodec.decoding import Decoding, OpenedFile
from rescodec.encoding import EncodedPhoto, Encoding
from rescodec.images import save_photo
from rescodec.photo import Photo

Read = TypeVar("Read")
Computed = TypeVar("Computed")
# Enough to tell settings apart.
_DIGITS = 16
# Fields of Encoding and Decoding on which no byte of a target depends.
_HARMLESS = frozenset({"overwrite", "limits", "tile", "device", "_codecs"})


class Converted(NamedTuple):
    """The bytes of a target, and how large its photo is."""

    content: bytes
    width: int
    height: int


class Conversion(Protocol, Generic[Read, Computed]):
    """The stages of one file, in this order; they may run in different threads."""

    @property
    def makes_lr(self) -> bool:
        """Whether targets are LR files; otherwise sources are."""

    @property
    def settings(self) -> str:
        """Digest of all that a target depends on beside its source."""

    @property
    def codec(self) -> Codec | None:
        """The model that is open already, if any."""

    def read(self, source: Path | bytes, suffix: str) -> Read:
        """Read a source whose target will have this suffix."""

    def compute(self, read: Read) -> Computed:
        """Run the network."""

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

    def read(self, source: Path | bytes, suffix: str) -> Photo:
        """Read a photo."""
        return self.encoding.read(source)

    def compute(self, read: Photo) -> EncodedPhoto:
        """Encode it."""
        return self.encoding.compute(read)

    def write(self, computed: EncodedPhoto, suffix: str) -> Converted:
        """Compress it."""
        file = io.BytesIO()
        height, width = self.encoding.write(computed, file).hr_size
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

    def read(self, source: Path | bytes, suffix: str) -> OpenedFile:
        """Read an LR file and open its model."""
        return self.decoding.read(source, suffix)

    def compute(self, read: OpenedFile) -> Photo:
        """Restore the photo."""
        return self.decoding.compute(read)

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
