"""A Ray cluster on this machine, one of whose nodes dies."""

from __future__ import annotations

import dataclasses
import io
import json
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image as PillowImage

from rescodec.batch.conversion import Conversion, EncodeConversion
from rescodec.batch.engines import Engine, ThreadEngine, WorkerOpener
from rescodec.batch.local_storage import LocalStorage
from rescodec.batch.manifest import Entry, Manifest
from rescodec.batch.planning import Rules, make_plan
from rescodec.batch.ray_engine import RayEngine, _Actor, _Deaths, _task_to_json
from rescodec.batch.run import Trees, run_plan
from rescodec.batch.storage import Found, Storage, storage_of
from rescodec.batch.worker import Outcome, Task, Worker
from rescodec.codec import Codec
from rescodec.encoding import Encoding
from rescodec_formats.atomic import is_temporary, temporary_name

# Ray sets what it has deprecated itself.
pytestmark = pytest.mark.filterwarnings(r"ignore::DeprecationWarning:ray\.")

RUN = "0123abcd"
LIMIT = 60.0
PIXELS = 10**6
NODE = {"num_cpus": 1, "object_store_memory": 100 << 20, "include_dashboard": False}
POISON = b"kills the process that reads it"
FOLDERS = Trees(LocalStorage("photos"), LocalStorage("out"))


def describe(error: Exception, source: str, target: str) -> str:
    return f"{source}: {error}"


@dataclass(frozen=True)
class Gate:
    """A folder in which workers on the other side note that they wait, and wait for a file."""

    folder: Path

    def pass_through(self) -> None:
        import ray

        if not self._open.exists():
            node = ray.get_runtime_context().get_node_id()
            (self.folder / f"{node}-{os.getpid()}").touch()
        wait_until(self._open.exists)

    def open(self) -> None:
        self._open.touch()

    def waiting(self, node: str) -> list[int]:
        """Process ids of those that wait on a node."""
        return [int(path.name.split("-")[1]) for path in self.folder.glob(f"{node}-*")]

    @property
    def _open(self) -> Path:
        return self.folder / "open"


class GatedStorage(LocalStorage):
    """Writes so slowly that a process can be killed in the middle; the first few not."""

    def __init__(self, root: str, gate: Gate, free: set[str]) -> None:
        super().__init__(root)
        self._gate, self._free = gate, free

    def write(self, name: str, content: bytes, *, overwrite: bool, run: str) -> None:
        if name not in self._free:
            part = self.folder / name
            part = part.with_name(temporary_name(part.name, run))
            part.parent.mkdir(exist_ok=True)
            part.write_bytes(content[:10])
            self._gate.pass_through()
            part.unlink(missing_ok=True)
        super().write(name, content, overwrite=overwrite, run=run)


@dataclass(frozen=True)
class Deadly:
    """A conversion that one kind of file ends for good."""

    conversion: Conversion[Any, Any]
    makes_lr = True
    settings = ""

    def read(self, source: Path | bytes, suffix: str) -> Any:
        if (source if isinstance(source, bytes) else source.read_bytes()) == POISON:
            os.kill(os.getpid(), signal.SIGKILL)
        return self.conversion.read(source, suffix)

    def compute(self, reads: Any) -> Any:
        return self.conversion.compute(reads)

    def write(self, computed: Any, suffix: str) -> Any:
        return self.conversion.write(computed, suffix)


def unexpected(task: Task) -> None:
    pytest.fail(f"{task} was begun")


def wait_until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + LIMIT
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def opener_of(conversion: Conversion[Any, Any], trees: Trees) -> WorkerOpener:
    return WorkerOpener(Worker(conversion, trees.sources, trees.targets, describe), 1, PIXELS)


