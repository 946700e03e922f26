"""A thread that keeps a device at work."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable, Sequence
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Generic, TypeVar

from rescodec.batch.gathering import Gathering

Item = TypeVar("Item")

# For the batch that is being computed when a run is interrupted.
GRACE_SECONDS = 5.0


class Device(Generic[Item]):
    """Compute items in batches of one kind, in a thread of its own.

    Args:
        compute: Takes a batch, returns the items computed.
        most_items: Of a batch.
        most_pixels: Likewise; a single item may have more.

    Attributes:
        news: Readable once there may be something to take.
        batches: How many items each batch had.
        busy_seconds: How long batches were computed.
    """

    def __init__(
        self,
        compute: Callable[[Sequence[Item]], Sequence[Item]],
        most_items: int,
        most_pixels: int,
    ) -> None:
        self._compute = compute
        self._gathering = Gathering[Item](most_items, most_pixels)
        self._computed: SimpleQueue[Sequence[Item] | BaseException] = SimpleQueue()
        self.news: Connection
        self.news, self._bell = Pipe(duplex=False)
        self.batches: list[int] = []
        self.busy_seconds = 0.0
        # A daemon, so that a program that is told to stop does not wait for a network.
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Device[Item]:
        """Start the thread."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End the thread after the batch in hand, or leave it behind if that takes long."""
        self._gathering.close()
        self._thread.join(GRACE_SECONDS)
        if not self._thread.is_alive():
            self._bell.close()
            self.news.close()

    def put(self, item: Item, kind: Hashable, pixels: int) -> None:
        """Let an item be computed with others of its kind."""
        self._gathering.put(item, kind, pixels)

    def computed(self) -> list[Item]:
        """Return the items that were computed since.

        Raises:
            BaseException: What ``compute`` has raised.
        """
        items: list[Item] = []
        while True:
            try:
                batch = self._computed.get_nowait()
            except Empty:
                return items
            if isinstance(batch, BaseException):
                raise batch
            items += batch

    def _run(self) -> None:
        while batch := self._gathering.take():
            self.batches.append(len(batch))
            started = time.monotonic()
            result: Sequence[Item] | BaseException
            try:
                result = self._compute(batch)
            except BaseException as error:
                result = error
            self.busy_seconds += time.monotonic() - started
            self._computed.put(result)
            # Not kept while this thread waits for the next one.
            del batch, result
            self._bell.send_bytes(b"!")
