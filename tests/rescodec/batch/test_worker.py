"""One file: what is made of it, and what is said where nothing can be made."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image as PillowImage

from rescodec import Codec
from rescodec.batch.conversion import DecodeConversion, EncodeConversion
from rescodec.batch.storage import Found, storage_of
from rescodec.batch.worker import Outcome, Task, Work, Worker
from rescodec.decoding import Decoding
from rescodec.encoding import Encoding
from rescodec.networks import NetworkConfig
from tests.rescodec.batch.device_workers import Words, task_of


def described(error: Exception, source: str, target: str) -> str:
    return f"{source}: {error}"


@pytest.fixture(scope="module")
def codec(codec_of: Callable[..., Codec], tiny_config: NetworkConfig) -> Codec:
    return codec_of(tiny_config)


@pytest.fixture
def worker(tmp_path: Path, codec: Codec) -> Worker:
    for name in ("in", "out", "back"):
        (tmp_path / name).mkdir()
    trees = storage_of(tmp_path / "in"), storage_of(tmp_path / "out")
    return Worker(EncodeConversion(Encoding(codec)), *trees, described)


@pytest.fixture
def task(tmp_path: Path, worker: Worker, picture: Callable[..., npt.NDArray[np.uint8]]) -> Task:
    path = tmp_path / "in/x/a.png"
    path.parent.mkdir()
    PillowImage.fromarray(picture(20, 31)).save(path)
    found = worker.sources.status("x/a.png")
    assert found is not None
    return Task(found, "x/a.lr.png", False, "01234567", "t", "s")


def failed(outcome: Outcome) -> tuple[str | None, str | None]:
    assert (outcome.entry.status, outcome.unchanged) == ("failed", False)
    return outcome.entry.error, outcome.entry.message


def test_there_and_back(tmp_path: Path, worker: Worker, task: Task, codec: Codec) -> None:
    entry = worker(task).entry
    size = (tmp_path / "out/x/a.lr.png").stat().st_size
    assert (entry.status, entry.target_bytes, entry.width, entry.height) == ("done", size, 31, 20)
    assert entry.bpp == pytest.approx(8 * size / (31 * 20), abs=1e-4)
    assert (entry.source_bytes, entry.source_stamp) == (task.source.size, task.source.stamp)
    assert entry.seconds is not None

    back = Worker(
        DecodeConversion(Decoding(model=codec)),
        worker.targets,
        storage_of(tmp_path / "back"),
        described,
    )
    found = Found("x/a.lr.png", size, "")
    entry = back(Task(found, "x/a.tif", False, "01234567", "t", "s")).entry
    assert (entry.status, entry.bpp) == ("done", pytest.approx(8 * size / (31 * 20), abs=1e-4))
    with PillowImage.open(tmp_path / "back/x/a.tif") as image:
        assert (image.format, image.size) == ("TIFF", (31, 20))


def test_what_exists(worker: Worker, task: Task) -> None:
    worker(task)
    assert failed(worker(task))[0] == "file-exists"
    assert worker(replace(task, overwrite=True)).entry.status == "done"


def test_errors_are_outcomes(tmp_path: Path, worker: Worker, task: Task) -> None:
    missing = replace(task, source=Found("nowhere.png", 1, ""))
    assert failed(worker(missing))[0] == "file-not-found"
    (tmp_path / "in/text.png").write_text("text")
    broken = replace(task, source=Found("text.png", 4, ""))
    kind, message = failed(worker(broken))
    assert kind == "image"
    assert str(message).startswith("text.png: ")
    assert list((tmp_path / "out").rglob("*")) == []


class Bug:
    """A conversion that goes wrong in a way that nobody thought of."""

    makes_lr = True
    settings = "s"

    def read(self, source: Path | bytes, suffix: str) -> None:
        raise KeyError("a\nb")


@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("DefaultCPUAllocator: no memory")])
def test_memory(worker: Worker, task: Task, error: Exception) -> None:
    class Large(Bug):
        def read(self, source: Path | bytes, suffix: str) -> None:
            raise error

    assert failed(replace(worker, conversion=Large())(task))[0] == "memory"


def test_a_bug_stops_nothing(worker: Worker, task: Task) -> None:
    kind, message = failed(replace(worker, conversion=Bug())(task))
    assert kind == "key"
    assert "\n" not in str(message)
    assert "unexpected KeyError" in str(message)
    assert "test_worker.py:" in str(message)


def test_batches(tmp_path: Path) -> None:
    """What fails together is tried alone, and only what fails alone fails."""
    for name in ("in", "out"):
        (tmp_path / name).mkdir()
    trees = storage_of(tmp_path / "in"), storage_of(tmp_path / "out")
    worker = Worker(Words(), *trees, described)

    def outcomes(*texts: str) -> list[Any]:
        works = [Work(task_of(str(n)), text) for n, text in enumerate(texts)]
        computed = worker.compute_batch(works)
        assert all(work.seconds >= 0 for work in computed)
        return [w.outcome.entry.error if w.outcome else w.value[1] for w in computed]

    assert outcomes("a", "b", "c") == [3, 3, 3]
    assert outcomes("a", "heavy", "c") == [1, 1, 1]
    assert outcomes("a", "wrong") == [1, "key"]
    assert outcomes("wrong") == ["key"]


def test_checksums(tmp_path: Path, worker: Worker, task: Task) -> None:
    worker = replace(worker, checksum=True)
    entry = worker(task).entry
    again = replace(task, overwrite=True, done=entry, source=task.source._replace(stamp="new"))
    assert worker(again) == Outcome(replace(entry, source_stamp="new"), unchanged=True)

    target = tmp_path / "out/x/a.lr.png"
    content = target.read_bytes()
    target.write_bytes(content[:-1] + b"x")
    assert not worker(again).unchanged
    assert target.read_bytes() == content
    target.unlink()
    assert not worker(again).unchanged
    with PillowImage.open(tmp_path / "in/x/a.png") as image:
        image.rotate(180).save(tmp_path / "in/x/a.png")
    assert not worker(again).unchanged
    assert target.read_bytes() != content


def test_what_only_compares_writes_nothing(tmp_path: Path, worker: Worker, task: Task) -> None:
    """It says whether the target is to be made, and whether it may be replaced."""
    worker = replace(worker, checksum=True)
    entry = worker(task).entry
    compared = replace(task, done=entry)
    target = tmp_path / "out/x/a.lr.png"
    os.utime(target, ns=(5, 5))
    assert worker(compared) == Outcome(replace(entry, target_stamp="5"), unchanged=True)
    planned = worker(replace(compared, settings="t")).entry
    assert (planned.status, planned.target_sha256) == ("planned", entry.target_sha256)

    with PillowImage.open(tmp_path / "in/x/a.png") as image:
        image.rotate(180).save(tmp_path / "in/x/a.png")
    content = target.read_bytes()
    planned = worker(compared).entry
    assert (planned.status, planned.target_sha256) == ("planned", entry.target_sha256)
    target.write_bytes(content[::-1])
    assert failed(worker(compared)) == (
        "file-exists",
        "x/a.png: [Errno 17] File exists: 'x/a.lr.png'",
    )
    assert target.read_bytes() == content[::-1]
    target.unlink()
    planned = worker(compared).entry
    assert (planned.status, planned.target_sha256) == ("planned", None)
    assert not target.exists()


def test_times_are_preserved(tmp_path: Path, worker: Worker, task: Task) -> None:
    os.utime(tmp_path / "in/x/a.png", ns=(5, 1234567890))
    replace(worker, preserve=True)(task)
    assert (tmp_path / "out/x/a.lr.png").stat().st_mtime_ns == 1234567890


@pytest.mark.parametrize(
    ("other", "same"),
    [
        *(({"tile": 16}, True), ({"overwrite": True}, True)),
        *(({"effort": 9}, False), ({"carrier": "alpha"}, False), ({"lossless": True}, False)),
        ({"keep": "none"}, False),
    ],
)
def test_settings(codec: Codec, other: dict[str, Any], same: bool) -> None:
    first = EncodeConversion(Encoding(codec)).settings
    assert (EncodeConversion(Encoding(codec, **other)).settings == first) is same


def test_settings_tell_weights_apart(codec_of: Callable[..., Codec], codec: Codec) -> None:
    other = codec_of(NetworkConfig(scale=2, blocks=(1,), widths=(4,)))
    settings = {EncodeConversion(Encoding(c)).settings for c in (codec, other)}
    settings |= {DecodeConversion(Decoding(model=c)).settings for c in (codec, other, None)}
    assert len(settings) == 5