def converted(
    trees: Trees, engine: Engine, manifest: Path, seen: Callable[[Outcome], None] = lambda _: None
) -> list[Entry]:
    """Make a run; return what came of each file, as it came."""
    trees.targets.make_root()
    plan = make_plan(
        trees.sources.find(),
        {},
        lambda _: None,
        Rules(run=RUN, tree="t", settings="", template="{stem}.png"),
    )
    entries = []
    with Manifest(manifest) as opened:
        for outcome in run_plan(plan, trees, opened, engine):
            entries.append(outcome.entry)
            seen(outcome)
    return entries


def contents(storage: Storage) -> dict[str, bytes]:
    return {found.name: storage.read(found.name) for found in storage.find()}


def ray_module() -> Any:
    return pytest.importorskip("ray")


@pytest.fixture
def by_value() -> Iterator[None]:
    """Send what is defined here as it is: workers could not import it."""
    cloudpickle = ray_module().cloudpickle
    cloudpickle.register_pickle_by_value(sys.modules[__name__])
    yield
    cloudpickle.unregister_pickle_by_value(sys.modules[__name__])


@pytest.fixture
def cluster(by_value: None) -> Iterator[Any]:
    """Start a head and connect to it."""
    ray = ray_module()
    started = pytest.importorskip("ray.cluster_utils").Cluster(True, head_node_args=NODE)
    ray.init(started.address, log_to_driver=False, logging_level="ERROR")
    yield started
    ray.shutdown()
    started.shutdown()


@pytest.fixture(scope="module")
def conversion(codec_of: Callable[..., Codec], tiny_config: Any) -> EncodeConversion:
    return EncodeConversion(Encoding(codec_of(tiny_config)))


@pytest.mark.slow
def test_a_machine_that_dies(
    cluster: Any, conversion: EncodeConversion, picture: Callable[..., Any], tmp_path: Path
) -> None:
    node = cluster.add_node(**NODE)
    sources = LocalStorage(str(tmp_path / "photos"))
    for number in range(30):
        path = sources.folder / f"{number % 3}" / f"{number:02}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        PillowImage.fromarray(picture(20 + number, 24, number)).save(path)
    (sources.folder / "broken.png").write_bytes(b"no picture")
    gate = Gate(tmp_path / "gate")
    gate.folder.mkdir()
    names = [found.name for found in sources.find()]
    targets = GatedStorage(str(tmp_path / "out"), gate, set(names[:5]))
    trees = Trees(sources, targets)
    before: list[str] = []

    def kill(outcome: Outcome) -> None:
        if not before:
            wait_until(lambda: gate.waiting(node.node_id))
            cluster.remove_node(node, allow_graceful=False)
            for pid in gate.waiting(node.node_id):
                os.kill(pid, signal.SIGKILL)
            before.extend(path.name for path in targets.folder.rglob("*") if path.is_file())
            gate.open()

    manifest = tmp_path / "manifest.jsonl"
    engine = RayEngine(opener_of(conversion, trees))
    entries = converted(trees, engine, manifest, kill)
    assert ray_module().is_initialized()

    assert any(map(is_temporary, before))
    assert sum(map(is_temporary, before)) <= 2
    assert Counter(entry.source for entry in entries) == Counter(names)
    assert {e.source: e.error for e in entries if e.status == "failed"} == {"broken.png": "image"}
    lines = [json.loads(line) for line in manifest.read_text().splitlines()]
    assert Counter((line["source"], line["status"]) for line in lines) == Counter(
        [(entry.source, entry.status) for entry in entries] + [(name, "started") for name in names]
    )
    assert not [path for path in targets.folder.rglob("*") if is_temporary(path.name)]

    alone = Trees(sources, LocalStorage(str(tmp_path / "alone")))
    worker = opener_of(conversion, alone).worker
    converted(alone, ThreadEngine(worker), tmp_path / "alone.jsonl")
    assert contents(alone.targets) == contents(targets)
    assert len(contents(targets)) == 30


