"""Optional parts of rescodec that a command needs."""

from __future__ import annotations

import importlib.util

import click


def require_extra(extra: str, *modules: str) -> None:
    """Refuse to go on without the packages of an extra.

    Raises:
        click.UsageError: One is not installed.
    """
    missing = [name for name in modules if importlib.util.find_spec(name) is None]
    if missing:
        raise click.UsageError(
            f"{', '.join(missing)} not installed; pip install 'rescodec[{extra}]'"
        )
