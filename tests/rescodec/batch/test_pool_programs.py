"""Pools in programs of their own: their input, their signals, and how they end."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.rescodec.batch.pool_workers import LIMIT, all_gone, wait_until

ROOT = Path(__file__).parents[3]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kills by POSIX signals")


class Program:
    """A process that runs a pool, in a session of its own."""

    def __init__(self, *tasks: Any) -> None:
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-c",
                "from tests.rescodec.batch.pool_workers import program\n"
                f"if __name__ == '__main__': program(*{tasks!r})",
            ],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def pids(self, count: int) -> list[int]:
        """Return the processes of the pool as soon as there are so many."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            word, *values = line.split()
            if word == "process" and len(values) == count:
                return [int(value) for value in values]
        pytest.fail(self.process.communicate()[1])


@pytest.fixture
def program() -> Iterator[Callable[..., Program]]:
    """Start programs, and end what is left of them."""
    programs: list[Program] = []

    def start(*tasks: Any) -> Program:
        programs.append(Program(*tasks))
        return programs[-1]

    yield start
    for started in programs:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(started.process.pid, signal.SIGKILL)
        started.process.communicate(timeout=LIMIT)


@pytest.mark.slow
def test_processes_have_no_input(program: Callable[..., Program]) -> None:
    output, errors = program("read_input").process.communicate("typed", timeout=LIMIT)
    assert "outcome b''" in output
    assert errors == ""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="asks /proc")
def test_processes_do_not_hear_interrupts_while_they_start(program: Callable[..., Program]) -> None:
    """They would tell of a KeyboardInterrupt, each with a traceback."""
    output, _ = program("server_is_deaf").process.communicate(timeout=LIMIT)
    assert "outcome True" in output


@pytest.mark.slow
def test_processes_end_with_their_parent(tmp_path: Path, program: Callable[..., Program]) -> None:
    """The one with a task cleans up; the other one waits for a task."""
    file = tmp_path / "part"
    started = program(f"hold {file}", 1)
    pids = started.pids(2)
    wait_until(file.exists)
    started.process.kill()
    started.process.wait(LIMIT)
    wait_until(lambda: all_gone(pids))
    assert not file.exists()


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("send", [os.kill, os.killpg])
def test_a_signal_ends_all(
    tmp_path: Path,
    program: Callable[..., Program],
    number: signal.Signals,
    send: Callable[[int, int], None],
) -> None:
    """Sent by a person to one process, by a terminal or `timeout` to all of them."""
    files = [tmp_path / "a", tmp_path / "b"]
    started = program(f"hold {files[0]}", 1, f"hold {files[1]}")
    pids = started.pids(2)
    wait_until(lambda: all(file.exists() for file in files))
    send(started.process.pid, number)
    _, errors = started.process.communicate(timeout=LIMIT)
    assert started.process.returncode == 128 + number
    assert errors == ""
    assert list(tmp_path.iterdir()) == []
    assert all_gone(pids)


@pytest.mark.slow
def test_nothing_is_imported_from_the_current_folder(tmp_path: Path) -> None:
    photos, programs = tmp_path / "photos", tmp_path / "programs"
    photos.mkdir()
    programs.mkdir()
    for name in ("torch", "numpy", "selectors", "socket", "multiprocessing"):
        (photos / f"{name}.py").write_text("raise SystemExit('imported from the folder')")
    main = programs / "main.py"
    main.write_text(
        "from tests.rescodec.batch.pool_workers import program\n"
        "if __name__ == '__main__': program(2)\n"
    )
    done = subprocess.run(
        [sys.executable, main],
        cwd=photos,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    assert done.stderr == ""
    assert "outcome (4, " in done.stdout


@pytest.mark.slow
def test_a_program_without_a_guard_is_told(tmp_path: Path) -> None:
    """It would start processes in each process, and they in turn."""
    main = tmp_path / "main.py"
    main.write_text("from tests.rescodec.batch.pool_workers import program\nprogram(2)\n")
    done = subprocess.run(
        [sys.executable, main],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    assert done.returncode == 1
    assert 'if __name__ == "__main__":' in done.stderr.replace("'", '"')
    assert "worker processes in a row ended" in done.stderr
