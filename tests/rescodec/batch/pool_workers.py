"""What test_pool.py has done in processes, which can import this module but not that one."""

from __future__ import annotations

import functools
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

from torch import Tensor

from rescodec.batch.pool import Pool

LIMIT = 60.0


def wait_until(met: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LIMIT
    while not met():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.005)


def died(task: Any, reason: str) -> Any:
    return task, reason


class PeculiarError(Exception):
    """Can be pickled, and does not come back."""

    def __init__(self, one: int, two: int) -> None:
        super().__init__(f"{one} and {two}")


# Tasks that are strings, by their first word.


def die(_: str) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def leave(_: str) -> None:
    os._exit(3)


def ask_to_leave(_: str) -> None:
    sys.exit(4)


def crash(_: str) -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def fail(text: str) -> None:
    raise ZeroDivisionError(text)


def fail_with_function(_: str) -> None:
    raise ValueError("here it is", lambda: None)


def fail_peculiarly(_: str) -> None:
    raise PeculiarError(1, 2)


def stop_iteration(_: str) -> None:
    raise StopIteration


def return_function(_: str) -> Any:
    return lambda: None


def interrupt(_: str) -> str:
    os.kill(os.getpid(), signal.SIGINT)
    os.kill(os.getpid(), signal.SIGHUP)
    return "unmoved"


def server_is_deaf(_: str) -> bool:
    """Whether the process that this one was forked from blocks SIGINT."""
    status = Path(f"/proc/{os.getppid()}/status").read_text().split()
    blocked = int(status[status.index("SigBlk:") + 1], 16)
    return bool(blocked & 1 << (signal.SIGINT - 1))


def read_input(_: str) -> bytes:
    return os.read(0, 1) + sys.stdin.read().encode()


def hold(path: str) -> NoReturn:
    """Keep a file open, as it were, until something ends this."""
    file = Path(path)
    try:
        # Whoever sees the file may end this at once.
        file.touch()
        time.sleep(1000)
        raise TimeoutError
    finally:
        # A second signal must not disturb.
        os.kill(os.getpid(), signal.SIGTERM)
        file.unlink()


def hold_on(path: str) -> None:
    """Do as above, and do not let go."""
    try:
        hold(path)
    except SystemExit:
        time.sleep(1000)


def await_file(path: str) -> None:
    wait_until(Path(path).exists)


def work(task: Any) -> Any:
    """Do what a string says; return the square of a number, and the process."""
    if isinstance(task, str):
        name, _, argument = task.partition(" ")
        return globals()[name](argument)
    return task * task, os.getpid()


def opener() -> Callable[[Any], Any]:
    return work


def failing_opener() -> NoReturn:
    raise FileNotFoundError(2, "No such file", "weights")


def dying_opener(log: Path, times: int) -> Callable[[Any], Any]:
    """Die in the first processes."""
    with log.open("a") as file:
        file.write("x")
    if len(log.read_text()) <= times:
        os._exit(7)
    return work


class Unloadable:
    def __call__(self) -> Callable[[Any], Any]:
        return work

    def __reduce__(self) -> tuple[Any, ...]:
        return fail, ("cannot be loaded",)


def fill(tensors: list[Tensor], index: int) -> int:
    tensors[index].fill_(index + 1)
    return index


def filler(tensors: list[Tensor]) -> Callable[[int], int]:
    return functools.partial(fill, tensors)


def program(*tasks: Any) -> None:
    """Print outcomes as they come; SIGTERM and SIGINT raise, as in rescodec's own program."""

    def stop(number: int, _: object) -> NoReturn:
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    with Pool[Any, Any](opener, 2, died) as pool:

        def watched() -> Iterator[Any]:
            for task in tasks:
                yield task
                print("process", *pool.pids, flush=True)  # noqa: T201

        for outcome in pool.run(watched()):
            print("outcome", outcome, flush=True)  # noqa: T201


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    # Where nobody asks for the status of orphans, as in many containers, they remain as zombies.
    try:
        return ") Z " in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        # Gone just now; or there is no /proc, and it is there.
        return Path("/proc/self/stat").exists()


def all_gone(pids: list[int]) -> bool:
    return all(map(is_gone, pids))
