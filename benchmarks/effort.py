"""Bytes against seconds: what --effort chooses from, and what its ten steps reach.

Usage: python benchmarks/effort.py --data DIR... [--every N] [--json FILE]

Every N-th image of the folders, the example photos and a drawn page go through the released
models. Their LR images, planes, codes and restored photos are then compressed in many ways:
Pillow's levels and strategies, our row filters with zlib's strategies, zstd's levels and
strategies; and whole files are written at every effort. Seconds are those of the processor, the
median of three interleaved rounds.
"""

from __future__ import annotations

import argparse
import io
import itertools
import json
import statistics
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import zstandard
from PIL import Image, ImageDraw, ImageFont

import rescodec_formats as formats
from rescodec import Codec, read_photo
from rescodec.encoded_image import EncodedImage
from rescodec.files import write_encoded
from rescodec.image_folder import image_paths
from rescodec_formats.effort import EFFORTS
from rescodec_formats.filters import apply_filter
from rescodec_formats.scanlines import filtered_rows, plain_rows
from rescodec_formats.streams import compress_stream

ROOT = Path(__file__).parents[1]
PHOTOS = ROOT / "examples/photos"
MODELS = ("alpha-x2-lite-1", "alpha-x4-lite-1", "latent-x2-lite-1", "latent-x4-lite-1")
ROUNDS = 3
# Restored photos are large, and there are many ways.
CROP = 320
# Signature, IHDR, the frame of IDAT, IEND.
PNG_BYTES = 8 + 25 + 12 + 12
PILLOW = {"default": 0, "filtered": 1, "huffman": 2, "rle": 3, "fixed": 4}

Array = np.ndarray[Any, Any]
Way = Callable[[], int]
Parameters = zstandard.ZstdCompressionParameters


@dataclass(frozen=True, eq=False)
class Sample:
    """One image that went through one model."""

    drawn: bool
    codec: Codec
    encoded: EncodedImage
    restored: Array


def main() -> None:
    """Measure all ways, print tables, write the figures."""
    parser = argparse.ArgumentParser(description="Bytes against seconds of what is written.")
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="folders of images")
    parser.add_argument("--every", type=int, default=6, help="take every N-th image (6)")
    parser.add_argument("--json", type=Path, help="write the figures here too")
    args = parser.parse_args()
    files = image_paths(args.data)[:: args.every]
    samples = collect([*files, *sorted(PHOTOS.glob("*.jpg"))])
    rows: list[dict[str, Any]] = []
    for name, drawn in (("photos", False), ("drawing", True)):
        chosen = [sample for sample in samples if sample.drawn == drawn]
        for what, millions, ways in experiments(chosen):
            rows += measure(name, what, millions, ways)
    if args.json:
        args.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


def collect(files: Sequence[Path]) -> list[Sample]:
    """Send the photos and a drawing through the models."""
    images = [(False, read_photo(path).pixels) for path in files] + [(True, drawn_page())]
    samples = []
    for name in MODELS:
        codec = Codec.open(name, device="cpu")
        for drawn, pixels in images:
            encoded = codec.encode(pixels)
            samples.append(Sample(drawn, codec, encoded, codec.decode(encoded)))
    return samples


