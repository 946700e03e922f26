"""Worker processes of which one may die: it takes the task in its hands with it, no other.

concurrent.futures gives up a whole pool when one process dies, and shares its queues between
all. Here each process has a connection of its own, one task at a time, and a successor.
"""

from __future__ import annotations

import functools
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from multiprocessing import connection
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Generic, TypeVar

from rescodec.batch.pool_process import PoolProcess
from rescodec.batch.pool_service import BEGUN, GRACE_SECONDS, OUTCOME, Opener

Task = TypeVar("Task")
Outcome = TypeVar("Outcome")

# Processes in a row that end before they begin a task; more would end as well.
MAX_FAILED_STARTS = 3


class PoolError(RuntimeError):
    """No process can be started."""


class Pool(Generic[Task, Outcome]):
    """Do tasks in worker processes, and hand out outcomes as they come.

    No process starts before its first task. A process that dies is replaced as long as there are
    tasks. Processes inherit standard output and error, but no standard input. They leave SIGINT
    and SIGHUP to the parent, raise SystemExit at SIGTERM, and end when the parent is gone.

    Where the system has one, the processes are forked by a server, one for the whole program,
    which has imported torch and the module of `open_worker`: they start in milliseconds and share
    its memory. They see the environment as it was when the first of them was started.

    Args:
        open_worker: Called once in each process, returns what does a task. It is pickled, so it
            is a function of a module, a ``functools.partial`` of one, or an instance of a
            module's class with ``__call__``. Tensors on the CPU among its arguments are shared
            with the processes: what one writes all see. For more than about 200 of them use
            ``shared_tensors.share_tensors`` first.
        processes: How many at most.
        died: Makes the outcome of a task whose process ended, from the task and the reason in one
            line, such as "the worker process was killed by SIGKILL (out of memory?)".

    Raises:
        ValueError: There are to be no processes.
    """

    def __init__(
        self,
        open_worker: Callable[[], Callable[[Task], Outcome]],
        processes: int,
        died: Callable[[Task, str], Outcome],
    ) -> None:
        if processes < 1:
            raise ValueError(f"there must be at least one process, not {processes}")
        self._opener = Opener(open_worker)
        self._preload = _module_of(open_worker)
        self._limit = processes
        self._died = died
        self._running = False
        self._processes: list[PoolProcess[Task]] = []
        # Taken from the iterable, but not begun by the process that they were given to.
        self._returned: deque[Task] = deque()
        self._outcomes: deque[Outcome] = deque()
        self._failed_starts = 0
        # For tasks that are not there yet.
        self._waiting = False

    def __enter__(self) -> Pool[Task, Outcome]:
        """Start nothing yet."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End all processes, those with a task in hand by SIGTERM, after some seconds by force."""
        self._end()

    @property
    def pids(self) -> list[int]:
        """Process ids of the workers at the moment, without that of their server."""
        return [process.pid for process in self._processes if process.pid is not None]

    def run(
        self, tasks: Iterable[Task | None], news: Connection | None = None
    ) -> Iterator[Outcome]:
        """Yield the outcomes of tasks in the order in which they are done.

        Closing the iterator ends the processes, as any exception does that passes through it.
        After the last outcome they wait for another ``run``, or for the end of the pool.

        Args:
            tasks: Taken one by one, when a process has nothing to do. For every process at most
                two are known at a time: one in its hands, and one whose outcome waits to be
                yielded. None says that there is no task for now: they are asked again once there
                is an outcome, or news.
            news: Whatever arrives on it says that there may be tasks.

        Raises:
            PoolError: Several processes in a row have ended before they could begin.
            RuntimeError: Another ``run`` has not ended yet.
            Exception: What the worker or `open_worker` has raised, with the traceback in its
                cause, or `tasks`. One that cannot be pickled comes as a RuntimeError.
        """
        if self._running:
            raise RuntimeError("the pool is at work already")
        self._running = True
        source = iter(tasks)
        try:
            while True:
                # Before the caller takes its time with the outcomes.
                self._hand_out(source)
                if self._outcomes:
                    while self._outcomes:
                        yield self._outcomes.popleft()
                    if self._waiting:
                        # What the caller did with the outcomes may have made tasks.
                        continue
                if not self._waiting and not any(process.busy for process in self._processes):
                    return
                self._listen(news)
        except BaseException:
            self._end()
            raise
        finally:
            self._running = False

    def _hand_out(self, source: Iterator[Task | None]) -> None:
        """Give a task to each process that has none, and start processes while there are tasks."""
        while True:
            process = next((process for process in self._processes if not process.busy), None)
            if process is None and len(self._processes) == self._limit:
                return
            if self._returned:
                task: Task | None = self._returned.popleft()
            else:
                try:
                    task = next(source)
                except StopIteration:
                    self._waiting = False
                    return
                self._waiting = task is None
            if task is None:
                return
            if process is None:
                process = PoolProcess(self._opener, self._preload)
                self._processes.append(process)
            process.give(task)

    def _listen(self, news: Connection | None) -> None:
        """Wait until there is news from any process, and take in the news from all."""
        owners: dict[Any, PoolProcess[Task]] = {}
        for process in self._processes:
            owners |= dict.fromkeys(process.signs, process)
        ready = connection.wait([*owners, *([] if news is None else [news])])
        while news is not None and news.poll():
            # Heard.
            news.recv_bytes()
        for process in dict.fromkeys(owners[sign] for sign in ready if sign is not news):
            for kind, *values in process.messages():
                if kind == BEGUN:
                    process.begun = True
                    self._failed_starts = 0
                elif kind == OUTCOME:
                    process.tasks.clear()
                    self._outcomes.extend(values)
                else:
                    error, text = values
                    raise error from _WorkerError(text)
            if process.gone:
                self._bury(process)

    def _bury(self, process: PoolProcess[Task]) -> None:
        """Decide what becomes of the task of a process that has ended."""
        self._processes.remove(process)
        reason = process.join(time.monotonic() + GRACE_SECONDS)
        if process.begun:
            self._outcomes.extend(self._died(task, reason) for task in process.tasks)
        elif process.busy:
            self._returned.extend(process.tasks)
            self._failed_starts += 1
            if self._failed_starts == MAX_FAILED_STARTS:
                raise PoolError(
                    f"{MAX_FAILED_STARTS} worker processes in a row ended before they could begin "
                    f"a task; last: {reason}"
                )

    def _end(self) -> None:
        """End all processes, and forget what they were doing."""
        processes, self._processes = self._processes, []
        self._returned.clear()
        self._outcomes.clear()
        self._failed_starts = 0
        self._waiting = False
        try:
            for process in processes:
                process.stop()
            deadline = time.monotonic() + GRACE_SECONDS
            for process in processes:
                process.join(deadline)
        except BaseException:
            # A signal's: there is no more time.
            for process in processes:
                process.kill()
            raise


class _WorkerError(Exception):
    """The cause of an exception from a worker: shows the traceback that was lost on the way."""

    def __init__(self, text: str) -> None:
        super().__init__(f'\n"""\n{text}"""')


def _module_of(open_worker: Callable[..., Any]) -> str:
    while isinstance(open_worker, functools.partial):
        open_worker = open_worker.func
    return open_worker.__module__
