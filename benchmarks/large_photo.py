"""Time and peak memory of the command line on one 12 MP photo.

Usage: python benchmarks/large_photo.py [--json FILE]

The photo is an example photo enlarged to 4000x3000: its content hardly matters for time and
memory, which include starting Python, loading torch, reading JPEG and writing PNG.
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
from pathlib import Path

from PIL import Image

PHOTO = Path(__file__).parents[1] / "examples/photos/chrysanthemums.jpg"
SIZE = (4000, 3000)
ROUNDS = 3


def main() -> None:
    """Measure encode and decode at both scales and print a table."""
    parser = argparse.ArgumentParser(description="Time and peak memory on a 12 MP photo.")
    parser.add_argument("--json", type=Path, help="write the figures here too")
    args = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        photo, lr, restored = (Path(folder) / name for name in ("a.jpg", "a.lr.png", "a.png"))
        with Image.open(PHOTO) as image:
            image.resize(SIZE, Image.Resampling.LANCZOS).save(photo, quality=92)
        for scale in ("2", "4"):
            encode = ["encode", "--scale", scale, photo, "-o", lr]
            decode = ["decode", lr, "-o", restored]
            rounds = [(run(encode), run(decode)) for _ in range(ROUNDS)]
            for name, results in zip(("encode", "decode"), zip(*rounds, strict=True), strict=True):
                seconds = statistics.median(result[0] for result in results)
                memory = max(result[1] for result in results)
                rows.append(
                    {
                        "scale": int(scale),
                        "command": name,
                        "seconds": round(seconds, 1),
                        "peak_gib": round(memory, 2),
                    }
                )
                print(f"x{scale} {name}: {seconds:.1f} s, peak memory {memory:.2f} GiB", flush=True)
    if args.json:
        args.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


def run(arguments: list[str | Path]) -> tuple[float, float]:
    """Run the command line; return its seconds and its peak resident memory in GiB."""
    command = [sys.executable, "-m", "rescodec_cli", *map(str, arguments), "--overwrite", "-q"]
    started = time.perf_counter()
    process = subprocess.Popen(command)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    if status:
        raise SystemExit(f"{' '.join(command)} failed")
    return seconds, usage.ru_maxrss / 2**20


if __name__ == "__main__":
    main()
