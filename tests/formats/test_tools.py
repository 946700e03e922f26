"""Other programs read our files, and we read what optimisers make of them."""

import io
from collections.abc import Callable

import numpy as np
import png
import pytest
from PIL import Image

import rescodec_formats as rf

Make = Callable[..., bytes]
CARRIERS = ["alpha", "chunk", "none"]


@pytest.mark.parametrize("carrier", CARRIERS)
def test_pypng_agrees(make: Make, split: Callable, carrier: str) -> None:
    file = make(carrier)
    reader = png.Reader(bytes=file)
    assert [(bytes(name), bytes(data)) for name, data in reader.chunks()] == split(file)
    width, height, rows, info = png.Reader(bytes=file).asDirect()
    pixels = np.vstack([np.asarray(row) for row in rows]).reshape(height, width, info["planes"])
    np.testing.assert_array_equal(pixels, rf.read(file).pixels)
    assert (info["bitdepth"], info["interlace"]) == (8, 0)


@pytest.mark.parametrize("carrier", CARRIERS)
def test_pillow_agrees(make: Make, carrier: str) -> None:
    file = make(carrier)
    with Image.open(io.BytesIO(file)) as image:
        np.testing.assert_array_equal(np.asarray(image), rf.read(file).pixels)
        assert image.text["Comment"].endswith("restore with: rescodec decode FILE")


def check_same(original: bytes, processed: bytes) -> None:
    before, after = rf.read(original), rf.read(processed)
    assert after.header == before.header
    np.testing.assert_array_equal(after.pixels, before.pixels)
    for name, stream in before.streams.items():
        np.testing.assert_array_equal(after.streams[name].data, stream.data)


def few_colours(picture: Callable) -> np.ndarray:
    return np.asarray(picture(5, 7) // 86 * 86)


def greys(picture: Callable) -> np.ndarray:
    return np.repeat(picture(5, 7)[..., :1] // 64 * 85, 3, axis=2)


PICTURES = {"full": lambda picture: picture(5, 7), "few": few_colours, "grey": greys}


@pytest.mark.parametrize("kind", PICTURES)
@pytest.mark.parametrize("carrier", CARRIERS)
@pytest.mark.parametrize("interlace", [False, True])
def test_recoded_pixels(
    make: Make,
    split: Callable,
    join: Callable,
    picture: Callable,
    kind: str,
    carrier: str,
    interlace: bool,
) -> None:
    file = make(carrier, lr=PICTURES[kind](picture))
    pixels = rf.read(file).pixels
    colors, indices = np.unique(pixels.reshape(-1, pixels.shape[2]), axis=0, return_inverse=True)
    variants = [(pixels, {"alpha": carrier == "alpha", "greyscale": False})]
    if len(colors) <= 256:
        palette = [tuple(color) for color in colors.tolist()]
        bits = next(bits for bits in (1, 2, 4, 8) if len(colors) <= 2**bits)
        variants.append((indices.reshape(5, 7), {"palette": palette, "bitdepth": bits}))
    if kind == "grey" and carrier == "alpha":
        variants.append((pixels[..., [0, 3]], {"greyscale": True, "alpha": True}))
    elif kind == "grey":
        variants.append((pixels[..., 0], {"greyscale": True}))
        variants.append((pixels[..., 0] // 85, {"greyscale": True, "bitdepth": 2}))
    for rows, options in variants:
        other = io.BytesIO()
        writer = png.Writer(7, 5, interlace=interlace, **options)
        writer.write(other, rows.reshape(5, -1).tolist())
        recoded = [chunk for chunk in split(other.getvalue()) if chunk[0] != b"IEND"]
        ours = [chunk for chunk in split(file) if chunk[0] not in (b"IHDR", b"IDAT")]
        before = [chunk for chunk in ours if chunk[0] not in (b"rsPL", b"IEND")]
        behind = [chunk for chunk in ours if chunk[0] in (b"rsPL", b"IEND")]
        check_same(file, join(recoded[:1] + before + recoded[1:] + behind))
