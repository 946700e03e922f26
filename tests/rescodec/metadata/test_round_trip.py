"""Metadata from the photo to the LR file and back, through ``encode`` and ``decode``."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import png
import pytest
from PIL import Image as PillowImage

import rescodec
import rescodec_formats as formats
from benchmarks.metadata.insertion import insert_chunks
from rescodec import Codec
from rescodec.metadata import Keep, Metadata, metadata_of_file, upright
from rescodec.metadata.blobs import exif_chunk, icc_chunk, xmp_chunk
from rescodec.networks import NetworkConfig
from rescodec_formats import Chunk
from rescodec_formats.chunks import write_chunk

RESOLUTION = Chunk(b"pHYs", struct.pack(">IIB", 11811, 11811, 1))
OTHERS = (
    Chunk(b"sRGB", b"\0"),
    Chunk(b"gAMA", struct.pack(">I", 45455)),
    Chunk(b"cHRM", struct.pack(">8I", 31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)),
    Chunk(b"cICP", b"\1\15\0\1"),
    Chunk(b"mDCV", bytes(24)),
    Chunk(b"cLLI", bytes(8)),
    Chunk(b"tEXt", b"Author\0somebody"),
)


@pytest.fixture
def codec(codec_of: Callable[..., Codec], tiny_config: NetworkConfig) -> Codec:
    return codec_of(tiny_config)


@pytest.fixture
def everything(layout: Any, xmp: bytes, profile: bytes) -> tuple[Chunk, ...]:
    camera = (icc_chunk(profile), exif_chunk(layout.data), xmp_chunk(xmp))
    return (*camera, RESOLUTION, *OTHERS)


def png_with(image: PillowImage.Image, chunks: tuple[Chunk, ...]) -> bytes:
    file = io.BytesIO()
    image.save(insert_chunks(file, chunks), "PNG")
    return file.getvalue()


def there_and_back(
    source: bytes, codec: Codec, target: Path, *, keep: Keep = "all", back: Keep = "all"
) -> tuple[Metadata, Metadata]:
    """Return the metadata of the LR file and that of the restored file."""
    small = rescodec.encode(source, model=codec, keep=keep)
    rescodec.decode(small, target, model=codec, keep=back)
    with target.open("rb") as file:
        return metadata_of_file(io.BytesIO(small)), metadata_of_file(file)


@pytest.mark.parametrize("index", range(11))
def test_chunk_by_chunk(
    image: PillowImage.Image,
    codec: Codec,
    everything: tuple[Chunk, ...],
    tmp_path: Path,
    index: int,
) -> None:
    source = Metadata(everything[index : index + 1])
    small, back = there_and_back(png_with(image, source.chunks), codec, tmp_path / "a.png")
    assert back == upright(source)
    assert small.chunks[:1] == back.chunks
    assert small.chunks[1].data.startswith(b"Comment\0")


def test_all_of_a_png(
    image: PillowImage.Image, codec: Codec, everything: tuple[Chunk, ...], tmp_path: Path
) -> None:
    _, back = there_and_back(png_with(image, everything), codec, tmp_path / "a.png")
    assert back == upright(Metadata(everything))
    assert back.orientation == 1


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".tif"])
@pytest.mark.parametrize("image_format", ["PNG", "JPEG", "WEBP", "TIFF", "AVIF"])
def test_every_source_to_every_target(
    saved: Callable[..., bytes],
    codec: Codec,
    layout: Any,
    xmp: bytes,
    profile: bytes,
    tmp_path: Path,
    image_format: str,
    suffix: str,
) -> None:
    options = {"icc_profile": profile, "exif": b"Exif\0\0" + layout.data, "xmp": xmp}
    if image_format == "TIFF":
        exif = PillowImage.Exif()
        exif.load(layout.data)
        exif[700] = xmp
        options["exif"] = exif
    source = saved(image_format, **options, dpi=(300, 300))
    if image_format == "PNG":
        source = source[:33] + _chunk(xmp_chunk(xmp)) + source[33:]
    expected = upright(metadata_of_file(io.BytesIO(source)))
    small, back = there_and_back(source, codec, tmp_path / f"a{suffix}")

    assert small.exif == expected.exif
    for found in (small, back):
        assert found.icc_profile == profile
        assert found.xmp == xmp.replace(b'tiff:Orientation="6"', b'tiff:Orientation="1"')
    if suffix != ".tif":
        assert back.exif == expected.exif
    if image_format not in ("WEBP", "AVIF") and suffix != ".webp":
        assert back.dots_per_inch == (300, 300)
    assert back.orientation == 1
    assert back.exif is not None
    assert layout.data[layout.maker] in back.exif
    assert b"old" not in back.exif


def _chunk(chunk: Chunk) -> bytes:
    file = io.BytesIO()
    write_chunk(file, chunk.type, chunk.data)
    return file.getvalue()


# How Pillow turns a picture that is stored so.
TURNS = {
    1: None,
    2: PillowImage.Transpose.FLIP_LEFT_RIGHT,
    3: PillowImage.Transpose.ROTATE_180,
    4: PillowImage.Transpose.FLIP_TOP_BOTTOM,
    5: PillowImage.Transpose.TRANSPOSE,
    6: PillowImage.Transpose.ROTATE_270,
    7: PillowImage.Transpose.TRANSVERSE,
    8: PillowImage.Transpose.ROTATE_90,
}


@pytest.mark.parametrize("orientation", TURNS)
@pytest.mark.parametrize("image_format", ["PNG", "TIFF", "WEBP"])
def test_pixels_are_turned_once(
    image: PillowImage.Image, saved: Callable[..., bytes], image_format: str, orientation: int
) -> None:
    exif = PillowImage.Exif()
    exif[0x0112] = orientation
    lossless = {"lossless": True} if image_format == "WEBP" else {}
    photo = rescodec.read_photo(saved(image_format, exif=exif, **lossless))
    turn = TURNS[orientation]
    expected = image if turn is None else image.transpose(turn)
    np.testing.assert_array_equal(photo.pixels, np.asarray(expected))
    assert photo.metadata.orientation == 1


def test_exif_of_a_png_that_begins_as_in_a_jpeg(
    image: PillowImage.Image, codec: Codec, tmp_path: Path
) -> None:
    exif = PillowImage.Exif()
    exif[0x010F], exif[0x0112] = "A camera", 6
    source = png_with(image, (Chunk(b"eXIf", exif.tobytes()),))
    assert exif.tobytes().startswith(b"Exif\0\0")
    there_and_back(source, codec, tmp_path / "a.jpg")
    with PillowImage.open(tmp_path / "a.jpg") as back:
        assert back.size == (image.height, image.width)
        assert dict(back.getexif()) == {0x010F: "A camera", 0x0112: 1}
        assert back.info["exif"].count(b"Exif\0\0") == 1


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif"])
def test_grey_profile_comes_back(
    image: PillowImage.Image, codec: Codec, grey_profile: bytes, tmp_path: Path, suffix: str
) -> None:
    source = png_with(image.convert("L"), (icc_chunk(grey_profile),))
    small, back = there_and_back(source, codec, tmp_path / f"a{suffix}")
    assert small.icc_profile is None
    assert back.icc_profile == grey_profile


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_16_bits(
    codec: Codec, everything: tuple[Chunk, ...], layout: Any, tmp_path: Path, suffix: str
) -> None:
    rows = np.random.default_rng(0).integers(0, 65536, (16, 24 * 3), np.uint16)
    file = io.BytesIO()
    writer = png.Writer(24, 16, greyscale=False, bitdepth=16)
    writer.write(insert_chunks(file, everything), rows.tolist())
    _, back = there_and_back(file.getvalue(), codec, tmp_path / f"a{suffix}")
    expected = upright(Metadata(everything))
    assert back.icc_profile == expected.icc_profile
    assert back.xmp == expected.xmp
    assert back.dots_per_inch == (300, 300)
    assert back.exif is not None
    assert layout.data[layout.maker] in back.exif
    if suffix == ".png":
        assert back == expected


@pytest.mark.parametrize(("keep", "back"), [("none", "all"), ("all", "none"), ("none", "none")])
def test_strip(
    image: PillowImage.Image,
    codec: Codec,
    everything: tuple[Chunk, ...],
    tmp_path: Path,
    keep: Keep,
    back: Keep,
) -> None:
    source = png_with(image, everything)
    _, found = there_and_back(source, codec, tmp_path / "a.png", keep=keep, back=back)
    assert [chunk.type for chunk in found.chunks] == [
        *(b"iCCP", b"sRGB", b"gAMA", b"cHRM", b"cICP", b"mDCV", b"cLLI")
    ]


def test_too_much_metadata(image: PillowImage.Image, codec: Codec) -> None:
    source = png_with(image, (Chunk(b"tEXt", b"Comment\0" + bytes(3000)),))
    limits = formats.Limits(ancillary_bytes=2000)
    with pytest.raises(formats.LimitError, match="metadata") as caught:
        rescodec.encode(source, model=codec, limits=limits)
    assert caught.value.limit == "ancillary_bytes"
    assert rescodec.encode(source, model=codec, limits=limits, keep="none")


def test_limits_reach_the_reader(image: PillowImage.Image) -> None:
    source = png_with(image, OTHERS)
    limits = formats.Limits(ancillary_bytes=8)
    assert rescodec.read_photo(source).metadata == Metadata(OTHERS)
    assert rescodec.read_photo(source, limits=limits).metadata.excess is not None


def test_exif_too_long_for_a_jpeg(image: PillowImage.Image, codec: Codec, tmp_path: Path) -> None:
    source = png_with(image, (exif_chunk(b"II*\0" + bytes(70_000)),))
    small = rescodec.encode(source, model=codec)
    target = tmp_path / "a.jpg"
    with pytest.raises(rescodec.ImageError, match="70,004 bytes of EXIF"):
        rescodec.decode(small, target, model=codec)
    assert not target.exists()
    rescodec.decode(small, target, model=codec, keep="none")
