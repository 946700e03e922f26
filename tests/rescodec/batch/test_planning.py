"""What a run decides to do with each file."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from typing import Any

import pytest

from rescodec.batch.manifest import Entry, Past
from rescodec.batch.planning import CollisionError, Plan, Rules, make_plan
from rescodec.batch.storage import Found, Unlisted

SOURCE = Found("a.jpg", 100, "1")
TARGET = "a.lr.png"


def rules(**other: Any) -> Rules:
    known = {"run": "00000002", "tree": "t", "settings": "s", "template": "{stem}.lr.png"}
    return Rules(**{**known, **other})


def entry(status: str = "done", **other: Any) -> Entry:
    known: dict[str, Any] = {
        "source": "a.jpg",
        "target": TARGET,
        "run": "00000001",
        "tree": "t",
        "settings": "s",
        "source_bytes": 100,
        "source_stamp": "1",
        **({"target_bytes": 10} if status == "done" else {}),
    }
    return Entry(**{**known, "status": status, **other})


def past(*entries: Entry) -> dict[str, Past]:
    done = [e for e in entries if e.status == "done"]
    return {"a.jpg": Past(entries[-1], done[-1] if done else None)} if entries else {}


def planned(
    history: Mapping[str, Past], targets: dict[str, int], source: Found = SOURCE, **other: Any
) -> Plan:
    found = {name: Found(name, size, "5") for name, size in targets.items()}
    return make_plan([source], history, found.get, rules(**other))


def outcome(plan: Plan) -> str:
    if plan.tasks:
        (task,) = plan.tasks
        return "compare" if task.only_compares else "replace" if task.overwrite else "make"
    return "unchanged" if plan.unchanged else "skip" if plan.skipped else plan.failed[0].error or ""


@pytest.mark.parametrize(
    ("history", "size", "options", "expected"),
    [
        ([], None, {}, "make"),
        # Somebody else's.
        ([], 10, {}, "file-exists"),
        ([], 10, {"skip_existing": True}, "skip"),
        ([], 10, {"overwrite": True}, "replace"),
        ([entry("failed")], 10, {}, "file-exists"),
        ([entry("planned")], 10, {}, "file-exists"),
        # Done.
        ([entry()], 10, {}, "unchanged"),
        ([entry()], 10, {"overwrite": True}, "unchanged"),
        ([entry()], 10, {"checksum": True}, "replace"),
        ([entry()], 11, {"checksum": True}, "file-exists"),
        # By its digest, whatever its time.
        ([entry(target_sha256="d", target_stamp="5")], 10, {"checksum": True}, "compare"),
        ([entry(target_sha256="d", target_stamp="4")], 10, {"checksum": True}, "compare"),
        ([entry(target_sha256="d"), entry("started")], 10, {"checksum": True}, "replace"),
        ([entry(target_sha256="d")], 10, {"checksum": True, "overwrite": True}, "replace"),
        ([entry(), entry("planned")], 10, {}, "unchanged"),
        ([entry()], None, {}, "make"),
        ([entry()], 11, {}, "file-exists"),
        ([entry()], 10, {"settings": "t"}, "replace"),
        ([entry()], 10, {"settings": "t", "skip_existing": True}, "skip"),
        ([entry(target_stamp="5")], 10, {"settings": "t"}, "replace"),
        # Edited since, to the same size.
        ([entry(target_stamp="4")], 10, {"settings": "t"}, "file-exists"),
        ([entry(target_stamp="4")], 10, {}, "unchanged"),
        # Of another folder, which has a file of the same name.
        ([entry()], 10, {"tree": "u"}, "file-exists"),
        ([entry("started")], 10, {"tree": "u"}, "file-exists"),
        ([entry()], None, {"tree": "u"}, "make"),
        # The other folder's file was met, and refused.
        ([entry(), entry("failed", tree="u")], 10, {}, "unchanged"),
        ([entry(), entry("failed", tree="u")], 10, {"tree": "u"}, "file-exists"),
        ([entry(), entry(tree="u")], 10, {}, "file-exists"),
        ([entry(), entry(tree="u")], 10, {"tree": "u"}, "unchanged"),
        ([entry()], None, {"template": "{name}.png"}, "make"),
        # Begun, and killed before or after the file had its name.
        ([entry("started")], None, {}, "make"),
        ([entry("started")], 10, {}, "replace"),
        ([entry("started", target="b.png")], 10, {}, "file-exists"),
        ([entry(), entry("started")], 12, {}, "replace"),
        ([entry("failed", error="worker-died")], 10, {}, "replace"),
        ([entry("failed", error="time-not-kept")], 10, {}, "replace"),
        # Done once, then failed, as the source had become another.
        ([entry(), entry("failed")], 10, {}, "replace"),
        ([entry(), entry("failed")], 11, {}, "file-exists"),
        ([entry("failed")], None, {}, "make"),
    ],
)
def test_decisions(
    history: list[Entry], size: int | None, options: dict[str, Any], expected: str
) -> None:
    targets = {} if size is None else {TARGET: size}
    assert outcome(planned(past(*history), targets, **options)) == expected


@pytest.mark.parametrize("source", [Found("a.jpg", 101, "1"), Found("a.jpg", 100, "2")])
def test_a_changed_source(source: Found) -> None:
    assert outcome(planned(past(entry()), {TARGET: 10}, source)) == "replace"


def test_checksums_are_compared_later() -> None:
    """By the worker, with what was done."""
    (task,) = planned(past(entry()), {TARGET: 10}, checksum=True).tasks
    assert task.done == entry()
    (task,) = planned(past(entry(settings="t")), {TARGET: 10}, checksum=True).tasks
    assert task.done == entry(settings="t")
    (task,) = planned(past(entry(settings="t")), {TARGET: 11}, checksum=True, overwrite=True).tasks
    assert task.done is None


def test_targets_that_cannot_be_looked_at() -> None:
    """They fail alone, and are looked at again by the next run."""

    def status(target: str) -> Found | None:
        if target == TARGET:
            raise OSError(errno.ELOOP, "Too many levels of symbolic links", f"/out/{target}")
        return None

    found = [SOURCE, Found("b.jpg", 1, "")]
    plan = make_plan(found, past(entry("started")), status, rules())
    assert [task.target for task in plan.tasks] == ["b.lr.png"]
    (failed,) = plan.failed
    assert (failed.source, failed.target, failed.error) == ("a.jpg", TARGET, "unlisted")
    assert failed.message == "a.lr.png cannot be looked at: Too many levels of symbolic links"
    assert plan.leftovers == {"00000001": [TARGET]}


def test_leftovers() -> None:
    assert planned(past(entry("started")), {}).leftovers == {"00000001": [TARGET]}
    assert planned(past(entry()), {TARGET: 10}).leftovers == {}


def test_collisions() -> None:
    found = [Found(f"{i}.{suffix}", 1, "") for i in range(5) for suffix in ("jpg", "png")]
    with pytest.raises(CollisionError, match=r"0.jpg and 0.png .* 0.lr.png; .*; and 2 more$"):
        make_plan(found, {}, {}.get, rules())
    assert len(make_plan(found, {}, {}.get, rules(template="{name}.lr.png")).tasks) == 10


def test_targets_among_sources() -> None:
    found = [Found("a.png", 1, ""), Found("b.jpg", 1, "")]
    assert len(make_plan(found, {}, {}.get, rules(template="{stem}.png")).tasks) == 2
    with pytest.raises(CollisionError, match=r"a.png, of a.png, is a source"):
        make_plan(found, {}, {}.get, rules(template="{stem}.png", place=lambda target: target))


def test_folders_that_cannot_be_read() -> None:
    plan = make_plan([Unlisted("x", "Permission denied"), SOURCE], {}, {}.get, rules())
    assert (len(plan.tasks), plan.failed[0].error) == (1, "unlisted")
    assert "Permission denied" in str(plan.failed[0].message)