@pytest.mark.slow
def test_object_storage_and_a_file_that_kills(
    bucket: str,
    conversion: EncodeConversion,
    picture: Callable[..., Any],
    tmp_path: Path,
    by_value: None,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """On a cluster of the engine's own, of which nothing is seen."""
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    # Else Ray writes a token to the home of whoever runs the tests.
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    sources = storage_of(f"{bucket}/photos")
    for number in range(3):
        content = io.BytesIO()
        PillowImage.fromarray(picture(24, 24, number)).save(content, "PNG")
        sources.write(f"{number}.png", content.getvalue(), overwrite=False, run=RUN)
    sources.write("0-poison.png", POISON, overwrite=False, run=RUN)
    trees = Trees(sources, storage_of(f"{bucket}/out"))
    handler = signal.getsignal(signal.SIGTERM)
    signals = []
    engine = RayEngine(opener_of(Deadly(conversion), trees), processes=1)
    capfd.readouterr()

    def note(_: Outcome) -> None:
        signals.append(signal.getsignal(signal.SIGTERM))

    entries = converted(trees, engine, tmp_path / "manifest.jsonl", note)
    assert capfd.readouterr() == ("", "")
    assert signals == [handler] * 4
    assert not ray_module().is_initialized()
    assert {entry.source: entry.error for entry in entries} == {
        **{f"{number}.png": None for number in range(3)},
        "0-poison.png": "worker-died",
    }
    assert sorted(contents(trees.targets)) == ["0.png", "1.png", "2.png"]


def test_ray_is_missing(monkeypatch: pytest.MonkeyPatch, conversion: EncodeConversion) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ImportError, match=r"^the engine ray needs .* 'rescodec\[ray\]'$"):
        RayEngine(opener_of(conversion, FOLDERS))


def test_nothing_to_do_starts_nothing(conversion: EncodeConversion) -> None:
    ray = ray_module()
    assert list(RayEngine(opener_of(conversion, FOLDERS)).run([], unexpected)) == []
    assert not ray.is_initialized()


def test_no_cluster(monkeypatch: pytest.MonkeyPatch, conversion: EncodeConversion) -> None:
    """Nothing is begun then."""

    def refuse(address: str, **options: object) -> None:
        assert not {"num_cpus", "object_store_memory"} & options.keys()
        raise RuntimeError(f"no answer\nfrom {address}")

    monkeypatch.setattr(ray_module(), "init", refuse)
    monkeypatch.setenv("RAY_ADDRESS", "head:6379")
    task = Task(Found("a.png", 1, ""), "a.png", False, RUN, "t", "")
    engine = RayEngine(opener_of(conversion, FOLDERS))
    with pytest.raises(ConnectionError, match=r"^Ray at head:6379 .* no answer from head:6379$"):
        next(engine.run([task], unexpected))


@pytest.mark.parametrize("compares", [True, False])
def test_what_a_dead_process_may_have_written_is_replaced(
    monkeypatch: pytest.MonkeyPatch, compares: bool
) -> None:
    """One that was only to compare has written nothing."""
    monkeypatch.setattr(ray_module(), "get", lambda value: value)
    task = Task(Found("a.png", 1, ""), "a.png", False, RUN, "t", "")
    done = task.entry(status="done") if compares else None
    task = dataclasses.replace(task, done=done)
    seen: list[Task] = []

    def work(task: Task) -> Outcome:
        seen.append(task)
        return Outcome(task.entry(status="done"))

    deaths = SimpleNamespace(
        begin=SimpleNamespace(remote=lambda _: (1, True)),
        end=SimpleNamespace(remote=lambda _: None),
    )
    _Actor(lambda: work, deaths)({"task": _task_to_json(task)})  # type: ignore[arg-type]
    assert seen == [dataclasses.replace(task, overwrite=not compares)]


def test_deaths_are_counted_for_each_file() -> None:
    deaths = _Deaths()
    begun = [deaths.begin(name) for name in "aab"]
    assert begun == [(0, False), (1, True), (0, False)]
    deaths.end("a")
    deaths.end("a")
    assert [deaths.begin("a"), deaths.begin("b")] == [(0, True), (1, True)]
