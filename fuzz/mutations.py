"""Damage for files: blind damage to any bytes, and changes that know what a PNG is.

Blind damage is stopped by the checksums of the chunks nearly always. The other kind puts right
whatever would stop it early: checksums, lengths, the digest of the pixels. So it reaches the code
behind them.
"""

from __future__ import annotations

import hashlib
import json
import struct
import zlib
from collections.abc import Callable
from random import Random
from typing import Any

Chunks = list[tuple[bytes, bytes]]
Change = Callable[[Chunks, Random], None]

SIGNATURE = b"\x89PNG\r\n\x1a\n"
NAMES = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"rsHD", b"rsPL", b"tEXt", b"iCCP", b"eXIf")
NUMBERS = (0, 1, -1, 2, 3, 7, 8, 127, 255, 256, 65535, 65536, 2**31 - 1, 2**31, 2**63 - 1, 2**64)
VALUES: tuple[Any, ...] = (
    *NUMBERS,
    *(
        None,
        True,
        "",
        "alpha",
        "chunk",
        "none",
        "sub",
        "paeth",
        "split",
        "int16",
        "uint8",
        "../x",
        "grey",
    ),
    *([], {}, [0], [1, 1], [2**31 - 1] * 2, [[[[]]]], 0.5, -1.0, 1e308, 10**30),
)


def damage(data: bytes, random: Random) -> bytes:
    """Change, drop, repeat or insert some bytes, or cut the end off."""
    changed = bytearray(data)
    for _ in range(random.choice((1, 1, 1, 2, 5))):
        at = random.randrange(len(changed) + 1)
        length = random.choice((1, 1, 2, 4, 16, 64))
        piece = changed[at : at + length]
        match random.randrange(7):
            case 0 | 1 if piece:
                changed[at] ^= 1 << random.randrange(8)
            case 2 if piece:
                changed[at] = random.choice((0, 1, 127, 128, 255, random.randrange(256)))
            case 3:
                del changed[at : at + length]
            case 4:
                changed[at:at] = random.randbytes(length)
            case 5:
                changed[at:at] = piece
            case _:
                other = random.randrange(len(changed) + 1)
                changed[other : other + len(piece)] = piece
        if random.random() < 0.05:
            del changed[random.randrange(len(changed) + 1) :]
    return bytes(changed)


def forge(data: bytes, random: Random) -> bytes:
    """Change the chunks of a PNG, or what they hold, and give each the right checksum."""
    chunks = split(data)
    for _ in range(random.choice((1, 1, 2, 3))):
        if chunks:
            random.choice(CHANGES)(chunks, random)
    return join(chunks)


def split(data: bytes) -> Chunks:
    """Return names and data of the chunks of a PNG, as far as they go."""
    chunks, position = [], len(SIGNATURE)
    while position + 8 <= len(data):
        (length,) = struct.unpack_from(">I", data, position)
        chunks.append((data[position + 4 : position + 8], data[position + 8 :][:length]))
        position += 12 + length
    return chunks


def join(chunks: Chunks) -> bytes:
    """Return the PNG of these chunks."""
    parts = [SIGNATURE]
    for name, data in chunks:
        parts += [struct.pack(">I", len(data)), name, data]
        parts.append(struct.pack(">I", zlib.crc32(name + data)))
    return b"".join(parts)


def _content(chunks: Chunks, random: Random) -> None:
    at = random.randrange(len(chunks))
    chunks[at] = (chunks[at][0], damage(chunks[at][1], random))


def _order(chunks: Chunks, random: Random) -> None:
    at, to = random.randrange(len(chunks)), random.randrange(len(chunks))
    match random.randrange(5):
        case 0:
            chunks.insert(to, chunks.pop(at))
        case 1:
            chunks.insert(to, chunks[at])
        case 2:
            del chunks[at]
        case 3:
            chunks[at] = (random.choice(NAMES), chunks[at][1])
        case _:
            name, data = chunks[at]
            cut = random.randrange(len(data) + 1)
            chunks[at : at + 1] = [(name, data[:cut]), (name, data[cut:])]


def _image_header(chunks: Chunks, random: Random) -> None:
    at = _find(chunks, b"IHDR", random)
    fields = list(struct.unpack(">IIBBBBB", chunks[at][1][:13].ljust(13, b"\0")))
    field = random.randrange(len(fields))
    if field < 2:
        fields[field] = abs(random.choice((*NUMBERS, fields[field] + 1, fields[1 - field]))) % 2**32
    else:
        fields[field] = random.choice((0, 1, 2, 3, 4, 6, 8, 16, 255))
    chunks[at] = (chunks[at][0], struct.pack(">IIBBBBB", *fields))


