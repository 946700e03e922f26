"""Entry point: the command group, loaded lazily, and what happens on the way out."""

from __future__ import annotations

import errno
import importlib
import io
import os
import signal
import sys
import threading
import time
from functools import partial
from types import FrameType
from typing import NoReturn

import click

from rescodec import __version__

FAILED = 1
# Exit status and word by name of the signal, because not every system has all of them.
STOPPED_BY = {
    "SIGINT": (130, "interrupted"),
    "SIGTERM": (143, "terminated"),
    "SIGHUP": (129, "terminated"),
}
# What standard output may refuse to be written with: a pipe, a disk, a terminal, a closed one.
WRITING = {
    *(errno.EPIPE, errno.EINVAL, errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF)
}
# How long an impatient user's next signals are no signals.
GRACE_SECONDS = 1.0

# Command name -> module of this package that defines a function of the same name.
COMMANDS = ("encode", "decode", "info", "verify", "convert", "models", "compare", "bench", "report")


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
    _stop_on_signals()
    _show_any_name()
    at_once = False
    try:
        status = cli.main(prog_name="rescodec", standalone_mode=False)
        if sys.stdout is not None:
            # Here, where a failure can still be told.
            sys.stdout.flush()
    except click.ClickException as error:
        _report(error)
        status = error.exit_code
    except _Stopped as stop:
        _ignore_signals()
        click.echo(f"rescodec: {stop}", err=True)
        status = stop.code
        # Python cannot end a thread inside a network, and may crash when it tries. Outputs have
        # been taken back by now: this thread alone writes them.
        at_once = threading.active_count() > 1
    except OSError as error:
        click.echo(f"error: {_described(error)}", err=True)
        status = FAILED
    _drop_output()
    code = status if isinstance(status, int) else 0
    if at_once:
        os._exit(code)
    sys.exit(code)


def _show_any_name() -> None:
    """Let standard output take what its encoding has not, as standard error does."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _report(error: click.ClickException) -> None:
    # From click 8.2 on, `rescodec` alone raises its help.
    if isinstance(error, getattr(click.exceptions, "NoArgsIsHelpError", ())):
        error.show()
        return
    line = " ".join(error.format_message().split())
    if isinstance(error, click.UsageError) and error.ctx is not None:
        line = f"{line.removesuffix('.')} (see `{error.ctx.command_path} --help`)"
    click.echo(f"error: {line}", err=True)


def _described(error: OSError) -> str:
    """Return a line for an error that no command has dealt with."""
    from rescodec_cli.messages import describe

    # Files have names, standard output has none.
    if error.filename is None and error.errno in WRITING:
        return f"standard output: {error.strerror}"
    if error.filename is None and isinstance(error, FileNotFoundError):
        return f"{error.strerror}: the working directory"
    return describe(error)


def _drop_output() -> None:
    """Let go of what standard output did not take; Python would complain when it exits."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())


class _Stopped(SystemExit):
    """A signal asks the program to end, with a status and a word for it."""

    def __init__(self, status: int, word: str) -> None:
        super().__init__(word)
        self.code = status


class _Stopper:
    """Ends the program at a signal. Others that follow at once do not cut the cleaning up short."""

    def __init__(self) -> None:
        self._since = float("-inf")

    def stop(self, stopped: _Stopped, signum: int, frame: FrameType | None) -> None:
        """Unwind the stack, which lets open outputs remove their temporary files."""
        # Not for good: Python drops what is raised in a destructor.
        now = time.monotonic()
        if now - self._since < GRACE_SECONDS:
            return
        self._since = now
        # Not a KeyboardInterrupt, which click would report in its own way.
        raise stopped


def _stop_on_signals() -> None:
    stopper = _Stopper()
    for name, (status, word) in STOPPED_BY.items():
        number = getattr(signal, name, None)
        # What a shell or nohup wants ignored stays ignored.
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, partial(stopper.stop, _Stopped(status, word)))


def _ignore_signals() -> None:
    """Let nothing come between the end of the work and that of the program."""
    for name in STOPPED_BY:
        number = getattr(signal, name, None)
        if number is not None:
            signal.signal(number, signal.SIG_IGN)
