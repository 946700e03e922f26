"""Files that are cut, are no proper PNGs, or have chunks in the wrong place."""

from __future__ import annotations

from cases import HEADER, IDAT, IEND, IHDR, PIECE, PLAIN, WHOLE, Bad, Cases, bad, damaged
from parts import join


def whole_files() -> Cases:
    """Return files that are cut, or that begin as another format."""
    cases = {
        "empty": Bad("no bytes at all", ("not-png",), b""),
        "signature-only": Bad("the signature of a PNG alone", ("truncated",), WHOLE[:8]),
        "half-signature": Bad("half of the signature of a PNG", ("not-png",), WHOLE[:5]),
        "jpeg": Bad("a JPEG, as far as can be told", ("not-png",), b"\xff\xd8\xff\xe0\0\x10JFIF\0"),
        "text-mode": Bad(
            "line ends were translated, as file transfers in text mode do",
            ("not-png",),
            WHOLE.replace(b"\r\n", b"\n"),
        ),
    }
    for name, keep, readable in (
        ("ihdr", [], False),
        ("header", [IHDR], False),
        ("pixels", [IHDR, HEADER], False),
        ("payload", [IHDR, HEADER, IDAT], True),
    ):
        whole = join([*keep, PLAIN[len(keep)]])
        cases[f"cut-in-{name}"] = Bad(
            f"the file ends within {PLAIN[len(keep)][0].decode()}",
            ("truncated",),
            whole[:-9],
            readable,
        )
    cases["cut-before-iend"] = bad("IEND is missing", "truncated", *PLAIN[:4], picture=True)
    return cases


def pngs() -> Cases:
    """Return files that are no proper PNGs, or hold chunks in the wrong place."""
    head = IHDR[1]
    cases = {
        "crc-ihdr": bad("checksum of IHDR", "crc", damaged(IHDR), *PLAIN[1:]),
        "crc-header": bad("checksum of rsHD", "crc", IHDR, damaged(HEADER), *PLAIN[2:]),
        "crc-idat": bad("checksum of IDAT", "crc", *PLAIN[:2], damaged(IDAT), *PLAIN[3:]),
        "crc-piece": bad("checksum of rsPL", "crc", *PLAIN[:3], damaged(PIECE), IEND, picture=True),
        "crc-iend": bad("checksum of IEND", "crc", *PLAIN[:4], damaged(IEND), picture=True),
        "chunk-name": bad(
            *("a chunk's name has a digit", "bad-chunk", *PLAIN[:4], (b"rsP1", b""), IEND),
            picture=True,
        ),
        "chunk-length": bad(
            "a chunk of 4 GiB", "bad-chunk", *PLAIN[:4], b"\xff\xff\xff\xfftEXt", IEND, picture=True
        ),
        "chunk-length-stated": bad(
            *(
                "a chunk of 2 GiB, as it says",
                "truncated limit",
                *PLAIN[:4],
                b"\x7f\xff\xff\xfftEXt",
            ),
            picture=True,
        ),
        "no-ihdr": bad("IHDR is missing", "bad-png", *PLAIN[1:]),
        "two-ihdr": bad("two IHDR", "bad-png", IHDR, *PLAIN),
        "long-ihdr": bad("IHDR of 14 bytes", "bad-png", (b"IHDR", head + b"\0"), *PLAIN[1:]),
        "critical": bad("an unknown critical chunk", "bad-png", IHDR, (b"CrIt", b""), *PLAIN[1:]),
        "critical-behind": bad(
            *("an unknown critical chunk behind the pixels", "bad-png"),
            *(*PLAIN[:4], (b"CrIt", b""), IEND),
            picture=True,
        ),
        "iend-with-data": bad(
            "IEND is not empty", "bad-png", *PLAIN[:4], (b"IEND", b"x"), picture=True
        ),
        "no-idat": bad("no pixel data", "bad-png", IHDR, HEADER, IEND),
        "two-palettes": bad(
            "two palettes", "bad-png", IHDR, HEADER, *[(b"PLTE", b"abc")] * 2, *PLAIN[2:]
        ),
        "palette-behind": bad(
            *("the palette stands behind the pixels", "chunk-order"),
            *(*PLAIN[:3], (b"PLTE", b"abc"), *PLAIN[3:]),
            picture=True,
        ),
        "trns-behind": bad(
            *("tRNS stands behind the pixels", "chunk-order"),
            *(*PLAIN[:3], (b"tRNS", bytes(6)), *PLAIN[3:]),
            picture=True,
        ),
        "idat-apart": bad(
            *("another chunk stands between the IDAT chunks", "chunk-order bad-pixels"),
            *(*PLAIN[:2], (b"IDAT", IDAT[1][:9]), (b"tEXt", b"a\0b"), (b"IDAT", IDAT[1][9:])),
            *PLAIN[3:],
        ),
        "piece-before-idat": bad(
            "a payload chunk stands before the pixels",
            "chunk-order",
            IHDR,
            HEADER,
            PIECE,
            IDAT,
            IEND,
        ),
        "header-behind": bad(
            "the header stands behind the pixels", "chunk-order", IHDR, IDAT, HEADER, PIECE, IEND
        ),
        "no-header": bad("a PNG without header", "no-header", IHDR, IDAT, IEND),
        "two-headers": bad("two headers", "duplicate-header", IHDR, HEADER, *PLAIN[1:]),
        "second-header-behind": bad(
            *("a second header behind the pixels", "duplicate-header", *PLAIN[:4], HEADER, IEND),
            picture=True,
        ),
    }
    for name, at, new in (
        *(("width-0", 0, bytes(4)), ("height-0", 4, bytes(4)), ("width-2-31", 0, b"\x80\0\0\0")),
        *(("depth-3", 8, b"\3"), ("depth-4-rgb", 8, b"\4"), ("color-5", 9, b"\5")),
        *(("compression", 10, b"\1"), ("filtering", 11, b"\1"), ("interlacing", 12, b"\2")),
    ):
        edited = head[:at] + new + head[at + len(new) :]
        cases[f"ihdr-{name}"] = bad(
            f"IHDR with {name.replace('-', ' ')}", "bad-png", (b"IHDR", edited), *PLAIN[1:]
        )
    return cases
