"""Several things at a time: the next item is prepared while the one before it is finished.

Reading, the network and compression all let other threads run while they work, so a thread for
each stage is enough. The last stage stays with the caller, in the main thread of a program: what
it writes is cleaned up by a signal's exception as ever, while the threads, which own no files,
may be left behind.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from queue import SimpleQueue
from types import TracebackType
from typing import Any, Generic, TypeVar, cast

Item = TypeVar("Item")
Result = TypeVar("Result")


class Pipeline(Generic[Item, Result]):
    """Send items through stages, each stage in a thread of its own, and hand them out in order.

    At most one item for every stage and one for the caller exist at any time: the first stage
    waits with the next item until the caller has come back for another one. An item that fails
    takes no part in later stages, and does not stop those behind it.

    Args:
        items: What to work on; with fewer than two, all is done in the caller's thread.
        stages: Functions, the first of an item, each other of the result of the one before it.

    Example:
        >>> with Pipeline(["1", "x", "3"], [int, float]) as pipeline:
        ...     for _ in range(3):
        ...         try:
        ...             print(pipeline.take())
        ...         except ValueError:
        ...             print("no number")
        1.0
        no number
        3.0
    """

    def __init__(self, items: Sequence[Item], stages: Sequence[Callable[[Any], Any]]) -> None:
        self._items: Iterator[Item] = iter(items)
        self._stages = tuple(stages)
        self._room = threading.Semaphore(len(self._stages) + 1)
        self._taken = False
        self._stopped = threading.Event()
        self._queues = [SimpleQueue[_Outcome | None]() for _ in self._stages]
        self._threads: list[threading.Thread] = []
        if len(items) > 1:
            # Daemons, so that a program that is told to stop does not wait for a network.
            self._threads = [
                threading.Thread(target=self._run, args=(number,), daemon=True)
                for number in range(len(self._stages))
            ]

    def __enter__(self) -> Pipeline[Item, Result]:
        """Start the threads."""
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End the threads; wait for what they are doing unless the program is to stop."""
        self._stopped.set()
        self._room.release()
        if kind is None or issubclass(kind, Exception):
            for thread in self._threads:
                thread.join()

    def take(self) -> Result:
        """Return the next item's result, as soon as it is there.

        Coming back says that the item before is done with; it should be forgotten by then.

        Raises:
            BaseException: What a stage has raised for the item.
            StopIteration: There are no more items.
        """
        if not self._threads:
            value: Any = next(self._items)
            for stage in self._stages:
                value = stage(value)
            return cast(Result, value)
        if self._taken:
            self._room.release()
        self._taken = True
        outcome = self._queues[-1].get()
        if outcome is None:
            # For whoever asks again.
            self._queues[-1].put(None)
            raise StopIteration
        return cast(Result, outcome.result())

    def _run(self, number: int) -> None:
        """Do one stage for all items, then tell the next stage that there are no more."""
        stage, results = self._stages[number], self._queues[number]
        source = self._first() if number == 0 else iter(self._queues[number - 1].get, None)
        for outcome in source:
            if self._stopped.is_set():
                break
            results.put(outcome.then(stage))
            # Not kept while this thread waits for the next one.
            del outcome
        results.put(None)

    def _first(self) -> Iterator[_Outcome]:
        while True:
            self._room.acquire()
            try:
                yield _Outcome(next(self._items))
            except StopIteration:
                return


class _Outcome:
    """The value of an item after some stages, or what one of them raised."""

    def __init__(self, value: Any, error: BaseException | None = None) -> None:
        self._value = value
        self._error = error

    def then(self, stage: Callable[[Any], Any]) -> _Outcome:
        """Return the outcome of one more stage."""
        if self._error is not None:
            return self
        try:
            return _Outcome(stage(self._value))
        except BaseException as error:
            return _Outcome(None, error)

    def result(self) -> Any:
        """Return the value, or raise the error; once only."""
        error, self._error = self._error, None
        if error is None:
            return self._value
        try:
            raise error
        finally:
            # Its traceback holds this frame, and a photo with it. Were the error to be held in
            # turn, only the garbage collector would let go of both.
            del error
