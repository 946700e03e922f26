"""``--preserve``: outputs keep the modification time of their source."""

from __future__ import annotations

from collections.abc import Sequence

import click

from rescodec.outputs import keep_time
from rescodec_cli.targets import Job


def check_preserve(jobs: Sequence[Job], *, preserve: bool) -> None:
    """Refuse to preserve the time of streams, which have none.

    Raises:
        click.UsageError: A source is standard input, or a target standard output.
    """
    if preserve and any(job.source is None or job.target is None for job in jobs):
        raise click.UsageError(
            "--preserve needs files; standard input and output have no modification time"
        )


def preserve_time(job: Job) -> None:
    """Give the target, which is complete, the source's modification time.

    Raises:
        OSError: The system does not let us.
    """
    if job.source is not None and job.target is not None:
        keep_time(job.source, job.target)
