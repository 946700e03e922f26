"""Add files to this corpus; files that are there are never written again.

Each PNG is described in index.json: a good one by the SHA-256 of its R G B bytes and of each
stream's little-endian bytes, a bad one by the kind of its refusal. Readers in any language can be
held against it.
"""

import hashlib
import io
import json
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import rescodec_formats as rf

FOLDER = Path(__file__).parent
MODEL = rf.ModelRef("golden-x2-1", "0123456789abcdef" * 4)
GREY = rf.lr_digest(np.full((12, 17, 3), 128, np.uint8))
Chunks = list[tuple[bytes, bytes]]


def picture(height: int, width: int) -> np.ndarray:
    y, x, c = np.indices((height, width, 3))
    return ((x * 7 + y * 13 + c * 50 + x * y) % 256).astype(np.uint8)


def streams(height: int, width: int) -> list[rf.Stream]:
    y, x = np.indices((height, width))
    ramp = np.cumsum(np.arange(60) % 7 - 3).reshape(3, 4, 5)
    return [
        rf.Stream("plane", (128 + (x * 3 + y * 5 + x * y) % 128).astype(np.uint8), 1 / 255),
        rf.Stream("signed", ramp.astype(np.int8), 0.5, -1.0),
        rf.Stream("wide", (x * 1000 + y).astype(np.uint16), 1e-3),
        rf.Stream("deep", (ramp * -1000).astype(np.int16), 2.0, 0.25),
        rf.Stream("surface", surface(40, 50)),
        rf.Stream("columns", columns(40, 50)),
        rf.Stream("line", (np.arange(99) % 5).astype(np.uint8)),
    ]


def surface(height: int, width: int) -> np.ndarray:
    """Make a surface that is, but for small steps, what the Paeth filter predicts."""
    rng = np.random.default_rng(1)
    steps = rng.integers(-1, 2, (height + 1, width + 1))
    values = np.zeros((height + 1, width + 1), int)
    for y in range(1, height + 1):
        for x in range(1, width + 1):
            a, b, c = (int(values[p]) for p in ((y, x - 1), (y - 1, x), (y - 1, x - 1)))
            guess = min((abs(b - c), 0, a), (abs(a - c), 1, b), (abs(a + b - 2 * c), 2, c))[2]
            values[y, x] = (guess + steps[y, x]) % 256
    return values[1:, 1:].astype(np.uint8)


def columns(height: int, width: int) -> np.ndarray:
    """Make columns that have nothing to do with each other, and change slowly downwards."""
    rng = np.random.default_rng(2)
    steps = rng.integers(-1, 2, (height, width))
    return (rng.integers(0, 256, (1, width)) + np.cumsum(steps, axis=0)).astype(np.uint8)


def in_pieces() -> bytes:
    """Cut every stream into pieces of 20 bytes, and put the last one first."""
    small = []
    for name, data in split(file("chunk")):
        if name == b"rsPL":
            content = [data[start : start + 20] for start in range(6, len(data), 20)]
            for number, piece in enumerate(content):
                small.append(data[:2] + struct.pack(">HH", number, len(content)) + piece)
    others = [chunk for chunk in split(file("chunk")) if chunk[0] != b"rsPL"]
    return join([*others[:-1], *((b"rsPL", piece) for piece in reversed(small)), others[-1]])


def file(carrier: str, **options: Any) -> bytes:
    payload = [] if carrier == "none" else streams(12, 17)
    target = io.BytesIO()
    rf.write(
        target, picture(12, 17), scale=2, hr_size=(23, 34), model=MODEL, streams=payload,
        **({"carrier": carrier, "extra": {"future": {"key": [1, None]}}} | options),
    )  # fmt: skip
    return target.getvalue()


def split(data: bytes) -> Chunks:
    chunks, position = [], 8
    while position < len(data):
        (length,) = struct.unpack_from(">I", data, position)
        chunks.append((data[position + 4 : position + 8], data[position + 8 :][:length]))
        position += 12 + length
    return chunks


def join(chunks: Chunks) -> bytes:
    body = b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + body


def replaced(name: bytes, change: Callable[[bytes], bytes]) -> bytes:
    return join([(n, change(d) if n == name else d) for n, d in split(file("chunk"))])


