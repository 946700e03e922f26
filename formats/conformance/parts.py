"""Files put together by hand from SPEC.md: PNG chunks, pixel data, headers, zstd frames.

Nothing here is the library under test, so that files can be made that it would never write.
"""

from __future__ import annotations

import hashlib
import json
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import zstandard

Chunks = list[tuple[bytes, bytes]]
Integers = npt.NDArray[np.integer[Any]]

SIGNATURE = b"\x89PNG\r\n\x1a\n"
PREFIX = b"RESCODEC\x01"
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
# Column and row of the first pixel, and the steps, of the seven passes of Adam7.
PASSES = (
    *((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4)),
    *((0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)),
)


def join(chunks: Chunks) -> bytes:
    """Return the PNG of these chunks."""
    return SIGNATURE + b"".join(chunk(name, data) for name, data in chunks)


def chunk(name: bytes, data: bytes) -> bytes:
    """Return one chunk with its length and checksum."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def picture(height: int = 5, width: int = 7) -> Integers:
    """Return a picture, uint8 (height, width, 3), whose colours all differ a little."""
    y, x, c = np.indices((height, width, 3))
    return ((x * 7 + y * 13 + c * 50 + x * y) % 256).astype(np.uint8)


def plane(height: int = 5, width: int = 7) -> Integers:
    """Return a plane, uint8 (height, width)."""
    y, x = np.indices((height, width))
    return (128 + (x * 3 + y * 5 + x * y) % 128).astype(np.uint8)


def image_chunks(
    samples: Integers, color: int, *, bits: int = 8, interlaced: bool = False
) -> Chunks:
    """Return IHDR and IDAT of samples, (height, width) or (height, width, channels)."""
    height, width = samples.shape[:2]
    rows = samples.reshape(height, width, CHANNELS[color])
    passes = PASSES if interlaced else ((0, 0, 1, 1),)
    lines = b"".join(
        b"\0" + packed(row, bits)
        for x, y, dx, dy in passes
        for row in rows[y::dy, x::dx]
        if row.size
    )
    head = struct.pack(">IIBBBBB", width, height, bits, color, 0, 0, interlaced)
    return [(b"IHDR", head), (b"IDAT", zlib.compress(lines, 9))]


def packed(row: Integers, bits: int) -> bytes:
    """Return one row of samples as the bytes of a scanline."""
    if bits >= 8:
        return row.astype(f">u{bits // 8}").tobytes()
    values = row.reshape(-1, 1) >> np.arange(bits - 1, -1, -1) & 1
    return np.packbits(values.astype(np.uint8).ravel()).tobytes()


def filtered(name: str, data: Integers) -> bytes:
    """Return the differences that a filter leaves of an array, as bytes."""
    if name == "split":
        signed = data.view("i2").astype(np.int64)
        folded = np.where(signed < 0, -2 * signed - 1, 2 * signed)
        return (folded % 256).astype("u1").tobytes() + (folded // 256).astype("u1").tobytes()
    unsigned = data.view(f"u{data.itemsize}").reshape(-1, data.shape[-1]).astype(np.int64)
    padded = np.pad(unsigned, ((1, 0), (1, 0)))
    left, above, corner = padded[1:, :-1], padded[:-1, 1:], padded[:-1, :-1]
    distances = np.stack([abs(above - corner), abs(left - corner), abs(left + above - 2 * corner)])
    paeth = np.choose(distances.argmin(axis=0), [left, above, corner])
    prediction = {"none": 0, "sub": left, "up": above, "paeth": paeth}[name]
    return (unsigned - prediction).astype(f"<u{data.itemsize}").tobytes()


def frame(content: bytes) -> bytes:
    """Return an ordinary zstd frame, with content size and checksum."""
    return zstandard.ZstdCompressor(9, write_checksum=True).compress(content)


def raw_frame(
    content: bytes,
    *,
    size: int | None = -1,
    checksum: bool = True,
    dictionary: bool = False,
    window_log: int = 10,
    reserved: bool = False,
) -> bytes:
    """Return a zstd frame of one stored block, with whatever header is wanted.

    Args:
        content: what it holds.
        size: the content size that it states; None for none, -1 for the right one.
        checksum: whether it has one.
        dictionary: whether it names a dictionary.
        window_log: logarithm of its window.
        reserved: set the bit that must be 0.
    """
    stated = b"" if size is None else struct.pack("<I", len(content) if size < 0 else size)
    descriptor = (0x80 if stated else 0) | reserved << 3 | checksum << 2 | dictionary
    head = struct.pack("<IBB", 0xFD2FB528, descriptor, (window_log - 10) << 3)
    head += (b"\x07" if dictionary else b"") + stated
    block = struct.pack("<I", len(content) << 3 | 1)[:3] + content
    return head + block + (frame(content)[-4:] if checksum else b"")


def digest(data: Integers) -> str:
    """Return the digest of a stream, SPEC.md section 6."""
    start = data.dtype.name.encode() + b"\0"
    start += struct.pack(f">B{data.ndim}I", data.ndim, *data.shape)
    return hashlib.sha256(start + data.astype(data.dtype.newbyteorder("<")).tobytes()).hexdigest()


def lr_digest(lr: Integers) -> str:
    """Return the digest of an LR image, SPEC.md section 6."""
    return hashlib.sha256(struct.pack(">II", *lr.shape[:2]) + lr.tobytes()).hexdigest()


@dataclass
class Part:
    """One stream: its array, how it is filtered and how its frame is made.

    Attributes:
        data: the array.
        filter: the filter's name; None for a stream in the alpha channel.
        frame: the zstd frame, where it is not an ordinary one.
        pieces: number of payload chunks.
        keys: entries of the header that replace or join the right ones.
    """

    data: Integers
    filter: str | None = "none"
    frame: bytes | None = None
    pieces: int = 1
    keys: dict[str, Any] = field(default_factory=dict)

    @property
    def stored(self) -> bytes:
        """The zstd frame."""
        if self.filter is None:
            return b""
        return frame(filtered(self.filter, self.data)) if self.frame is None else self.frame

    def entry(self, name: str) -> dict[str, Any]:
        """Return what the header says of the stream."""
        return {
            "name": name,
            "dtype": self.data.dtype.name,
            "shape": list(self.data.shape),
            "step": 1 / 255,
            "offset": 0.0,
            "sha256": digest(self.data),
            "storage": "alpha" if self.filter is None else "chunk",
            "filter": self.filter,
            "compressed_bytes": len(self.stored),
            "raw_bytes": self.data.nbytes,
        } | self.keys

    def chunks(self, index: int) -> Iterator[tuple[bytes, bytes]]:
        """Yield the payload chunks."""
        size = -(-len(self.stored) // self.pieces)
        for number in range(self.pieces if self.stored else 0):
            piece = self.stored[number * size : (number + 1) * size]
            yield b"rsPL", struct.pack(">HHH", index, number, self.pieces) + piece


def header(lr: Integers, parts: Sequence[Part], carrier: str, **keys: Any) -> dict[str, Any]:
    """Return the header of a picture, uint8 (height, width, 3), with keys that replace others."""
    height, width = lr.shape[:2]
    return {
        "carrier": carrier,
        "scale": 2,
        "hr_size": [2 * height, 2 * width - 1],
        "lr_size": [height, width],
        "model": {"id": "conformance-x2-1", "weights_sha256": "0123456789abcdef" * 4},
        "lr_sha256": lr_digest(lr),
        "streams": [part.entry(f"s{index}") for index, part in enumerate(parts)],
    } | keys


def header_chunk(value: Any) -> tuple[bytes, bytes]:
    """Return the header chunk of a JSON value, or of bytes that stand in for its text."""
    text = value if isinstance(value, bytes) else json.dumps(value, separators=(",", ":")).encode()
    return b"rsHD", PREFIX + text


def file_chunks(
    lr: Integers | None = None,
    parts: Sequence[Part] | None = None,
    carrier: str = "chunk",
    *,
    image: Chunks | None = None,
    keys: dict[str, Any] | None = None,
) -> Chunks:
    """Return the chunks of a whole file.

    Args:
        lr: what the pixels expand to, uint8 (height, width, 3).
        parts: the streams; by default one plane in payload chunks.
        carrier: what the header states.
        image: IHDR, perhaps PLTE and tRNS, IDAT; by default those of `lr` as RGB.
        keys: entries of the header that replace or join the right ones.
    """
    lr = picture() if lr is None else lr
    parts = [Part(plane())] if parts is None else parts
    image = image_chunks(lr, 2) if image is None else image
    return [
        image[0],
        header_chunk(header(lr, parts, carrier, **(keys or {}))),
        *image[1:],
        *(piece for index, part in enumerate(parts) for piece in part.chunks(index)),
        (b"IEND", b""),
    ]
