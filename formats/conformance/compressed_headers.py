"""Files whose header is compressed: some that every reader must read, and some that it must not."""

from __future__ import annotations

import json
import struct
import zlib

from cases import IHDR, PLAIN, VALUE, Cases, bad
from parts import Chunks, Part, file_chunks, header_chunk, plane

TEXT = json.dumps(VALUE, separators=(",", ":")).encode()
STREAM = zlib.compress(TEXT, 9)
MOST = 65_536


def with_header(content: bytes) -> Chunks:
    """Return the plain file with other bytes behind the version of its header."""
    return [IHDR, header_chunk(content), *PLAIN[2:]]


def long(size: int) -> bytes:
    """Return the JSON of the plain file with blanks behind it."""
    return TEXT.ljust(size)


def deflated(text: bytes, *, level: int = 9, window: int = 15, dictionary: bytes = b"") -> bytes:
    """Return a zlib stream with whatever window and preset dictionary are wanted."""
    if dictionary:
        deflate = zlib.compressobj(level, zlib.DEFLATED, window, zdict=dictionary)
    else:
        deflate = zlib.compressobj(level, zlib.DEFLATED, window)
    return deflate.compress(text) + deflate.flush()


def good_compressed() -> dict[str, tuple[str, Chunks]]:
    """Return files whose header is compressed, and one that might be."""
    many = file_chunks(parts=[Part(plane()[:, : 1 + index]) for index in range(7)] * 3)
    name, content = many[1]
    return {
        "compressed-header": (
            "a compressed header of 21 streams",
            [many[0], (name, content[:9] + zlib.compress(content[9:], 9)), *many[2:]],
        ),
        "compressed-header-small": (
            "a compressed header whose JSON is short enough to stay as it is",
            with_header(STREAM),
        ),
        "compressed-header-stored": (
            "a header that is a zlib stream without compression",
            with_header(zlib.compress(TEXT, 0)),
        ),
        "compressed-header-longest": (
            "a compressed header of 65,536 bytes of JSON",
            with_header(zlib.compress(long(MOST), 9)),
        ),
        "long-header": (
            "a header of 21 streams that is not compressed",
            many,
        ),
    }


def bad_compressed() -> Cases:
    """Return files whose compressed header is damaged, too long or not JSON."""
    wrong_sum = struct.pack(">I", zlib.adler32(TEXT) ^ 1)
    values = {
        "empty": ("nothing behind the first byte", STREAM[:1]),
        "cut": ("cut in the middle", STREAM[: len(STREAM) // 2]),
        "cut-checksum": ("its checksum is cut short", STREAM[:-1]),
        "without-checksum": ("its checksum is missing", STREAM[:-4]),
        "checksum": ("its checksum is wrong", STREAM[:-4] + wrong_sum),
        "damaged": ("a block of a type that does not exist", STREAM[:2] + b"\x07" + STREAM[3:]),
        "check-bits": ("the check bits of its start are wrong", b"x\0" + STREAM[2:]),
        "trailing": ("a byte behind its end", STREAM + b"\0"),
        "twice": ("a second stream behind its end", STREAM + STREAM),
        "nested": ("a zlib stream within it", zlib.compress(STREAM, 9)),
        "dictionary": ("a preset dictionary", deflated(TEXT, dictionary=TEXT)),
        "window": ("a window that makes it begin otherwise", deflated(TEXT, window=14)),
        "raw-deflate": ("without the wrapping of zlib", deflated(TEXT, window=-15)),
        "gzip": ("the wrapping of gzip", deflated(TEXT, window=31)),
        "not-zlib": ("x and then JSON", b"x" + TEXT),
        "not-json": ("a word, and no JSON", zlib.compress(b"rescodec", 9)),
        "no-json": ("of no bytes", zlib.compress(b"", 9)),
        "json-cut": ("JSON that is cut short", zlib.compress(TEXT[:-1], 9)),
        "utf-16": ("UTF-16", zlib.compress(TEXT.decode().encode("utf-16"), 9)),
        "scale-0": ("scale 0", zlib.compress(TEXT.replace(b'"scale":2', b'"scale":0'), 9)),
    }
    cases = {
        f"compressed-header-{name}": bad(
            f"compressed header: {text}", "bad-header", *with_header(value)
        )
        for name, (text, value) in values.items()
    }
    limits = {
        "limit-compressed-header": ("of 65,537 bytes of JSON", MOST + 1),
        "limit-compressed-header-bomb": ("of 4 MiB of JSON", 4 * 2**20),
    }
    for name, (text, size) in limits.items():
        value = zlib.compress(long(size), 9)
        cases[name] = bad(f"a compressed header {text}", "limit", *with_header(value))
    return cases
