"""What the program shows on a terminal, and nowhere else."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

PROGRAM = [sys.executable, "-m", "rescodec_cli"]


def on_terminal(
    command: list[str], environment: dict[str, str], **options: object
) -> tuple[int, bytes]:
    """Run a program whose standard error is a terminal; return its code and what that got."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        command,
        env={**environment, "TERM": "xterm", "COLUMNS": "100"},
        stderr=theirs,
        **options,  # type: ignore[call-overload]
    ) as process:
        os.close(theirs)
        shown = b""
        while True:
            try:
                block = os.read(ours, 4096)
            except OSError:  # the other side is closed
                break
            if not block:
                break
            shown += block
        code = process.wait(timeout=300)
    os.close(ours)
    return code, shown


def test_progress_on_a_terminal(environment: dict[str, str], photo: Path, tmp_path: Path) -> None:
    source = photo.rename(tmp_path / "[red]photo.png")
    command = [*PROGRAM, "encode", source.name]
    code, shown = on_terminal(command, environment, cwd=tmp_path)
    assert code == 0
    assert b"\x1b[" in shown
    assert b"encoding [red]photo.png (1 of 1)" in shown
    code, shown = on_terminal([*command, "-q", "--overwrite"], environment, cwd=tmp_path)
    assert (code, shown) == (0, b"")


def test_no_progress_elsewhere(program: Callable, photo: Path) -> None:
    result = program("encode", photo)
    assert "\x1b" not in result.err
    assert "\r" not in result.err
    assert "encoding" not in result.err


def test_pictures_do_not_go_to_terminals(
    environment: dict[str, str], result_of: Callable, photo: Path
) -> None:
    ours, theirs = pty.openpty()
    command = [*PROGRAM, "encode", str(photo), "-o", "-"]
    done = subprocess.run(
        command, stdout=theirs, stderr=subprocess.PIPE, env=environment, check=False
    )
    os.close(ours)
    os.close(theirs)
    result_of(done.returncode, b"", done.stderr.decode()).failed(2, "terminal", "-o")
