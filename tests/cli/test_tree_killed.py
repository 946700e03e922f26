"""Runs over whole folders that are killed, and the ones after them."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage

from tests.cli.trees import entries, names, summary

PROGRAM = (sys.executable, "-m", "rescodec_cli")
# With the engine for devices, whose device is the CPU.
WITH_DEVICE = (
    sys.executable,
    "-c",
    "from rescodec.batch.device_engine import DeviceEngine; from rescodec_cli import main, tree; "
    "tree.ProcessEngine = DeviceEngine; main.main()",
)
# Of 250 bytes, with which neither derived nor temporary names may go over 255.
LONG = "ü" * 123 + ".jpg"


def start(
    program: tuple[str, ...], folder: Path, environment: dict[str, str]
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*program, "encode", "in", "-o", "out", "-r", "--workers", "2", "--json"],
        cwd=folder.parent,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )


@pytest.mark.slow
@pytest.mark.parametrize("started", [PROGRAM, WITH_DEVICE], ids=["processes", "device"])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_killed_half_way(
    started: tuple[str, ...],
    folder: Path,
    environment: dict[str, str],
    program: Callable,
    pixels: np.ndarray,
    number: signal.Signals,
) -> None:
    """The second run ends with exactly the right files, and the first leaves no process behind."""
    for index in range(40):
        PillowImage.fromarray(np.roll(pixels, index, axis=0)).save(folder / f"x/p{index:02}.png")
    (folder / f"x/{LONG}").write_bytes((folder / "x/b.jpg").read_bytes())
    out = folder.parent / "out"
    with start(started, folder, environment) as process:
        assert process.stdout is not None
        for _ in range(9):
            assert process.stdout.readline()
        process.send_signal(number)
        _, err = process.communicate(timeout=60)
    if number == signal.SIGKILL:
        assert process.returncode == -number
    else:
        assert process.returncode == 128 + number
        assert "files are left; the same command goes on" in err.decode()
        assert not list(out.rglob("*.part"))
    _wait_for_end(folder)
    before = entries(out / "rescodec-encode.jsonl")
    done = program("encode", "in", "-o", "out", "-r", "--workers", "2", "--json")
    assert (done.code, summary(done.text)["failed"]) == (1, 1)
    earlier = sum(entry["status"] == "done" for entry in before)
    assert 9 <= earlier + 1 < 44
    assert summary(done.text)["unchanged"] == earlier
    sources = [*(f"p{index:02}" for index in range(40)), "b", "c", LONG.removesuffix(".jpg")]
    expected = ["a.lr.png", "rescodec-encode.jsonl", *(f"x/{name}.lr.png" for name in sources)]
    assert names(out) == sorted(expected)
    assert program("verify", *sorted(out.rglob("*.lr.png"))).code == 0


def _wait_for_end(folder: Path) -> None:
    """Wait until the workers of a killed parent have noticed that it is gone."""
    deadline = time.monotonic() + 60
    while _processes_in(folder.parent):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def _processes_in(folder: Path) -> list[str]:
    found = []
    for process in Path("/proc").iterdir():
        try:
            if process.name.isdigit() and (process / "cwd").readlink() == folder:
                found.append(process.name)
        except OSError:
            continue
    return found