def bad_files() -> dict[str, bytes]:
    good = file("chunk")
    chunks = split(good)
    types = [name for name, _ in chunks]
    header = chunks[types.index(b"rsHD")]
    piece = chunks[types.index(b"rsPL")]
    headless = [chunk for chunk in chunks if chunk != header]
    lr_digest = rf.lr_digest(picture(12, 17)).encode()
    plane_digest = rf.stream_digest(streams(12, 17)[0].data).encode()
    grey_alpha = zlib.compress((b"\0" + b"\x80" * 34) * 12)
    return {
        "not-png": b"GIF89a" + good[6:],
        "no-header": join(headless),
        "version": replaced(b"rsHD", lambda d: d[:8] + b"\x02" + d[9:]),
        "truncated": good[:-20],
        "crc": good[:-20] + bytes([good[-20] ^ 1]) + good[-19:],
        "bad-chunk": good[:-12] + b"\xff" * 12,
        "bad-png": replaced(b"IHDR", lambda d: d[:8] + b"\x04" + d[9:]),
        "chunk-order": join([*headless[:-1], header, headless[-1]]),
        "duplicate-header": join([chunks[0], header, header, *chunks[2:]]),
        "bad-header": replaced(b"rsHD", lambda d: d.replace(b'"scale":2', b'"scale":3')),
        "size-mismatch": replaced(b"IHDR", lambda d: d[4:8] + d[:4] + d[8:]),
        "bad-pixels": replaced(b"IDAT", lambda d: d[:40]),
        "unsupported-pixels": replaced(b"IHDR", lambda d: d[:8] + b"\x10" + d[9:]),
        "unexpected-alpha": join(
            [
                (n, d[:9] + b"\4" + d[10:] if n == b"IHDR" else grey_alpha if n == b"IDAT" else
                 d.replace(lr_digest, GREY.encode()) if n == b"rsHD" else d)
                for n, d in chunks
            ]
        ),
        "lr-digest": replaced(b"rsHD", lambda d: d.replace(lr_digest, b"0" * 64)),
        "missing-payload": join([chunk for chunk in chunks if chunk[0] != b"rsPL"]),
        "missing-piece": replaced(b"rsPL", lambda d: d[:4] + b"\0\2" + d[6:]),
        "duplicate-piece": join([*chunks[:-1], piece, chunks[-1]]),
        "unexpected-piece": replaced(b"rsPL", lambda d: b"\0\x63" + d[2:]),
        "bad-payload": replaced(b"rsPL", lambda d: d[:6] + b"\0" + d[7:]),
        "stream-digest": replaced(b"rsHD", lambda d: d.replace(plane_digest, b"0" * 64)),
        "limit": replaced(b"rsHD", lambda d: d + b" " * 65_536),
    }  # fmt: skip


def describe(data: bytes) -> dict[str, Any]:
    found = rf.read(data)
    return {
        "carrier": found.header.carrier,
        "hr_size": list(found.header.hr_size),
        "pixels_sha256": hashlib.sha256(found.lr.tobytes()).hexdigest(),
        "streams": {
            name: hashlib.sha256(
                stream.data.astype(stream.data.dtype.newbyteorder("<")).tobytes()
            ).hexdigest()
            for name, stream in found.streams.items()
        },
    }


def main() -> None:
    path = FOLDER / "index.json"
    index: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    good = {f"v1-{carrier}.png": file(carrier) for carrier in ("alpha", "chunk", "none")}
    good["v1-pieces.png"] = in_pieces()
    good["v1-one-pixel.png"] = one_pixel()
    bad = {f"v1-bad-{kind}.png": data for kind, data in bad_files().items()}
    for name, data in (good | bad).items():
        if name not in index:
            with (FOLDER / name).open("xb") as target:
                target.write(data)
            index[name] = describe(data) if name in good else {"kind": name[7:-4]}
    path.write_text(json.dumps(index, indent=1, sort_keys=True) + "\n", "utf-8")


def one_pixel() -> bytes:
    target = io.BytesIO()
    plane = rf.Stream("plane", np.full((1, 1), 255, np.uint8))
    options = {"scale": 4, "hr_size": (1, 3), "model": MODEL, "carrier": "alpha"}
    rf.write(target, picture(1, 1), streams=[plane], **options)
    return target.getvalue()


if __name__ == "__main__":
    main()
