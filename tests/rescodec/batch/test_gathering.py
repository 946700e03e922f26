from __future__ import annotations

import threading

from hypothesis import given
from hypothesis import strategies as st

from rescodec.batch.gathering import Gathering


@given(
    items=st.lists(st.tuples(st.integers(0, 3), st.integers(1, 9)), max_size=40),
    most_items=st.integers(1, 6),
    most_pixels=st.integers(1, 20),
)
def test_batches(items: list[tuple[int, int]], most_items: int, most_pixels: int) -> None:
    """All come once, in their order within a kind, the oldest first, and within the bounds."""
    gathering = Gathering[int](most_items, most_pixels)
    for number, (kind, pixels) in enumerate(items):
        gathering.put(number, kind, pixels)
    left = list(range(len(items)))
    while left:
        batch = gathering.take()
        assert batch[0] == left[0]
        kind = items[left[0]][0]
        assert batch == [n for n in left if items[n][0] == kind][: len(batch)]
        assert len(batch) <= most_items
        assert len(batch) == 1 or sum(items[n][1] for n in batch) <= most_pixels
        left = [n for n in left if n not in batch]


def test_nothing_comes_of_what_is_closed() -> None:
    gathering = Gathering[str](4, 4)
    taken: list[list[str]] = []
    thread = threading.Thread(target=lambda: taken.append(gathering.take()))
    thread.start()
    gathering.close()
    thread.join(60)
    gathering.put("late", 0, 1)
    assert (taken, gathering.take()) == ([[]], [])
