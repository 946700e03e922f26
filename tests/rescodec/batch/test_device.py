"""The thread of a device: batches, errors, the end, and what it counts."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

import pytest

from rescodec.batch import device as device_module
from rescodec.batch.device import Device
from tests.rescodec.batch.pool_workers import LIMIT


def doubled(items: Sequence[int]) -> list[int]:
    return [2 * item for item in items]


def all_of(device: Device[int], count: int) -> list[int]:
    found: list[int] = []
    while len(found) < count:
        assert device.news.poll(LIMIT)
        device.news.recv_bytes()
        found += device.computed()
    return found


def test_items_of_a_kind_are_computed_together() -> None:
    gate = threading.Event()

    def compute(items: Sequence[int]) -> list[int]:
        gate.wait(LIMIT)
        return doubled(items)

    with Device[int](compute, 3, 100) as device:
        assert device.computed() == []
        # The first is taken at once, and those behind it gather.
        device.put(0, "even", 1)
        while device._gathering._kinds:
            time.sleep(0.001)
        for item in range(1, 8):
            device.put(item, item % 2, 1)
        gate.set()
        assert sorted(all_of(device, 8)) == [0, 2, 4, 6, 8, 10, 12, 14]
        assert device.batches == [1, 3, 3, 1]
        assert device.busy_seconds > 0


def test_the_share_of_time_that_it_is_busy() -> None:
    def slow(items: Sequence[int]) -> Sequence[int]:
        time.sleep(0.05)
        return items

    with Device[int](slow, 1, 1) as device:
        time.sleep(0.1)
        for item in range(3):
            device.put(item, item, 1)
        all_of(device, 3)
    assert 0.15 <= device.busy_seconds < 1


def test_an_error_comes_out_where_items_do() -> None:
    def fail(items: Sequence[int]) -> Sequence[int]:
        raise KeyError(items[0])

    with Device[int](fail, 1, 1) as device:
        device.put(5, 0, 1)
        with pytest.raises(KeyError, match="5"):
            all_of(device, 1)


def test_what_takes_long_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device_module, "GRACE_SECONDS", 0.01)
    gate, begun = threading.Event(), threading.Event()

    def endless(items: Sequence[int]) -> Sequence[int]:
        begun.set()
        gate.wait(LIMIT)
        return items

    with Device[int](endless, 1, 1) as device:
        device.put(1, 0, 1)
        begun.wait(LIMIT)
        device.put(2, 0, 1)
    gate.set()
    device._thread.join(LIMIT)
    assert device.batches == [1]
