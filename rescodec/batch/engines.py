"""Who does the tasks of a run: this process, or several.

``device_engine`` has one for GPUs, ``ray_engine`` one for many machines.

An engine takes a worker and tasks and yields outcomes as they come. It decides nothing: all that
is done for a file is in ``Worker``.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch

from rescodec.batch.pool import Pool
from rescodec.batch.shared_tensors import share_tensors
from rescodec.batch.worker import Outcome, Task, Work, Worker
from rescodec.memory import free_memory
from rescodec.pipeline import Pipeline
from rescodec.programs import prepare_pillow

# What a process with one thread needs for a photo of 12 megapixels (docs/batch.md).
WORKER_BYTES = 1 << 30
# Kernels that a process keeps, of about 100 kB each; torch's own default is 1,024.
ONEDNN_CACHE = "64"


class Engine(Protocol):
    """Does tasks."""

    def run(self, tasks: Sequence[Task], begin: Callable[[Task], None]) -> Iterator[Outcome]:
        """Do all tasks, each once.

        Args:
            tasks: To be done.
            begin: Called with each before anything is written for it.

        Yields:
            What came of each task, in any order.
        """


@dataclass(frozen=True)
class ThreadEngine:
    """One process, whose stages overlap: where memory is scarce, or files are few.

    Attributes:
        worker: Does the tasks.
    """

    worker: Worker

    def run(self, tasks: Sequence[Task], begin: Callable[[Task], None]) -> Iterator[Outcome]:
        """Do all tasks in their order; see ``Engine``."""

        def read(task: Task) -> object:
            begin(task)
            return self.worker.read(task)

        with Pipeline[Task, Work](tasks, [read, self.worker.compute]) as pipeline:
            for _ in tasks:
                yield self.worker.write(pipeline.take())


@dataclass(frozen=True)
class WorkerOpener:
    """Makes a process one that does tasks and nothing else.

    Attributes:
        worker: A copy for this process; weights are in shared memory.
        threads: That torch uses.
        max_pixels: Pillow's limit.
    """

    worker: Worker
    threads: int
    max_pixels: int

    def __call__(self) -> Worker:
        """Set what holds for the whole process."""
        torch.set_num_threads(self.threads)
        # Else it grows with the number of sizes that photos have.
        os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", ONEDNN_CACHE)
        prepare_pillow(self.max_pixels)
        return self.worker

    def died(self, task: Task, reason: str) -> Outcome:
        """Return the outcome of a task whose process has ended, and clean up after it."""
        with contextlib.suppress(OSError):
            self.worker.targets.remove_leftovers([task.target], task.run)
        return worker_died(task, reason)


@dataclass(frozen=True)
class ProcessEngine:
    """Several processes of one thread each, which leave no core idle.

    Attributes:
        opener: What is started in each.
        processes: How many.
    """

    opener: WorkerOpener
    processes: int

    def run(self, tasks: Sequence[Task], begin: Callable[[Task], None]) -> Iterator[Outcome]:
        """Do all tasks; see ``Engine``. A file that kills its process fails, and no other."""

        def begun() -> Iterator[Task]:
            for task in tasks:
                begin(task)
                yield task

        codec = self.opener.worker.conversion.codec
        if codec is not None:
            share_tensors(codec.tensors)
        with Pool[Task, Outcome](self.opener, self.processes, self.opener.died) as pool:
            yield from pool.run(begun())


def worker_died(task: Task, reason: str) -> Outcome:
    """Return the outcome of a task that its process did not survive."""
    # The latter may have written the target.
    error = "comparison-died" if task.only_compares else "worker-died"
    return Outcome(task.entry(status="failed", error=error, message=reason))


def default_processes(files: int) -> int:
    """Return how many processes suit this machine: a core and a gigabyte of free memory each."""
    cores = (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )
    return max(1, min(cores, files, free_memory() // WORKER_BYTES))
