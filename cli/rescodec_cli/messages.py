"""How errors and names read: one line each, whatever is in them."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from os import PathLike

import click

from rescodec_cli.options import raising

# Meant for the output, whatever the operating system leaves unsaid.
_WRITING = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def shown(name: str | PathLike[str]) -> str:
    """Return a name as messages show it: on one line, nothing that moves the cursor."""
    text = click.format_filename(name)
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def describe(
    error: Exception, source: str = "", target: str = "", hints: Mapping[str, str] | None = None
) -> str:
    """Return one line for an error that is the file's or the user's, not ours.

    Args:
        error: What went wrong.
        source: The name under which the line stands; not repeated.
        target: What was being written, if anything.
        hints: What to do about a ``FormatError``, by its kind; about what is a ``folder``, or
            ``exists``.
    """
    if isinstance(error, OSError) and error.strerror:
        return _describe_os_error(error, source, target, hints or {})
    if isinstance(error, MemoryError):
        return "not enough memory for this image"
    # What a file holds may be part of the text.
    text = shown(" ".join(str(error).split()))
    limit = getattr(error, "limit", None)
    hint = raising(limit) if limit else (hints or {}).get(getattr(error, "kind", ""))
    return f"{text}; {hint}" if hint else text


def fail(
    error: Exception, source: str, target: str = "", hints: Mapping[str, str] | None = None
) -> None:
    """Report a file that failed, on standard error."""
    line = describe(error, source, target, hints)
    click.echo(f"error: {shown(source)}: {line}", err=True)


def _describe_os_error(error: OSError, source: str, target: str, hints: Mapping[str, str]) -> str:
    name = "" if error.filename is None else str(error.filename)
    reason = error.strerror or str(error)
    if isinstance(error, FileExistsError):
        other = hints.get("exists", "choose another name with -o")
        return (
            f"{shown(name)} exists; replace it with --overwrite, leave it with "
            f"--skip-existing, or {other}"
        )
    if isinstance(error, IsADirectoryError):
        hint = hints.get("folder", "name the files in it")
        reason = f"is a folder; {hint}" if name == source else "is a folder"
    if error.errno in _WRITING:
        return f"cannot write {shown(name or target)}: {reason}"
    return reason if name in ("", source) else f"{reason}: {shown(name)}"
