"""What a run has to do: found files against what earlier runs did, before any work starts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from rescodec.batch.manifest import Entry, Past
from rescodec.batch.names import target_name
from rescodec.batch.storage import Found, Unlisted
from rescodec.batch.worker import Task

# Errors with which the target may be there all the same.
_AFTER_WRITING = ("worker-died", "time-not-kept")
# Pairs of colliding sources that a message names.
_NAMED = 3


class CollisionError(ValueError):
    """Two sources would become one file, or a target is a source."""


@dataclass(frozen=True, kw_only=True)
class Rules:
    """How a run decides.

    Attributes:
        run: Its name, 8 hexadecimal digits.
        tree: Digest of where its sources are.
        settings: Digest of what its targets depend on beside their sources.
        template: Of the names of targets.
        overwrite: Replace targets that no earlier run is known to have made.
        skip_existing: Leave every target alone that exists.
        checksum: Let digests decide whether something has changed, not sizes and times.
        place: Returns where a target is among the sources, None if it is outside their tree.
    """

    run: str
    tree: str
    settings: str
    template: str
    overwrite: bool = False
    skip_existing: bool = False
    checksum: bool = False
    place: Callable[[str], str | None] = lambda target: None


@dataclass
class Plan:
    """What a run will do.

    Attributes:
        sources: Names of all files that were found.
        tasks: In the order of the files.
        failed: Files that cannot be done, and folders that cannot be read.
        unchanged: How many files an earlier run has done.
        skipped: How many targets exist and are left alone.
        leftovers: Targets whose writing an earlier run began and did not end, by that run.
    """

    sources: list[str] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    failed: list[Entry] = field(default_factory=list)
    unchanged: int = 0
    skipped: int = 0
    leftovers: dict[str, list[str]] = field(default_factory=dict)


def make_plan(
    found: Iterable[Found | Unlisted],
    past: Mapping[str, Past],
    status: Callable[[str], Found | None],
    rules: Rules,
) -> Plan:
    """Decide what to do with each file.

    Args:
        found: The sources.
        past: What earlier runs did, by source.
        status: Returns what is known of a target, None where there is none; where that is an
            `OSError`, the file fails.
        rules: Of the run.

    Raises:
        CollisionError: Two sources would become one file, or a target is a source.
    """
    plan = Plan()
    sources: dict[str, str] = {}
    collisions = []
    listed = []
    for file in found:
        if isinstance(file, Unlisted):
            plan.failed.append(_unlisted(file, rules))
            continue
        target = target_name(file.name, rules.template)
        if target in sources:
            collisions.append(f"{sources[target]} and {file.name} would both become {target}")
        sources.setdefault(target, file.name)
        listed.append((file, target))
    names = {file.name for file, _ in listed}
    collisions += [
        f"{target}, of {file.name}, is a source"
        for file, target in listed
        if rules.place(target) in names
    ]
    if collisions:
        more = len(collisions) - _NAMED
        rest = f"; and {more} more" if more > 0 else ""
        raise CollisionError("; ".join(collisions[:_NAMED]) + rest)
    plan.sources = [file.name for file, _ in listed]
    for file, target in listed:
        before = _of_tree(past.get(file.name), rules.tree)
        _add(plan, file, target, before, status, rules)
    return plan


def _of_tree(past: Past | None, tree: str) -> Past | None:
    """Return what happened to a source, without what happened to its namesakes elsewhere."""
    if past is None:
        return None
    last, done = (
        entry if entry is not None and entry.tree in (None, tree) else None
        for entry in (past.last, past.done)
    )
    latest = last or done
    return None if latest is None else Past(latest, done)


def _add(
    plan: Plan,
    file: Found,
    target: str,
    past: Past | None,
    status: Callable[[str], Found | None],
    rules: Rules,
) -> None:
    last = None if past is None else past.last
    made = None if past is None else past.done
    if made is not None and made.target != target:
        made = None
    done = made if made is not None and made.settings == rules.settings else None
    if last is not None and last.status == "started" and last.run is not None:
        plan.leftovers.setdefault(last.run, []).append(last.target)
    task = Task(file, target, rules.overwrite, rules.run, rules.tree, rules.settings)
    try:
        there = status(target)
    except OSError as error:
        message = f"{target} cannot be looked at: {error.strerror or error}"
        plan.failed.append(task.entry(status="failed", error="unlisted", message=message))
        return
    whole = made is not None and there is not None and there.size == made.target_bytes
    same = done is not None and (done.source_bytes, done.source_stamp) == (file.size, file.stamp)
    settled = last is done or (last is not None and last.status == "planned")
    if whole and same and settled and not rules.checksum:
        plan.unchanged += 1
        return
    if there is not None and rules.skip_existing:
        plan.skipped += 1
        return
    compared = made if whole and rules.checksum else None
    ours = there is not None and past is not None and _is_ours(past, target, there, compared)
    task = replace(task, overwrite=ours or rules.overwrite, done=compared)
    if there is None or task.overwrite or compared is not None:
        plan.tasks.append(task)
    else:
        message = f"{target} exists, and is not what an earlier run has left there"
        plan.failed.append(task.entry(status="failed", error="file-exists", message=message))


def _is_ours(past: Past, target: str, there: Found, compared: Entry | None) -> bool:
    """Tell whether a target that exists is what an earlier run has left: it may be replaced."""
    last, done = past.last, past.done
    if last.target == target and (last.status == "started" or last.error in _AFTER_WRITING):
        return True
    if compared is not None and compared.target_sha256 is not None:
        # Its digest will tell.
        return False
    return (
        done is not None
        and (done.target, done.target_bytes) == (target, there.size)
        and done.target_stamp in (None, there.stamp)
    )


def _unlisted(folder: Unlisted, rules: Rules) -> Entry:
    return Entry(
        source=folder.name,
        target="",
        status="failed",
        run=rules.run,
        error="unlisted",
        message=f"cannot be read: {folder.reason}",
    )
