"""Files whose header is not the JSON that it must be, or states what it must not."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from cases import IEND, IHDR, PLAIN, VALUE, Bad, Cases, bad
from good_files import source_alpha
from parts import header_chunk


def headers() -> Cases:
    """Return files whose header has a wrong, missing or contradictory value."""
    stream = VALUE["streams"][0]

    def top(**keys: Any) -> dict[str, Any]:
        return VALUE | keys

    def one(**keys: Any) -> dict[str, Any]:
        return top(streams=[stream | keys])

    def lost(key: str) -> dict[str, Any]:
        return {name: value for name, value in VALUE.items() if name != key}

    alpha = stream | {"storage": "alpha", "filter": None, "compressed_bytes": 0}
    big = {"hr_size": [200_000, 200_000], "scale": 64, "lr_size": [3125, 3125]}
    huge = {"shape": [2**31 - 1, 2**31 - 1], "raw_bytes": (2**31 - 1) ** 2}
    values = {
        **{f"no-{key}".replace("_", "-"): lost(key) for key in VALUE},
        "scale-0": top(scale=0),
        "scale-65": top(scale=65),
        "scale-true": top(scale=True),
        "scale-text": top(scale="2"),
        "scale-2-0": top(scale=2.0),
        "hr-size-3": top(hr_size=[10, 13, 3]),
        "hr-size-negative": top(hr_size=[-10, 13]),
        "hr-size-2-31": top(hr_size=[2**31, 13]),
        "lr-size": top(lr_size=[7, 5]),
        "lr-size-of-another-scale": top(scale=3),
        "digest-upper-case": top(lr_sha256=VALUE["lr_sha256"].upper()),
        "digest-short": top(lr_sha256=VALUE["lr_sha256"][1:]),
        "model-null": top(model=None),
        "model-path": top(model=VALUE["model"] | {"id": "../../etc/passwd"}),
        "model-name-empty": top(model=VALUE["model"] | {"id": ""}),
        "model-name-129": top(model=VALUE["model"] | {"id": "a" * 129}),
        "carrier": top(carrier="smoke"),
        "none-with-stream": top(carrier="none"),
        "chunk-without-stream": top(streams=[]),
        "streams-object": top(streams={}),
        "stream-number": top(streams=[1]),
        "stream-twice": top(streams=[stream, stream]),
        "step-0": one(step=0),
        "step-negative": one(step=-1.0),
        "step-huge": one(step=10**400),
        "offset-text": one(offset="0"),
        "dtype-float32": one(dtype="float32"),
        "dtype-big-endian": one(dtype=">u2"),
        "filter-average": one(filter="average"),
        "filter-null": one(filter=None),
        "split-of-8-bits": one(filter="split"),
        "paeth-of-16-bits": one(filter="paeth", dtype="int16", raw_bytes=70),
        "shape-empty": one(shape=[]),
        "shape-0": one(shape=[5, 0]),
        "shape-9-axes": one(shape=[1] * 7 + [5, 7]),
        "shape-overflow": one(shape=[2**31 - 1] * 8),
        "raw-bytes": one(raw_bytes=36),
        "compressed-bytes-0": one(compressed_bytes=0),
        "compressed-bytes-negative": one(compressed_bytes=-1),
        "alpha-with-chunk": top(streams=[alpha]),
        "chunk-with-alpha": top(carrier="alpha"),
        "alpha-twice": top(carrier="alpha", streams=[alpha, alpha | {"name": "b"}]),
        "alpha-filter": top(carrier="alpha", streams=[alpha | {"filter": "none"}]),
        "alpha-int8": top(carrier="alpha", streams=[alpha | {"dtype": "int8"}]),
        "alpha-shape": top(carrier="alpha", streams=[alpha | {"shape": [7, 5]}]),
        "alpha-compressed-bytes": top(carrier="alpha", streams=[alpha | {"compressed_bytes": 1}]),
    }
    alpha_of_source = source_alpha(np.uint8).entry("")
    values |= {
        "source-null": top(source=None),
        "source-color": top(source={"color": "cmyk", "bit_depth": 8}),
        "source-bit-depth": top(source={"color": "rgb", "bit_depth": 12}),
        "source-without-color": top(source={"bit_depth": 8}),
        "source-alpha-first": top(streams=[alpha_of_source, stream]),
        "source-alpha-shape": one(name="source-alpha"),
        "source-alpha-depth": top(
            streams=[alpha_of_source], source={"color": "rgb", "bit_depth": 16}
        ),
        "source-alpha-step": top(streams=[alpha_of_source | {"step": 1.0}]),
    }
    cases = {
        f"header-{name}": bad(
            f"header: {name.replace('-', ' ')}", "bad-header", IHDR, header_chunk(value), *PLAIN[2:]
        )
        for name, value in values.items()
    }
    limits = {
        "limit-hr-pixels": ("an HR image of 40,000,000,000 pixels", top(**big)),
        "limit-payload": ("a stream of 4 EiB", one(**huge)),
        "limit-compressed": ("a frame of 8 EiB", one(compressed_bytes=2**63 - 1)),
        "limit-streams": (
            "65 streams",
            top(streams=[stream | {"name": f"s{index}"} for index in range(65)]),
        ),
    }
    for name, (text, value) in limits.items():
        cases[name] = bad(text, "limit", IHDR, header_chunk(value), *PLAIN[2:])
    kind = "size-mismatch limit"
    cases["limit-hr-pixels"] = cases["limit-hr-pixels"]._replace(kinds=tuple(kind.split()))
    wide = (b"IHDR", (2**31 - 1).to_bytes(4, "big") * 2 + IHDR[1][8:])
    cases["limit-pixels"] = bad(
        "a picture of 4,611,686,014,132,420,609 pixels", kind, wide, *PLAIN[1:]
    )
    many = [(b"tEXt", b"a\0b")] * 1001
    cases["limit-chunks"] = bad(
        "1001 chunks of metadata", "limit", *PLAIN[:4], *many, IEND, picture=True
    )
    return cases


def texts() -> Cases:
    """Return files whose header chunk is not the JSON that it must be."""
    text = json.dumps(VALUE, separators=(",", ":"))
    data = text.encode()

    def nested(levels: int) -> bytes:
        return f'{text[:-1]},"x":{"[" * (levels - 1)}{"]" * (levels - 1)}}}'.encode()

    values = {
        "empty": b"",
        "array": b"[]",
        "null": b"null",
        "bom": b"\xef\xbb\xbf" + data,
        "utf-16": text.encode("utf-16"),
        "latin-1": (text[:-1] + ',"x":"\u00fc"}').encode("latin-1"),
        "surrogate": data[:-1] + b',"x":"\xed\xa0\x80"}',
        "cut": data[:-1],
        "trailing": data + b"{}",
        "zero-byte": data + b"\0",
        "nan": data.replace(b'"offset":0.0', b'"offset":NaN'),
        "infinity": data[:-1] + b',"x":-Infinity}',
        "overflow": data[:-1] + b',"x":1e999}',
        "comment": b"/* */" + data,
        "comma": data[:-1] + b",}",
        "single-quotes": data.replace(b'"', b"'"),
        "leading-zero": data.replace(b'"scale":2', b'"scale":02'),
        "control-character": data[:-1] + b',"x":"\n"}',
        "twice": data.replace(b'"scale":2', b'"scale":2,"scale":2'),
        "twice-escaped": data.replace(b'"scale":2', b'"scale":2,"\\u0073cale":3'),
        "twice-within": data[:-1] + b',"x":[{"a":1,"a":1}]}',
        "33-levels": nested(33),
        "1500-levels": nested(1500),
    }
    cases = {
        f"json-{name}": bad(f"JSON: {name}", "bad-header", IHDR, header_chunk(value), *PLAIN[2:])
        for name, value in values.items()
    }

    def raw(text: str, kind: str, content: bytes) -> Bad:
        return bad(text, kind, IHDR, (b"rsHD", content), *PLAIN[2:])

    long = b" " * 65_537
    return cases | {
        "version-0": raw("version 0", "version", b"RESCODEC\0" + data),
        "version-2": raw("version 2, whose content is not JSON", "version", b"RESCODEC\2CBOR"),
        "version-255": raw("version 255 and nothing more", "version", b"RESCODEC\xff"),
        "version-2-long": raw("version 2 with a long header", "version", b"RESCODEC\2" + long),
        "no-version": raw("the chunk ends before the version", "bad-header", b"RESCODEC"),
        "foreign-header": raw("rsHD of another program", "no-header", b"rescodec\1" + data),
        "foreign-header-empty": raw("an empty rsHD", "no-header", b""),
    }
