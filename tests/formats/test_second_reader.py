"""A second reader, written from SPEC.md alone: it shares no line with the first and agrees.

It reads whole files only and trusts them, apart from their digests: that SPEC.md says all that
another program has to know is the point.
"""

import hashlib
import json
import math
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import png
import pytest
import zstandard

from rescodec_formats import rans

FOLDER = Path(__file__).parents[2] / "formats" / "conformance"
GOOD = sorted(path.stem for path in FOLDER.glob("*.json") if "kinds" not in path.read_text("utf-8"))
FORMATS = {"uint8": "B", "int8": "b", "uint16": "H", "int16": "h"}
# Of the contexts of the coding rANS.
LIMITS = (1, 2, 3, 4, 6, 8, 11, 16, 23, 32, 45, 64, 91, 128, 181, 256, 362, 512, 724, 1024)
BOUND_TO_ENCODING = (b"tRNS", b"bKGD", b"sBIT", b"hIST", b"acTL", b"fcTL", b"fdAT")


def read(data: bytes) -> dict[str, Any]:
    chunks = list(png.Reader(bytes=data).chunks())
    (raw,) = (content for name, content in chunks if name == b"rsHD")
    assert raw[:9] == b"RESCODEC\x01"
    header = json.loads(zlib.decompress(raw[9:]) if raw[9] == 0x78 else raw[9:])
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
    found = {"header": header, "chunks": others}
    if "hr_sha256" in header:
        found["residual_sha256"] = residual_digest(header, streams)
    return found


