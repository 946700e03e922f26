"""Whole runs: what is noted while files are done."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from rescodec.batch.device_engine import DeviceEngine
from rescodec.batch.engines import Engine, ProcessEngine, ThreadEngine, WorkerOpener, worker_died
from rescodec.batch.local_storage import LocalStorage
from rescodec.batch.manifest import Entry, Manifest, entry_of_json
from rescodec.batch.planning import Plan, Rules, make_plan
from rescodec.batch.run import Trees, run_plan
from rescodec.batch.worker import Worker
from tests.rescodec.batch.device_workers import Words, describe

ENGINES: dict[str, Callable[[Worker], Engine]] = {
    "threads": ThreadEngine,
    "processes": lambda worker: ProcessEngine(WorkerOpener(worker, 1, 10**8), 2),
    "device": lambda worker: DeviceEngine(WorkerOpener(worker, 1, 10**8), 2),
}


@dataclass
class Runs:
    """Runs with digests, one after the other, of texts in a folder."""

    folder: Path
    engine: str

    def __post_init__(self) -> None:
        self.names = itertools.count(1)
        self.trees = Trees(LocalStorage(str(self.folder / "in")), LocalStorage(str(self.out)))
        for storage in (self.trees.sources, self.trees.targets):
            storage.make_root()

    @property
    def out(self) -> Path:
        return self.folder / "out"

    @property
    def manifest(self) -> Path:
        return self.folder / "manifest"

    def write(self, name: str, text: str) -> None:
        (self.folder / "in" / name).write_text(text)

    def plan(self, manifest: Manifest) -> Plan:
        rules = Rules(
            run=f"{next(self.names):08x}", tree="t", settings="", template="{name}", checksum=True
        )
        found = self.trees.sources.find("files")
        return make_plan(found, manifest.past, self.trees.listed_targets(), rules)

    def run(self, until: str = "") -> list[Entry]:
        """Make a run, up to the outcome of a file; return what it has added to the manifest."""
        trees = self.trees
        worker = Worker(Words(), trees.sources, trees.targets, describe, checksum=True)
        with Manifest(self.manifest) as manifest:
            before = len(self.manifest.read_bytes())
            outcomes = run_plan(self.plan(manifest), trees, manifest, ENGINES[self.engine](worker))
            for outcome in outcomes:
                if outcome.entry.source == until:
                    break
            outcomes.close()  # type: ignore[attr-defined]
        return [entry_of_json(line) for line in self.manifest.read_bytes()[before:].splitlines()]


@pytest.fixture(params=ENGINES)
def runs(tmp_path: Path, request: pytest.FixtureRequest) -> Runs:
    """After a run whose second output was edited since, to the same size."""
    runs = Runs(tmp_path, request.param)
    for name in "abcd":
        runs.write(name, f"{name} 1")
    runs.run()
    (runs.out / "b").write_text("mine ")
    os.utime(runs.out / "b", (5, 5))
    return runs


def statuses(entries: list[Entry], name: str) -> list[str]:
    return [entry.status for entry in entries if entry.source == name]


def test_edited_outputs_stay_whatever_ends_a_run(runs: Runs) -> None:
    """What is only compared is not noted as begun."""
    for number, name in enumerate("dac", start=2):
        runs.write("a", f"a {number}")
        added = runs.run(until=name)
        assert "started" not in statuses(added, "b")
        assert (runs.out / "b").read_text() == "mine "
    assert statuses(runs.run(), "b") == ["failed"]
    assert (runs.out / "b").read_text() == "mine "


def test_outputs_that_are_edited_after_a_run_was_stopped_stay(runs: Runs) -> None:
    runs.write("a", "a 2")
    for name in "bd":
        runs.run(until=name)
    stamp = (runs.out / "d").stat().st_mtime_ns
    (runs.out / "d").write_text("mine ")
    os.utime(runs.out / "d", ns=(stamp, stamp))
    assert statuses(runs.run(), "d") == ["failed"]
    assert (runs.out / "d").read_text() == "mine "


def test_what_is_replaced_after_comparing_is_begun_first(runs: Runs) -> None:
    for name in "cd":
        os.utime(runs.out / name, (5, 5))
    runs.write("c", "c 2")
    added = runs.run()
    assert statuses(added, "c") == ["started", "done"]
    assert statuses(added, "d") == ["done"]
    assert (runs.out / "c").read_text() == "c 2 1"


@pytest.mark.parametrize("runs", ["threads"], indirect=True)
def test_edited_outputs_stay_where_a_comparison_died(runs: Runs) -> None:
    with Manifest(runs.manifest) as manifest:
        (task,) = (task for task in runs.plan(manifest).tasks if task.target == "b")
        manifest.add(worker_died(task, "killed").entry)
    assert statuses(runs.run(), "b") == ["failed"]
    assert (runs.out / "b").read_text() == "mine "
