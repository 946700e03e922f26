"""``rescodec verify``: is a file whole, and can it be restored here?"""

from __future__ import annotations

import click

from rescodec.zoo import MODELS
from rescodec_cli.progress import ALL_DONE, SOME_FAILED, describe
from rescodec_formats import FormatError, read


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")
def verify(files: tuple[str, ...], quiet: bool) -> None:
    """Check every digest of LR files, and that their model is known.

    Reads all pixels and payload, but runs no network. Exit status 1 if any file fails.
    """
    status = ALL_DONE
    for name in files:
        try:
            model = read(name).header.model
        except (FormatError, OSError) as error:
            click.echo(f"error: {name}: {describe(error)}", err=True)
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
