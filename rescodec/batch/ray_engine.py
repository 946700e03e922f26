"""Many machines: a Ray cluster does the tasks of a run."""

from __future__ import annotations

import contextlib
import dataclasses
import importlib.util
import json
import logging
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rescodec.batch.engines import WorkerOpener, default_processes, worker_died
from rescodec.batch.manifest import entry_of_json
from rescodec.batch.storage import Found
from rescodec.batch.worker import Outcome, Task

# Ray keeps a record of each block of tasks in the memory of this process.
MAX_BLOCKS = 4096
# Processes that may die of a task, or with their machine while they do it.
MAX_DEATHS = 3
# Processes in a row that may die while they load the model.
MAX_FAILED_STARTS = 3
# Of an instance of our own, in bytes: tasks and outcomes are small, weights are sent once.
OBJECT_STORE_BYTES = 1 << 28


@dataclass(frozen=True)
class RayEngine:
    """A pool of Ray actors, each of which loads the model once; for the methods see ``Engine``.

    Every machine of the cluster needs the same versions of Python, Ray and rescodec, the folders
    under the same paths, and for URLs their packages and credentials: nothing but tasks, outcomes
    and weights is sent.

    When a process or a machine dies, Ray does the tasks that it had in hand elsewhere. A file
    that kills its process each time fails alone. Without a machine that could take the place of
    the lost one, the tasks that it had in hand wait for the end of the others.

    Attributes:
        opener: What is started in each actor.
        address: Of the cluster; None for that of ``$RAY_ADDRESS``, or, without it, for an
            instance on this machine which ends with the run. If this process is connected to Ray
            already, that connection is used, and kept.
        processes: How many actors; None for what the cluster has room for when the run starts.
            A cluster that grows on demand needs a number.
        gpu: Each actor gets a GPU.

    Raises:
        ImportError: Ray is not installed.
    """

    opener: WorkerOpener
    address: str | None = None
    processes: int | None = None
    gpu: bool = False

    def __post_init__(self) -> None:
        """Look for Ray before anything is begun."""
        # The latter is what Ray Data keeps its blocks in.
        if not all(map(importlib.util.find_spec, ("ray", "pyarrow"))):
            raise ImportError(
                "the engine ray needs the package ray: pip install 'rescodec[ray]'", name="ray"
            )

    def run(self, tasks: Sequence[Task], begin: Callable[[Task], None]) -> Iterator[Outcome]:
        """Do all tasks; see ``Engine``. All are begun at the start.

        Raises:
            ConnectionError: There is no cluster at the address, or none that fits.
        """
        if not tasks:
            return
        targets = self.opener.worker.targets
        try:
            with self._connected(len(tasks)):
                for task in tasks:
                    begin(task)
                yield from self._outcomes(tasks)
        finally:
            # Of processes that were killed while they wrote. They do no harm but that they are
            # there.
            with contextlib.suppress(OSError):
                targets.remove_leftovers([task.target for task in tasks], tasks[0].run)

    def _outcomes(self, tasks: Sequence[Task]) -> Iterator[Outcome]:
        """Yield an outcome of each task, whatever becomes of processes and machines."""
        from ray.data.exceptions import ExecutionTimeoutError
        from ray.exceptions import RayError

        left = {task.source.name: task for task in tasks}
        reason = "Ray has lost it"
        try:
            for outcome in self._mapped(tasks):
                # Each once, should Ray bring it twice.
                if left.pop(outcome.entry.source, None) is not None:
                    yield outcome
        except (RayError, ExecutionTimeoutError) as error:
            reason = f"Ray gave up: {_last_line(error)}"
        for task in left.values():
            yield worker_died(task, reason)

    def _mapped(self, tasks: Sequence[Task]) -> Iterator[Outcome]:
        """Yield outcomes as they come.

        Raises:
            RayError: No process can be started, or the cluster has gone.
        """
        import ray.data

        blocks = min(len(tasks), MAX_BLOCKS)
        size = min(self.processes or self._room(), blocks)
        counted = ray.remote(num_cpus=0, max_restarts=-1, max_task_retries=-1)(_Deaths)
        deaths = counted.remote()
        outcomes = ray.data.from_items(
            [{"task": _task_to_json(task)} for task in tasks], override_num_blocks=blocks
        ).map(
            _Actor,  # type: ignore[arg-type]  # Ray's types know functions alone
            fn_constructor_args=(self.opener, deaths),
            # A block that waits for a process would, should its machine die, wait for another.
            compute=ray.data.ActorPoolStrategy(size=size, max_tasks_in_flight_per_actor=1),
            num_cpus=self.opener.threads,
            num_gpus=1 if self.gpu else None,
        )
        context = outcomes.context
        context.enable_progress_bars = False
        context.print_on_execution_start = False
        # One that is lost does not end the run.
        context.max_errored_blocks = -1
        context.max_consecutive_actor_init_deaths = MAX_FAILED_STARTS
        # A large photo may take hours; so may a machine that the cluster is waiting for.
        context.execution_no_progress_timeout_s = -1
        for row in outcomes.iter_rows():
            yield Outcome(entry_of_json(row["entry"]), row["unchanged"])

    def _room(self) -> int:
        """Return how many actors the cluster has room for."""
        import ray

        resources = ray.cluster_resources()  # type: ignore[no-untyped-call]
        cores = int(resources.get("CPU", 0) // self.opener.threads)
        return max(1, min(cores, int(resources.get("GPU", 0))) if self.gpu else cores)

    @contextlib.contextmanager
    def _connected(self, files: int) -> Iterator[None]:
        """Connect to Ray, unless that is done already."""
        import ray

        with _quiet():
            if ray.is_initialized():
                yield
                return
            address = self.address or os.environ.get("RAY_ADDRESS") or "local"
            options: dict[str, Any] = {}
            if address == "local":
                options = {"include_dashboard": False, "object_store_memory": OBJECT_STORE_BYTES}
                if not self.gpu:
                    processes = self.processes or default_processes(files)
                    options["num_cpus"] = processes * self.opener.threads
            try:
                with _connecting_quietly():
                    ray.init(
                        address,
                        log_to_driver=False,
                        logging_level=logging.getLogger("ray").level,
                        **options,
                    )
            except Exception as error:
                # Of any class; a bug of ours is none of them.
                text = " ".join(str(error).split())
                raise ConnectionError(f"Ray at {address} cannot be used: {text}") from error
            # Else it prints what dies on standard output, whatever log_to_driver says.
            ray._private.worker._worker_logs_enabled = False
            try:
                yield
            finally:
                ray.shutdown()
                ray._private.worker._worker_logs_enabled = True


class _Actor:
    """Does tasks in a process of its own, somewhere in the cluster; Ray gives it one at a time."""

    def __init__(self, opener: WorkerOpener, deaths: Any) -> None:
        self._work = opener()
        self._deaths = deaths

    def __call__(self, row: dict[str, str]) -> dict[str, str | bool]:
        outcome = self._outcome(_task_of_json(row["task"]))
        return {"entry": outcome.entry.to_json(), "unchanged": outcome.unchanged}

    def _outcome(self, task: Task) -> Outcome:
        import ray

        deaths, before = ray.get(self._deaths.begin.remote(task.source.name))
        # Ray itself would try for ever.
        if deaths >= MAX_DEATHS:
            outcome = worker_died(
                task, f"{MAX_DEATHS} worker processes died of it (out of memory?)"
            )
        else:
            # What is there now may be the work of a process that has died since.
            ours = task.overwrite or (before and not task.only_compares)
            outcome = self._work(dataclasses.replace(task, overwrite=ours))
        self._deaths.end.remote(task.source.name)
        return outcome


class _Deaths:
    """Counts the processes that died of each file; an actor of its own that outlives them."""

    def __init__(self) -> None:
        # Those that have begun a file and have not come to its end.
        self._begun: dict[str, int] = {}

    def begin(self, source: str) -> tuple[int, bool]:
        """Return how many processes have died of a file, and whether one has begun it before."""
        before = source in self._begun
        deaths = self._begun.get(source, 0)
        self._begun[source] = deaths + 1
        return deaths, before

    def end(self, source: str) -> None:
        """Forget that a file has killed anybody; Ray may do it again if its outcome is lost."""
        self._begun[source] = 0


# Columns of Ray's tables are UTF-8, which not all names are.
def _task_to_json(task: Task) -> str:
    done = None if task.done is None else task.done.to_json()
    return json.dumps({**dataclasses.asdict(task), "source": task.source, "done": done})


def _task_of_json(text: str) -> Task:
    known = json.loads(text)
    done = known.pop("done")
    return Task(
        source=Found(*known.pop("source")),
        done=None if done is None else entry_of_json(done),
        **known,
    )


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep what Ray has to say from the terminal; its log files have it."""
    import ray.data  # noqa: F401  # makes the handlers

    handlers = [
        handler
        for name in ("ray", "ray.data")
        for handler in logging.getLogger(name).handlers
        if isinstance(handler, logging.StreamHandler)
    ]
    levels = [handler.level for handler in handlers]
    for handler in handlers:
        handler.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for handler, level in zip(handlers, levels, strict=True):
            handler.setLevel(level)


@contextlib.contextmanager
def _connecting_quietly() -> Iterator[None]:
    """Connect without words on standard error, and leave SIGTERM to the program."""
    name = "RAY_BACKEND_LOG_LEVEL"
    level, handler = os.environ.get(name), signal.getsignal(signal.SIGTERM)
    # Ray's own threads write to the descriptor, first of all what level was asked for.
    terminal, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.environ[name] = level or "fatal"
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(terminal, 2)
        os.close(terminal)
        os.close(nowhere)
        if level is None:
            del os.environ[name]
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, handler)


def _last_line(error: Exception) -> str:
    """Return what an error comes down to; above it are tracebacks from other processes."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__