def _header(chunks: Chunks, random: Random) -> None:
    """Replace, drop or repeat a value somewhere in the JSON."""
    at = _find(chunks, b"rsHD", random)
    try:
        value = json.loads(_json_of(chunks[at][1]))
    except (ValueError, RecursionError, zlib.error):
        return _content(chunks, random)
    holder, key = _place(value, random)
    match random.randrange(4):
        case 0 if isinstance(holder, dict):
            del holder[key]
        case 1 if isinstance(holder, list):
            holder.insert(key, holder[key])
        case 2 if isinstance(holder[key], int):
            holder[key] += random.choice((-1, 1, 2, 100))
        case _:
            holder[key] = random.choice(VALUES)
    text = json.dumps(value)
    if random.random() < 0.1:
        text = text.replace(": ", f": {random.choice(('NaN', '1e999', '[' * 50, '0x1', '-'))}", 1)
    data = text.encode("utf-8", "surrogatepass")
    if random.random() < 0.1:
        data = damage(data, random)
    chunks[at] = (chunks[at][0], _with_json(chunks[at][1], data, swap=random.random() < 0.1))


def _json_of(header: bytes) -> bytes:
    """Return the JSON of a header chunk, compressed there or not."""
    text = header[9:]
    return zlib.decompressobj().decompress(text, 70_000) if text.startswith(b"x") else text


def _with_json(header: bytes, text: bytes, *, swap: bool = False) -> bytes:
    """Return a header chunk with other JSON, compressed if the old one was, or swapped."""
    compressed = header[9:10] == b"x"
    return header[:9] + (zlib.compress(text) if compressed != swap else text)


def _place(value: Any, random: Random) -> tuple[Any, Any]:
    """Return a container within a JSON value that is not empty, and one of its keys."""
    places: list[tuple[Any, Any]] = []
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict | list):
            keys = list(item) if isinstance(item, dict) else list(range(len(item)))
            places += [(item, key) for key in keys]
            waiting += [item[key] for key in keys]
    return random.choice(places) if places else ([0], 0)


def _piece(chunks: Chunks, random: Random) -> None:
    """Change the numbers of a piece, or its content and the length that the header states."""
    at = _find(chunks, b"rsPL", random)
    head = list(struct.unpack(">HHH", chunks[at][1][:6].ljust(6, b"\0")))
    content = chunks[at][1][6:]
    if random.random() < 0.4:
        head[random.randrange(3)] = random.choice((0, 1, 2, 65535))
    else:
        content = damage(content, random)
        _edit_header(chunks, lambda value: _state_length(value, head[0], len(content)))
    chunks[at] = (chunks[at][0], struct.pack(">HHH", *head) + content)


def _state_length(value: Any, index: int, length: int) -> None:
    value["streams"][index]["compressed_bytes"] = length


def _pixels(chunks: Chunks, random: Random) -> None:
    """Change scanlines, and sometimes the digest in the header with them, as for RGB."""
    at = _find(chunks, b"IDAT", random)
    try:
        lines = damage(zlib.decompress(chunks[at][1]), random)
    except zlib.error:
        return _content(chunks, random)
    chunks[at] = (chunks[at][0], zlib.compress(lines, random.choice((0, 1, 9))))
    if random.random() < 0.5:
        size = chunks[_find(chunks, b"IHDR", random)][1][:8]
        _edit_header(chunks, lambda value: _state_digest(value, size, lines))


def _state_digest(value: Any, size: bytes, lines: bytes) -> None:
    width, height = struct.unpack(">II", size)
    rows = [lines[row * (3 * width + 1) + 1 :][: 3 * width] for row in range(min(height, 1000))]
    digest = hashlib.sha256(struct.pack(">II", height, width) + b"".join(rows))
    value["lr_sha256"] = digest.hexdigest()


def _edit_header(chunks: Chunks, edit: Callable[[Any], None]) -> None:
    """Edit the JSON of the header, if there is one that allows it."""
    for at, (name, data) in enumerate(chunks):
        if name == b"rsHD":
            try:
                value = json.loads(_json_of(data))
                edit(value)
                text = json.dumps(value).encode("utf-8", "surrogatepass")
            except (ValueError, LookupError, TypeError, RecursionError, struct.error, zlib.error):
                return
            chunks[at] = (name, _with_json(data, text))
            return


def _find(chunks: Chunks, name: bytes, random: Random) -> int:
    """Return the place of a chunk of this name, or any where there is none."""
    places = [at for at, chunk in enumerate(chunks) if chunk[0] == name]
    return random.choice(places or range(len(chunks)))


CHANGES: tuple[Change, ...] = (_content, _order, _image_header, _header, _header, _piece, _pixels)
