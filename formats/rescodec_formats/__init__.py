"""The rescodec file format: a PNG that shows a small picture and holds a large one.

This package reads and writes the files. It knows nothing of the networks that make and restore
the pictures, and does not need torch.
"""

from .atomic import atomic_write
from .chunks import Chunk
from .container import Container, Probe, probe, read, read_png
from .convert import convert
from .errors import (
    DigestError,
    FormatError,
    LimitError,
    MissingPayloadError,
    NotRescodecError,
    UnsupportedVersionError,
)
from .header import FORMAT_VERSION, Carrier, Header, ModelRef, StreamInfo, reduced_size
from .limits import Limits
from .pixels import PngPixels, lr_digest
from .streams import Stream, stream_digest
from .writer import write

__all__ = [
    "FORMAT_VERSION",
    "Carrier",
    "Chunk",
    "Container",
    "DigestError",
    "FormatError",
    "Header",
    "LimitError",
    "Limits",
    "MissingPayloadError",
    "ModelRef",
    "NotRescodecError",
    "PngPixels",
    "Probe",
    "Stream",
    "StreamInfo",
    "UnsupportedVersionError",
    "atomic_write",
    "convert",
    "lr_digest",
    "probe",
    "read",
    "read_png",
    "reduced_size",
    "stream_digest",
    "write",
]
