"""The rescodec file format: a PNG that shows a small picture and holds a large one.

This package reads and writes the files. It knows nothing of the networks that make and restore
the pictures, and does not need torch.
"""

from .atomic import atomic_write
from .chunks import Chunk, ChunkHead, ChunkWalker
from .container import Check, Container, Probe, probe, read, read_png
from .convert import convert
from .effort import DEFAULT_EFFORT
from .errors import (
    DigestError,
    FormatError,
    LimitError,
    MissingPayloadError,
    NotRescodecError,
    UnsupportedVersionError,
)
from .filters import IntegerArray
from .header import (
    FORMAT_VERSION,
    RESIDUAL_NAMES,
    SOURCE_ALPHA,
    Carrier,
    Header,
    ModelRef,
    SourceInfo,
    StreamInfo,
    reduced_size,
)
from .limits import Limits
from .lossless import hr_digest, residual_streams
from .pixels import Pixels, PngPixels, lr_digest
from .png import write_png
from .retag import retag
from .source import Source
from .streams import Stream, stream_digest
from .writer import write

__all__ = [
    "DEFAULT_EFFORT",
    "FORMAT_VERSION",
    "RESIDUAL_NAMES",
    "SOURCE_ALPHA",
    "Carrier",
    "Check",
    "Chunk",
    "ChunkHead",
    "ChunkWalker",
    "Container",
    "DigestError",
    "FormatError",
    "Header",
    "IntegerArray",
    "LimitError",
    "Limits",
    "MissingPayloadError",
    "ModelRef",
    "NotRescodecError",
    "Pixels",
    "PngPixels",
    "Probe",
    "Source",
    "SourceInfo",
    "Stream",
    "StreamInfo",
    "UnsupportedVersionError",
    "atomic_write",
    "convert",
    "hr_digest",
    "lr_digest",
    "probe",
    "read",
    "read_png",
    "reduced_size",
    "residual_streams",
    "retag",
    "stream_digest",
    "write",
    "write_png",
]