def residual_digest(header: dict[str, Any], streams: dict[str, bytes]) -> str:
    """Return the digest of the residual as if it were a stream of the samples' own shape."""
    source = header.get("source", {"color": "rgb", "bit_depth": 8})
    (height, width), channels = header["hr_size"], 3 if source["color"] == "rgb" else 1
    samples, bits = width * channels, source["bit_depth"]
    large = streams.get("residual-escapes", b"")
    escapes = iter(struct.unpack(f"{len(large)}b", large))
    digits = [byte // 6**power % 6 for byte in streams["residual"] for power in (0, 1, 2)]
    values = [next(escapes) if digit == 5 else digit - 2 for digit in digits]
    assert not list(escapes)
    columns = len(values) // height
    values = [v for at in range(0, len(values), columns) for v in values[at : at + samples]]
    if bits == 16:
        low = struct.unpack(f"{height * samples}b", streams["residual-low"])
        values = [256 * v + part for v, part in zip(values, low, strict=True)]
    start = f"int{bits}".encode() + struct.pack(">BBIII", 0, 3, height, width, channels)
    raw = b"".join((value % 2**bits).to_bytes(bits // 8, "little") for value in values)
    return hashlib.sha256(start + raw).hexdigest()


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
    code = FORMATS[info["dtype"]]
    columns, bits = info["shape"][-1], 8 * struct.calcsize(code)
    if info.get("coding") == "rans":
        values = from_rans(frame, math.prod(info["shape"][:-1]), columns, bits)
    else:
        content = zstandard.ZstdDecompressor().decompress(frame)
        if info["filter"] == "split":
            return unfolded(content)
        values = list(struct.unpack(f"<{math.prod(info['shape'])}{code.upper()}", content))
    for at, value in enumerate(values):
        left = values[at - 1] if at % columns else 0
        above = values[at - columns] if at >= columns else 0
        corner = values[at - columns - 1] if at >= columns and at % columns else 0
        values[at] = (value + predicted(info["filter"], left, above, corner)) % 2**bits
    return struct.pack(f"<{len(values)}{code.upper()}", *values)


def unfolded(content: bytes) -> bytes:
    count = len(content) // 2
    numbers = [low + 256 * high for low, high in zip(content[:count], content[count:], strict=True)]
    signed = [-(number + 1) // 2 if number % 2 else number // 2 for number in numbers]
    return struct.pack(f"<{count}h", *signed)


def predicted(name: str, a: int, b: int, c: int) -> int:
    if name != "paeth":
        return {"none": 0, "sub": a, "up": b}[name]
    p = a + b - c
    if abs(p - a) <= abs(p - b) and abs(p - a) <= abs(p - c):
        return a
    return b if abs(p - b) <= abs(p - c) else c


# --- the coding rANS, one element at a time ---------------------------------------------------


def token_of(magnitude: int) -> int:
    if magnitude < 16:
        return magnitude
    e = magnitude.bit_length() - 1
    return 16 + 2 * (e - 4) + (magnitude >> (e - 1)) % 2


def size_of(token: int) -> int:
    if token < 16:
        return token
    e, b = 4 + (token - 16) // 2, token % 2
    return (5 + 2 * b) * 2 ** (e - 2)


def first_counts(context: int, tokens: int) -> list[int]:
    limits = (0, *LIMITS, 1448)
    q = max(1, limits[context] + limits[context + 1] - 1)
    weight, sums = 2**28, [0] * 64
    for magnitude in range(2048):
        sums[token_of(magnitude)] += weight
        weight = weight * q // (q + 16)
    return [1 + 384 * one // sum(sums[:tokens]) for one in sums[:tokens]]


def frequencies(counts: list[int]) -> list[int]:
    found = [1 + one * (16384 - len(counts)) // sum(counts) for one in counts]
    found[found.index(max(found))] += 16384 - sum(found)
    return found


def power_under(number: int) -> int:
    return 1 << (number.bit_length() - 1)


def from_rans(payload: bytes, rows: int, columns: int, bits: int) -> list[int]:
    """Return the elements of a matrix as patterns of bits, row by row."""
    count, longest = payload[0], min(rows, (columns + 1) // 2)
    least = next(2**n for n in range(40) if 2**n >= longest)
    lanes = min(least, 256, power_under(max(16, rows * columns // 1024)))
    numbers = [payload[at : at + 4] for at in range(1, 1 + 4 * lanes, 4)]
    states = [int.from_bytes(one, "little") for one in numbers]
    at = 1 + 4 * lanes
    tokens: dict[tuple[int, int], int] = {}
    counts = [first_counts(context, count) for context in range(21)]
    tables, due = [frequencies(one) for one in counts], 256

    def size(y: int, x: int) -> int:
        return size_of(tokens.get((y, x), 0))

    for line in range(2 * (rows - 1) + columns):
        places = [(y, line - 2 * y) for y in range(rows) if 0 <= line - 2 * y < columns]
        new = []
        for first in range(0, len(places), lanes):
            group = places[first : first + lanes]
            for lane, (y, x) in enumerate(group):
                near = 2 * (size(y, x - 1) + size(y - 1, x)) + size(y - 1, x - 1)
                near += size(y - 1, x + 1) + size(y, x - 2) + size(y - 2, x)
                context = sum(near >= limit for limit in LIMITS)
                slot, token, start = states[lane] % 16384, 0, 0
                while slot >= start + tables[context][token]:
                    start += tables[context][token]
                    token += 1
                states[lane] = tables[context][token] * (states[lane] // 16384) + slot - start
                new.append(((y, x), context, token))
            for lane in range(len(group)):
                if states[lane] < 65536:
                    states[lane] = states[lane] * 65536 + int.from_bytes(
                        payload[at : at + 2], "little"
                    )
                    at += 2
        for place, context, token in new:
            tokens[place] = token
            counts[context][token] += 16
        if len(tokens) >= due:
            tables, due = [frequencies(one) for one in counts], len(tokens) + len(tokens) // 4

    assert all(65536 <= state < 131072 for state in states)
    raw = "".join(f"{state - 65536:016b}" for state in states)
    raw += "".join(f"{byte:08b}" for byte in payload[at:])
    in_order = [tokens[y, x] for y in range(rows) for x in range(columns)]
    signs = iter(raw[: sum(token > 0 for token in in_order)])
    rest = iter(raw[sum(token > 0 for token in in_order) :])
    values = []
    for token in in_order:
        sign = -1 if token and next(signs) == "1" else 1
        magnitude = token
        if token >= 16:
            e, b = 4 + (token - 16) // 2, token % 2
            magnitude = (2 + b) * 2 ** (e - 1)
            magnitude += int("".join(next(rest) for _ in range(e - 1)), 2)
        values.append(sign * magnitude % 2**bits)
    assert "1" not in rest
    return values


# --- they agree -------------------------------------------------------------------------------


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
    assert header.get("hr_sha256") == expected.get("hr_sha256")
    assert found.get("residual_sha256") == expected.get("residual_sha256")


@pytest.mark.parametrize(
    ("shape", "scale", "dtype"),
    [
        *(((1, 1), 300, "int16"), ((1, 40), 2, "int8"), ((40, 1), 2, "int8"), ((9, 2), 9, "int8")),
        *(((41, 60), 0.4, "int8"), ((41, 60), 900, "int16"), ((120, 70), 3, "int16")),
        *(((150, 300), 0, "int8"),),
    ],
)
def test_it_reads_what_rans_writes(shape: tuple[int, int], scale: float, dtype: str) -> None:
    noise = np.random.default_rng(8).laplace(0, scale, shape).round()
    data = noise.clip(np.iinfo(dtype).min, np.iinfo(dtype).max).astype(dtype)
    unsigned = data.view(f"u{dtype}")
    found = from_rans(rans.encode(data), *shape, 8 * data.itemsize)
    assert found == unsigned.ravel().tolist()


def test_there_is_something_to_read() -> None:
    assert len(GOOD) > 60