def drawn_page() -> Array:
    """Return what a photograph is not: text, flat colours and lines, (900, 1200, 3) uint8."""
    image = Image.new("RGB", (1200, 900), "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 1200, 70), fill="#204a87")
    draw.text((30, 8), "Quarterly report", font=ImageFont.load_default(48), fill="white")
    words = itertools.cycle(["photo", "network", "restores", "detail", "plane", "signal", "size"])
    for y in range(100, 650, 26):
        line = " ".join(itertools.islice(words, 8))
        draw.text((40, y), line, font=ImageFont.load_default(20), fill="#222")
    for index in range(10):
        left = 700 + 45 * index
        draw.rectangle((left, 560 - 37 * index, left + 30, 600), fill="#4e9a06")
        draw.line((690, 600 - 40 * index, 1160, 600 - 40 * index), fill="#888")
    for left in range(60, 1000, 220):
        draw.ellipse((left, 700, left + 160, 860), fill="#fce94f", outline="#a40000", width=4)
    return np.array(image)


def experiments(samples: Sequence[Sample]) -> Iterator[tuple[str, float, dict[str, Way]]]:
    """Yield what is compressed, its millions of pixels or elements, and the ways to do it.

    The first way of each is what the others are compared with: zlib's and zstd's usual levels.
    """
    alpha = [sample for sample in samples if sample.codec.config.planes]
    lr = [sample.encoded.lr for sample in alpha]
    both = [np.dstack((s.encoded.lr, s.encoded.planes[0])) for s in alpha]
    restored = [s.restored[:CROP, :CROP] for s in alpha if s.codec.scale == 2]
    for what, images in (("LR image", lr), ("with alpha", both), ("restored photo", restored)):
        yield what, sum(image[..., 0].size for image in images) / 1e6, png_ways(images)
    planes = [sample.encoded.planes[0] for sample in alpha]
    codes = [s.encoded.code for s in samples if s.codec.config.code_channels]
    for what, arrays in (("plane", planes), ("code", codes)):
        yield what, sum(array.size for array in arrays) / 1e6, zstd_ways(arrays)
    yield "file", sum(s.restored[..., 0].size for s in samples) / 1e6, file_ways(samples)


def png_ways(images: Sequence[Array]) -> dict[str, Way]:
    """Return the ways to compress images as PNGs."""
    ways = {}
    for level, strategy in (
        *((level, "default") for level in (6, 1, 2, 3, 4, 5, 7, 8, 9)),
        *((level, "filtered") for level in (4, 6, 9)),
        *((1, "huffman"), (1, "rle"), (1, "fixed"), (6, "fixed")),
    ):
        ways[f"Pillow {strategy} {level}"] = total(pillow_bytes, images, level, PILLOW[strategy])
    for level, name, strategy in (
        *((6, "huffman", zlib.Z_HUFFMAN_ONLY), (6, "rle", zlib.Z_RLE)),
        *((level, "filtered", zlib.Z_FILTERED) for level in (4, 6, 9)),
    ):
        ways[f"rows {name} {level}"] = total(deflated_bytes, images, level, strategy, True)
    for level in (6, 9):
        strategy = zlib.Z_DEFAULT_STRATEGY
        ways[f"unfiltered {level}"] = total(deflated_bytes, images, level, strategy, False)
    for number in range(len(EFFORTS)):
        ways[f"effort {number}"] = total(png_bytes, images, number)
    return ways


def zstd_ways(arrays: Sequence[Array]) -> dict[str, Way]:
    """Return the ways to compress payload streams."""
    ways = {}
    for level in (12, 1, 2, 3, 6, 9, 13, 15, 17, 19):
        chosen = Parameters.from_level(level)
        ways[f"zstd {level}"] = total(zstd_bytes, arrays, chosen, "none")
    for strategy, shortest in itertools.product((7, 8, 9), (3, 7)):
        chosen = Parameters.from_level(17, strategy=strategy, min_match=shortest)
        name = f"zstd strategy {strategy}, matches of {shortest}"
        ways[name] = total(zstd_bytes, arrays, chosen, "none")
    for name in ("sub", "up", "paeth"):
        ways[f"{name}, zstd 1"] = total(zstd_bytes, arrays, Parameters.from_level(1), name)
    for number in range(len(EFFORTS)):
        ways[f"effort {number}"] = total(stream_bytes, arrays, number)
    return ways


def file_ways(samples: Sequence[Sample]) -> dict[str, Way]:
    """Return the ways to write whole files."""
    ways = {"usual levels": total(usual_bytes, samples)}
    for number in range(len(EFFORTS)):
        ways[f"effort {number}"] = total(file_bytes, samples, number)
    return ways


def total(size: Callable[..., int], items: Sequence[Any], *options: Any) -> Way:
    """Return a function that adds up the sizes of all items."""
    return lambda: sum(size(item, *options) for item in items)


def pillow_bytes(image: Array, level: int, strategy: int) -> int:
    """Return the size of the PNG that Pillow writes."""
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG", compress_level=level, compress_type=strategy)
    return file.tell()


def deflated_bytes(image: Array, level: int, strategy: int, filtered: bool) -> int:
    """Return the size of an image after our row filters, or none, and zlib."""
    rows = image.reshape(len(image), -1)
    blocks = filtered_rows(rows, image.shape[2]) if filtered else plain_rows(rows)
    deflate = zlib.compressobj(level, zlib.DEFLATED, zlib.MAX_WBITS, 9, strategy)
    size = sum(len(deflate.compress(block.data)) for block in blocks) + len(deflate.flush())
    return size + PNG_BYTES


def png_bytes(image: Array, effort: int) -> int:
    """Return the size of the PNG that we write."""
    file = io.BytesIO()
    formats.write_png(file, image, effort=effort)
    return file.tell()


def zstd_bytes(data: Array, parameters: zstandard.ZstdCompressionParameters, name: str) -> int:
    """Return the size of a stream after a filter and zstd."""
    compressor = zstandard.ZstdCompressor(compression_params=parameters)
    return len(compressor.compress(apply_filter(name, data).data))


def stream_bytes(data: Array, effort: int) -> int:
    """Return the size of a stream as we write it."""
    return len(compress_stream(data, EFFORTS[effort]).data)


def file_bytes(sample: Sample, effort: int) -> int:
    """Return the size of an LR file, carrier chunk."""
    file = io.BytesIO()
    write_encoded(file, sample.encoded, sample.codec, effort=effort)
    return file.tell()


def usual_bytes(sample: Sample) -> int:
    """Return the size of an LR file's pixels and payload at the usual levels."""
    planes = [] if sample.encoded.planes is None else list(sample.encoded.planes)
    streams = [*planes, *([] if sample.encoded.code is None else [sample.encoded.code])]
    size = pillow_bytes(sample.encoded.lr, 6, PILLOW["default"])
    return size + sum(zstd_bytes(data, Parameters.from_level(12), "none") for data in streams)


def measure(images: str, what: str, millions: float, ways: dict[str, Way]) -> list[dict[str, Any]]:
    """Run every way in interleaved rounds, print a table and return its rows, fastest first."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    sizes = {}
    for _ in range(ROUNDS):
        for name, way in ways.items():
            started = time.process_time()
            sizes[name] = way()
            seconds[name].append(time.process_time() - started)
    reference = sizes[next(iter(ways))]
    print(f"\n{images}: {what}, {millions:.2f} million")
    rows, least = [], float("inf")
    for name in sorted(ways, key=lambda name: (statistics.median(seconds[name]), sizes[name])):
        row = {
            "images": images,
            "what": what,
            "how": name,
            "bits": round(8 * sizes[name] / millions / 1e6, 4),
            "percent": round(100 * sizes[name] / reference - 100, 2),
            "ms_per_million": round(1000 * statistics.median(seconds[name]) / millions, 1),
            "front": sizes[name] < least,
        }
        least = min(least, sizes[name])
        rows.append(row)
        figures = f"{row['bits']:8.4f} {row['percent']:+7.2f} % {row['ms_per_million']:8.1f} ms"
        print("*" if row["front"] else " ", f"{name:34}", figures, flush=True)
    return rows


if __name__ == "__main__":
    main()
