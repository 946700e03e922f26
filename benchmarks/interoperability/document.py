"""docs/interoperability.md: the tables and what they mean."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from pathlib import Path

from benchmarks.interoperability.outcomes import outcome
from benchmarks.interoperability.programs import FoundProgram, Operation, Program
from benchmarks.interoperability.samples import KINDS

HEAD = Path(__file__).with_name("head.md")


def document(found: Iterable[FoundProgram], files: Mapping[str, bytes]) -> str:
    """Run every operation and return the document.

    Args:
        found: The programs.
        files: LR files by kind.

    Raises:
        ProgramError: One failed.
        SilentError: A changed file was read as if nothing had happened.
    """
    found = tuple(found)
    today = datetime.datetime.now(datetime.UTC).date()
    head = HEAD.read_text(encoding="utf-8").format(
        advice="\n".join(advice(each.program) for each in found),
        date=f"{today.day} {today:%B %Y}",
    )
    return "\n".join([head, *(section(each, files) for each in found)])


def advice(program: Program) -> str:
    """Return a program's line of the head."""
    return f"- **{program.name}** {program.advice}"


def section(found: FoundProgram, files: Mapping[str, bytes]) -> str:
    """Run a program's operations and return its section."""
    lines = [heading(found), ""]
    if found.program.setup:
        lines += ["After", "", "```python", found.program.setup.strip(), "```", ""]
    lines.append(f"| operation | command | {' | '.join(KINDS)} |")
    lines.append(f"|---|---|{'---|' * len(KINDS)}")
    for operation in found.program.operations:
        processed = found.apply(operation, files)
        lines.append(row(operation, (outcome(files[kind], processed[kind]) for kind in KINDS)))
    return "\n".join(lines) + "\n"


def heading(found: FoundProgram) -> str:
    """Return the heading of a program's section."""
    return f"## {found.program.name} {found.version}"


def row(operation: Operation, outcomes: Iterable[str]) -> str:
    """Return an operation's line of its program's table.

    Args:
        operation: Which.
        outcomes: What became of each kind of file, in the order of ``KINDS``.
    """
    return f"{row_start(operation)} {' | '.join(outcomes)} |"


def row_start(operation: Operation) -> str:
    """Return the line as far as it does not depend on what happens."""
    commands = "; ".join(f"`{line}`" for line in operation.run)
    return f"| {operation.name} | {commands} |"
