"""A large tree there and back, with everything in it that goes wrong, killed half-way.

Usage: python benchmarks/batch_tree.py [--files 2000] [--workers 2] [--model ID] [--json FILE]

The tree holds real photos (crops of examples/photos, in several formats, grey and 16 bits too) and
drawn pictures, a broken file, one that may not be read, a name of 250 bytes, and two photos whose
LR files would have one name. The program is run as its users run it: refused for the collision,
then with other names, killed with SIGKILL half-way, run again, and back. Whatever is not as it
should be ends this program with an error. Memory is the sum over all processes of the run.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import rescodec_formats as formats
from rescodec.batch.names import target_name

SOURCES = Path(__file__).parent.parent / "examples/photos"
NAMES = ("--name", "{name}.lr.png")
LONG = "ü" * 123 + ".jpg"
SUFFIXES = (".jpg", ".png", ".webp", ".tif")
# Files after which memory is looked at.
EVERY = 10
# Root reads everything, unless it gives that up.
HUMBLE = ("setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all")
BROKEN = {"broken.jpg", "secret.jpg"}


def main() -> None:
    """Make the tree, convert it there and back, and tell what happened."""
    parser = argparse.ArgumentParser(description="A large tree there and back.")
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--model", default="alpha-x2-lite-1")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_tree(folder / "in", args.files)
        options = ("-r", "--workers", str(args.workers), "--json")
        encode = ("encode", "in", "-o", "out", "--model", args.model, *options)
        refused = run(folder, encode)
        require(refused["code"] == 2 and not list(folder.rglob("*.lr.png")), "collision not found")
        killed = run(folder, (*encode, *NAMES), kill_at=args.files // 2)
        resumed = run(folder, (*encode, *NAMES))
        check_encoded(folder, killed, resumed)
        whole = run(folder, (*encode[:3], "more", *encode[4:], *NAMES))
        back = run(folder, ("decode", "out", "-o", "back", *options, "--name", "{stem}.png"))
        check_decoded(folder, back)
        require(run(folder, (*encode, *NAMES))["summary"]["done"] == 0, "not resumed")
    facts = {"files": args.files, "model": args.model, "workers": args.workers}
    for stage, found in (
        ("killed", killed),
        ("resumed", resumed),
        ("whole", whole),
        ("back", back),
    ):
        facts[stage] = {key: value for key, value in found.items() if key != "code"}
        print(stage, facts[stage])
    if args.json:
        args.json.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")


def make_tree(folder: Path, count: int) -> None:
    """Write photos and drawings of up to 160 pixels a side into nested folders."""
    generator = random.Random(0)
    photos = [Image.open(path).convert("RGB") for path in sorted(SOURCES.glob("*.jpg"))]
    for number in range(count - 5):
        path = folder / f"{number % 7}" / f"{number % 5}" / f"p{number}{SUFFIXES[number % 4]}"
        path.parent.mkdir(parents=True, exist_ok=True)
        width, height = generator.randint(40, 160), generator.randint(40, 160)
        if number % 3:
            source = photos[number % len(photos)]
            left, top = (generator.randrange(n - 160) for n in source.size)
            picture = source.crop((left, top, left + width, top + height))
        else:
            picture = drawing(width, height, number)
        if number % 10 == 0:
            picture = picture.convert("L")
        if path.suffix == ".png" and number % 9 == 0:
            deep = np.asarray(picture.convert("L")).astype(np.uint16) * 257
            picture = Image.fromarray(deep)
        picture.save(path)
    photos[0].crop((0, 0, 90, 70)).save(folder / LONG)
    for name in ("twin.jpg", "twin.png"):
        photos[1].crop((0, 0, 64, 48)).save(folder / name)
    (folder / "broken.jpg").write_bytes((folder / LONG).read_bytes()[:99])
    (folder / "secret.jpg").write_bytes((folder / LONG).read_bytes())
    (folder / "secret.jpg").chmod(0)


def drawing(width: int, height: int, seed: int) -> Image.Image:
    """Return waves and edges."""
    y, x = np.mgrid[:height, :width] / 9
    waves = 128 + 90 * np.sin(x + np.arange(3)[:, None, None] + seed) * np.cos(y)
    edges = 60 * ((x + y) % 3 > 1.5)
    return Image.fromarray((waves + edges).clip(0, 255).astype(np.uint8).transpose(1, 2, 0))


def run(folder: Path, arguments: Sequence[str], *, kill_at: int | None = None) -> dict[str, Any]:
    """Run the program, and return its exit code, summary, seconds, and memory on the way."""
    started = time.perf_counter()
    memory: dict[int, int] = {}
    lines: list[dict[str, Any]] = []
    prefix = HUMBLE if os.geteuid() == 0 else ()
    with subprocess.Popen(
        [*prefix, sys.executable, "-m", "rescodec_cli", *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        for line in process.stdout or ():
            lines.append(json.loads(line))
            if len(lines) % EVERY == 0:
                memory[len(lines)] = resident(folder)
            if kill_at is not None and len(lines) == kill_at:
                process.send_signal(signal.SIGKILL)
    while processes(folder):
        time.sleep(0.1)
    files = [line for line in lines if "source" in line]

    def megabytes(share: float) -> int:
        nearest = min(memory, key=lambda count: abs(count - share * len(files)), default=0)
        return round(memory.get(nearest, 0) / 1e6)

    return {
        "code": process.returncode,
        "seconds": round(time.perf_counter() - started, 1),
        "outcomes": len(files),
        # Behind that, processes have nothing left to do, and end.
        **{f"megabytes at {share} %": megabytes(share / 100) for share in (10, 50, 98)},
        "summary": next((line["summary"] for line in lines if "summary" in line), None),
    }


def processes(folder: Path) -> list[Path]:
    """Return the processes that work in a folder."""
    found = []
    for process in Path("/proc").iterdir():
        try:
            if process.name.isdigit() and (process / "cwd").readlink() == folder:
                found.append(process)
        except OSError:
            continue
    return found


def resident(folder: Path) -> int:
    """Return the bytes in memory of all processes of a run; what they share counts once."""
    total = 0
    for process in processes(folder):
        try:
            rollup = (process / "smaps_rollup").read_text()
        except OSError:
            continue
        total += next(int(line.split()[1]) for line in rollup.splitlines() if "Pss:" in line)
    return 1024 * total


def check_encoded(folder: Path, killed: dict[str, Any], resumed: dict[str, Any]) -> None:
    """Compare the LR files with the sources, by name and by what they say."""
    sources = {path.relative_to(folder / "in") for path in (folder / "in").rglob("*.*")}
    good = {source for source in sources if source.name not in BROKEN}
    targets = {source: target_name(str(source), NAMES[1]) for source in good}
    made = {
        path.relative_to(folder / "out") for path in (folder / "out").rglob("*") if path.is_file()
    }
    require(killed["code"] == -signal.SIGKILL, "not killed")
    expected = {"rescodec-encode.jsonl", *targets.values()}
    require({str(path) for path in made} == expected, "other files than expected")
    require(resumed["code"] == 1 and resumed["summary"]["failed"] == len(BROKEN), "other failures")
    require(0 < resumed["summary"]["unchanged"] < len(good), "nothing was resumed")
    for source, target in targets.items():
        with Image.open(folder / "in" / source) as image:
            size = (image.height, image.width)
        header = formats.read(folder / "out" / target).header
        require(header.hr_size == size, f"{source} has another size")


def check_decoded(folder: Path, back: dict[str, Any]) -> None:
    """Compare the restored photos with the LR files, by name."""
    lr_files = {path.relative_to(folder / "out") for path in (folder / "out").rglob("*.lr.png")}
    expected = {path.with_name(path.name.removesuffix(".lr.png") + ".png") for path in lr_files}
    made = {path.relative_to(folder / "back") for path in (folder / "back").rglob("*.png")}
    require(back["code"] == 0 and made == expected, "other photos than expected")


def require(condition: bool, problem: str) -> None:
    """End with an error unless a condition holds.

    Raises:
        RuntimeError: It does not.
    """
    if not condition:
        raise RuntimeError(problem)


if __name__ == "__main__":
    main()
