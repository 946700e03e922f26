"""Files that wait for the device, gathered by kind."""

from __future__ import annotations

import threading
from collections.abc import Hashable
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Gathering(Generic[Item]):
    """Items that come one by one and leave in batches of one kind.

    Whoever takes gets the kind of the oldest item and all of it that is there, up to a batch. So
    nobody waits while an item does, no item waits while younger kinds go by, and batches fill by
    themselves where items come faster than they are taken.

    Args:
        most_items: Of a batch.
        most_pixels: Likewise; a single item may have more.

    Example:
        >>> gathering = Gathering[str](2, 100)
        >>> for item in ("a", "B", "c", "d"):
        ...     gathering.put(item, item.isupper(), 10)
        >>> gathering.take(), gathering.take(), gathering.take()
        (['a', 'c'], ['B'], ['d'])
    """

    def __init__(self, most_items: int, most_pixels: int) -> None:
        self._most_items = most_items
        self._most_pixels = most_pixels
        # Each with its place in the order of arrival.
        self._kinds: dict[Hashable, list[tuple[int, Item, int]]] = {}
        self._arrived = 0
        self._closed = False
        self._changed = threading.Condition()

    def put(self, item: Item, kind: Hashable, pixels: int) -> None:
        """Let an item wait."""
        with self._changed:
            self._kinds.setdefault(kind, []).append((self._arrived, item, pixels))
            self._arrived += 1
            self._changed.notify()

    def take(self) -> list[Item]:
        """Return a batch as soon as there is an item; nothing once the gathering is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._kinds or self._closed)
            if self._closed:
                return []
            kind = min(self._kinds, key=lambda name: self._kinds[name][0][0])
            waiting, pixels, count = self._kinds[kind], 0, 0
            for _, _, more in waiting[: self._most_items]:
                pixels += more
                if count and pixels > self._most_pixels:
                    break
                count += 1
            batch = [item for _, item, _ in waiting[:count]]
            del waiting[:count]
            if not waiting:
                del self._kinds[kind]
            return batch

    def close(self) -> None:
        """Let nobody wait any more, and forget what is there."""
        with self._changed:
            self._closed = True
            self._kinds.clear()
            self._changed.notify_all()
