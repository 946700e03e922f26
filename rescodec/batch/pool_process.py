"""A process of a pool as its parent sees it: started, given tasks, heard, ended."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Iterator
from multiprocessing.process import BaseProcess
from multiprocessing.reduction import ForkingPickler
from typing import Any, Generic, TypeVar

from rescodec.batch.pool_service import TERMINATED, Opener, serve

# Not "fork", which would copy the locks of torch's threads without the threads.
if sys.platform == "win32":
    _CONTEXT = multiprocessing.get_context("spawn")
else:
    _CONTEXT = multiprocessing.get_context("forkserver")

Task = TypeVar("Task")


class PoolProcess(Generic[Task]):
    """A process with at most one task in hand.

    Args:
        opener: Called in the process, returns what does a task.
        preload: Module that the server of processes imports, where this process starts it. All
            later ones share its memory.

    Attributes:
        tasks: What was given to it: one task or none.
        begun: It has told that it began the task.
        gone: It has ended, and all of its messages were taken.
    """

    def __init__(self, opener: Opener, preload: str) -> None:
        self.tasks: list[Task] = []
        self.begun = False
        self.gone = False
        self._connection, theirs = _CONTEXT.Pipe()
        # A daemon, so that a program that forgets it can still exit.
        self._process: BaseProcess = _CONTEXT.Process(
            target=serve, args=(theirs, opener), name="rescodec-worker", daemon=True
        )
        try:
            _start(self._process, preload)
        except BaseException:
            # Should there be a process all the same, this ends it.
            self._connection.close()
            raise
        finally:
            # Else nobody would notice that the process closes its own.
            theirs.close()
        # Kept, because a process that was closed does not tell.
        self.pid = self._process.pid

    @property
    def busy(self) -> bool:
        """Whether it has a task in hand."""
        return bool(self.tasks)

    @property
    def signs(self) -> list[Any]:
        """What ``multiprocessing.connection.wait`` finds ready once there is news."""
        return [self._connection, self._process.sentinel]

    def give(self, task: Task) -> None:
        """Send a task to a process that has none."""
        data = ForkingPickler.dumps(task)
        self.tasks.append(task)
        self.begun = False
        # A process that has died is noticed by whoever waits for its answer.
        with contextlib.suppress(OSError):
            self._connection.send_bytes(data)

    def messages(self) -> Iterator[tuple[Any, ...]]:
        """Yield the messages that have arrived, of the kinds of pool_service.py."""
        # Looked at first: all that it has sent before it ended has arrived then.
        ended = self._process.exitcode is not None
        while True:
            try:
                data = self._connection.recv_bytes() if self._connection.poll() else None
            except (EOFError, OSError):
                self.gone = True
                return
            if data is None:
                self.gone = ended
                return
            yield ForkingPickler.loads(data)

    def stop(self) -> None:
        """Tell it to end; in the middle of a task, by SIGTERM."""
        if self.busy:
            self._process.terminate()
        self._connection.close()

    def join(self, deadline: float) -> str:
        """Wait for its end, which comes at the deadline by force.

        Args:
            deadline: In seconds, of the monotonic clock.

        Returns:
            One line that says how it ended.
        """
        self._connection.close()
        self._process.join(max(0.0, deadline - time.monotonic()))
        if self._process.exitcode is None:
            self._process.kill()
            self._process.join()
        status = self._process.exitcode
        self._process.close()
        return _ending(status or 0)

    def kill(self) -> None:
        """End it by force, unless it was joined."""
        with contextlib.suppress(ValueError):
            self._process.kill()


def _start(process: BaseProcess, preload: str) -> None:
    if sys.platform != "win32":
        from multiprocessing import forkserver, resource_tracker

        # Of no effect where a server runs already. The service stands for torch. A program is not
        # preloaded: the server could not report that it lacks an `if __name__ == "__main__"`.
        modules = [serve.__module__, preload]
        _CONTEXT.set_forkserver_preload([name for name in modules if name != "__main__"])
        with _sheltered():
            # The server starts it otherwise, and it would let SIGINT through again.
            resource_tracker.ensure_running()
        with _sheltered():
            forkserver.ensure_running()
        # Waits for the server to import, which may take seconds: a signal may interrupt this.
        process.start()
    else:
        with _sheltered():
            process.start()


@contextlib.contextmanager
def _sheltered() -> Iterator[None]:
    """Let programs that start here see no SIGINT before they are ready to ignore it.

    Nor do they import what happens to lie in the current folder, which Python does when it is
    started with ``-c``: photos come from anywhere.
    """
    variable = "PYTHONSAFEPATH"
    before = os.environ.get(variable)
    os.environ[variable] = "1"
    blocks = hasattr(signal, "pthread_sigmask")
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT}) if blocks else set()
    try:
        yield
    finally:
        if before is None:
            del os.environ[variable]
        else:
            os.environ[variable] = before
        if blocks:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def _ending(status: int) -> str:
    """Say in one line how a process with this exit code has ended."""
    number = signal.SIGTERM if status == TERMINATED else -status
    if number <= 0:
        return f"the worker process ended with status {status}"
    names = {known.value: known.name for known in signal.Signals}
    hint = " (out of memory?)" if names.get(number) == "SIGKILL" else ""
    return f"the worker process was killed by {names.get(number, f'signal {number}')}{hint}"
