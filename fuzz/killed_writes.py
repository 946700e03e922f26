"""Kill encode and decode at random moments; every target must be whole, old or new.

Half of the moments are spread over the whole run, half over the time in which the temporary file
is there. Half of the targets exist before.

Usage: python fuzz/killed_writes.py PHOTO [--moments N] [--seed N] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from random import Random

PROGRAM = (sys.executable, "-m", "rescodec_cli")
LEFTOVER = re.compile(r"\.[0-9a-f]{16}\.part")
OLD = b"what was there before\n" * 1000
POLL_SECONDS = 0.001


@dataclass(frozen=True)
class Run:
    """A command that makes one file of another, and what it makes if nobody stops it.

    Attributes:
        command: `encode` or `decode`.
        source: the file that it reads.
        suffix: that of the target.
        expected: the whole new content.
        seconds: how long it takes.
        writing: how long of that a temporary file is there.
    """

    command: str
    source: Path
    suffix: str
    expected: bytes
    seconds: float
    writing: float


def measured(command: str, source: Path, suffix: str, folder: Path) -> Run:
    """Run a command undisturbed and keep what it makes, in `folder`, which is empty."""
    target = folder / f"whole{suffix}"
    start = time.monotonic()
    process = _start(command, source, target)
    began = ended = None
    while process.poll() is None:
        if began is None and _leftovers(folder):
            began = time.monotonic()
        if ended is None and target.exists():
            ended = time.monotonic()
        time.sleep(POLL_SECONDS)
    end = time.monotonic()
    writing = (ended or end) - (began or ended or end)
    if process.returncode:
        raise SystemExit(f"{command} {source} failed with status {process.returncode}")
    expected = target.read_bytes()
    target.unlink()
    return Run(command, source, suffix, expected, end - start, writing)


def killed(run: Run, folder: Path, random: Random, *, exists: bool, writing: bool) -> str:
    """Kill one run at a random moment; say what became of its target.

    Args:
        run: what to run.
        folder: an empty folder for the target; it is empty again afterwards.
        random: chooses the moment.
        exists: the target exists before and is to be replaced.
        writing: the moment lies in the time in which a temporary file is there.

    Returns:
        `old`, `new` or `absent`, with `, leftover` if a temporary file stays; anything else is a
        failure.
    """
    target = folder / f"target{run.suffix}"
    if exists:
        target.write_bytes(OLD)
    process = _start(run.command, run.source, target)
    if writing:
        while not _leftovers(folder) and process.poll() is None:
            time.sleep(POLL_SECONDS)
        # A little longer, so that the last step, the new name, lies within.
        time.sleep(random.uniform(0, 1.1 * run.writing))
    else:
        time.sleep(random.uniform(0, run.seconds))
    process.kill()
    process.wait()
    outcome = _outcome(target, run.expected, exists=exists)
    others = [path.name for path in folder.iterdir() if path != target]
    if not all(LEFTOVER.fullmatch(name) for name in others):
        outcome = f"foreign files: {', '.join(others)}"
    elif others:
        outcome += ", leftover"
    for path in folder.iterdir():
        path.unlink()
    return outcome


def _outcome(target: Path, expected: bytes, *, exists: bool) -> str:
    if not target.exists():
        return "gone" if exists else "absent"
    found = target.read_bytes()
    if found == expected:
        return "new"
    return "old" if exists and found == OLD else f"partial: {len(found)} bytes"


def whole(outcome: str) -> bool:
    """Tell whether an outcome is one of those that are allowed."""
    return outcome.removesuffix(", leftover") in ("old", "new", "absent")


def _start(command: str, source: Path, target: Path) -> subprocess.Popen[bytes]:
    arguments = [*PROGRAM, command, "-q", str(source), "-o", str(target), "--overwrite"]
    return subprocess.Popen(arguments, stdin=subprocess.DEVNULL)


def _leftovers(folder: Path) -> list[Path]:
    return list(folder.glob(".*.part"))


def main() -> int:
    """Kill both commands at as many moments as asked for; print and perhaps write the counts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photo", type=Path)
    parser.add_argument("--moments", type=int, default=50, help="for each command")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    random = Random(options.seed)
    results = {"photo": options.photo.name, "seed": options.seed}
    failures = 0
    with tempfile.TemporaryDirectory() as name:
        folder, encoded = Path(name) / "targets", Path(name) / "small.lr.png"
        folder.mkdir()
        encode = measured("encode", options.photo, ".lr.png", folder)
        encoded.write_bytes(encode.expected)
        for run in (encode, measured("decode", encoded, ".png", folder)):
            counts = Counter(
                killed(run, folder, random, exists=index % 2 == 0, writing=index % 4 < 2)
                for index in range(options.moments)
            )
            failures += sum(count for outcome, count in counts.items() if not whole(outcome))
            results[run.command] = {
                "moments": options.moments,
                "seconds": round(run.seconds, 2),
                "writing_seconds": round(run.writing, 2),
                "outcomes": dict(sorted(counts.items())),
            }
    text = json.dumps(results | {"failures": failures}, indent=1)
    print(text)
    if options.json:
        options.json.write_text(text + "\n", encoding="utf-8")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
