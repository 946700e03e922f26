"""Files whose pixels are damaged, edited or not allowed."""

from __future__ import annotations

import zlib

import numpy as np
from cases import IDAT, IHDR, Bad, Cases, bad
from parts import Chunks, Part, file_chunks, image_chunks, picture, plane


def pixels() -> Cases:
    """Return files whose pixels are damaged, edited or not allowed."""
    lr = picture()
    other = lr.copy()
    other[2, 3, 1] ^= 1
    samples, alpha = np.arange(35).reshape(5, 7), plane()
    rgba = np.dstack((lr, alpha))
    lines = zlib.decompress(IDAT[1])
    indexed = image_chunks(samples, 3)

    def case(
        text: str, kind: str, image: Chunks, *, carrier: str = "chunk", seen: bool = False
    ) -> Bad:
        parts = [Part(alpha, None if carrier == "alpha" else "none")]
        return bad(text, kind, *file_chunks(lr, parts, carrier, image=image), picture=seen)

    cases = {
        "idat-garbage": case("no zlib stream", "bad-pixels", [IHDR, (b"IDAT", b"\0" * 40)]),
        "idat-empty": case("empty pixel data", "bad-pixels", [IHDR, (b"IDAT", b"")]),
        "idat-cut": case(
            "the zlib stream ends early", "bad-pixels", [IHDR, (b"IDAT", IDAT[1][:30])]
        ),
        "idat-short": case(
            "one scanline is missing", "bad-pixels", [IHDR, (b"IDAT", zlib.compress(lines[:-22]))]
        ),
        "scanline-filter": case(
            *("a scanline with filter 5", "bad-pixels"),
            [IHDR, (b"IDAT", zlib.compress(b"\5" + lines[1:]))],
        ),
        "no-palette": case("the palette is missing", "bad-png", indexed),
        "palette-of-4-bytes": case(
            "a palette of 4 bytes", "bad-png", [indexed[0], (b"PLTE", b"abcd"), indexed[1]]
        ),
        "palette-of-257": case(
            "a palette of 257 colours", "bad-png", [indexed[0], (b"PLTE", bytes(771)), indexed[1]]
        ),
        "index-without-color": case(
            *("pixels name a colour that the palette lacks", "bad-pixels"),
            [indexed[0], (b"PLTE", bytes(99)), indexed[1]],
        ),
        "trns-longer-than-palette": case(
            *("tRNS is longer than the palette", "bad-png"),
            [indexed[0], (b"PLTE", bytes(105)), (b"tRNS", bytes(36)), indexed[1]],
        ),
        "trns-length": case(
            "tRNS of 5 bytes for RGB", "bad-png", [IHDR, (b"tRNS", bytes(5)), IDAT]
        ),
        "resized": case(
            "one row fewer than the header states", "size-mismatch", image_chunks(lr[:-1], 2)
        ),
        "rotated": case(
            "height and width are exchanged",
            "size-mismatch",
            image_chunks(lr.transpose(1, 0, 2), 2),
        ),
        "edited": case(
            "one bit of one pixel was changed", "lr-digest", image_chunks(other, 2), seen=True
        ),
        "edited-alpha": case(
            *("one bit of the alpha channel was changed", "stream-digest"),
            image_chunks(np.dstack((lr, alpha ^ (np.arange(7) == 3))), 6),
            carrier="alpha",
            seen=True,
        ),
        "alpha-gone": case(
            "the alpha channel is gone",
            "missing-payload",
            image_chunks(lr, 2),
            carrier="alpha",
            seen=True,
        ),
        "translucent": case(
            *("the picture is translucent, its carrier is chunk", "unexpected-alpha"),
            image_chunks(rgba, 6),
            seen=True,
        ),
        "translucent-key": case(
            *("tRNS makes one pixel of an opaque picture transparent", "unexpected-alpha"),
            [IHDR, (b"tRNS", lr[1, 1].astype(">u2").tobytes()), IDAT],
            seen=True,
        ),
    }
    for color, name in ((0, "grey"), (2, "rgb"), (4, "grey-alpha"), (6, "rgba")):
        deep = (
            np.dstack((lr, alpha)).astype(np.uint16)[..., : {0: 1, 2: 3, 4: 2, 6: 4}[color]] * 257
        )
        cases[f"16-bit-{name}"] = case(
            f"16-bit samples, {name}", "unsupported-pixels", image_chunks(deep, color, bits=16)
        )
    return cases
