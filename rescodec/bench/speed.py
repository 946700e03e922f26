"""Suite ``speed``: megapixels per second and memory against size, of network and whole files.

Each model, size and direction has a process of its own, whose largest memory is what it needs. The
process opens the model, does everything once, and then takes turns: the network alone on arrays,
and all from a file to a file. The start of the program is not part of either.
"""

from __future__ import annotations

import json
import math
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image as PillowImage

from rescodec.bench.subjects import Image
from rescodec.codec import Codec
from rescodec.decoding import Decoding
from rescodec.dial import default_quality
from rescodec.encoding import Encoding
from rescodec.memory import peak_memory

COMMANDS = ("encode", "decode")
MEGAPIXELS = (0.25, 1.0, 4.0, 12.0)
ROUNDS = 3
# Of the photos, like those of a camera.
JPEG_QUALITY = 92

Record = dict[str, Any]


class SpeedError(RuntimeError):
    """A measuring process failed."""


def enlarged(pixels: Image, megapixels: float) -> Image:
    """Return a photo of a size, 3 to 2, of an image and its mirror images.

    Args:
        pixels: (H, W, 3) uint8.
        megapixels: Millions of pixels of the result; sizes become multiples of 4.
    """
    height = 4 * round(math.sqrt(megapixels * 1e6 * 2 / 3) / 4)
    width = 4 * round(megapixels * 1e6 / height / 4)
    rows, columns = (
        _mirrored(n, size) for n, size in zip((height, width), pixels.shape, strict=False)
    )
    return pixels[np.ix_(rows, columns)]


def measure(
    model: str | Path, command: str, photo: Image, *, device: str, rounds: int = ROUNDS
) -> Record:
    """Measure one model in one direction on one photo, in a process of its own.

    Args:
        model: Id or path of weights.
        command: ``encode`` or ``decode``.
        photo: (H, W, 3) uint8.
        device: As ``Codec.open`` takes it.
        rounds: Of which medians are taken.

    Returns:
        A record but for the model's name and the size.

    Raises:
        SpeedError: The process failed.
        ValueError: There are no such weights.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "photo.jpg"
        PillowImage.fromarray(photo).save(file, quality=JPEG_QUALITY)
        if command == "decode":
            # Not in the process that is measured.
            encoding = Encoding(Codec.open(model, device=device))
            encoding.write(encoding.compute(encoding.read(file)), _lr_of(file))
        line = [sys.executable, "-m", "rescodec.bench.speed", str(model), command, str(file)]
        process = subprocess.run(
            [*line, device, str(rounds)], capture_output=True, text=True, check=False
        )
    if process.returncode:
        last = process.stderr.strip().splitlines()[-1:] or [f"status {process.returncode}"]
        raise SpeedError(f"speed of {model}, {command}: {last[0]}")
    found = json.loads(process.stdout)
    pixels = math.prod(photo.shape[:2]) / 1e6
    return {
        "command": command,
        "network_megapixels_per_second": round(pixels / found["network_seconds"], 4),
        "megapixels_per_second": round(pixels / found["seconds"], 4),
        "peak_bytes": found["peak_bytes"],
        "rounds": rounds,
        "threads": found["threads"],
    }


def main(argv: Sequence[str]) -> None:
    """Measure in this process; print JSON."""
    # Only in this process.
    import torch

    model, command, photo, device, rounds = argv
    codec = Codec.open(model, device=device)
    network, whole = (_encoding if command == "encode" else _decoding)(codec, Path(photo))
    times: dict[Callable[[], object], list[float]] = {network: [], whole: []}
    for done in range(int(rounds) + 1):
        for work, seconds in times.items():
            started = time.perf_counter()
            work()
            if device.startswith("cuda"):
                torch.cuda.synchronize()
            if done:
                seconds.append(time.perf_counter() - started)
    figures = {
        "network_seconds": statistics.median(times[network]),
        "seconds": statistics.median(times[whole]),
        "peak_bytes": peak_memory(),
        "threads": torch.get_num_threads(),
    }
    sys.stdout.write(json.dumps(figures))


def _encoding(codec: Codec, photo: Path) -> tuple[Callable[[], object], Callable[[], object]]:
    encoding = Encoding(codec, overwrite=True)
    pixels = encoding.read(photo).pixels
    quality = default_quality(codec.config) if codec.config.dial_steps else None

    def whole() -> object:
        return encoding.write(encoding.compute(encoding.read(photo)), _lr_of(photo))

    return lambda: codec.encode(pixels, quality=quality), whole


def _decoding(codec: Codec, photo: Path) -> tuple[Callable[[], object], Callable[[], object]]:
    decoding = Decoding(model=codec, overwrite=True)
    lr, target = _lr_of(photo), photo.with_suffix(".png")
    opened = decoding.read(lr)

    def whole() -> None:
        decoding.write(decoding.compute(decoding.read(lr)), target)

    return lambda: codec.decode(opened.image), whole


def _lr_of(photo: Path) -> Path:
    return photo.with_suffix(".lr.png")


def _mirrored(length: int, size: int) -> Any:
    """Return indices that go through an axis forwards and backwards until it is long enough."""
    there_and_back = np.concatenate((np.arange(size), np.arange(size)[::-1]))
    return np.resize(there_and_back, length)


if __name__ == "__main__":
    main(sys.argv[1:])
