"""Several photos at a time against one after another: time and peak memory of the command line.

Usage: python benchmarks/overlap.py [--device NAME] [--json FILE]

Eight photos of 3 to 12 MP, the example photos enlarged, are encoded and decoded by one command,
as it is and with a pipeline that does all in the caller's thread. Both take turns.

Options: --widths W... for photos of other sizes, --scales 2 4, --rounds 3.
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
from typing import Any

from PIL import Image

PHOTOS = sorted((Path(__file__).parents[1] / "examples/photos").glob("*.jpg"))
WIDTHS = [2000, 2600, 3200, 4000]
OVERLAPPED = "from rescodec_cli.main import main; main()"
# The pipeline that a single file has.
IN_TURN = """
import rescodec.pipeline as pipeline
whole = pipeline.Pipeline.__init__
def alone(self, items, stages):
    whole(self, items[:0], stages)
    self._items = iter(items)
pipeline.Pipeline.__init__ = alone
"""


def main() -> None:
    """Measure both ways at both scales and print a table."""
    parser = argparse.ArgumentParser(description="Several photos at a time, or in turn.")
    parser.add_argument("--widths", type=int, nargs="+", default=WIDTHS, help="two photos of each")
    parser.add_argument("--scales", nargs="+", default=["2", "4"], help="2 4")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--device", default="cpu", help="auto, cpu, cuda or mps")
    parser.add_argument("--json", type=Path, help="write the figures here too")
    args = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        photos = enlarged(folder, args.widths)
        for scale in args.scales:
            encoded = [path.with_suffix(".lr.png") for path in photos]
            for command, options, files in (
                ("encode", ["--scale", scale], photos),
                ("decode", [], encoded),
            ):
                arguments = [command, *files, *options, "--device", args.device, "--overwrite"]
                row = {"scale": int(scale), "command": command, "device": args.device}
                rows.append(row | measured(arguments, args.rounds))
                print(rows[-1], flush=True)
    if args.json:
        args.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


def enlarged(folder: Path, widths: list[int]) -> list[Path]:
    """Write the photos and return their paths."""
    paths = []
    for width in widths:
        for photo in PHOTOS[:2]:
            with Image.open(photo) as image:
                size = (width, width * 3 // 4)
                paths.append(folder / f"{width}-{photo.name}")
                image.resize(size, Image.Resampling.LANCZOS).save(paths[-1], quality=92)
    return paths


def measured(arguments: list[Any], rounds: int) -> dict[str, float]:
    """Run both ways in turn; return their medians."""
    seconds: dict[str, list[float]] = {"overlapped": [], "in_turn": []}
    memory = dict.fromkeys(seconds, 0.0)
    for _ in range(rounds):
        for way, code in (("overlapped", OVERLAPPED), ("in_turn", IN_TURN + OVERLAPPED)):
            took, peak = run([sys.executable, "-c", code, *map(str, arguments), "-q"])
            seconds[way].append(took)
            memory[way] = max(memory[way], peak)
    medians = {way: statistics.median(values) for way, values in seconds.items()}
    return {
        "overlapped_s": round(medians["overlapped"], 1),
        "in_turn_s": round(medians["in_turn"], 1),
        "ratio": round(medians["overlapped"] / medians["in_turn"], 3),
        "overlapped_gib": round(memory["overlapped"], 2),
        "in_turn_gib": round(memory["in_turn"], 2),
    }


def run(command: list[str]) -> tuple[float, float]:
    """Run a program; return its seconds and its peak resident memory in GiB."""
    started = time.perf_counter()
    process = subprocess.Popen(command)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    if status:
        raise SystemExit(f"{' '.join(command)} failed")
    return seconds, usage.ru_maxrss / 2**20


if __name__ == "__main__":
    main()
