"""Damaged files through the real program, one process each."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import rescodec
import rescodec_formats as rf
from mutations import damage, forge
from subjects import Subject, same_picture

PROGRAM = (sys.executable, "-m", "rescodec_cli")
LIMITS = ("--max-pixels", "100000", "--limit", "payload-bytes=1MiB")
# More than a whole file of the same size takes.
MAX_GROWTH_MIB = 256


def run(encoded: list[Subject], photos: list[Subject], count: int, seed: int) -> dict[str, Any]:
    """Damage so many files and give each to the program; return the counts as JSON."""
    random = Random(seed)
    outcomes: Counter[str] = Counter()
    peaks: list[float] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        outcome, usual = _attempt("decode", encoded[0], encoded[0].data, folder, forged=False)
        for _ in range(count):
            command = random.choice(("decode", "decode", "verify", "info", "convert", "encode"))
            subject = random.choice(photos if command == "encode" else encoded)
            forged = subject.data.startswith(b"\x89PNG") and random.random() < 0.7
            data = (forge if forged else damage)(subject.data, random)
            outcome, peak = _attempt(command, subject, data, folder, forged=forged)
            outcomes[f"{command}: {outcome}"] += 1
            peaks.append(peak)
    growth = max(peaks, default=usual) - usual
    failures = sum(n for outcome, n in outcomes.items() if ": wrong" in outcome)
    return {
        "files": count,
        "outcomes": dict(sorted(outcomes.items())),
        "memory_mib": {"usual": round(usual), "growth": round(growth), "limit": MAX_GROWTH_MIB},
        "failures": failures + (growth > MAX_GROWTH_MIB),
    }


def _attempt(
    command: str, subject: Subject, data: bytes, folder: Path, *, forged: bool
) -> tuple[str, float]:
    """Run a command on a file; return what happened and how much memory it took, in MiB."""
    suffix = Path(subject.name).suffix if command == "encode" else ".png"
    source, target = folder / f"source{suffix}", folder / "target.png"
    source.write_bytes(data)
    arguments = [command, str(source), *LIMITS]
    if command in ("decode", "encode", "convert"):
        arguments += ["-q", "-o", str(target)]
    if command == "convert":
        arguments += ["--carrier", "chunk"]
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            [*PROGRAM, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
        )
        # Not Popen.wait, which does not tell what the process took.
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(0)
        lines = errors.read().decode().splitlines()
    if suffix == ".tif":
        # libtiff writes to standard error itself.
        lines = [line for line in lines if line.startswith("error: ") or "Traceback" in line]
    outcome = _outcome(command, process.returncode, lines, target)
    if outcome == "done" and command == "decode":
        outcome = _compared(subject, data, target, forged=forged)
    for path in folder.iterdir():
        path.unlink()
    return outcome, usage.ru_maxrss / 1024


def _outcome(command: str, status: int, lines: list[str], target: Path) -> str:
    """Hold what a command left behind against what it says."""
    others = {path.name for path in target.parent.iterdir()} - {target.name}
    if len(others) != 1:
        return f"wrong: it leaves {len(others) - 1} files"
    if status == 1:
        one_line = len(lines) == 1 and lines[0].startswith("error: ")
        if target.exists() or not one_line:
            return "wrong: it failed, but not with one line and no target"
        return "refused"
    if status or lines:
        return f"wrong: status {status}, {len(lines)} lines of errors"
    writes = command in ("decode", "encode", "convert")
    return "done" if target.exists() == writes else "wrong: no target"


def _compared(subject: Subject, data: bytes, target: Path, *, forged: bool) -> str:
    if same_picture(rescodec.read_photo(target), subject.photo):
        return "the same picture"
    header = rf.probe(data).header
    if forged and header != rf.probe(subject.data).header:
        return "as forged"
    return "wrong picture"
