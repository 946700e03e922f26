"""Rates of folders of photos of 12 megapixels: one after another, overlapped, in processes.

Usage: python benchmarks/batch_speed.py [--models ID...] [--photos 4] [--rounds 2] [--json FILE]
       [--size 4000 3000] [--workers 1 2 4] [--device cpu]

The photos are those of examples/photos, enlarged and turned. All modes take turns in each round;
the table shows medians. "network" is the codec alone, on arrays in memory, with all cores;
"sequential" reads, computes and writes one file after another in this process, with all cores;
"1 worker" overlaps these stages in threads; "N workers" are processes of one thread each, whose
start is part of the time; "device, N" is the engine for GPUs, N processes beside the device, and
"busy" the share of the time in which that computed, copies to and from it included. On a GPU this
takes the place of "N workers", and released models work in float16. "in batches" is "network" on as
many pictures at a time as that engine has in a batch.
"""

from __future__ import annotations

import argparse
import functools
import json
import math
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import torch
from PIL import Image

from rescodec import Codec
from rescodec.batch.conversion import DecodeConversion, EncodeConversion
from rescodec.batch.device_engine import BATCH_FILES, BATCH_PIXELS, DeviceEngine
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

SOURCES = Path(__file__).parent.parent / "examples/photos"


def main() -> None:
    """Measure both directions of all models."""
    parser = argparse.ArgumentParser(description="Rates of folders of photos.")
    parser.add_argument("--models", nargs="+", default=["alpha-x2-lite-1"])
    parser.add_argument("--photos", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--size", type=int, nargs=2, default=[4000, 3000], help="width, height")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_photos(folder / "photos", args.photos, tuple(args.size))
        for model in args.models:
            codec = Codec.open(model, device=args.device, precision="auto")
            encoded = folder / f"encoded-{model}"
            convert(codec, "encode", folder / "photos", encoded, threads)
            for command, source in (("encode", folder / "photos"), ("decode", encoded)):
                job = Job(codec, command, source, folder, math.prod(args.size) / 1e6)
                rows += measured(job, args.workers, args.rounds)
    if args.json:
        args.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


class Job(NamedTuple):
    """A folder to convert again and again, and the megapixels of each photo."""

    codec: Codec
    command: str
    source: Path
    folder: Path
    megapixels: float


class Took(NamedTuple):
    """How long a folder took, and the share of it in which the device was busy, if known."""

    seconds: float
    busy: float | None = None


def make_photos(folder: Path, count: int, size: tuple[int, int]) -> None:
    """Write photos that differ, as JPEGs of quality 92."""
    folder.mkdir()
    sources = sorted(SOURCES.glob("*.jpg"))
    for number in range(count):
        with Image.open(sources[number % len(sources)]) as image:
            photo = image.convert("RGB").resize(size, Image.Resampling.LANCZOS)
        turned = photo.rotate(180) if number // len(sources) % 2 else photo
        turned.save(folder / f"{number}.jpg", quality=92)


def measured(job: Job, workers: list[int], rounds: int) -> list[dict[str, Any]]:
    """Return the rates of all modes, and print a table of medians."""
    found: dict[str, list[Took]] = {}
    for _ in range(rounds):
        for mode, run in modes(job, workers).items():
            found.setdefault(mode, []).append(run())
            took = found[mode][-1].seconds
            print(f"{job.codec.id} {job.command} {mode}: {took:.1f} s", flush=True)
    photos = sum(1 for _ in job.source.glob("*.*g"))
    rates = {
        mode: photos * job.megapixels / statistics.median(one.seconds for one in runs)
        for mode, runs in found.items()
    }
    print(f"\n| {job.codec.id}, {job.command} | MP/s | to sequential | to the network | busy |")
    print("|---|---|---|---|---|")
    rows = []
    for mode, runs in found.items():
        busy = [one.busy for one in runs if one.busy is not None]
        share = round(statistics.median(busy), 3) if busy else None
        to = f"{rates[mode] / rates['sequential']:.2f} | {rates[mode] / rates['network']:.0%}"
        told = "" if share is None else f"{share:.0%}"
        print(f"| {mode} | {rates[mode]:.2f} | {to} | {told} |", flush=True)
        rows.append(
            {
                "model": job.codec.id,
                "command": job.command,
                "mode": mode,
                "device": str(job.codec.device),
                "precision": job.codec.precision,
                "cores": torch.get_num_threads(),
                "photos": photos,
                "megapixels": job.megapixels,
                "seconds": [round(one.seconds, 2) for one in runs],
                "megapixels_per_second": round(rates[mode], 3),
                "busy": share,
            }
        )
    return rows


def modes(job: Job, workers: list[int]) -> dict[str, Callable[[], Took]]:
    """Return what is compared, by name."""
    together = max(1, min(BATCH_FILES, int(BATCH_PIXELS / 1e6 / job.megapixels)))
    found: dict[str, Callable[[], Took]] = {
        "network": lambda: network_alone(job, 1),
        "sequential": lambda: one_after_another(job),
        "1 worker": lambda: converted(job, threads),
    }
    if together > 1:
        found["in batches"] = lambda: network_alone(job, together)
    for count in workers:
        beside = functools.partial(device_and_processes, count=count)
        found[f"device, {count}"] = functools.partial(converted, job, beside)
        if count > 1 and job.codec.device.type == "cpu":
            several = functools.partial(processes, count=count)
            found[f"{count} workers"] = functools.partial(converted, job, several)
    return found


def threads(worker: Worker) -> Engine:
    """Return the engine of one worker."""
    return ThreadEngine(worker)


def processes(worker: Worker, count: int) -> Engine:
    """Return the engine of several workers."""
    return ProcessEngine(WorkerOpener(worker, 1, Limits().hr_pixels), count)


def device_and_processes(worker: Worker, count: int) -> Engine:
    """Return the engine of a device."""
    return DeviceEngine(WorkerOpener(worker, 1, Limits().hr_pixels), count)


def network_alone(job: Job, together: int) -> Took:
    """Measure the codec on all files, so many at a time, without reading and writing them."""
    codec, paths = job.codec, sorted(job.source.glob("*.*g"))
    if job.command == "encode":
        encoding = Encoding(codec)
        photos = [encoding.read(path).pixels for path in paths]
        quality = default_quality(codec.config) if codec.config.dial_steps else None
        return timed(
            lambda: [codec.encode_batch(some, quality=quality) for some in parts(photos, together)]
        )
    decoding = Decoding(model=codec)
    files = [decoding.read(path).image for path in paths]
    return timed(lambda: [codec.decode_batch(some) for some in parts(files, together)])


def parts(whole: list[Any], size: int) -> Iterator[list[Any]]:
    """Yield a list in pieces."""
    for start in range(0, len(whole), size):
        yield whole[start : start + size]


def one_after_another(job: Job) -> Took:
    """Measure a loop over all files."""
    worker, tasks, _ = prepared(job.codec, job.command, job.source, fresh(job.folder))
    return timed(lambda: [worker(task) for task in tasks])


def converted(job: Job, engine_of: Callable[[Worker], Engine]) -> Took:
    """Measure an engine."""
    started = time.perf_counter()
    engine = convert(job.codec, job.command, job.source, fresh(job.folder), engine_of)
    seconds = time.perf_counter() - started
    busy = engine.usage.busy_seconds if isinstance(engine, DeviceEngine) else None
    return Took(seconds, None if busy is None else busy / seconds)


def convert(
    codec: Codec, command: str, source: Path, target: Path, engine_of: Callable[[Worker], Engine]
) -> Engine:
    """Convert a folder as the command line does it, and return what has done it.

    Raises:
        RuntimeError: A file failed.
    """
    target.mkdir(exist_ok=True)
    worker, _, plan = prepared(codec, command, source, target)
    engine = engine_of(worker)
    with Manifest(target / "manifest.jsonl") as manifest:
        trees = Trees(worker.sources, worker.targets)
        for outcome in run_plan(plan, trees, manifest, engine):
            if outcome.entry.status != "done":
                raise RuntimeError(outcome.entry.message)
    return engine


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


def timed(work: Callable[[], object]) -> Took:
    """Measure some work."""
    started = time.perf_counter()
    work()
    return Took(time.perf_counter() - started)


if __name__ == "__main__":
    main()
