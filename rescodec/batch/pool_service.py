"""What runs inside a process of a pool: tasks come in, outcomes go out.

A process says BEGUN for each task before it looks at it, so that nobody else's end is blamed on
the task, then sends its outcome. Only pool_process.py, on the other side, speaks with it.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
import time
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler
from types import FrameType
from typing import Any, NoReturn

import torch.multiprocessing  # noqa: F401 (its reductions share tensors between processes)

# For cleaning up after a process was told to end.
GRACE_SECONDS = 5.0
# Exit status after SIGTERM, as in a shell.
TERMINATED = 128 + signal.SIGTERM
# Messages: these, with the outcome, or with an exception and its traceback's text.
BEGUN, OUTCOME, RAISED = range(3)

# The terminal sends these to all of its processes; the parent decides what they mean.
_FOR_THE_PARENT = ("SIGINT", "SIGHUP")


class Opener:
    """Carries `open_worker` into a process, and unpickles it only when it is called.

    Sooner, nobody could report that it cannot be unpickled. It must be pickled while the process
    is started all the same: only then can tensors come along.

    Args:
        open_worker: Returns what does a task.
    """

    def __init__(self, open_worker: Callable[[], Callable[[Any], Any]]) -> None:
        self._open_worker = open_worker

    def __call__(self) -> Callable[[Any], Any]:
        """Return what does a task."""
        return self._open_worker()

    def __reduce__(self) -> tuple[Any, ...]:
        return Opener, (_Pickled(bytes(ForkingPickler.dumps(self._open_worker))),)


class _Pickled:
    """Calls what was pickled."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def __call__(self) -> Any:
        return ForkingPickler.loads(self._data)()


def serve(parent: Connection, opener: Opener) -> None:
    """Do the tasks that arrive until the parent closes the connection."""
    _leave_signals_to_the_parent()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _close_standard_input()
    try:
        work = opener()
    except Exception as error:
        _send(parent, _raised(error))
        return
    while True:
        try:
            data = parent.recv_bytes()
        except (EOFError, OSError):
            return
        _send(parent, ForkingPickler.dumps((BEGUN,)))
        try:
            answer = ForkingPickler.dumps((OUTCOME, work(ForkingPickler.loads(data))))
        except Exception as error:
            answer = _raised(error)
        _send(parent, answer)


def _send(parent: Connection, message: memoryview) -> None:
    # A parent that is gone is noticed where the next task is received.
    with contextlib.suppress(OSError):
        parent.send_bytes(message)


def _raised(error: Exception) -> memoryview:
    text = "".join(traceback.format_exception(error))
    try:
        message = ForkingPickler.dumps((RAISED, error, text))
        # Not every exception that can be pickled comes back.
        ForkingPickler.loads(message)
    except Exception:
        line = "".join(traceback.format_exception_only(error)).strip()
        message = ForkingPickler.dumps((RAISED, RuntimeError(line), text))
    return message


def _leave_signals_to_the_parent() -> None:
    for name in _FOR_THE_PARENT:
        number = getattr(signal, name, None)
        if number is not None:
            signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _stop)
    if hasattr(signal, "pthread_sigmask"):
        # Blocked until now, see pool_process.py.
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def _stop(signum: int, frame: FrameType | None) -> NoReturn:
    """Unwind the stack, which lets open outputs remove their temporary files."""
    # Another one, say to all processes of the group, would cut that short.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise SystemExit(TERMINATED)


def _end_with_parent() -> None:
    """End the process when the parent has gone without a word."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(GRACE_SECONDS)
        os._exit(TERMINATED)


def _close_standard_input() -> None:
    """Take the terminal from whatever reads it by number; Python's own stdin is empty already."""
    nowhere = os.open(os.devnull, os.O_RDONLY)
    if nowhere != 0:
        os.dup2(nowhere, 0)
        os.close(nowhere)
