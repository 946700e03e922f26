"""Time and memory of planning a run over very many files.

Usage: python benchmarks/batch_plan.py [FILES]

Names are made up; nothing is listed and nothing is written but a manifest in which every second
file is done.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from rescodec.batch.manifest import Manifest
from rescodec.batch.planning import Rules, make_plan
from rescodec.batch.storage import Found
from rescodec.memory import peak_memory


def main() -> None:
    """Plan a run twice: new, and half done."""
    parser = argparse.ArgumentParser(description="Time and memory of planning a run.")
    parser.add_argument("files", type=int, nargs="?", default=1_000_000)
    count = parser.parse_args().files
    rules = Rules(run="00000000", tree="00000000", settings="s", template="{stem}.lr.png")
    found = [Found(f"{i // 1000:06}/IMG_{i:09}.jpg", 5_000_000, "1") for i in range(count)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "manifest.jsonl"
        started = time.perf_counter()
        tasks = make_plan(found, {}, {}.get, rules).tasks
        report("new", len(tasks), started)
        with Manifest(path) as manifest:
            for task in tasks[::2]:
                manifest.add(task.entry(status="started"))
                manifest.add(task.entry(status="done", target_bytes=1))
        size = path.stat().st_size
        del tasks
        started = time.perf_counter()
        with Manifest(path) as manifest:
            plan = make_plan(found, manifest.past, lambda name: Found(name, 1, ""), rules)
        report("half done", plan.unchanged, started)
        print(f"manifest: {size / count * 2:.0f} bytes for each file that is done")


def report(what: str, files: int, started: float) -> None:
    """Print what it took, up to now."""
    seconds = time.perf_counter() - started
    print(f"{what}: {files:,} files, {seconds:.1f} s, peak {peak_memory() / 1e9:.2f} GB")


if __name__ == "__main__":
    main()
