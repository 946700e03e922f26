from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from rescodec.memory import free_memory, peak_memory, release_memory

GIB = 2**30


@pytest.fixture
def system(tmp_path: Path) -> tuple[Path, Path]:
    """A machine with 8 GiB available, and a control group without a limit."""
    proc, cgroups = tmp_path / "proc", tmp_path / "cgroup"
    (proc / "self").mkdir(parents=True)
    (cgroups / "job").mkdir(parents=True)
    (proc / "meminfo").write_text(f"MemTotal: {16 * GIB // 1024} kB\nMemAvailable: 8388608 kB\n")
    (proc / "self/cgroup").write_text("4:memory:/old\n0::/job\n")
    (cgroups / "job/memory.max").write_text("max\n")
    (cgroups / "job/memory.current").write_text(f"{GIB}\n")
    return proc, cgroups


def test_what_the_kernel_deems_available(system: tuple[Path, Path]) -> None:
    assert free_memory(*system) == 8 * GIB


def test_what_is_left_to_the_control_group(system: tuple[Path, Path]) -> None:
    group = system[1] / "job"
    (group / "memory.max").write_text(f"{3 * GIB}\n")
    assert free_memory(*system) == 2 * GIB
    (group / "memory.stat").write_text(f"anon 5\nactive_file 7\ninactive_file {GIB // 2}\n")
    assert free_memory(*system) == 2.5 * GIB
    (group / "memory.current").write_text(f"{4 * GIB}\n")
    assert free_memory(*system) == 0


def test_what_is_left_to_a_group_around_it(system: tuple[Path, Path]) -> None:
    proc, cgroups = system
    (proc / "self/cgroup").write_text("0::/job/step/task\n")
    (cgroups / "job/memory.max").write_text(f"{3 * GIB}\n")
    (cgroups / "job/step/task").mkdir(parents=True)
    (cgroups / "job/step/task/memory.max").write_text("max\n")
    (cgroups / "job/step/task/memory.current").write_text("5\n")
    assert free_memory(*system) == 2 * GIB


@pytest.mark.parametrize("text", ["", "MemAvailable:\n", "MemAvailable: much kB\n"])
def test_half_of_all_where_nothing_else_is_known(tmp_path: Path, text: str) -> None:
    (tmp_path / "meminfo").write_text(text)
    half = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
    assert free_memory(tmp_path, tmp_path) == half


def test_the_peak_is_that_of_this_program_alone() -> None:
    held = np.ones(50_000_000)
    code = "from rescodec.memory import peak_memory; print(peak_memory())"
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert 5e6 < int(child.stdout) < held.nbytes < peak_memory()


def test_the_peak_where_linux_does_not_tell_it(tmp_path: Path) -> None:
    assert 5e6 < peak_memory(tmp_path) < 2**40


def test_this_machine() -> None:
    assert 0 < free_memory() < 2**50


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is not told here")
def test_memory_is_released() -> None:
    """What the C library has freed goes back, and nothing that is in use."""
    pieces = [bytes([index % 256]) * 4096 for index in range(20_000)]
    kept = pieces[::64]
    del pieces
    before = resident()
    release_memory()
    assert resident() < before + 256
    assert [piece[0] for piece in kept] == [index % 256 for index in range(0, 20_000, 64)]


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1])
