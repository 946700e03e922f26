"""One device and its processes: the files of the other engines, whatever dies or fails."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image as PillowImage

from rescodec import Codec
from rescodec.batch.conversion import Conversion, DecodeConversion, EncodeConversion
from rescodec.batch.device_engine import Bounds, DeviceEngine, default_bounds
from rescodec.batch.engines import Engine, ThreadEngine, WorkerOpener
from rescodec.batch.storage import storage_of
from rescodec.batch.worker import Outcome, Task, Worker
from rescodec.decoding import Decoding
from rescodec.dial import Dial
from rescodec.encoding import Encoding
from rescodec.zoo import MODELS
from tests.rescodec.batch.device_workers import Words, describe, task_of
from tests.rescodec.test_strips import CONFIGS, assert_alike

TARGETS = ("expected", "found")
SMALL = Bounds(batch_files=3, batch_pixels=10**6, files=5, pixels=10**6)


def worker_of(tmp_path: Path, conversion: Conversion[Any, Any], source: str, to: str) -> Worker:
    for name in (source, to):
        (tmp_path / name).mkdir(exist_ok=True)
    trees = storage_of(tmp_path / source), storage_of(tmp_path / to)
    return Worker(conversion, *trees, describe)


def engine_of(worker: Worker, bounds: Bounds = SMALL, processes: int = 2) -> DeviceEngine:
    return DeviceEngine(WorkerOpener(worker, 1, 10**8), processes, bounds)


def tasks_of(worker: Worker) -> list[Task]:
    """Return a task for each source, whose target has its name."""
    found = worker.sources.find("skip")
    return [Task(file, file.name, False, "01234567", "t", "s") for file in found]


def run(engine: Engine, tasks: Sequence[Task]) -> list[Outcome]:
    """Do tasks, and check that each is begun once, and before its outcome."""
    begun: list[str] = []
    outcomes = []
    for outcome in engine.run(tasks, lambda task: begun.append(task.source.name)):
        assert outcome.entry.source in begun
        outcomes.append(outcome)
    assert sorted(begun) == sorted(task.source.name for task in tasks)
    assert sorted(o.entry.source for o in outcomes) == sorted(begun)
    return outcomes


def errors(outcomes: Sequence[Outcome]) -> dict[str, str | None]:
    return {o.entry.source: o.entry.error for o in outcomes if o.entry.status == "failed"}


@pytest.fixture
def words(tmp_path: Path) -> Callable[[Sequence[str]], tuple[Worker, list[Task]]]:
    """Write texts, each to a file."""

    def make(texts: Sequence[str]) -> tuple[Worker, list[Task]]:
        worker = worker_of(tmp_path, Words(), "in", "out")
        for number, text in enumerate(texts):
            (tmp_path / f"in/{number:02}").write_text(text)
        return worker, [task_of(f"{number:02}") for number in range(len(texts))]

    return make


def contents(folder: Path) -> list[str]:
    return [path.read_text().split()[0] for path in sorted(folder.iterdir())]


@pytest.mark.parametrize("name", ["alpha-x2", "dial-x2", "latent-x4", "firn-x4"])
def test_the_files_of_other_engines(
    name: str,
    tmp_path: Path,
    codec_of: Callable[..., Codec],
    picture: Callable[..., np.ndarray],
) -> None:
    codec = codec_of(CONFIGS[name])
    (tmp_path / "in").mkdir()
    for number in range(8):
        pixels = picture(20, 31 + number % 2, number)
        PillowImage.fromarray(pixels).save(tmp_path / f"in/{number}.png")
    (tmp_path / "in/8.png").write_text("no picture")
    dial = Dial(quality=60) if codec.config.dial_steps else Dial()
    encode = EncodeConversion(Encoding(codec, dial=dial))
    decode = DecodeConversion(Decoding(model=codec))
    made: dict[str, list[Path]] = {}
    for kind in ("device", "threads"):
        for conversion, source, to, suffix in (
            (encode, "in", f"{kind}-lr", ".lr.png"),
            (decode, f"{kind}-lr", f"{kind}-back", ".png"),
        ):
            worker = worker_of(tmp_path, conversion, source, to)
            engine: Engine = engine_of(worker) if kind == "device" else ThreadEngine(worker)
            tasks = [
                Task(found, found.name[0] + suffix, False, "01234567", "t", "s")
                for found in worker.sources.find("skip")
            ]
            outcomes = run(engine, tasks)
            bad = {"8.png": "image"} if conversion is encode else {}
            assert errors(outcomes) == bad
            assert all(o.entry.seconds is not None for o in outcomes)
            made[to] = sorted((tmp_path / to).iterdir())
            assert len(made[to]) == 8
    for a, b in zip(made["device-back"], made["threads-back"], strict=True):
        assert_alike(np.asarray(PillowImage.open(a)), np.asarray(PillowImage.open(b)))
    for a, b in zip(made["device-lr"], made["threads-lr"], strict=True):
        assert_alike(np.asarray(PillowImage.open(a)), np.asarray(PillowImage.open(b)))


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
@pytest.mark.parametrize("model", MODELS)
def test_cuda_and_float16(model: str, tmp_path: Path, picture: Callable[..., np.ndarray]) -> None:
    """On a GPU samples are at most one level from those of the CPU in float32, dials apart."""
    (tmp_path / "in").mkdir()
    for number in range(6):
        PillowImage.fromarray(picture(203, 301, number)).save(tmp_path / f"in/{number}.png")
    for device, to in zip(("cpu", "cuda"), TARGETS, strict=True):
        codec = Codec.open(model, device=device, precision="auto")
        worker = worker_of(tmp_path, EncodeConversion(Encoding(codec)), "in", f"{to}-lr")
        assert errors(run(engine_of(worker), tasks_of(worker))) == {}
        # What the CPU has encoded, so that decoding is compared alone.
        decode = DecodeConversion(Decoding(model=codec))
        worker = worker_of(tmp_path, decode, "expected-lr", f"{to}-back")
        assert errors(run(engine_of(worker), tasks_of(worker))) == {}
    parts = ["back"] if codec.config.dial_steps else ["lr", "back"]
    for part in parts:
        for path in sorted((tmp_path / f"expected-{part}").iterdir()):
            a, b = (PillowImage.open(tmp_path / f"{to}-{part}" / path.name) for to in TARGETS)
            assert np.abs(np.asarray(a).astype(int) - np.asarray(b)).max() <= 1


def test_lossless_files_of_any_kind(
    tmp_path: Path, codec_of: Callable[..., Codec], picture: Callable[..., np.ndarray]
) -> None:
    """Deep and grey photos too, without a codec that is open already when decoding."""
    (tmp_path / "in").mkdir()
    PillowImage.fromarray(picture(20, 31)).save(tmp_path / "in/a.png")
    PillowImage.fromarray(picture(20, 31)[..., 0]).save(tmp_path / "in/b.png")
    codec = Codec.open(device="cpu")
    encode = EncodeConversion(Encoding(codec, lossless=True))
    for conversion, source, to in (
        (encode, "in", "lr"),
        (DecodeConversion(Decoding(device="cpu")), "lr", "back"),
    ):
        worker = worker_of(tmp_path, conversion, source, to)
        assert errors(run(engine_of(worker), tasks_of(worker))) == {}
    for name in "ab":
        with PillowImage.open(tmp_path / f"in/{name}.png") as before:
            after = PillowImage.open(tmp_path / f"back/{name}.png")
            assert np.array_equal(np.asarray(before), np.asarray(after))


def test_what_dies_or_fails_takes_no_other_with_it(tmp_path: Path, words: Any) -> None:
    texts = ["one", "die reading", "two", "bad", "heavy", "die writing", "wrong", "light", "right"]
    worker, tasks = words([*texts, *texts])
    outcomes = run(engine_of(worker), tasks)
    expected = {"die reading": "worker-died", "die writing": "worker-died", "bad": "os"}
    expected["wrong"] = "key"
    assert errors(outcomes) == {
        f"{number:02}": expected[text]
        for number, text in enumerate([*texts, *texts])
        if text in expected
    }
    good = [text for text in texts if text not in expected]
    assert contents(tmp_path / "out") == [*good, *good]


@pytest.mark.parametrize("bounds", [Bounds(1, 1, 1, 1), Bounds(2, 5, 3, 7), SMALL])
def test_no_more_than_the_bounds_are_in_hand(bounds: Bounds, words: Any) -> None:
    worker, tasks = words(["abc" if n % 3 else "de" for n in range(20)])
    engine = engine_of(worker, bounds)
    hand, most = 0, 0

    def begin(task: Task) -> None:
        nonlocal hand, most
        hand += 1
        most = max(most, hand)

    for _ in engine.run(tasks, begin):
        hand -= 1
    # One outcome may wait to be seen here.
    assert most <= bounds.files + 1
    assert hand == 0
    assert sum(engine.usage.batches) == 20
    assert max(engine.usage.batches) <= bounds.batch_files


def test_the_share_of_time_that_the_device_is_busy(words: Any) -> None:
    worker, tasks = words(["abc"] * 3)
    engine = engine_of(worker)
    started = time.monotonic()
    run(engine, tasks)
    assert 0 < engine.usage.busy_seconds < time.monotonic() - started


def test_leaving_early(tmp_path: Path, words: Any) -> None:
    worker, tasks = words(["abc"] * 40)
    begun: list[Task] = []
    outcomes = engine_of(worker).run(tasks, begun.append)
    next(iter(outcomes))
    outcomes.close()  # type: ignore[attr-defined]
    assert len(begun) <= SMALL.files + 1
    made = list((tmp_path / "out").iterdir())
    assert 1 <= len(made) <= len(begun)
    assert all(path.suffix == ".out" for path in made)


def test_nothing_to_do(words: Any) -> None:
    worker, tasks = words([])
    assert run(engine_of(worker), tasks) == []


def test_a_bug_of_the_engine_ends_the_run(words: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def compute_batch(self: Worker, works: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(Worker, "compute_batch", compute_batch)
    worker, tasks = words(["abc"] * 3)
    with pytest.raises(ZeroDivisionError):
        run(engine_of(worker), tasks)


def test_bounds_go_by_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rescodec.batch.device_engine.free_memory", lambda: 48 << 20)
    assert default_bounds().pixels == 1 << 20
    monkeypatch.setattr("rescodec.batch.device_engine.free_memory", lambda: 0)
    assert default_bounds().pixels == 1
