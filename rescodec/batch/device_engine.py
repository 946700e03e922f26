"""The tasks of a run on one device that computes, with processes that read and write beside it.

::

    sources --> processes --> gathered by kind --> device --> processes --> targets
                 read, inflate   (this process)   in batches   round, compress

Threads would do for most of it, but not for what is Python and numpy, as the entropy coder of a
dial: they would keep the thread that feeds the device from its work (benchmarks/loaders.py).
Pixels go through the connections of the processes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple, TypeAlias

from rescodec.batch.conversion import Kind
from rescodec.batch.device import Device
from rescodec.batch.engines import WorkerOpener
from rescodec.batch.pool import Pool
from rescodec.batch.shared_tensors import share_tensors
from rescodec.batch.worker import Outcome, Task, Work, Worker
from rescodec.memory import free_memory

# Of a batch: about a photo of 12 megapixels, alone or in small pictures. Not tuned on any GPU yet.
BATCH_FILES = 32
BATCH_PIXELS = 16 << 20
# Of all files between their source and their target.
FILES = 256
PIXELS = 256 << 20
# What a pixel of these needs: read, computed, and on its way between processes.
PIXEL_BYTES = 24
# Of the free memory.
SHARE = 0.5


@dataclass(frozen=True)
class Bounds:
    """How much a run has in hand.

    Attributes:
        batch_files: In a batch, at most.
        batch_pixels: Likewise; a single file may have more.
        files: Between source and target, at most.
        pixels: No more files are read while those that were have so many. What is being read
            meanwhile, a file for each process, comes on top.
    """

    batch_files: int = BATCH_FILES
    batch_pixels: int = BATCH_PIXELS
    files: int = FILES
    pixels: int = PIXELS


def default_bounds() -> Bounds:
    """Return bounds that suit the memory that is free."""
    return Bounds(pixels=max(1, min(PIXELS, int(SHARE * free_memory()) // PIXEL_BYTES)))


class Loaded(NamedTuple):
    """A work that was read in a process, and what it is to the network."""

    work: Work
    kind: Kind


Stage: TypeAlias = tuple[Literal["read", "write"], Work]


@dataclass
class Usage:
    """What a device did in a run.

    Attributes:
        batches: How many files each batch had.
        busy_seconds: How long batches were computed, with their way to the device and back.
    """

    batches: list[int] = field(default_factory=list)
    busy_seconds: float = 0.0


@dataclass(frozen=True)
class DeviceEngine:
    """One device that computes, several processes that read and write.

    A file that kills its process fails, and no other.

    Attributes:
        opener: Of the processes; its worker's codec may be on any device.
        processes: How many, at most.
        bounds: How much is in hand at a time.
        usage: Of the last run.
    """

    opener: WorkerOpener
    processes: int
    bounds: Bounds = field(default_factory=default_bounds)
    usage: Usage = field(default_factory=Usage, init=False, compare=False)

    def run(self, tasks: Sequence[Task], begin: Callable[[Task], None]) -> Iterator[Outcome]:
        """Do all tasks; see ``Engine``."""
        worker, bounds = self.opener.worker, self.bounds
        beside = replace(worker, conversion=worker.conversion.without_device())
        codec = beside.conversion.codec
        if codec is not None:
            share_tensors(codec.tensors)
        opener = StageOpener(replace(self.opener, worker=beside))
        with (
            Device(worker.compute_batch, bounds.batch_files, bounds.batch_pixels) as device,
            Pool[Stage, Loaded | Outcome](opener, self.processes, self._died) as pool,
        ):
            flow = _Flow(tasks, begin, device, bounds)
            try:
                for found in pool.run(flow.stages(), device.news):
                    if isinstance(found, Outcome):
                        flow.end(found.entry.source)
                        yield found
                    else:
                        flow.loaded(found)
                    yield from flow.failed()
                yield from flow.failed()
            finally:
                self.usage.batches = device.batches
                self.usage.busy_seconds = device.busy_seconds

    def _died(self, stage: Stage, reason: str) -> Outcome:
        return self.opener.died(stage[1].task, reason)


class _Flow:
    """Decides what the processes do next, and sends what they have read to the device."""

    def __init__(
        self,
        tasks: Sequence[Task],
        begin: Callable[[Task], None],
        device: Device[Work],
        bounds: Bounds,
    ) -> None:
        self._tasks = deque(tasks)
        self._begin = begin
        self._device = device
        self._bounds = bounds
        self._computed: deque[Work] = deque()
        self._failed: list[Outcome] = []
        # Files between source and target, with their pixels once these are known.
        self._pixels: dict[str, int] = {}

    def stages(self) -> Iterator[Stage | None]:
        """Yield what a process can do now, None while there is nothing; what is written first."""
        while True:
            self._collect()
            if self._computed:
                yield "write", self._computed.popleft()
            elif self._tasks and self._has_room():
                task = self._tasks.popleft()
                self._begin(task)
                self._pixels[task.source.name] = 0
                yield "read", Work(task)
            elif self._tasks or self._pixels:
                yield None
            else:
                return

    def loaded(self, found: Loaded) -> None:
        """Take in a work that was read."""
        self._pixels[found.work.task.source.name] = found.kind.pixels
        self._device.put(found.work, *found.kind)

    def end(self, source: str) -> None:
        """Forget a file that is done with."""
        del self._pixels[source]

    def failed(self) -> Iterator[Outcome]:
        """Yield the outcomes of works that came to nothing on the device."""
        while self._failed:
            yield self._failed.pop()

    def _has_room(self) -> bool:
        files, pixels = len(self._pixels), sum(self._pixels.values())
        return files < self._bounds.files and pixels < self._bounds.pixels

    def _collect(self) -> None:
        for work in self._device.computed():
            if work.outcome is None:
                self._computed.append(work)
            else:
                self.end(work.task.source.name)
                self._failed.append(work.outcome)


@dataclass(frozen=True)
class StageOpener:
    """Makes a process one that reads and writes.

    Attributes:
        opener: Of its worker, whose codec is on the CPU.
    """

    opener: WorkerOpener

    def __call__(self) -> StageWorker:
        """Set what holds for the whole process."""
        return StageWorker(self.opener())


@dataclass(frozen=True)
class StageWorker:
    """Does the stages of tasks that need no device."""

    worker: Worker

    def __call__(self, stage: Stage) -> Loaded | Outcome:
        """Read a source, or write a target."""
        name, work = stage
        if name == "write":
            return self.worker.write(work)
        work = self.worker.read(work.task)
        if work.outcome is not None:
            return work.outcome
        return Loaded(work, self.worker.conversion.kind(work.value))
