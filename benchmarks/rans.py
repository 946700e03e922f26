"""What the coding rANS saves of whole files, against zstd alone.

Usage: python -m benchmarks.rans MODEL --data DIR [--every N]

One row for each quality of a model with a dial, otherwise one row: bits per pixel of files of the
default effort without and with rANS, what that saves, and the speed of coding the streams that it
codes, in millions of elements for a second of the processor.
"""

from __future__ import annotations

import argparse
import dataclasses
import io
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import rescodec_formats as formats
from rescodec import Codec
from rescodec.encoded_image import EncodedImage
from rescodec.files import write_encoded
from rescodec.image_folder import image_paths, load_rgb
from rescodec_formats import rans
from rescodec_formats.effort import DEFAULT_EFFORT, effort_of
from rescodec_formats.filters import apply_filter
from rescodec_formats.streams import compress_stream

QUALITIES = (0, 30, 60, 90)
WITHOUT = dataclasses.replace(effort_of(DEFAULT_EFFORT), rans="never")


def main() -> None:
    """Measure all images, print a row for each quality."""
    parser = argparse.ArgumentParser(description="Bytes of whole files without and with rANS.")
    parser.add_argument("model", help="id or path")
    parser.add_argument("--data", type=Path, required=True, help="folder of images")
    parser.add_argument("--every", type=int, default=8, help="take every N-th image (8)")
    args = parser.parse_args()
    codec = Codec.open(args.model, device="cpu")
    totals: dict[float | None, Counter[str]] = {}
    for path in image_paths([args.data])[:: args.every]:
        hr = load_rgb(path)
        for quality, encoded in versions(codec, hr):
            total = totals.setdefault(quality, Counter())
            total["pixels"] += hr.shape[0] * hr.shape[1]
            total.update(figures(encoded, codec))
    print("| quality | zstd, bpp | with rANS, bpp | saves, % | encoding, MP/s | decoding, MP/s |")
    print("|---|---|---|---|---|---|")
    for quality, total in totals.items():
        before, after = (8 * total[name] / total["pixels"] for name in ("before", "after"))
        speeds = (total["elements"] / 1e6 / max(1e-9, total[n]) for n in ("encoding", "decoding"))
        cells = (f"{before:.3f}", f"{after:.3f}", f"{100 * (1 - after / before):.1f}")
        cells += tuple(f"{speed:.1f}" for speed in speeds)
        print(f"| {'' if quality is None else quality} | " + " | ".join(cells) + " |")


def versions(codec: Codec, hr: formats.Pixels) -> Iterator[tuple[float | None, EncodedImage]]:
    """Yield what a model makes of an image (H, W, 3) uint8, at each quality if it has a dial."""
    if not codec.config.dial_steps:
        yield None, codec.encode(hr)
        return
    image = codec.analyse(hr)
    for quality in QUALITIES:
        yield quality, codec.round(image, codec.dial_steps(quality))


def figures(encoded: EncodedImage, codec: Codec) -> dict[str, float]:
    """Return bytes of the file without and with rANS, and processor seconds of the latter."""
    file = io.BytesIO()
    write_encoded(file, encoded, codec)
    container = formats.read(file.getvalue())
    found: Counter[str] = Counter(before=file.tell(), after=file.tell())
    for info in container.header.streams:
        if info.coding != "rans" or info.filter is None:
            continue
        data = container.streams[info.name].data
        found["before"] += len(compress_stream(data, WITHOUT).data) - info.compressed_bytes
        matrix = apply_filter(info.filter, data)
        started = time.process_time()
        payload = rans.encode(matrix)
        between = time.process_time()
        rans.decode(payload, (matrix.shape[0], matrix.shape[1]), matrix.itemsize)
        found["encoding"] += between - started  # type: ignore[assignment]  # seconds
        found["decoding"] += time.process_time() - between  # type: ignore[assignment]  # seconds
        found["elements"] += matrix.size
    return dict(found)


if __name__ == "__main__":
    main()
