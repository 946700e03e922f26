"""Files whose payload is lost, mixed up, damaged or not as it must be."""

from __future__ import annotations

import numpy as np
from cases import CONTENT, IEND, PIECE, PLAIN, Bad, Cases, bad
from parts import (
    Part,
    file_chunks,
    filtered,
    frame,
    image_chunks,
    picture,
    plane,
    raw_frame,
)


def payloads() -> Cases:
    """Return files whose pieces are not those that the header asks for."""
    content = PIECE[1][6:]

    def pieces(*chunks: bytes) -> list[tuple[bytes, bytes]]:
        return [*PLAIN[:3], *((b"rsPL", data) for data in chunks), IEND]

    def case(text: str, kind: str, *chunks: bytes) -> Bad:
        return bad(text, kind, *pieces(*chunks), picture=True)

    first, second = b"\0\0\0\0\0\2" + content[:9], b"\0\0\0\1\0\2" + content[9:]
    beyond = b"\0\0\0\2\0\2" + content[:1]
    alpha = file_chunks(
        picture(),
        [Part(plane(), None)],
        "alpha",
        image=image_chunks(np.dstack((picture(), plane())), 6),
    )
    other = plane() ^ 1
    return {
        "payload-gone": case("all payload chunks are gone", "missing-payload"),
        "piece-gone": case("the second of two pieces is gone", "missing-piece", first),
        "first-piece-gone": case("the first of two pieces is gone", "missing-piece", second),
        "piece-twice": case("a piece occurs twice", "duplicate-piece", first, first, second),
        "piece-beyond": case("a third of two pieces", "unexpected-piece", first, second, beyond),
        "pieces-0": case("a piece of none", "unexpected-piece", b"\0\0\0\0\0\0" + content),
        "piece-of-no-stream": case(
            "a piece of stream 1 of 1", "unexpected-piece", PIECE[1], b"\0\1\0\0\0\1x"
        ),
        "piece-of-alpha": bad(
            *("a piece of a stream in the alpha channel", "unexpected-piece"),
            *(*alpha[:-1], (b"rsPL", b"\0\0\0\0\0\1x"), IEND),
            picture=True,
        ),
        "pieces-disagree": case(
            *("two pieces state other numbers of pieces", "bad-payload"),
            *(first, b"\0\0\0\1\0\3" + content[9:]),
        ),
        "piece-empty": case("a piece without content", "bad-payload", PIECE[1][:6]),
        "piece-headless": case("a piece of 3 bytes", "bad-payload", PIECE[1][:3]),
        "payload-long": case("a payload of one byte too many", "bad-payload", PIECE[1] + b"\0"),
        "payload-short": case("a payload of one byte too few", "bad-payload", PIECE[1][:-1]),
        "payload-stale": bad(
            *("a payload of the same length that belongs to another file", "stream-digest"),
            *file_chunks(parts=[Part(plane(), frame=raw_frame(filtered("none", other)))]),
            picture=True,
        ),
        "wrong-filter": bad(
            *("the frame was filtered otherwise than the header says", "stream-digest"),
            *file_chunks(parts=[Part(plane(), "sub", frame(CONTENT))]),
            picture=True,
        ),
        "swapped-streams": bad(
            *("two streams of one shape have each other's digest", "stream-digest"),
            *file_chunks(
                parts=[
                    Part(plane(), frame=frame(filtered("none", other))),
                    Part(other, frame=frame(CONTENT)),
                ]
            ),
            picture=True,
        ),
    }


def frames() -> Cases:
    """Return files whose zstd frame is not as it must be."""
    whole = frame(CONTENT)
    skippable = b"\x50\x2a\x4d\x18\x04\0\0\0skip"
    values: dict[str, tuple[str, bytes]] = {
        "garbage": ("no zstd frame", b"\0" * 40),
        "skippable-first": ("a skippable frame precedes the frame", skippable + whole),
        "skippable-behind": ("a skippable frame follows the frame", whole + skippable),
        "two": (
            "two frames that together have the right size",
            frame(CONTENT[:9]) + frame(CONTENT[9:]),
        ),
        "trailing": ("a byte follows the frame", whole + b"\0"),
        "cut": ("the frame ends early", whole[:-5]),
        "no-checksum": ("the frame has no checksum", raw_frame(CONTENT, checksum=False)),
        "checksum": ("the checksum of the frame is wrong", whole[:-1] + bytes([whole[-1] ^ 1])),
        "no-size": ("the frame does not state its content size", raw_frame(CONTENT, size=None)),
        "size-too-large": ("the frame states one byte too many", raw_frame(CONTENT, size=36)),
        "size-too-small": ("the frame states one byte too few", raw_frame(CONTENT, size=34)),
        "content-too-short": (
            "the content is one byte shorter than stated",
            raw_frame(CONTENT[:-1], size=35),
        ),
        "content-too-long": (
            "the content is one byte longer than stated",
            raw_frame(CONTENT + b"\0", size=35),
        ),
        "dictionary": ("the frame needs a dictionary", raw_frame(CONTENT, dictionary=True)),
        "reserved-bit": ("a reserved bit of the frame is set", raw_frame(CONTENT, reserved=True)),
        "bomb": ("a frame of 64 MiB for a stream of 35 bytes", frame(bytes(2**26))),
    }

    def case(text: str, kind: str, data: bytes) -> Bad:
        return bad(text, kind, *file_chunks(parts=[Part(plane(), frame=data)]), picture=True)

    cases = {
        f"frame-{name}": case(text, "bad-payload", data) for name, (text, data) in values.items()
    }
    cases["frame-window"] = case(
        "a window of 16 MiB for a stream of 35 bytes", "limit", raw_frame(CONTENT, window_log=24)
    )
    return cases
