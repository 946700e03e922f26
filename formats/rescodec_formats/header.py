"""What the header chunk says, as plain immutable records."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

FORMAT_VERSION: Final = 1

Carrier: TypeAlias = Literal["alpha", "chunk", "none"]
Storage: TypeAlias = Literal["alpha", "chunk"]
DTypeName: TypeAlias = Literal["uint8", "int8", "uint16", "int16"]
FilterName: TypeAlias = Literal["none", "sub", "up", "paeth", "split"]
CodingName: TypeAlias = Literal["zstd", "rans"]
Color: TypeAlias = Literal["rgb", "grey"]
BitDepth: TypeAlias = Literal[8, 16]
# Any JSON value; a recursive alias buys nothing for values that are only carried along.
JSON: TypeAlias = Any

ITEM_BYTES: Final[Mapping[str, int]] = {"uint8": 1, "int8": 1, "uint16": 2, "int16": 2}
MAX_SCALE: Final = 64
MAX_SIDE: Final = 2**31 - 1
MAX_DIMENSIONS: Final = 8
# Name of the stream that is the alpha channel of the source, not the model's.
SOURCE_ALPHA: Final = "source-alpha"
# Names of the streams that make up the residual of lossless files, in their order.
RESIDUAL: Final = "residual"
RESIDUAL_ESCAPES: Final = "residual-escapes"
RESIDUAL_LOW: Final = "residual-low"
RESIDUAL_NAMES: Final = (RESIDUAL, RESIDUAL_ESCAPES, RESIDUAL_LOW)


@dataclass(frozen=True)
class ModelRef:
    """The model that wrote the file; without exactly these weights it cannot be decoded.

    Attributes:
        id: the model's permanent name.
        weights_sha256: digest of its configuration and tensors, 64 lower-case hex digits.
        extra: unknown keys, kept as they are.
    """

    id: str
    weights_sha256: str
    extra: Mapping[str, JSON] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class SourceInfo:
    """What kind of picture was encoded, and therefore what kind is restored.

    Attributes:
        color: "rgb", or "grey" if the three channels that the model restores are to become one.
        bit_depth: bits of each restored sample; the low-resolution image has 8 either way.
        extra: unknown keys, kept as they are.
    """

    color: Color = "rgb"
    bit_depth: BitDepth = 8
    extra: Mapping[str, JSON] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class StreamInfo:
    """One payload stream: an array of integers q that stands for `offset + step * q`.

    Attributes:
        name: unique name within the file.
        dtype: type of the stored integers.
        shape: sizes of the array's axes; `(height, width)` for a plane.
        step: distance between two neighbouring values.
        offset: the value that 0 stands for.
        sha256: digest of dtype, shape and the integers; the same wherever they are stored.
        storage: the PNG's alpha channel, or payload chunks.
        filter: what was done to the integers before compression; None in alpha.
        compressed_bytes: length of the payload; 0 in alpha.
        raw_bytes: length of the integers themselves.
        coding: how the filtered integers became the payload; without meaning in alpha.
        extra: unknown keys, kept as they are.
    """

    name: str
    dtype: DTypeName
    shape: tuple[int, ...]
    step: float
    offset: float
    sha256: str
    storage: Storage
    filter: FilterName | None
    compressed_bytes: int
    raw_bytes: int
    coding: CodingName = "zstd"
    extra: Mapping[str, JSON] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Header:
    """Everything that the header chunk states.

    Attributes:
        carrier: where the first stream is stored, or "none" if there are no streams.
        scale: how many times smaller each side of the low-resolution image is.
        hr_size: true `(height, width)` of the full-size image.
        lr_size: `(height, width)` of the low-resolution image, `ceil(hr_size / scale)`.
        model: what restores the image.
        lr_sha256: digest of the low-resolution pixels.
        streams: the payload, in order.
        source: what kind of picture is restored.
        hr_sha256: digest of the full-size samples, in lossless files; otherwise None.
        extra: unknown keys, kept as they are.
    """

    carrier: Carrier
    scale: int
    hr_size: tuple[int, int]
    lr_size: tuple[int, int]
    model: ModelRef
    lr_sha256: str
    streams: tuple[StreamInfo, ...] = ()
    source: SourceInfo = SourceInfo()
    hr_sha256: str | None = None
    extra: Mapping[str, JSON] = field(default_factory=dict, hash=False)

    @property
    def has_source_alpha(self) -> bool:
        """Whether the source had an alpha channel, which a stream of its own holds."""
        return any(info.name == SOURCE_ALPHA for info in self.streams)

    @property
    def lossless(self) -> bool:
        """Whether a residual makes the restored picture equal to the source, sample for sample."""
        return self.hr_sha256 is not None


def reduced_size(size: tuple[int, int], scale: int) -> tuple[int, int]:
    """Return the `(height, width)` of the low-resolution image of a full-size one.

    Args:
        size: `(height, width)` of the full-size image.
        scale: how many times smaller each side becomes; what is left over is rounded up.

    >>> reduced_size((5, 8), 2)
    (3, 4)
    """
    return -(-size[0] // scale), -(-size[1] // scale)


def stored_bytes(dtype: str, shape: tuple[int, ...]) -> int:
    """Return how many bytes an array of this type and shape takes.

    >>> stored_bytes("int16", (2, 3))
    12
    """
    return math.prod(shape) * ITEM_BYTES[dtype]
