"""Where the time of one photo goes: start, reading, network, compression, digests, disk.

Usage: python benchmarks/shares.py [--scale 2|4] [--json FILE]

An example photo as it is and enlarged to 12 MP is encoded and decoded. Seconds are those of the
processor, of all threads, medians of three rounds; those of the disk are by the clock.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any

from PIL import Image

import rescodec_formats.container
import rescodec_formats.png
import rescodec_formats.streams
import rescodec_formats.writer
from rescodec import Codec
from rescodec.decoding import Decoding
from rescodec.encoding import Encoding

PHOTO = Path(__file__).parents[1] / "examples/photos/chrysanthemums.jpg"
LARGE = (4000, 3000)
ROUNDS = 3
# Part of the work -> the functions that do it; all else of a stage goes by the stage's name.
PARTS = {
    "pixels deflated": [
        (rescodec_formats.writer, "write_pixels"),
        (rescodec_formats.png, "write_pixels"),
    ],
    "pixels inflated": [(rescodec_formats.container, "decode_pixels")],
    "zstd": [
        (rescodec_formats.writer, "compress_stream"),
        (rescodec_formats.container, "decompress_stream"),
    ],
    "digests": [
        (rescodec_formats.writer, "lr_digest"),
        (rescodec_formats.container, "lr_digest"),
        (rescodec_formats.streams, "stream_digest"),
    ],
    "disk": [(os, "fsync")],
}
START = "import rescodec_cli.encode, rescodec_cli.session, rescodec.encoding"


class Clock:
    """Adds up the seconds of parts; what is inside another part counts once."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._inner: list[float] = []

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Count what runs in the block."""
        clock = time.perf_counter if name == "disk" else time.process_time
        started = clock()
        self._inner.append(0.0)
        try:
            yield
        finally:
            took, inner = clock() - started, self._inner.pop()
            self.seconds[name] = self.seconds.get(name, 0.0) + max(0.0, took - inner)
            if self._inner:
                self._inner[-1] += 0.0 if name == "disk" else took

    def watch(self, module: Any, function: str, name: str) -> Callable[[], None]:
        """Count a function of a module from now on; return what undoes it."""
        original = getattr(module, function)

        @wraps(original)
        def counted(*args: Any, **kwargs: Any) -> Any:
            with self.part(name):
                return original(*args, **kwargs)

        setattr(module, function, counted)
        return lambda: setattr(module, function, original)


def main() -> None:
    """Measure both photos in both directions and print tables."""
    parser = argparse.ArgumentParser(description="Where the time of one photo goes.")
    parser.add_argument("--scale", type=int, choices=(2, 4), default=2)
    parser.add_argument("--json", type=Path, help="write the figures here too")
    args = parser.parse_args()
    codec = Codec.open(scale=args.scale, device="cpu")
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with Image.open(PHOTO) as image:
            image.resize(LARGE, Image.Resampling.LANCZOS).save(folder / "large.jpg", quality=92)
        for photo in (PHOTO, folder / "large.jpg"):
            encoding, decoding = Encoding(codec, overwrite=True), Decoding(overwrite=True)
            lr, restored = folder / "x.lr.png", folder / "x.png"
            rows.append({"photo": photo.stem, "command": "encode"} | shares(encoding, photo, lr))
            rows.append({"photo": photo.stem, "command": "decode"} | shares(decoding, lr, restored))
    for row in rows:
        total = sum(value for value in row.values() if isinstance(value, float))
        print(f"\n{row['photo']}, {row['command']}: {total:.2f} s")
        for part, seconds in row.items():
            if isinstance(seconds, float):
                print(f"  {part:16} {seconds:8.3f} s {100 * seconds / total:6.1f} %")
    if args.json:
        args.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


def shares(work: Encoding | Decoding, source: Path, target: Path) -> dict[str, float]:
    """Return the seconds of each part, largest first."""
    rounds = []
    for _ in range(ROUNDS):
        clock = Clock()
        clock.seconds["start"] = start_seconds()
        undo = [
            clock.watch(module, function, part)
            for part, functions in PARTS.items()
            for module, function in functions
        ]
        with clock.part("reading"):
            read = work.read(source)
        with clock.part("network"):
            result = work.compute(read)
        with clock.part("writing"):
            work.write(result, target)
        for step in undo:
            step()
        rounds.append(clock.seconds)
    medians = {part: statistics.median(one.get(part, 0.0) for one in rounds) for part in rounds[0]}
    return dict(sorted(medians.items(), key=lambda item: -item[1]))


def start_seconds() -> float:
    """Return the processor's seconds of a program that imports all and does nothing."""
    process = subprocess.Popen([sys.executable, "-c", START])
    usage = os.wait4(process.pid, 0)[2]
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
