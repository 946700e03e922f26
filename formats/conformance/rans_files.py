"""Files with streams of the coding rANS, good and bad.

The payloads were made by the library; a second reader in the tests, which is written from SPEC.md
alone, finds the same arrays in them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from cases import Cases, bad
from parts import Chunks, Integers, Part, file_chunks, plane

SPARSE = bytes.fromhex(
    "1615cc30974d01c8aa3d3a0d005ab076000c9afb04d2163940bba14d21c37c0200903b1500d92eb433000001"
    "000000010000000100000001000000010000000100d70ffc40418b940158b4ca251e41febc9052310a9e9753"
    "26ba01a150bbfb65d4a8c0fcbf3b8297faacc31701041083e0cf03fac45e08e21cfb71e98f1aaad6b9de2671"
    "9ae70c6699365ff5026d06784b9ad745fe2fb5bef7"
)
PLANE = bytes.fromhex(
    "17ee7f4c8d4a494f0050d00b003c760700f0758e904f7502005a80010000a001002376e66b31ae0a3607aee4"
    "ac632908e99d68107601e84229fc679fab912b9aa9e0e8ee262de614ab5fe5ae6992ac54ea468d"
)
WIDE = bytes.fromhex(
    "215b1f42008e3efd0df6fe160009000100bffd327ed6fa46bfd3fe367f367f7abf60bf7abf87ff87ffaabf9d"
    "3f85ffabbf853fc13fd0ffc13fb2ffb2ffc67fe9bfef7ff9fff9ffe9bfe9bf142176577a4d1feabd882ccabf"
    "8cdcf9a2740b6e6b8ff48864e9eea8b5702cbf5ce27b6f8e108f66aa5ec4bc71ed2f78e97d2ffe1645990d2c"
    "e7050da7559eca5c1bdd"
)


def sparse() -> Integers:
    """Return small numbers, most of them 0, among them some large ones: int8 (24, 20)."""
    y, x = np.indices((24, 20))
    values = (x * x * 7 + y * y * 3 + x * y) % 23 - 11
    values[abs(values) > 3] = 0
    values[5:9, 4:9] *= 40
    return values.astype(np.int8)


def wide() -> Integers:
    """Return squares, uint16 (3, 4, 5)."""
    return np.arange(60, dtype=np.uint16).reshape(3, 4, 5) ** 2 * 9


def part(data: Integers, payload: bytes, name: str = "none", **keys: Any) -> Part:
    """Return a stream of this coding."""
    return Part(data, name, payload, keys={"coding": "rans"} | keys)


def good_rans() -> dict[str, tuple[str, Chunks]]:
    """Return a file of three streams, by name."""
    parts = [
        part(sparse(), SPARSE),
        part(plane(9, 11), PLANE, "paeth"),
        part(wide(), WIDE, "up"),
        Part(plane(), keys={"coding": "zstd"}),
    ]
    return {"rans": ("three streams coded with rANS, one that says zstd", file_chunks(parts=parts))}


def bad_rans() -> Cases:
    """Return files whose payload or header this coding does not allow."""

    def one(text: str, kind: str, payload: bytes, data: Integers | None = None) -> Any:
        part_ = part(sparse() if data is None else data, payload)
        return bad(text, kind, *file_chunks(parts=[part_]), picture=True)

    def header(text: str, **keys: Any) -> Any:
        return bad(text, "bad-header", *file_chunks(parts=[part(sparse(), SPARSE, **keys)]))

    least = b"\0\0\1\0"
    many = {"shape": [65537, 2], "raw_bytes": 131074}
    return {
        "rans-cut": one("a rANS payload without its last byte", "bad-payload", SPARSE[:-1]),
        "rans-long": one("a rANS payload with a byte behind it", "bad-payload", SPARSE + b"\0"),
        "rans-states": one("a rANS payload that ends in its states", "bad-payload", SPARSE[:50]),
        "rans-tokens-0": one("rANS without tokens", "bad-payload", b"\0" + SPARSE[1:]),
        "rans-tokens-24": one("24 tokens for 8 bits", "bad-payload", b"\x18" + SPARSE[1:]),
        "rans-state": one(
            "a first state under 65,536", "bad-payload", SPARSE[:3] + b"\0\0" + SPARSE[5:]
        ),
        "rans-last-state": one(
            *("a last state over 131,071", "bad-payload", b"\1\0\0\2\0"),
            np.zeros((1, 1), np.int8),
        ),
        "rans-bit": one(
            *("a raw bit that belongs to no element", "bad-payload", b"\1\1\0\1\0"),
            np.zeros((1, 1), np.int8),
        ),
        "rans-other": one(
            "a rANS payload of other elements",
            "stream-digest",
            b"\1" + least,
            np.ones((1, 1), "i1"),
        ),
        "rans-unknown-coding": header("a coding that nobody knows", coding="range"),
        "rans-of-too-many-elements": header(
            "200,000 elements of rANS from 153 bytes", shape=[200, 1000], raw_bytes=200_000
        ),
        "rans-split": bad(
            *("the filter split for rANS", "bad-header"),
            *file_chunks(parts=[part(wide(), WIDE, "split")]),
        ),
        "rans-in-alpha": bad(
            *("the coding rANS in the alpha channel", "bad-header"),
            *file_chunks(parts=[Part(plane(), None, keys={"coding": "rans"})], carrier="alpha"),
        ),
        "rans-null": header("the coding null", coding=None),
        "rans-of-too-many-lines": header("131,074 lines for rANS", **many),
    }
