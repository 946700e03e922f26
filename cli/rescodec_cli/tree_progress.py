"""What is said while a folder is converted: a bar, lines, or JSON."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rescodec.batch.manifest import Entry, Past
from rescodec.batch.planning import Plan
from rescodec.batch.worker import Outcome
from rescodec_cli.messages import shown
from rescodec_cli.progress import ALL_DONE, NOTHING_TO_DO, SOME_FAILED

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class Report:
    """Counts what comes of the files, and tells it.

    Attributes:
        done: Files that were converted.
        failed: Files that were not.

    Args:
        as_json: Tell it to programs, on standard output.
        quiet: Tell errors alone.
        verb: ``encode`` or ``decode``.
    """

    def __init__(self, *, as_json: bool, quiet: bool, verb: str) -> None:
        self._json, self._quiet, self._verb = as_json, quiet, verb
        self.done = self.failed = self._unchanged = self._unchanged_before = self._total = 0
        self._megapixels = 0.0
        self._started = time.monotonic()
        self._bar: Progress | None = None
        self._task: TaskID | None = None

    def planned(self, plan: Plan, past: Mapping[str, Past]) -> int:
        """Tell what would be done, and return the exit status.

        To programs tell what was done before too, so that the lines are a manifest.
        """
        for entry in plan.failed:
            self._tell(entry)
        for task in plan.tasks:
            before = past.get(task.source.name)
            if self._json:
                if before is not None and before.done is not None:
                    click.echo(before.done.to_json())
                click.echo(task.entry(status="planned").to_json())
            elif not self._quiet:
                click.echo(f"{shown(task.source.name)} -> {shown(task.target)}")
        self._say(
            f"would {self._verb} {len(plan.tasks):,} files; {plan.unchanged:,} are done, "
            f"{plan.skipped:,} skipped, {len(plan.failed):,} fail"
        )
        if plan.failed:
            return SOME_FAILED
        return ALL_DONE if plan.tasks or plan.unchanged else NOTHING_TO_DO

    def status(self) -> int:
        """Return the exit status."""
        if self.failed:
            return SOME_FAILED
        return ALL_DONE if self.done or self._unchanged else NOTHING_TO_DO

    @contextmanager
    def running(self, plan: Plan, manifest: Path) -> Iterator[None]:
        """Show progress, and tell the sums at the end, however it comes."""
        self._total = len(plan.tasks) + len(plan.failed)
        self._unchanged = self._unchanged_before = plan.unchanged
        self._started = time.monotonic()
        try:
            with ExitStack() as stack:
                if self._shows_bar():
                    self._bar = stack.enter_context(_bar())
                    size = sum(task.source.size for task in plan.tasks)
                    size += sum(entry.source_bytes or 0 for entry in plan.failed)
                    self._task = self._bar.add_task(
                        self._verb, total=max(1, size), files=f"0 of {self._total:,} files", note=""
                    )
                yield
        except SystemExit:
            # A signal: main() says which.
            left = self._total - self._handled()
            self._bar = None
            self._summary(plan, manifest)
            click.echo(f"{left:,} files are left; the same command goes on with them", err=True)
            raise
        self._bar = None
        self._summary(plan, manifest)

    def add(self, outcome: Outcome) -> None:
        """Count a file and tell what came of it."""
        entry = outcome.entry
        if outcome.unchanged:
            self._unchanged += 1
        elif entry.status == "done":
            self.done += 1
            self._megapixels += (entry.width or 0) * (entry.height or 0) / 1e6
        else:
            self.failed += 1
        if not outcome.unchanged:
            self._tell(entry)
        if self._bar is not None and self._task is not None:
            done = self._handled()
            failed = f", {self.failed:,} failed" if self.failed else ""
            self._bar.update(
                self._task,
                advance=entry.source_bytes or 0,
                files=f"{done:,} of {self._total:,} files{failed}",
                note=f"{self._rate():.2f} MP/s",
            )

    def _handled(self) -> int:
        return self.done + self.failed + self._unchanged - self._unchanged_before

    def _shows_bar(self) -> bool:
        terminal = sys.stderr is not None and sys.stderr.isatty()
        return terminal and not self._quiet and not self._json

    def _tell(self, entry: Entry) -> None:
        if self._json:
            click.echo(entry.to_json())
        if entry.status == "failed":
            line = f"error: {shown(entry.source)}: {shown(entry.message or '')}"
            if self._bar is not None:
                from rich.text import Text

                # Text, because a name may hold what rich takes for markup.
                self._bar.console.print(Text(line), soft_wrap=True)
            else:
                click.echo(line, err=True)
        elif not self._json and self._bar is None:
            self._say(
                f"{shown(entry.source)} -> {shown(entry.target)}  {entry.width}x{entry.height}, "
                f"{entry.target_bytes:,} bytes  {entry.seconds:.1f} s"
            )

    def _summary(self, plan: Plan, manifest: Path) -> None:
        seconds = time.monotonic() - self._started
        facts: dict[str, Any] = {
            "done": self.done,
            "failed": self.failed,
            "unchanged": self._unchanged,
            "skipped": plan.skipped,
            "megapixels": round(self._megapixels, 3),
            "seconds": round(seconds, 3),
        }
        if self._json:
            click.echo(json.dumps({"summary": facts, "manifest": str(manifest)}))
        self._say(
            f"{self.done:,} done, {self.failed:,} failed, {self._unchanged:,} unchanged, "
            f"{plan.skipped:,} skipped; {self._megapixels:.1f} MP in {seconds:.1f} s, "
            f"{self._rate():.2f} MP/s; {shown(manifest)}"
        )

    def _rate(self) -> float:
        return self._megapixels / max(1e-3, time.monotonic() - self._started)

    def _say(self, line: str) -> None:
        if not self._quiet:
            click.echo(line, err=True)


def _bar() -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    # Of bytes of sources, which is what is known of all files at the start.
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[files]}"),
        TextColumn("{task.fields[note]}"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
