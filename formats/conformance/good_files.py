"""Files that every reader must read, by name: what they are, and their bytes."""

from __future__ import annotations

import json
import zlib
from typing import Any

import numpy as np
from compressed_headers import good_compressed
from lossless_files import good_lossless
from parts import (
    Chunks,
    Integers,
    Part,
    file_chunks,
    filtered,
    frame,
    header,
    header_chunk,
    image_chunks,
    join,
    picture,
    plane,
    raw_frame,
)
from rans_files import good_rans

Files = dict[str, tuple[str, bytes]]
RNG = np.random.default_rng(4)


def good_files() -> Files:
    """Return all of them, by name: a description and the bytes."""
    return {
        f"good-{name}": (text, data if isinstance(data, bytes) else join(data))
        for name, (text, data) in (
            *pixel_files().items(),
            *alpha_files().items(),
            *stream_files().items(),
            *source_files().items(),
            *odd_files().items(),
            *good_lossless().items(),
            *good_rans().items(),
            *good_compressed().items(),
        )
    }


def pixel_files() -> dict[str, tuple[str, Chunks]]:
    """Return opaque pictures of every colour type and bit depth."""
    files = {}
    for bits in (1, 2, 4, 8):
        for interlaced in (False, True):
            how = ", interlaced" if interlaced else ""
            end = f"{bits}-interlaced" if interlaced else str(bits)
            values = RNG.integers(0, 2**bits, (9, 11))
            grey = np.repeat((values * 255 // (2**bits - 1))[..., None], 3, 2).astype(np.uint8)
            image = image_chunks(values, 0, bits=bits, interlaced=interlaced)
            files[f"grey-{end}"] = (
                f"greyscale of {bits} bits{how}",
                file_chunks(grey, [Part(plane(9, 11))], image=image),
            )
            colors = RNG.integers(0, 256, (2**bits, 3)).astype(np.uint8)
            image = image_chunks(values, 3, bits=bits, interlaced=interlaced)
            image.insert(1, (b"PLTE", colors.tobytes()))
            files[f"palette-{end}"] = (
                f"palette of {bits} bits{how}",
                file_chunks(colors[values], [Part(plane(9, 11))], image=image),
            )
    lr = picture(9, 11)
    files["rgb-interlaced"] = (
        "RGB, interlaced",
        file_chunks(lr, [], "none", image=image_chunks(lr, 2, interlaced=True)),
    )
    files["rgb-with-palette"] = (
        "RGB with a suggested palette, which has no meaning",
        file_chunks(lr, [], "none", image=with_palette(image_chunks(lr, 2), b"\1\2\3")),
    )
    opaque = np.full((9, 11), 255, np.uint8)
    for carrier, parts in (("chunk", [Part(plane(9, 11))]), ("none", [])):
        files[f"{carrier}-opaque-alpha"] = (
            f"carrier {carrier} with an alpha channel that is 255 everywhere",
            file_chunks(lr, parts, carrier, image=image_chunks(np.dstack((lr, opaque)), 6)),
        )
    image = image_chunks(lr, 2)
    image.insert(1, (b"tRNS", bytes([0, 1, 0, 2, 0, 3])))
    files["trns-of-no-pixel"] = (
        "RGB whose tRNS names a colour that does not occur, so that the picture is opaque",
        file_chunks(lr, [], "none", image=image),
    )
    return files


def with_palette(image: Chunks, colors: bytes) -> Chunks:
    """Return the chunks of an image with PLTE."""
    return [image[0], (b"PLTE", colors), *image[1:]]


def alpha_files() -> dict[str, tuple[str, Chunks]]:
    """Return files whose first stream is the alpha channel, in every way that PNG has."""
    lr, alpha = picture(9, 11), plane(9, 11)
    grey = np.repeat(alpha[..., None] // 2, 3, 2)
    key = (lr == lr[4, 4]).all(axis=2)
    grey_key = grey[..., 0] == grey[2, 2, 0]
    indices = RNG.integers(0, 16, (9, 11))
    colors = RNG.integers(0, 256, (16, 3)).astype(np.uint8)
    values = np.append(RNG.integers(0, 256, 9), [255] * 7).astype(np.uint8)
    palette = with_palette(image_chunks(indices, 3, bits=4), colors.tobytes())
    rgba, color_key = np.dstack((lr, alpha)), lr[4, 4].astype(">u2").tobytes()

    def file(lr: Integers, alpha: Integers, image: Chunks, *more: Part) -> Chunks:
        parts = [Part(alpha.astype(np.uint8), None), *more]
        return file_chunks(lr.astype(np.uint8), parts, "alpha", image=image)

    def trns(image: Chunks, data: bytes) -> Chunks:
        return [*image[:-1], (b"tRNS", data), image[-1]]

    one_bit = image_chunks(indices % 2, 0, bits=1)
    black_and_white = np.repeat((indices % 2 * 255)[..., None], 3, 2)
    return {
        "alpha-rgba": ("RGBA", file(lr, alpha, image_chunks(rgba, 6))),
        "alpha-rgba-interlaced": (
            "RGBA, interlaced",
            file(lr, alpha, image_chunks(rgba, 6, interlaced=True)),
        ),
        "alpha-grey": (
            "greyscale with alpha",
            file(grey, alpha, image_chunks(np.dstack((grey[..., 0], alpha)), 4)),
        ),
        "alpha-palette": (
            "alpha by tRNS of a palette, shorter than it",
            file(colors[indices], values[indices], trns(palette, values[:9].tobytes())),
        ),
        "alpha-rgb-key": (
            "alpha by tRNS of RGB: one colour is transparent",
            file(lr, np.where(key, 0, 255), trns(image_chunks(lr, 2), color_key)),
        ),
        "alpha-grey-key": (
            "alpha by tRNS of greyscale: one grey is transparent; high bits of tRNS are set, which "
            "have no meaning",
            file(
                *(grey, np.where(grey_key, 0, 255)),
                trns(image_chunks(grey[..., 0], 0), bytes([0xFF, grey[2, 2, 0]])),
            ),
        ),
        "alpha-grey-key-1": (
            "alpha by tRNS of greyscale of 1 bit",
            file(black_and_white, (indices % 2 == 0) * 255, trns(one_bit, b"\0\1")),
        ),
        "alpha-dropped": (
            "carrier alpha without an alpha channel: the plane was 255 everywhere",
            file(lr, np.full((9, 11), 255), image_chunks(lr, 2)),
        ),
        "alpha-and-chunk": (
            "carrier alpha with a second stream in payload chunks",
            file(lr, alpha, image_chunks(rgba, 6), Part(alpha.astype(np.int16) - 200, "sub")),
        ),
        "alpha-filter-absent": (
            "the key filter of a stream in alpha is absent instead of null",
            without_filter(lr, alpha),
        ),
    }


def without_filter(lr: Integers, alpha: Integers) -> Chunks:
    """Return a file with carrier alpha whose stream has no key filter."""
    value = header(lr, [Part(alpha, None)], "alpha")
    del value["streams"][0]["filter"]
    image = image_chunks(np.dstack((lr, alpha)), 6)
    return [image[0], header_chunk(value), image[1], (b"IEND", b"")]


def stream_files() -> dict[str, tuple[str, Chunks]]:
    """Return files with payload streams of every type, filter, shape and kind of frame."""
    files = {}
    for dtype in ("uint8", "int8", "uint16", "int16"):
        info = np.iinfo(dtype)
        data = RNG.integers(info.min, info.max + 1, (4, 6)).astype(dtype)
        for name in ("none", "sub", "up", "paeth" if data.itemsize == 1 else "split"):
            files[f"{dtype}-{name}"] = (
                f"a stream of {dtype} with the filter {name}",
                file_chunks(parts=[Part(data, name)]),
            )
    shapes = [(1,), (17,), (1, 1, 1, 1, 1, 1, 1, 3), (2, 3, 4)]
    parts = [
        Part((np.arange(np.prod(shape)) % 50).astype(np.uint8).reshape(shape), name)
        for shape, name in zip(shapes, ("none", "sub", "up", "paeth"), strict=True)
    ]
    files["shapes"] = ("four streams of 1, 1, 8 and 3 axes", file_chunks(parts=parts))
    files["pieces"] = (
        "two streams of three pieces each, in reverse order, with a foreign chunk between them",
        shuffled(file_chunks(parts=[Part(plane(), "up", pieces=3), Part(plane(), pieces=3)])),
    )
    content = filtered("none", plane())
    files["frame-window"] = (
        "a zstd frame of one stored block with a window of 8 MiB",
        file_chunks(parts=[Part(plane(), frame=raw_frame(content, window_log=23))]),
    )
    same = np.full((40, 50), 7, np.uint8)
    files["frame-repeated-byte"] = (
        "a zstd frame of 2000 equal bytes",
        file_chunks(parts=[Part(same, frame=frame(same.tobytes()))]),
    )
    numbers = {"step": 3, "offset": -1e-300}
    files["integer-step"] = (
        "a step that is written without fraction, and a very small offset",
        file_chunks(parts=[Part(plane(), keys=numbers)]),
    )
    return files


def shuffled(chunks: Chunks) -> Chunks:
    """Reverse the payload chunks and put a foreign one between them."""
    pieces = [item for item in chunks if item[0] == b"rsPL"][::-1]
    others = [item for item in chunks if item[0] != b"rsPL"]
    return [*others[:-1], *pieces[:3], (b"tEXt", b"Note\0between"), *pieces[3:], others[-1]]


def source_files() -> dict[str, tuple[str, Chunks]]:
    """Return files that say what kind of picture they were made of."""
    lr, rgba = picture(), np.dstack((picture(), plane()))
    byte = source_alpha(np.uint8)
    word = source_alpha(np.uint16)
    deep = {"source": {"color": "rgb", "bit_depth": 16}}
    return {
        "source-grey": (
            "the source was greyscale of 8 bits",
            file_chunks(keys={"source": {"color": "grey", "bit_depth": 8}}),
        ),
        "source-grey-16": (
            "the source was greyscale of 16 bits; an unknown key says more",
            file_chunks(keys={"source": {"color": "grey", "bit_depth": 16, "gamma": 1}}),
        ),
        "source-alpha": (
            "the source had an alpha channel of 8 bits",
            file_chunks(parts=[Part(plane()), byte]),
        ),
        "source-alpha-alone": (
            "the source had an alpha channel, its model has no payload",
            file_chunks(parts=[byte]),
        ),
        "source-profile": (
            "the colour profile of a greyscale source, which must not stand in an RGB picture",
            profiled(file_chunks(keys={"source": {"color": "grey", "bit_depth": 8}})),
        ),
        "source-alpha-16": (
            "the source had an alpha channel of 16 bits; carrier alpha",
            file_chunks(
                lr, [Part(plane(), None), word], "alpha", image=image_chunks(rgba, 6), keys=deep
            ),
        ),
    }


def profiled(chunks: Chunks) -> Chunks:
    """Return a file with the colour profile of a greyscale source."""
    profile = b"ICC profile\0\0" + zlib.compress(bytes(16) + b"GRAYXYZ ")
    return [*chunks[:2], (b"rsIc", profile), *chunks[2:]]


def source_alpha(dtype: type[np.integer[Any]], **keys: Any) -> Part:
    """Return the alpha channel of a source of 10 x 13 pixels."""
    top = np.iinfo(dtype).max
    data = (np.arange(130).reshape(10, 13) * (top // 129)).astype(dtype)
    return Part(data, "sub", keys={"name": "source-alpha", "step": 1 / top} | keys)


def odd_files() -> dict[str, tuple[str, bytes | Chunks]]:
    """Return ordinary content in unusual files."""
    plain, lr = file_chunks(), picture()
    idat = plain[2][1]
    split = [(b"IDAT", idat[at : at + 1]) for at in range(len(idat))]
    deep: Any = 1
    for _ in range(31):
        deep = [deep]
    unknown = {"future": {"a": [1, None, True, 1e300, "\u00fc\U0001f600"]}, "deep": deep}
    model = {"id": "Z._+-9", "weights_sha256": "f" * 64, "licence": "CC0"}
    extended = file_chunks(
        parts=[Part(plane(), keys={"note": 10**30})], keys=unknown | {"model": model}
    )
    value = header(lr, [Part(plane())], "chunk")
    loose = json.dumps(dict(reversed(value.items())), indent=1).replace(
        '"carrier"', '"\\u0063arrier"'
    )
    one = picture(1, 1)
    foreign = [(b"gAMA", b"\0\0\xb1\x8f"), (b"eXIf", b"MM\0*\0\0\0\x08\0\0\0\0\0\0")]
    return {
        "smallest": (
            "one pixel, scale 64",
            file_chunks(one, [], "none", keys={"scale": 64, "hr_size": [64, 1]}),
        ),
        "scale-1": (
            "scale 1",
            file_chunks(lr, [], "none", keys={"scale": 1, "hr_size": [5, 7]}),
        ),
        "scale-3": (
            "scale 3, neither side of the HR image a multiple of it",
            file_chunks(lr, [], "none", keys={"scale": 3, "hr_size": [13, 20]}),
        ),
        "unknown-keys": (
            "unknown keys in all objects, nested 32 levels, one of them a large integer",
            extended,
        ),
        "loose-json": (
            "line breaks, blanks, escapes and another order of keys in the JSON",
            [plain[0], header_chunk(loose.encode()), *plain[2:]],
        ),
        "utf-8": (
            "unescaped characters outside ASCII in the JSON",
            [
                plain[0],
                header_chunk(json.dumps(value | {"\u00fc": "\u4e2d"}, ensure_ascii=False).encode()),
                *plain[2:],
            ],
        ),
        "foreign-chunks": (
            "chunks of others before the header, behind it and behind the pixels",
            [
                *(plain[0], foreign[0], plain[1], (b"prVt", b"x"), plain[2], foreign[1], plain[3]),
                *((b"saFe", b""), plain[4]),
            ],
        ),
        "not-travelling": (
            "chunks that describe one encoding of the pixels, which do not travel",
            [plain[0], plain[1], (b"bKGD", bytes(6)), (b"sBIT", b"\x08\x08\x08"), *plain[2:]],
        ),
        "comment": (
            "the comment that writers add, which is not a chunk of the source",
            [*plain[:2], (b"tEXt", COMMENT), *plain[2:]],
        ),
        "idat-of-one-byte": ("IDAT chunks of one byte each", [*plain[:2], *split, *plain[3:]]),
        "idat-empty": (
            "an empty IDAT before and behind the others",
            [*plain[:2], (b"IDAT", b""), plain[2], (b"IDAT", b""), *plain[3:]],
        ),
        "idat-stored": (
            "pixel data that is stored without compression",
            [*plain[:2], (b"IDAT", zlib.compress(zlib.decompress(idat), 0)), *plain[3:]],
        ),
        "trailing-bytes": ("bytes behind IEND", join(plain) + b"\0\xffnoise" * 3),
    }


COMMENT = (
    b"Comment\0Low-resolution image that holds its full-size original; "
    b"restore with: rescodec decode FILE"
)
