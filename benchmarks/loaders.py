"""How fast threads and processes read and write what a device computes, pixels sent included.

Usage: python benchmarks/loaders.py [--width 4000] [--times 4] [--json FILE]

One photo, an example photo enlarged to 12 megapixels, is read, and its files are written, again and
again, without a network: MP/s with one and two threads, and with one and two processes from which
pixels come and to which they are sent, as by the engine for devices. "delay" is how long a thread
that does nothing but ask for Python's lock waits for it meanwhile, on average and at worst: so long
a thread waits that feeds a device.
"""

from __future__ import annotations

import argparse
import functools
import io
import json
import sys
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import torch
from PIL import Image

from rescodec import Codec
from rescodec.batch.pool import Pool
from rescodec.decoding import Decoding
from rescodec.encoding import Encoding
from rescodec.images import save_photo

SOURCE = Path(__file__).parents[1] / "examples/photos"
COUNTS = (1, 2)
MODELS = ("alpha-x2-lite-1", "dial-x2-lite-1")
PAUSE = 0.001


class Job(NamedTuple):
    """What is done again and again: a stage, of a model, with a value."""

    stage: str
    model: str
    value: Any
    megapixels: float


def main() -> None:
    """Measure all stages and print a table."""
    parser = argparse.ArgumentParser(description="Threads and processes beside a device.")
    parser.add_argument("--width", type=int, default=4000)
    parser.add_argument("--times", type=int, default=4, help="photos for each thread or process")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    rows = []
    print("| | " + " | ".join(modes()) + " | delay with 2 threads, mean and most |")
    print("|---" * (len(modes()) + 2) + "|")
    for job in jobs(args.width):
        row = {"stage": job.stage, "model": job.model} | measured(job, args.times)
        rows.append(row)
        rates = " | ".join(f"{row[mode]:.1f}" for mode in modes())
        delay = f"{row['delay_mean_ms']:.1f} ms, {row['delay_most_ms']:.0f} ms"
        print(f"| {job.stage}, {job.model} | {rates} | {delay} |", flush=True)
    if args.json:
        args.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


def modes() -> list[str]:
    """Return the names of what is compared."""
    return [f"{count} {kind}" for kind in ("threads", "processes") for count in COUNTS]


def jobs(width: int) -> list[Job]:
    """Return all stages, each with what the one before has made."""
    size = (width, width * 3 // 4)
    with Image.open(min(SOURCE.glob("*.jpg"))) as image:
        large = image.convert("RGB").resize(size, Image.Resampling.LANCZOS)
    file = io.BytesIO()
    large.save(file, "JPEG", quality=92)
    pixels = size[0] * size[1] / 1e6
    made = []
    for model in MODELS:
        encoding, _ = stages(model)
        photo = encoding.read(file.getvalue())
        encoded = encoding.compute(photo)
        target = io.BytesIO()
        encoding.write(encoded, target)
        if model == MODELS[0]:
            made += [
                Job("read photo", model, file.getvalue(), pixels),
                Job("write photo", model, photo, pixels),
                Job("send pixels there and back", model, photo.pixels, pixels),
            ]
        made += [
            Job("write LR file", model, encoded, pixels),
            Job("read LR file", model, target.getvalue(), pixels),
        ]
    return made


@functools.cache
def stages(model: str) -> tuple[Encoding, Decoding]:
    """Open a model once in each process."""
    codec = Codec.open(model, device="cpu")
    return Encoding(codec), Decoding(model=codec)


def work(job: Job) -> Any:
    """Do a job; return what is sent on."""
    encoding, decoding = stages(job.model)
    if job.stage == "send pixels there and back":
        return job.value
    if job.stage == "read photo":
        return encoding.read(job.value)
    if job.stage == "read LR file":
        return decoding.read(job.value).image
    target = io.BytesIO()
    if job.stage == "write photo":
        save_photo(job.value, target, ".png")
    else:
        encoding.write(job.value, target)
    return target.getvalue()


def opener() -> Callable[[Job], Any]:
    """Make a process one that works with one thread."""
    torch.set_num_threads(1)
    return work


def measured(job: Job, times: int) -> dict[str, float]:
    """Return the rate of each mode, and the delays of another thread."""
    work(job)
    found: dict[str, float] = {}
    for count in COUNTS:
        photos = [job] * times * count
        with ThreadPoolExecutor(count) as threads, LockDelay() as delay:
            found[f"{count} threads"] = rate(threads.map(work, photos), len(photos), job)
        found |= {"delay_mean_ms": delay.mean, "delay_most_ms": delay.most}
    for count in COUNTS:
        photos = [job] * times * count
        with Pool[Job, Any](opener, count, failed) as pool:
            # The first of each process opens its model.
            list(pool.run([job] * 2 * count))
            found[f"{count} processes"] = rate(pool.run(photos), len(photos), job)
    return {name: round(value, 2) for name, value in found.items()}


def rate(outcomes: Iterable[Any], photos: int, job: Job) -> float:
    """Return MP/s."""
    started = time.perf_counter()
    for _ in outcomes:
        pass
    return photos * job.megapixels / (time.perf_counter() - started)


class LockDelay:
    """Asks for Python's lock again and again in a thread, while a block runs."""

    def __init__(self) -> None:
        self._delays: list[float] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._ask)

    def __enter__(self) -> LockDelay:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    @property
    def mean(self) -> float:
        """In milliseconds."""
        return 1000 * sum(self._delays) / len(self._delays)

    @property
    def most(self) -> float:
        """In milliseconds."""
        return 1000 * max(self._delays)

    def _ask(self) -> None:
        while not self._delays or not self._stop.is_set():
            started = time.perf_counter()
            time.sleep(PAUSE)
            self._delays.append(time.perf_counter() - started - PAUSE)


def failed(job: Job, reason: str) -> Any:
    """Report a process that died."""
    sys.exit(f"{job.stage}: {reason}")


if __name__ == "__main__":
    main()
