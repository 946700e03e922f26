"""Rates of folders of photos of 12 megapixels: one after another, overlapped, in processes.

Usage: python benchmarks/batch_speed.py [--models ID...] [--photos 4] [--rounds 2] [--json FILE]

The photos are those of examples/photos, enlarged and turned. All modes take turns in each round;
the table shows medians. "network" is the codec alone, on arrays in memory, with all cores;
"sequential" reads, computes and writes one file after another in this process, with all cores;
"1 worker" overlaps these stages in threads; "N workers" are processes of one thread each, whose
start is part of the time.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from PIL import Image

from rescodec import Codec
from rescodec.batch.conversion import DecodeConversion, EncodeConversion
from rescodec.batch.engines import Engine, ProcessEngine, ThreadEngine, WorkerOpener
from rescodec.batch.manifest import Manifest
from rescodec.batch.planning import Rules, make_plan
from rescodec.batch.run import Trees, run_plan
from rescodec.batch.selection import Selection
from rescodec.batch.storage import storage_of
from rescodec.batch.worker import Worker
from rescodec.decoding import Decoding
from rescodec.dial import default_quality
from rescodec.encoding import Encoding
from rescodec_formats import Limits

SIZE = (4000, 3000)
SOURCES = Path(__file__).parent.parent / "examples/photos"
WORKERS = (1, 2, 4)


def main() -> None:
    """Measure both directions of all models."""
    parser = argparse.ArgumentParser(description="Rates of folders of photos.")
    parser.add_argument("--models", nargs="+", default=["alpha-x2-lite-1"])
    parser.add_argument("--photos", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_photos(folder / "photos", args.photos)
        for model in args.models:
            codec = Codec.open(model, device="cpu")
            encoded = folder / f"encoded-{model}"
            convert(codec, "encode", folder / "photos", encoded, 2)
            for command, source in (("encode", folder / "photos"), ("decode", encoded)):
                rows += measured(codec, command, source, folder, args.rounds)
    if args.json:
        args.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


def make_photos(folder: Path, count: int) -> None:
    """Write photos that differ, as JPEGs of quality 92."""
    folder.mkdir()
    sources = sorted(SOURCES.glob("*.jpg"))
    for number in range(count):
        with Image.open(sources[number % len(sources)]) as image:
            photo = image.convert("RGB").resize(SIZE, Image.Resampling.LANCZOS)
        turned = photo.rotate(180) if number // len(sources) % 2 else photo
        turned.save(folder / f"{number}.jpg", quality=92)


def measured(
    codec: Codec, command: str, source: Path, folder: Path, rounds: int
) -> list[dict[str, Any]]:
    """Return the rates of all modes, and print a table of medians."""
    modes: dict[str, Callable[[], float]] = {
        "network": lambda: network_alone(codec, command, source),
        "sequential": lambda: one_after_another(codec, command, source, folder),
    }
    for workers in WORKERS:
        name = f"{workers} worker{'s' if workers > 1 else ''}"
        modes[name] = lambda workers=workers: timed(  # type: ignore[misc]
            lambda: convert(codec, command, source, fresh(folder), workers)
        )
    megapixels = SIZE[0] * SIZE[1] / 1e6 * sum(1 for _ in source.glob("*.*g"))
    seconds: dict[str, list[float]] = {mode: [] for mode in modes}
    for _ in range(rounds):
        for mode, run in modes.items():
            seconds[mode].append(run())
            print(f"{codec.id} {command} {mode}: {seconds[mode][-1]:.1f} s", flush=True)
    rates = {mode: megapixels / statistics.median(times) for mode, times in seconds.items()}
    print(f"\n| {codec.id}, {command} | MP/s | to sequential | to the network alone |")
    print("|---|---|---|---|")
    for mode, rate in rates.items():
        to = f"{rate / rates['sequential']:.2f} | {rate / rates['network']:.0%}"
        print(f"| {mode} | {rate:.2f} | {to} |", flush=True)
    return [
        {
            "model": codec.id,
            "command": command,
            "mode": mode,
            "cores": torch.get_num_threads(),
            "photos": round(megapixels / (SIZE[0] * SIZE[1] / 1e6)),
            "seconds": [round(value, 2) for value in times],
            "megapixels_per_second": round(rates[mode], 3),
        }
        for mode, times in seconds.items()
    ]


def network_alone(codec: Codec, command: str, source: Path) -> float:
    """Return the seconds that the codec takes for all files, without reading and writing them."""
    paths = sorted(source.glob("*.*g"))
    if command == "encode":
        encoding = Encoding(codec)
        photos = [encoding.read(path) for path in paths]
        dial = bool(codec.config.dial_steps)
        quality = default_quality(codec.config) if dial else None
        return timed(lambda: [codec.encode(photo.pixels, quality=quality) for photo in photos])
    decoding = Decoding(model=codec)
    files = [decoding.read(path) for path in paths]
    return timed(lambda: [decoding.compute(file) for file in files])


def one_after_another(codec: Codec, command: str, source: Path, folder: Path) -> float:
    """Return the seconds that a loop over all files takes."""
    worker, tasks, _ = prepared(codec, command, source, fresh(folder))
    return timed(lambda: [worker(task) for task in tasks])


def convert(codec: Codec, command: str, source: Path, target: Path, workers: int) -> None:
    """Convert a folder as the command line does it.

    Raises:
        RuntimeError: A file failed.
    """
    target.mkdir(exist_ok=True)
    worker, _, plan = prepared(codec, command, source, target)
    engine: Engine = ThreadEngine(worker)
    if workers > 1:
        engine = ProcessEngine(WorkerOpener(worker, 1, Limits().hr_pixels), workers)
    with Manifest(target / "manifest.jsonl") as manifest:
        trees = Trees(worker.sources, worker.targets)
        for outcome in run_plan(plan, trees, manifest, engine):
            if outcome.entry.status != "done":
                raise RuntimeError(outcome.entry.message)


def prepared(codec: Codec, command: str, source: Path, target: Path) -> tuple[Worker, Any, Any]:
    """Return worker, tasks and plan of a folder."""
    conversion: Any = EncodeConversion(Encoding(codec))
    if command == "decode":
        conversion = DecodeConversion(Decoding(model=codec))
    worker = Worker(conversion, storage_of(source), storage_of(target), told)
    template = "{stem}.lr.png" if command == "encode" else "{stem}.png"
    rules = Rules(run="00000000", tree="00000000", settings=conversion.settings, template=template)
    found = Trees(worker.sources, worker.targets).find(Selection(command == "decode"), "skip")
    plan = make_plan(found, {}, {}.get, rules)
    return worker, plan.tasks, plan


def told(error: Exception, source: str, target: str) -> str:
    """Describe an error; other processes find this by its name."""
    return f"{source}: {error}"


def fresh(folder: Path) -> Path:
    """Return a new empty folder."""
    return Path(tempfile.mkdtemp(dir=folder))


def timed(work: Callable[[], object]) -> float:
    """Return how many seconds work takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
