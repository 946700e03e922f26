"""Files with a residual: some that every reader must read, and some that it must refuse."""

from __future__ import annotations

from typing import Any

import numpy as np
from cases import Cases, bad
from parts import Chunks, Integers, Part, file_chunks, image_chunks, picture, plane

# The files have a picture of 5 x 7, and so an original of 10 x 13.
SIZE = (10, 13)
DIGEST = {"hr_sha256": "fedcba9876543210" * 4}
GREY_16 = {"source": {"color": "grey", "bit_depth": 16}}
SMALL = np.arange(390).reshape(10, 39) % 5 - 2
LARGE = np.arange(390).reshape(10, 39) * 29 % 256 - 128
DEEP = np.arange(130).reshape(10, 13) * 1871 % 65536 - 32768


def residual(values: Integers, *, deep: bool = False) -> list[Part]:
    """Return the streams of a residual, SPEC.md section 5.

    Args:
        values: (height, width * channels), within 8 or 16 bits.
        deep: whether they have 16 bits.
    """
    low = ((values + 128) % 256 - 128) * deep
    high = (values - low) // 256 if deep else values
    high = (high + 128) % 256 - 128
    escaped = abs(high) > 2
    digits = np.where(escaped, 5, high + 2)
    digits = np.pad(digits, ((0, 0), (0, -digits.shape[1] % 3)), constant_values=2)
    packed = digits[:, ::3] + 6 * digits[:, 1::3] + 36 * digits[:, 2::3]
    parts = [part("residual", packed.astype(np.uint8))]
    if escaped.any():
        parts.append(part("residual-escapes", high[escaped].astype(np.int8)))
    if deep:
        parts.append(part("residual-low", low.astype(np.int8)))
    return parts


def part(name: str, data: Integers, **keys: Any) -> Part:
    """Return a stream under a name of its own that counts in steps of 1."""
    return Part(data, keys={"name": name, "step": 1.0} | keys)


def good_lossless() -> dict[str, tuple[str, Chunks]]:
    """Return files that are lossless."""
    rgba = np.dstack((picture(), plane()))
    alpha = Part(np.zeros(SIZE, np.uint8), keys={"name": "source-alpha", "step": 1 / 255})
    return {
        "lossless": (
            "lossless: a residual with values beyond -2 to 2, behind the plane of the model",
            file_chunks(parts=[Part(plane()), *residual(LARGE)], keys=DIGEST),
        ),
        "lossless-small": (
            "lossless: a residual within -2 to 2 alone; its model has no payload",
            file_chunks(parts=residual(SMALL), keys=DIGEST),
        ),
        "lossless-grey-16": (
            "lossless: greyscale of 16 bits, whose rows are no multiple of three samples",
            file_chunks(parts=residual(DEEP, deep=True), keys=DIGEST | GREY_16),
        ),
        "lossless-alpha": (
            "lossless: carrier alpha, and a source with an alpha channel",
            file_chunks(
                picture(),
                [Part(plane(), None), *residual(LARGE), alpha],
                "alpha",
                image=image_chunks(rgba, 6),
                keys=DIGEST,
            ),
        ),
    }


def bad_lossless() -> Cases:
    """Return files whose residual is not as it must be."""
    packed, escapes = residual(LARGE)
    headers: dict[str, tuple[str, list[Part], dict[str, Any]]] = {
        "no-residual": ("a digest without a residual", [Part(plane())], DIGEST),
        "no-digest": ("a residual without the digest", [packed, escapes], {}),
        "digest-null": ("a digest that is null", [packed, escapes], {"hr_sha256": None}),
        "escapes-alone": ("escapes without a residual", [escapes], DIGEST),
        "order": ("the escapes stand before the residual", [escapes, packed], DIGEST),
        "before-plane": (
            "the residual stands before the plane",
            [packed, escapes, Part(plane())],
            DIGEST,
        ),
        "shape": (
            "a residual of one column too few",
            [part("residual", packed.data[:, 1:]), escapes],
            DIGEST,
        ),
        "dtype": ("a signed residual", [part("residual", packed.data.view(np.int8))], DIGEST),
        "step": (
            "a residual in steps of 2",
            [part("residual", packed.data, step=2), escapes],
            DIGEST,
        ),
        "escapes-too-many": (
            "more escapes than samples",
            [packed, part("residual-escapes", np.zeros(391, np.int8))],
            DIGEST,
        ),
        "low-missing": ("16 bits without the low part", residual(DEEP)[:2], DIGEST | GREY_16),
        "low-of-8-bits": (
            "8 bits with a low part",
            [packed, escapes, part("residual-low", SMALL.astype(np.int8))],
            DIGEST,
        ),
    }
    payloads = {
        "byte-216": ("a byte over 215", [part("residual", packed.data | 0xD8), escapes]),
        "escapes-missing": ("digits of 5, but no escapes", [packed]),
        "escape-missing": (
            "one escape too few",
            [packed, part("residual-escapes", escapes.data[1:])],
        ),
        "escape-left": (
            "one escape too many",
            [packed, part("residual-escapes", np.append(escapes.data, np.int8(9)))],
        ),
    }
    return {
        f"lossless-{name}": bad(text, "bad-header", *file_chunks(parts=parts, keys=keys))
        for name, (text, parts, keys) in headers.items()
    } | {
        f"lossless-{name}": bad(
            text, "bad-payload", *file_chunks(parts=parts, keys=DIGEST), picture=True
        )
        for name, (text, parts) in payloads.items()
    }
