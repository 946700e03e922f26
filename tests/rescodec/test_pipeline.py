"""Stages in threads: order, errors, bounds, and that nothing waits forever."""

from __future__ import annotations

import gc
import threading
import time
import weakref
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rescodec.pipeline import Pipeline

LIMIT = 20.0


def outcomes(pipeline: Pipeline[Any, Any], count: int) -> list[Any]:
    """Take all results; errors as their text."""
    found: list[Any] = []
    for _ in range(count):
        try:
            found.append(pipeline.take())
        except Exception as error:
            found.append(str(error))
    return found


@pytest.fixture(autouse=True)
def no_threads_left() -> Any:
    before = threading.active_count()
    yield
    deadline = time.monotonic() + LIMIT
    while threading.active_count() > before:
        assert time.monotonic() < deadline
        time.sleep(0.001)


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.integers(0, 9), max_size=8),
    st.lists(st.sets(st.integers(0, 9)), min_size=1, max_size=3),
)
def test_results_and_errors_come_in_order(items: list[int], failing: list[set[int]]) -> None:
    def stage(bad: set[int], number: int) -> Any:
        def work(trail: tuple[int, ...]) -> tuple[int, ...]:
            if trail[0] in bad:
                raise ValueError(f"{trail[0]} in {number}")
            return (*trail, number)

        return work

    stages = [stage(bad, number) for number, bad in enumerate(failing)]
    expected = []
    for item in items:
        first = next((number for number, bad in enumerate(failing) if item in bad), None)
        trail = (item, *range(len(failing)))
        expected.append(trail if first is None else f"{item} in {first}")
    with Pipeline([(item,) for item in items], stages) as pipeline:
        assert outcomes(pipeline, len(items)) == expected
        with pytest.raises(StopIteration):
            pipeline.take()
        with pytest.raises(StopIteration):
            pipeline.take()


@pytest.mark.parametrize("count", [0, 1])
def test_few_items_stay_in_the_thread_of_the_caller(count: int) -> None:
    with Pipeline(range(count), [lambda _: threading.current_thread()]) as pipeline:
        assert outcomes(pipeline, count) == [threading.current_thread()] * count


def test_stages_overlap() -> None:
    """Each stage waits for the one before it to be at the next item: alone, nothing would end."""
    reading = [threading.Event() for _ in range(4)]

    def read(item: int) -> int:
        reading[item].set()
        return item

    def compute(item: int) -> int:
        if item < 3:
            assert reading[item + 1].wait(LIMIT)
        return item

    with Pipeline(range(4), [read, compute]) as pipeline:
        for item in range(4):
            assert pipeline.take() == item
            if item < 2:
                assert reading[item + 2].wait(LIMIT)


class Photo:
    """Something that can be watched."""


@pytest.mark.parametrize("stages", [1, 2, 3])
def test_no_more_items_than_stages_and_one(stages: int) -> None:
    alive: weakref.WeakSet[Photo] = weakref.WeakSet()
    most = 0

    def read(_: int) -> Photo:
        nonlocal most
        photo = Photo()
        alive.add(photo)
        most = max(most, len(alive))
        return photo

    with Pipeline(range(12), [read, *[lambda photo: photo] * (stages - 1)]) as pipeline:
        for _ in range(12):
            pipeline.take()
            # Time for the others to run as far as they may.
            time.sleep(0.005)
    assert 1 < most <= stages + 1


@pytest.mark.parametrize("count", [1, 3])
def test_an_item_that_failed_is_forgotten_with_its_error(count: int) -> None:
    alive: weakref.WeakSet[Photo] = weakref.WeakSet()

    def read(_: int) -> Photo:
        photo = Photo()
        alive.add(photo)
        return photo

    def compute(photo: Photo) -> None:
        raise ValueError("no")

    gc.disable()
    try:
        with Pipeline(range(count), [read, compute]) as pipeline:
            assert outcomes(pipeline, count) == ["no"] * count
        assert not alive
    finally:
        gc.enable()


def test_the_first_stage_waits_for_the_caller() -> None:
    started: list[int] = []
    with Pipeline(range(10), [started.append, lambda _: None]) as pipeline:
        pipeline.take()
        time.sleep(0.05)
        assert len(started) <= 3
        outcomes(pipeline, 9)
    assert started == list(range(10))


class Stop(SystemExit):
    pass


def test_a_program_that_stops_waits_for_nobody() -> None:
    held = threading.Event()
    entered = threading.Event()
    done: list[int] = []

    def compute(item: int) -> None:
        entered.set()
        held.wait(LIMIT)
        done.append(item)

    def run() -> None:
        with Pipeline(range(9), [int, compute]):
            assert entered.wait(LIMIT)
            raise Stop

    with pytest.raises(Stop):
        run()
    assert done == []
    held.set()
    deadline = time.monotonic() + LIMIT
    while not done:
        assert time.monotonic() < deadline
        time.sleep(0.001)
    time.sleep(0.02)
    assert done == [0]


def test_a_bug_in_the_caller_ends_the_threads() -> None:
    def run() -> None:
        with Pipeline(range(9), [int, int]) as pipeline:
            pipeline.take()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run()


def test_leaving_early() -> None:
    with Pipeline(range(100), [int, int]) as pipeline:
        assert pipeline.take() == 0
