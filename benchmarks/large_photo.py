"""Time and peak memory of the command line on photos of several sizes.

Usage: python benchmarks/large_photo.py [--sizes 12 100] [--scales 2 4] [--model alpha] [--rounds N]
                                        [--json FILE]

The photos are an example photo enlarged: their content hardly matters for time and memory, which
include starting Python, loading torch, reading JPEG and writing PNG. `--json` adds to a file that
is there already; `large_photo_table.py` shows it as a table.
"""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image

PHOTO = Path(__file__).parents[1] / "examples/photos/chrysanthemums.jpg"
MEGAPIXELS = (12, 50, 100, 400)
SCALES = (2, 4)
GIB = 2**30


class Cost(NamedTuple):
    """What one run of the command line took.

    Attributes:
        seconds: By the clock.
        cpu_seconds: Of processor time; what is left of the seconds on a busy machine.
        peak_bytes: Largest resident memory.
    """

    seconds: float
    cpu_seconds: float
    peak_bytes: int


def main() -> None:
    """Measure encode and decode and print what they took."""
    parser = argparse.ArgumentParser(description="Time and peak memory on large photos.")
    parser.add_argument("--sizes", type=int, nargs="+", default=MEGAPIXELS, metavar="MEGAPIXELS")
    parser.add_argument("--scales", type=int, nargs="+", default=SCALES, choices=SCALES)
    parser.add_argument("--model", default="alpha", help="family (alpha) or weights file")
    parser.add_argument("--rounds", type=int, default=1, help="take the median time of so many")
    parser.add_argument("--tile", default="auto", help="as for `rescodec encode`")
    parser.add_argument("--json", type=Path, help="add the figures to this file")
    args = parser.parse_args()
    for megapixels in args.sizes:
        size = dimensions(megapixels * 1_000_000)
        with tempfile.TemporaryDirectory() as folder:
            photo = Path(folder) / "photo.jpg"
            # Elsewhere, because a program that is started inherits the peak of who starts it.
            enlarging = multiprocessing.get_context("spawn").Process(
                target=enlarge, args=(photo, size)
            )
            enlarging.start()
            enlarging.join()
            for scale in args.scales:
                options = ("--model", args.model, "--scale", scale)
                for command, costs in measure(photo, options, args.rounds, args.tile).items():
                    row = {"model": args.model, **summary(megapixels, size, scale, command, costs)}
                    print(json.dumps(row), flush=True)
                    if args.json:
                        add(row, args.json)


def dimensions(pixels: int) -> tuple[int, int]:
    """Return width and height of about so many pixels in the shape of the photo, 3 to 2."""
    height = round(math.sqrt(pixels * 2 / 3))
    return round(pixels / height), height


def enlarge(target: Path, size: tuple[int, int]) -> None:
    """Write the example photo in another size."""
    with Image.open(PHOTO) as image:
        image.resize(size, Image.Resampling.BICUBIC).save(target, quality=92)


def measure(
    photo: Path, options: tuple[object, ...], rounds: int, tile: str
) -> dict[str, list[Cost]]:
    """Return what encoding and decoding took in each round."""
    lr, restored = photo.with_name("photo.lr.png"), photo.with_name("restored.png")
    costs: dict[str, list[Cost]] = {"encode": [], "decode": []}
    for _ in range(rounds):
        costs["encode"].append(run("encode", *options, "--tile", tile, photo, "-o", lr))
        costs["decode"].append(run("decode", "--tile", tile, lr, "-o", restored))
    return costs


def run(command: str, *options: object) -> Cost:
    """Run a command of rescodec to its end."""
    limit = ["--max-pixels", str(10**9)]
    line = [sys.executable, "-m", "rescodec_cli", command, *map(str, options), *limit]
    started = time.perf_counter()
    process = subprocess.Popen([*line, "--overwrite", "-q"])
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    if status:
        raise SystemExit(f"{' '.join(line)} failed")
    return Cost(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def summary(
    megapixels: int, size: tuple[int, int], scale: int, command: str, costs: list[Cost]
) -> dict[str, Any]:
    """Return a row of the JSON: median times, largest memory."""
    return {
        "megapixels": megapixels,
        "width": size[0],
        "height": size[1],
        "scale": scale,
        "command": command,
        "rounds": len(costs),
        "seconds": round(statistics.median(cost.seconds for cost in costs), 1),
        "cpu_seconds": round(statistics.median(cost.cpu_seconds for cost in costs), 1),
        "peak_gib": round(max(cost.peak_bytes for cost in costs) / GIB, 2),
    }


def add(row: dict[str, Any], file: Path) -> None:
    """Add a row to a JSON file in place of an earlier one of the same kind."""
    rows = json.loads(file.read_text(encoding="utf-8")) if file.exists() else []
    rows = [other for other in rows if _kind(other) != _kind(row)] + [row]
    file.write_text(json.dumps(sorted(rows, key=_kind), indent=1) + "\n", encoding="utf-8")


def _kind(row: dict[str, Any]) -> tuple[str, int, int, bool]:
    return row["model"], row["megapixels"], row["scale"], row["command"] == "decode"


if __name__ == "__main__":
    main()
