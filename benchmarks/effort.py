"""Bytes against seconds: what the ten steps of --effort reach.

Usage: python benchmarks/effort.py --data DIR... [--every N] [--json FILE]

Every N-th image of the folders, the example photos and a drawn page go through the released
models; their files are written at every effort, and as the usual libraries would at their
usual levels: pixels by Pillow at zlib's level 6, payload by zstd's level 12. Seconds are those of
the processor, the median of three interleaved rounds.
"""

from __future__ import annotations

import argparse
import io
import itertools
import json
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import zstandard
from PIL import Image, ImageDraw, ImageFont

from rescodec import Codec, read_photo
from rescodec.dial import default_quality
from rescodec.encoded_image import EncodedImage
from rescodec.files import write_encoded
from rescodec.image_folder import image_paths
from rescodec_formats.effort import EFFORTS

PHOTOS = Path(__file__).parents[1] / "examples/photos"
FIXED = ("alpha-x2-lite-1", "alpha-x4-lite-1", "latent-x2-lite-1", "latent-x4-lite-1")
DIALS = ("dial-x2-lite-1", "dial-x4-lite-1")
USUAL = "usual levels"
ZLIB_LEVEL = 6
ZSTD_LEVEL = 12
ROUNDS = 3

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, eq=False)
class Sample:
    """One image that went through one model."""

    codec: Codec
    encoded: EncodedImage

    @property
    def pixels(self) -> int:
        """Of the photo."""
        height, width = self.encoded.hr_size
        return height * width


def main() -> None:
    """Measure, print a table, write the figures."""
    parser = argparse.ArgumentParser(description="Bytes against seconds of what is written.")
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="folders of images")
    parser.add_argument("--every", type=int, default=6, help="take every N-th image (6)")
    parser.add_argument("--json", type=Path, help="write the figures here too")
    args = parser.parse_args()
    paths = [*image_paths(args.data)[:: args.every], *sorted(PHOTOS.glob("*.jpg"))]
    photos, page = [read_photo(path).pixels for path in paths], [drawn_page()]
    found = {
        "photos, alpha and latent": measure(collect(FIXED, photos)),
        "photos, dial": measure(collect(DIALS, photos)),
        "drawing, alpha and latent": measure(collect(FIXED, page)),
    }
    if args.json:
        args.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print("| | " + " | ".join(f"{name}: bytes | ms/MP" for name in found) + " |")
    print("|---|" + "---|---|" * len(found))
    for way in (USUAL, *map(str, range(len(EFFORTS)))):
        cells = [f"{one[way]['percent']:+.2f} % | {one[way]['ms']:.1f}" for one in found.values()]
        print(f"| {way if way == USUAL else f'effort {way}'} | {' | '.join(cells)} |")


def collect(models: Sequence[str], images: Sequence[Array]) -> list[Sample]:
    """Send images through models."""
    samples = []
    for name in models:
        codec = Codec.open(name, device="cpu")
        quality = default_quality(codec.config) if codec.config.dial_steps else None
        samples += [Sample(codec, codec.encode(image, quality=quality)) for image in images]
    return samples


def measure(samples: Sequence[Sample]) -> dict[str, dict[str, float]]:
    """Return percent of bytes against the usual levels, and milliseconds per million pixels."""
    seconds: dict[str, list[float]] = {}
    sizes: dict[str, int] = {}
    for _ in range(ROUNDS):
        for way in (None, *range(len(EFFORTS))):
            name = USUAL if way is None else str(way)
            started = time.process_time()
            sizes[name] = sum(
                usual_bytes(sample) if way is None else file_bytes(sample, way)
                for sample in samples
            )
            seconds.setdefault(name, []).append(time.process_time() - started)
    millions = sum(sample.pixels for sample in samples) / 1e6
    return {
        name: {
            "percent": round(100 * size / sizes[USUAL] - 100, 2),
            "ms": round(1000 * statistics.median(seconds[name]) / millions, 1),
        }
        for name, size in sizes.items()
    }


def file_bytes(sample: Sample, effort: int) -> int:
    """Return the size of an LR file, carrier chunk."""
    file = io.BytesIO()
    write_encoded(file, sample.encoded, sample.codec, effort=effort)
    return file.tell()


def usual_bytes(sample: Sample) -> int:
    """Return the size of an LR file's pixels and payload at the usual levels."""
    encoded = sample.encoded
    file = io.BytesIO()
    Image.fromarray(encoded.lr).save(file, "PNG", compress_level=ZLIB_LEVEL)
    compressor = zstandard.ZstdCompressor(level=ZSTD_LEVEL)
    payload = [*([] if encoded.planes is None else encoded.planes)]
    payload += [] if encoded.code is None else [encoded.code]
    return file.tell() + sum(len(compressor.compress(_narrow(one).tobytes())) for one in payload)


def _narrow(array: Array) -> Array:
    """Return 8 bits of what fits in them, as files have it."""
    fits = array.dtype == np.int16 and np.abs(array.astype(np.int32)).max() < 128
    return array.astype(np.int8) if fits else array


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


if __name__ == "__main__":
    main()
