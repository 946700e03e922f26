"""Whole folders: ``encode -r`` and ``decode -r``."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, cast

import click

from rescodec.batch.conversion import Conversion
from rescodec.batch.device_engine import DeviceEngine
from rescodec.batch.engines import (
    Engine,
    ProcessEngine,
    ThreadEngine,
    WorkerOpener,
    default_processes,
)
from rescodec.batch.local_storage import LocalStorage
from rescodec.batch.manifest import Manifest, ManifestError, Past, read_manifest
from rescodec.batch.names import require_template
from rescodec.batch.planning import CollisionError, Plan, Rules, make_plan
from rescodec.batch.pool import PoolError
from rescodec.batch.ray_engine import RayEngine
from rescodec.batch.run import Trees, run_plan
from rescodec.batch.selection import Selection
from rescodec.batch.storage import Storage, storage_of
from rescodec.batch.worker import Worker
from rescodec.images import ImageError, require_suffix
from rescodec_cli.messages import describe, shown
from rescodec_cli.tree_options import FolderJob
from rescodec_cli.tree_progress import Report

if TYPE_CHECKING:
    from rescodec.batch.storage import Found, Links, Unlisted

# Hexadecimal digits of the name of a run, two for each byte.
_RUN_BYTES = 4
_HINTS = {"exists": "choose other names with --name"}
_TEMPLATES = {"encode": "{stem}.lr.png", "decode": "{stem}.png"}


@dataclass(frozen=True)
class Describer:
    """Describes errors of a tree's files; workers in other processes get a copy.

    Attributes:
        root: Of the sources.
        hints: What to do about a ``FormatError``, by its kind.
    """

    root: str
    hints: Mapping[str, str]

    def __call__(self, error: Exception, source: str, target: str) -> str:
        """Return one line."""
        return describe(error, os.path.join(self.root, source), target, self.hints)  # noqa: PTH118


def convert_folder(
    job: FolderJob,
    conversion: Conversion[Any, Any],
    device: str,
    max_pixels: int,
    hints: Mapping[str, str],
) -> int:
    """Convert a folder, report each file, and return the exit status.

    Args:
        job: What is converted.
        conversion: What is done with each file.
        device: Type of the device that computes.
        max_pixels: Pillow's limit.
        hints: What to do about a ``FormatError``, by its kind.

    Raises:
        click.UsageError: The folders, the names or the manifest are not as they should be.
    """
    trees = Trees(_storage(job.source), _storage(job.target))
    selection, rules = _selection(job), _rules(job, conversion, trees)
    path = _manifest_path(job, trees)
    report = Report(as_json=job.options.as_json, quiet=job.quiet, verb=job.command)
    _require_processes(job, trees)
    worker = Worker(
        conversion,
        trees.sources,
        trees.targets,
        Describer(_root(trees.sources), {**hints, **_HINTS}),
        checksum=job.options.checksum,
        preserve=job.preserve,
    )
    with ExitStack() as stack:
        try:
            if job.options.dry_run:
                past = read_manifest(path) if path.exists() else {}
                return report.planned(_plan(job, trees, selection, past, rules), past)
            trees.targets.make_root()
            manifest = stack.enter_context(Manifest(path))
            plan = _plan(job, trees, selection, manifest.past, rules)
            engine = _engine(job, worker, len(plan.tasks), device, max_pixels)
        except (CollisionError, ImportError, ManifestError, OSError) as error:
            raise click.UsageError(describe(error)) from error
        try:
            with report.running(plan, path):
                for outcome in run_plan(plan, trees, manifest, engine):
                    report.add(outcome)
        except (ManifestError, ConnectionError, PoolError) as error:
            # Errors of files are outcomes; these end the run. Standard output may be a pipe.
            if isinstance(error, BrokenPipeError):
                raise
            raise click.ClickException(describe(error)) from error
    return report.status()


def _selection(job: FolderJob) -> Selection:
    try:
        return Selection(job.command == "decode", job.options.include, job.options.exclude)
    except ValueError as error:
        raise click.UsageError(describe(error)) from error


def _rules(job: FolderJob, conversion: Conversion[Any, Any], trees: Trees) -> Rules:
    template = job.options.name or _TEMPLATES[job.command]
    suffix = PurePosixPath(template).suffix
    try:
        require_template(template)
        if not conversion.makes_lr:
            require_suffix(suffix)
    except (ValueError, ImageError) as error:
        raise click.UsageError(describe(error)) from error
    if conversion.makes_lr and suffix.lower() != ".png":
        raise click.UsageError(f"--name {shown(template)}: LR files are PNGs; end it with .lr.png")
    return Rules(
        run=secrets.token_hex(_RUN_BYTES),
        tree=trees.digest,
        settings=conversion.settings,
        template=template,
        overwrite=job.overwrite,
        skip_existing=job.skip_existing,
        checksum=job.options.checksum,
        place=trees.place,
    )


def _manifest_path(job: FolderJob, trees: Trees) -> Path:
    if job.options.manifest is not None:
        return Path(job.options.manifest)
    # There are no others without the option.
    return Path(_root(trees.targets)) / f"rescodec-{job.command}.jsonl"


def _root(storage: Storage) -> str:
    return str(storage.folder) if isinstance(storage, LocalStorage) else storage.root


def _plan(
    job: FolderJob, trees: Trees, selection: Selection, past: dict[str, Past], rules: Rules
) -> Plan:
    found: Iterable[Found | Unlisted]
    status: Callable[[str], Found | None]
    if job.options.from_manifest:
        found, status = trees.find_planned(past), trees.targets.status
    else:
        found = trees.find(selection, cast("Links", job.options.links))
        status = trees.listed_targets()
    try:
        plan = make_plan(found, past, status, rules)
        trees.require_no_sources(plan)
    except CollisionError as error:
        suffix = PurePosixPath(rules.template).suffix
        name = "{name}.lr.png" if job.command == "encode" else f"{{name}}{suffix}"
        hint = f"give outputs other names, such as --name '{name}', or another folder"
        raise CollisionError(f"{error}; {hint}") from error
    return plan


def _require_processes(job: FolderJob, trees: Trees) -> None:
    """Refuse several processes where they cannot work."""
    workers = job.options.workers
    for tree in (trees.sources, trees.targets):
        if tree.root.startswith("memory://") and (workers != 1 or job.options.engine == "ray"):
            raise click.UsageError("memory:// is that of one process; give it --workers 1")


def _engine(job: FolderJob, worker: Worker, files: int, device: str, max_pixels: int) -> Engine:
    workers = job.options.workers
    if job.options.engine == "ray":
        opener = WorkerOpener(worker, 1, max_pixels)
        return RayEngine(opener, job.options.ray_address, workers, gpu=device == "cuda")
    processes = default_processes(files) if workers is None else workers
    if processes == 1:
        return ThreadEngine(worker)
    opener = WorkerOpener(worker, 1, max_pixels)
    if device != "cpu":
        return DeviceEngine(opener, processes)
    return ProcessEngine(opener, processes)


def _storage(place: str) -> Storage:
    try:
        return storage_of(place)
    except (ValueError, ImportError) as error:
        raise click.UsageError(describe(error)) from error
