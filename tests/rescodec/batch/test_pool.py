"""Processes that are killed, that crash, fail, hang, or lose their parent."""

from __future__ import annotations

import functools
import itertools
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest
import torch

from rescodec.batch import pool as pool_module
from rescodec.batch.pool import MAX_FAILED_STARTS, Pool
from tests.rescodec.batch import pool_workers
from tests.rescodec.batch.pool_workers import LIMIT, all_gone, died, opener, wait_until

ROOT = Path(__file__).parents[3]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kills by POSIX signals")


def pool_of(processes: int, open_worker: Callable[[], Any] = opener) -> Pool[Any, Any]:
    return Pool(open_worker, processes, died)


def test_every_task_is_done_once() -> None:
    with pool_of(3) as pool:
        outcomes = list(pool.run(range(50)))
        pids = pool.pids
        assert sorted(square for square, _ in outcomes) == [n * n for n in range(50)]
        assert {pid for _, pid in outcomes} <= set(pids)
        assert len(set(pids)) == 3
        # The same processes do the next tasks.
        assert {pid for _, pid in pool.run(range(9))} <= set(pids)
        assert pool.pids == pids
    assert all_gone(pids)
    assert pool.pids == []


@pytest.mark.parametrize("tasks", [0, 1, 2])
def test_no_more_processes_than_tasks(tasks: int) -> None:
    with pool_of(3) as pool:
        assert pool.pids == []
        assert len(list(pool.run(range(tasks)))) == tasks
        assert len(pool.pids) == tasks


def test_tasks_are_taken_when_they_are_needed() -> None:
    taken: list[int] = []

    def tasks() -> Iterator[int]:
        for number in itertools.count():
            taken.append(number)
            yield number

    with pool_of(2) as pool:
        for done, _ in enumerate(pool.run(tasks()), 1):
            assert len(taken) <= done + 4
            if done == 30:
                break


