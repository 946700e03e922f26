"""How much memory is free, how much was held, and giving back what a process has no use for."""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

PROC = Path("/proc")
CGROUPS = Path("/sys/fs/cgroup")
# Where nothing tells: what a small machine has free.
UNKNOWN = 2 * 2**30


def free_memory(proc: Path = PROC, cgroups: Path = CGROUPS) -> int:
    """Return how many bytes this process can use without others giving any back.

    On Linux that is what the kernel deems available, or what is left to the process's
    control group (version 2) or one around it, if that is less. Elsewhere it is half the memory
    there is.

    Args:
        proc: Where the process file system is.
        cgroups: Where the control groups are.
    """
    available = _available(proc / "meminfo")
    left = _left_to_group(proc / "self/cgroup", cgroups)
    known = [size for size in (available, left) if size is not None]
    return min(known) if known else _half_of_all()


def peak_memory(proc: Path = PROC) -> int:
    """Return the most bytes of memory that this process has held.

    Linux tells it for the program that runs. ``getrusage``, which answers elsewhere, begins on
    Linux with what the process held that started it.

    Args:
        proc: Where the process file system is.

    Raises:
        ImportError: The system has neither.
    """
    held = _field(proc / "self/status", "VmHWM:", unit=1024)
    if held is not None:
        return held
    # Not on every system.
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def release_memory() -> None:
    """Give freed memory back to the system; the C library would keep much of it, in pieces.

    A process that works on pictures of many sizes would grow with each. Nothing happens where the
    library is not glibc.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if os.name == "posix" else None
    if trim is not None:
        trim(0)


def _available(meminfo: Path) -> int | None:
    return _field(meminfo, "MemAvailable:", unit=1024)


def _left_to_group(own: Path, cgroups: Path) -> int | None:
    """Return what the process's control group and those around it leave; None without a limit."""
    try:
        lines = own.read_text().splitlines()
    except OSError:
        return None
    # Of version 2 alone; others have numbers.
    names = [line.removeprefix("0::").lstrip("/") for line in lines if line.startswith("0::")]
    groups = [group for name in names for group in (cgroups / name, *(cgroups / name).parents)]
    known = [_left(group) for group in groups if group.is_relative_to(cgroups)]
    return min((left for left in known if left is not None), default=None)


def _left(group: Path) -> int | None:
    """Return limit less use of one control group; None without a limit."""
    try:
        limit, used = (int((group / f"memory.{name}").read_text()) for name in ("max", "current"))
    except (OSError, ValueError):
        # No such group, or the limit is "max".
        return None
    # What it read from files counts as used, but goes as soon as memory is needed.
    cached = _field(group / "memory.stat", "inactive_file", unit=1) or 0
    return max(0, limit - used + cached)


def _field(file: Path, name: str, *, unit: int) -> int | None:
    """Return the number after a name at the beginning of a line, in bytes."""
    try:
        lines = file.read_text().splitlines()
        return next(int(line.split()[1]) * unit for line in lines if line.split()[:1] == [name])
    except (OSError, StopIteration, ValueError, IndexError):
        return None


def _half_of_all() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
    except (AttributeError, OSError, ValueError):
        return UNKNOWN
