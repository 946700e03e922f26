"""``rescodec verify``: is a file whole, and were this release's weights used?"""

from __future__ import annotations

from collections.abc import Mapping

import click

from rescodec.zoo import MODELS
from rescodec_cli import options
from rescodec_cli.messages import fail, shown
from rescodec_cli.progress import ALL_DONE, SOME_FAILED
from rescodec_cli.streams import source_file
from rescodec_cli.targets import job_to_read


@click.command()
@options.files
@options.limits
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")
def verify(files: tuple[str, ...], max_pixels: int, limit: Mapping[str, int], quiet: bool) -> None:
    """Check the digests of stored data, and the weights named.

    Reads all pixels and payload, but runs no network. A file fails if it is damaged, or was
    encoded with other weights than this release's of the same name; a model that is not part
    of rescodec is mentioned. FILE may be - for standard input. Exit status 1 if any file fails.
    """
    from rescodec_formats import FormatError, read

    limits = options.chosen_limits(max_pixels, limit)
    status = ALL_DONE
    for job in map(job_to_read, files):
        name = shown(job.source_name)
        try:
            model = read(source_file(job), limits=limits).header.model
        except (FormatError, OSError, MemoryError) as error:
            fail(error, job.source_name, hints=options.HINTS)
            status = SOME_FAILED
            continue
        entry = MODELS.get(model.id)
        if entry is not None and entry.weights_sha256 != model.weights_sha256:
            click.echo(
                f"error: {name}: encoded with other weights than this release's {model.id}: "
                f"{model.weights_sha256[:12]}, here {entry.weights_sha256[:12]}; "
                "decode it with the weights that encoded it (--model PATH)",
                err=True,
            )
            status = SOME_FAILED
        elif not quiet:
            known = "" if entry else f" (needs the weights of {model.id}, not part of rescodec)"
            click.echo(f"{name}: ok{known}")
    click.get_current_context().exit(status)
