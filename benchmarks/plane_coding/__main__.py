"""What an entropy coder with contexts would save of whole files, against zstd.

Usage: python -m benchmarks.plane_coding MODEL --data DIR [--every N] [--residual] [--json FILE]

For each quality of a model with a dial: the share of the LR picture in the file, and that of its
planes with zstd in several ways, as ideal codes of models that know more and more, and as real
bytes of a range coder, which are decoded again (needs the package constriction). With --residual
likewise for the difference between photo and restored photo, which lossless files would store.
Shares are percent of the file as it is written, those of the residual percent of the residual.
"""

from __future__ import annotations

import argparse
import io
import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

import rescodec_formats as formats
from benchmarks.plane_coding.alternatives import (
    UNFILTERED,
    bit_planes,
    interleaved,
    nibbles,
    packed,
    stored,
)
from benchmarks.plane_coding.coder import decode, encode
from benchmarks.plane_coding.contexts import Array, Known, adaptive_bytes, beside, differences, fit
from rescodec import Codec
from rescodec.encoded_image import UnroundedImage, rounded
from rescodec.files import write_encoded
from rescodec.image_folder import image_paths, load_rgb

QUALITIES = (0, 20, 40, 60, 80, 100)
KNOWLEDGE = {
    "picture": Known(planes=False, neighbours=False, expected=False),
    "and planes": Known(neighbours=False, expected=False),
    "and neighbours": Known(expected=False),
    "expected value, no neighbours": Known(neighbours=False),
    "expected value": Known(),
}
GREEN_FIRST = (1, 0, 2)
Figures = dict[str, float]


def main() -> None:
    """Measure at all qualities, print a column for each, write the figures."""
    parser = argparse.ArgumentParser(description="Bytes of planes with zstd and with contexts.")
    parser.add_argument("model", help="a model with a dial: id or path")
    parser.add_argument("--data", type=Path, required=True, help="folder of images")
    parser.add_argument("--every", type=int, default=5, help="take every N-th image (5)")
    parser.add_argument("--residual", action="store_true", help="measure the residual instead")
    parser.add_argument("--json", type=Path, help="write the figures here too")
    args = parser.parse_args()
    codec = Codec.open(args.model, device="cpu")
    totals: dict[int, Figures] = {quality: {} for quality in QUALITIES}
    for path in image_paths([args.data])[:: args.every]:
        hr = load_rgb(path)
        image = codec.analyse(hr)
        for quality, total in totals.items():
            one = (
                residual(codec, hr, image, quality)
                if args.residual
                else planes(codec, image, quality)
            )
            for name, figure in one:
                total[name] = total.get(name, 0) + figure
    report = {quality: shares(total, args.residual) for quality, total in totals.items()}
    print(f"{'quality':32}" + "".join(f"{quality:9}" for quality in report))
    for name in report[QUALITIES[0]]:
        print(f"{name:32}" + "".join(f"{column[name]:9.2f}" for column in report.values()))
    if args.json is not None:
        args.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


def planes(codec: Codec, image: UnroundedImage, quality: float) -> Iterator[tuple[str, float]]:
    """Yield bytes of the file, its parts and their alternatives, by name."""
    encoded = rounded(image, codec.plane_steps(quality))
    file, picture = io.BytesIO(), io.BytesIO()
    write_encoded(file, encoded, codec)
    formats.write_png(picture, encoded.lr)
    yield "pixels", image.hr_size[0] * image.hr_size[1]
    yield "file", file.tell()
    yield "LR picture", picture.tell()
    yield from ways([plane.astype(np.int64) for plane in encoded.planes], encoded.lr)


def residual(
    codec: Codec, hr: Array, image: UnroundedImage, quality: float
) -> Iterator[tuple[str, float]]:
    """Yield bytes of a lossless file and of its residual, green first, by name."""
    encoded = rounded(image, codec.plane_steps(quality))
    restored = codec.decode(encoded)
    file = io.BytesIO()
    write_encoded(file, encoded, codec)
    channels = [hr[..., at].astype(np.int64) - restored[..., at] for at in GREEN_FIRST]
    found = dict(ways(channels, restored))
    yield "pixels", hr.shape[0] * hr.shape[1]
    yield "file", file.tell() + found["zstd"]
    yield from found.items()


def ways(layers: Sequence[Array], picture: Array) -> Iterator[tuple[str, float]]:
    """Yield bytes of (h, w) integers beside a picture (h, w, 3), in all ways, and seconds."""
    yield "zstd", sum(map(stored, layers))
    yield "zstd, no filter", sum(stored(layer, UNFILTERED) for layer in layers)
    yield "zstd, interleaved", interleaved(layers)
    for name, way in (("nibbles", nibbles), ("bit planes", bit_planes), ("digits", packed)):
        yield f"zstd, {name}", sum(map(way, layers))
    yield "zstd, expected value", sum(differences_stored(layers, picture))
    for name, known in KNOWLEDGE.items():
        yield f"ideal: {name}", sum(ideal(layers, picture, known))
    started = time.perf_counter()
    sent, words = encode(layers, picture)
    between = time.perf_counter()
    decoded = decode(sent, words, picture)
    yield "encoding", between - started
    yield "decoding", time.perf_counter() - between
    if not all(map(np.array_equal, layers, decoded)):
        raise RuntimeError("what was decoded is not what was encoded")
    yield "range coder", sum(part.nbytes for part in words) + sum(one.bytes for one in sent)


def differences_stored(layers: Sequence[Array], picture: Array) -> Iterator[float]:
    """Yield the bytes of each layer's differences to what is expected, with zstd, and weights."""
    for index, layer in enumerate(layers):
        sides = beside(picture, layers[:index], Known())
        weights = fit(layer, sides, Known())
        yield stored(differences(layer, sides, weights)[0]) + weights.value.nbytes


def ideal(layers: Sequence[Array], picture: Array, known: Known) -> Iterator[float]:
    """Yield the bytes of an ideal code for each layer, its weights included."""
    for index, layer in enumerate(layers):
        sides = beside(picture, layers[:index], known)
        weights = fit(layer, sides, known)
        yield adaptive_bytes(*differences(layer, sides, weights)) + weights.bytes


def shares(total: Figures, of_residual: bool) -> Figures:
    """Return totals as bits per pixel, percent, and millions of pixels per second."""
    figures = dict(total)
    pixels, file = figures.pop("pixels"), figures.pop("file")
    whole = figures["zstd"] if of_residual else file
    speeds = {
        f"{name}, MP/s": pixels / 1e6 / figures.pop(name) for name in ("encoding", "decoding")
    }
    percent = {name: 100 * figure / whole for name, figure in figures.items()}
    return {"file, bpp": 8 * file / pixels} | percent | speeds


if __name__ == "__main__":
    main()
