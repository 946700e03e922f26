"""A second reader, written from SPEC.md alone: it shares no line with the first and agrees.

It reads whole files only and trusts them, apart from their digests: that SPEC.md says all that
another program has to know is the point.
"""

import hashlib
import json
import math
import struct
from pathlib import Path
from typing import Any

import png
import pytest
import zstandard

FOLDER = Path(__file__).parents[2] / "formats" / "conformance"
GOOD = sorted(path.stem for path in FOLDER.glob("*.json") if "kinds" not in path.read_text("utf-8"))
FORMATS = {"uint8": "B", "int8": "b", "uint16": "H", "int16": "h"}
BOUND_TO_ENCODING = (b"tRNS", b"bKGD", b"sBIT", b"hIST", b"acTL", b"fcTL", b"fdAT")


def read(data: bytes) -> dict[str, Any]:
    chunks = list(png.Reader(bytes=data).chunks())
    (raw,) = (content for name, content in chunks if name == b"rsHD")
    assert raw[:9] == b"RESCODEC\x01"
    header = json.loads(raw[9:])
    lr, alpha = expand(data, dict(chunks))
    size = struct.pack(">II", *header["lr_size"])
    assert header["lr_sha256"] == hashlib.sha256(size + lr).hexdigest()
    streams = {
        info["name"]: alpha if info["storage"] == "alpha" else stream(index, info, chunks)
        for index, info in enumerate(header["streams"])
    }
    for info in header["streams"]:
        start = info["dtype"].encode() + bytes([0, len(info["shape"])])
        start += struct.pack(f">{len(info['shape'])}I", *info["shape"])
        found = hashlib.sha256(start + streams[info["name"]]).hexdigest()
        assert info["sha256"] == found, info["name"]
    names = [name for name, _ in chunks]
    others = [
        {
            "type": name.decode(),
            "sha256": hashlib.sha256(content).hexdigest(),
            "after_pixels": index > names.index(b"IDAT"),
        }
        for index, (name, content) in enumerate(chunks)
        if name[0] & 0x20
        and name not in (b"rsHD", b"rsPL", *BOUND_TO_ENCODING)
        and not (name == b"tEXt" and content.endswith(b"restore with: rescodec decode FILE"))
    ]
    return {"header": header, "chunks": others}


def expand(data: bytes, chunks: dict[bytes, bytes]) -> tuple[bytes, bytes]:
    """Return the samples as R G B bytes, and the alpha as bytes."""
    _, _, rows, info = png.Reader(bytes=data).read()
    depth, palette, key = info["bitdepth"], chunks.get(b"PLTE"), chunks.get(b"tRNS", b"")
    rgb, alpha = bytearray(), bytearray()
    for row in rows:
        for at in range(0, len(row), info["planes"]):
            pixel = bytes(row[at : at + info["planes"]])
            if data[25] == 3:
                assert palette is not None
                rgb += palette[3 * pixel[0] :][:3]
                alpha.append(key[pixel[0]] if pixel[0] < len(key) else 255)
                continue
            color, rest = pixel[: 1 if info["greyscale"] else 3], pixel[3 - 2 * info["greyscale"] :]
            named = struct.unpack(f">{len(key) // 2}H", key)
            transparent = tuple(value % 2**depth for value in named) == tuple(color)
            scaled = bytes(255 * value // (2**depth - 1) for value in color)
            rgb += scaled * 3 if info["greyscale"] else scaled
            alpha += rest or (b"\0" if transparent else b"\xff")
    return bytes(rgb), bytes(alpha)


def stream(index: int, info: dict[str, Any], chunks: list[tuple[bytes, bytes]]) -> bytes:
    """Return the elements of a stream in payload chunks."""
    heads = {struct.unpack(">HHH", data[:6]): data[6:] for name, data in chunks if name == b"rsPL"}
    pieces = [data for (owner, _, _), data in sorted(heads.items()) if owner == index]
    frame = b"".join(pieces)
    assert len(frame) == info["compressed_bytes"]
    content = zstandard.ZstdDecompressor().decompress(frame)
    code = FORMATS[info["dtype"]]
    values = list(struct.unpack(f"<{math.prod(info['shape'])}{code.upper()}", content))
    columns, bits = info["shape"][-1], 8 * struct.calcsize(code)
    for at, value in enumerate(values):
        left = values[at - 1] if at % columns else 0
        above = values[at - columns] if at >= columns else 0
        corner = values[at - columns - 1] if at >= columns and at % columns else 0
        values[at] = (value + predicted(info["filter"], left, above, corner)) % 2**bits
    return struct.pack(f"<{len(values)}{code.upper()}", *values)


def predicted(name: str, a: int, b: int, c: int) -> int:
    if name != "paeth":
        return {"none": 0, "sub": a, "up": b}[name]
    p = a + b - c
    if abs(p - a) <= abs(p - b) and abs(p - a) <= abs(p - c):
        return a
    return b if abs(p - b) <= abs(p - c) else c


@pytest.mark.parametrize("name", GOOD)
def test_it_reads_every_good_file_as_the_first_does(name: str) -> None:
    expected = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    found = read((FOLDER / f"{name}.png").read_bytes())
    header = found["header"]
    header.setdefault("source", {"color": "rgb", "bit_depth": 8})
    for key in ("carrier", "scale", "hr_size", "lr_size", "lr_sha256"):
        assert header[key] == expected[key], key
    for part in ("model", "source"):
        assert {key: header[part][key] for key in expected[part]} == expected[part]
        unknown = {k: v for k, v in header[part].items() if k not in expected[part]}
        assert unknown == expected["unknown_keys"][part]
    for info, stated in zip(header["streams"], expected["streams"], strict=True):
        assert {key: info[key] for key in stated} == stated
    assert found["chunks"] == expected["chunks"]


def test_there_is_something_to_read() -> None:
    assert len(GOOD) > 60
