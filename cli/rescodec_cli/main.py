"""Entry point: the command group, loaded lazily, and what happens on the way out."""

from __future__ import annotations

import importlib
import signal
import sys
from types import FrameType
from typing import NoReturn

import click

from rescodec import __version__

INTERRUPTED = 130
TERMINATED = 143

# Command name -> module of this package that defines a function of the same name.
COMMANDS = ("encode", "decode", "info", "verify", "convert", "models")


class LazyGroup(click.Group):
    """A group that imports a command's module when the command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order in which people meet them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command, None if there is none of this name."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"rescodec_cli.{cmd_name}")
        command = getattr(module, cmd_name)
        return command if isinstance(command, click.Command) else None


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="rescodec")
def cli() -> None:
    """Photos as small PNGs that any viewer shows, and back to full size.

    \b
    rescodec encode photo.jpg       writes photo.lr.png, 2 times smaller a side
    rescodec decode photo.lr.png    restores it as photo.png

    Exit status: 0 all done, 1 some files failed, 2 wrong usage, 3 nothing to do.
    """  # noqa: D301 (click wants the backspace itself)


def main() -> NoReturn:
    """Run the command line and exit with its status."""
    signal.signal(signal.SIGTERM, _terminate)
    try:
        status = cli.main(prog_name="rescodec", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        status = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("rescodec: interrupted", err=True)
        status = INTERRUPTED
    sys.exit(status if isinstance(status, int) else 0)


def _terminate(signum: int, frame: FrameType | None) -> NoReturn:
    # Unwinding the stack lets open outputs remove their temporary files.
    sys.exit(TERMINATED)