def test_a_slow_task_holds_up_no_other(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    with pool_of(2) as pool:
        outcomes = pool.run([f"await_file {gate}", *range(20)])
        assert len({pid for _, pid in itertools.islice(outcomes, 20)}) == 1
        gate.touch()
        assert list(outcomes) == [None]


@pytest.mark.parametrize(
    ("task", "reason"),
    [
        ("die", "the worker process was killed by SIGKILL (out of memory?)"),
        ("crash", "the worker process was killed by SIGSEGV"),
        ("leave", "the worker process ended with status 3"),
        ("ask_to_leave", "the worker process ended with status 4"),
    ],
)
@pytest.mark.parametrize("processes", [1, 3])
def test_a_process_takes_its_own_task_with_it(task: str, reason: str, processes: int) -> None:
    tasks = [0, task, 1, 2, task, task, task, 3, task]
    with pool_of(processes) as pool:
        outcomes = list(pool.run(tasks))
        assert len(pool.pids) <= processes
    assert [outcome for outcome in outcomes if outcome[0] == task] == [(task, reason)] * 5
    assert sorted(outcome[0] for outcome in outcomes if outcome[0] != task) == [0, 1, 4, 9]


def test_a_process_that_something_ends_cleans_up(tmp_path: Path) -> None:
    """As systemd-oomd does, or a person who picks the wrong one."""
    file = tmp_path / "part"
    with pool_of(1) as pool:

        def end() -> None:
            wait_until(file.exists)
            os.kill(*pool.pids, signal.SIGTERM)

        thread = threading.Thread(target=end)
        thread.start()
        ((_, reason), (square, _)) = pool.run([f"hold {file}", 2])
        thread.join(LIMIT)
    assert reason == "the worker process was killed by SIGTERM"
    assert square == 4
    assert not file.exists()


def test_an_idle_process_that_dies_is_replaced() -> None:
    with pool_of(1) as pool:
        ((_, first),) = pool.run([1])
        os.kill(first, signal.SIGKILL)
        ((square, second),) = pool.run([2])
        assert (square, second != first) == (4, True)


@pytest.mark.parametrize(
    ("task", "error", "text"),
    [
        ("fail by nothing", ZeroDivisionError, "by nothing"),
        ("fail_with_function", RuntimeError, "ValueError.*here it is"),
        ("fail_peculiarly", RuntimeError, "PeculiarError: 1 and 2"),
        ("stop_iteration", RuntimeError, "StopIteration"),
    ],
)
def test_an_exception_arrives_with_its_traceback(
    task: str, error: type[Exception], text: str
) -> None:
    with pool_of(2) as pool:
        with pytest.raises(error, match=text) as caught:
            list(pool.run([0, task, *range(5)]))
        assert pool.pids == []
        cause: BaseException | None = caught.value
        while cause is not None and "in work" not in str(cause):
            cause = cause.__cause__
        assert f"in {task.split()[0]}" in str(cause)
        # The pool is as new.
        assert [square for square, _ in pool.run([2])] == [4]


def test_an_outcome_that_cannot_be_sent() -> None:
    with pool_of(1) as pool, pytest.raises(Exception, match="pickle"):
        list(pool.run(["return_function"]))


def test_a_task_that_cannot_be_sent() -> None:
    with pool_of(1) as pool:
        with pytest.raises(Exception, match="pickle"):
            list(pool.run([lambda: None]))
        assert pool.pids == []


def test_tasks_that_fail() -> None:
    def tasks() -> Iterator[int]:
        yield 1
        raise ZeroDivisionError

    with pool_of(2) as pool:
        with pytest.raises(ZeroDivisionError):
            list(pool.run(tasks()))
        assert pool.pids == []


def test_a_worker_that_cannot_be_opened() -> None:
    with pool_of(3, pool_workers.failing_opener) as pool:
        with pytest.raises(FileNotFoundError, match="weights") as caught:
            list(pool.run(range(9)))
        assert "in failing_opener" in str(caught.value.__cause__)
        assert pool.pids == []


def test_a_worker_that_cannot_be_loaded() -> None:
    with (
        pool_of(1, pool_workers.Unloadable()) as pool,
        pytest.raises(ZeroDivisionError, match="cannot be loaded"),
    ):
        list(pool.run([1]))


def test_a_worker_that_cannot_be_sent() -> None:
    with pool_of(1, lambda: None) as pool, pytest.raises(Exception, match="pickle"):
        list(pool.run([1]))


def test_processes_that_die_before_they_begin_are_given_up(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with pool_of(1, functools.partial(pool_workers.dying_opener, log, 99)) as pool:
        with pytest.raises(RuntimeError, match=r"3 worker processes in a row .* with status 7"):
            list(pool.run([1, 2]))
        assert pool.pids == []
    assert len(log.read_text()) == MAX_FAILED_STARTS


def test_a_task_survives_processes_that_die_before_they_begin(tmp_path: Path) -> None:
    worker = functools.partial(pool_workers.dying_opener, tmp_path / "log", MAX_FAILED_STARTS - 1)
    with pool_of(1, worker) as pool:
        assert [square for square, _ in pool.run([1, 2, 3])] == [1, 4, 9]


def leave_by_closing(outcomes: Any) -> None:
    outcomes.close()


def leave_by_exception(outcomes: Any) -> NoReturn:
    raise KeyError


def leave_quietly(outcomes: Any) -> None:
    pass


@pytest.mark.parametrize("leave", [leave_by_closing, leave_by_exception, leave_quietly])
@pytest.mark.parametrize("task", ["hold", "hold_on"])
def test_leaving_early_lets_processes_clean_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, leave: Callable[[Any], None], task: str
) -> None:
    if task == "hold_on":
        # It never ends by itself.
        monkeypatch.setattr(pool_module, "GRACE_SECONDS", 0.5)
    files = [tmp_path / "a", tmp_path / "b"]
    pids = []

    def run() -> None:
        with pool_of(3) as pool:
            outcomes = pool.run([*(f"{task} {file}" for file in files), 1])
            assert next(outcomes)[0] == 1
            wait_until(lambda: all(file.exists() for file in files))
            pids.extend(pool.pids)
            leave(outcomes)

    try:
        run()
    except KeyError:
        assert leave is leave_by_exception
    assert len(pids) == 3
    assert all_gone(pids)
    if task == "hold":
        # The others may be killed before they have come to it.
        assert list(tmp_path.iterdir()) == []


def test_processes_leave_interrupts_to_the_parent() -> None:
    with pool_of(1) as pool:
        assert list(pool.run(["interrupt"])) == ["unmoved"]


def test_tensors_are_shared() -> None:
    tensors = [torch.zeros(5) for _ in range(4)]
    with pool_of(2, functools.partial(pool_workers.filler, tensors)) as pool:
        assert sorted(pool.run(range(4))) == [0, 1, 2, 3]
    assert [tensor.tolist() for tensor in tensors] == [[n] * 5 for n in (1.0, 2.0, 3.0, 4.0)]


def test_one_run_at_a_time() -> None:
    with pool_of(1) as pool:
        outcomes = pool.run([1, 2])
        next(outcomes)
        with pytest.raises(RuntimeError, match="at work"):
            next(pool.run([3]))
        assert len(list(outcomes)) == 1


def test_tasks_that_come_of_outcomes_and_news() -> None:
    """Those that are not there yet are asked for again."""
    news, bell = multiprocessing.Pipe(duplex=False)
    ready, left = [1], 3

    def ring() -> None:
        ready.append(5)
        bell.send_bytes(b"!")

    def tasks() -> Iterator[int | None]:
        while ready or left:
            yield ready.pop() if ready else None

    found = []
    with pool_of(2) as pool:
        for square, _ in pool.run(tasks(), news):
            found.append(square)
            left -= 1
            if square == 1:
                ready.append(2)
            elif square == 4:
                threading.Timer(0.1, ring).start()
    assert found == [1, 4, 25]


def test_there_must_be_a_process() -> None:
    with pytest.raises(ValueError, match="at least one process"):
        pool_of(0)
