"""The program as the system sees it: exit codes, pipes, signals.

Where a program must be stopped in the middle of its work, it waits there for the test.
"""

from __future__ import annotations

import errno
import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import rescodec_formats as formats
from rescodec_cli.main import cli

PROGRAM = [sys.executable, "-m", "rescodec_cli"]

# Runs the program with a function that tells the test where it is and waits for a signal.
WAITING = """
import sys, time
def wait(*_, **__):
    sys.stdout.write("here\\n")
    sys.stdout.flush()
    time.sleep(600)
{place} = wait
from rescodec_cli.main import main
main()
"""
PLACES = {
    # The temporary file is complete, but has not got its name.
    "writing": "import os; os.fsync",
    "computing": "import rescodec.codec; rescodec.codec.Codec.{command}_batch",
    "reading": "import rescodec.encoding; rescodec.encoding.read_photo",
    "importing": "import rescodec.programs; rescodec.programs.prepare_pillow",
}
SIGNALS = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}


def default_signals() -> None:
    """Restore what a test runner in the background may have switched off."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_DFL)


@pytest.fixture
def start(environment: dict[str, str], tmp_path: Path) -> Callable[..., subprocess.Popen[bytes]]:
    def start(command: list[str], **options: object) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command,
            cwd=tmp_path,
            env=environment,
            preexec_fn=default_signals,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            **options,  # type: ignore[call-overload]
        )

    return start


@pytest.mark.parametrize(
    ("command", "place", "number"),
    [
        ("encode", "importing", signal.SIGINT),
        ("encode", "computing", signal.SIGINT),
        ("encode", "writing", signal.SIGINT),
        ("encode", "writing", signal.SIGTERM),
        ("encode", "writing", signal.SIGHUP),
        ("decode", "computing", signal.SIGTERM),
        ("decode", "writing", signal.SIGINT),
    ],
)
def test_interruption(
    start: Callable,
    photo: Path,
    encoded: Path,
    files: Callable,
    tmp_path: Path,
    command: str,
    place: str,
    number: signal.Signals,
) -> None:
    source = photo if command == "encode" else encoded
    (tmp_path / "x.png").write_bytes(b"mine")
    before = files()
    code = WAITING.format(place=PLACES[place].format(command=command))
    arguments = [command, str(source), "-o", "x.png", "--overwrite"]
    with start([sys.executable, "-c", code, *arguments]) as process:
        assert process.stdout.readline() == b"here\n"
        partial = files().keys() - before.keys()
        assert len(partial) == (1 if place == "writing" else 0)
        process.send_signal(number)
        out, err = process.communicate(timeout=300)
    assert (out, process.returncode) == (b"", SIGNALS[number])
    word = "interrupted" if number == signal.SIGINT else "terminated"
    assert err.decode() == f"rescodec: {word}\n"
    assert files() == before


@pytest.mark.parametrize(
    ("command", "place", "number"),
    [
        ("encode", "reading", signal.SIGINT),
        ("encode", "computing", signal.SIGINT),
        ("encode", "writing", signal.SIGTERM),
        ("decode", "computing", signal.SIGINT),
        ("decode", "writing", signal.SIGINT),
    ],
)
def test_interruption_of_several_files(
    start: Callable,
    photo: Path,
    encoded: Path,
    files: Callable,
    tmp_path: Path,
    command: str,
    place: str,
    number: signal.Signals,
) -> None:
    """Threads are reading and computing meanwhile; nobody waits for them."""
    source = photo if command == "encode" else encoded
    names = [f"{index}{'.lr' if command == 'decode' else ''}.png" for index in range(4)]
    for name in names:
        (tmp_path / name).write_bytes(source.read_bytes())
    before = files()
    code = WAITING.format(place=PLACES[place].format(command=command))
    with start([sys.executable, "-c", code, command, *names, "-q"]) as process:
        assert process.stdout.readline() == b"here\n"
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    # Others may have got there too, before the program stopped.
    assert out.replace(b"here\n", b"") == b""
    assert process.returncode == SIGNALS[number]
    word = "interrupted" if number == signal.SIGINT else "terminated"
    assert err.decode() == f"rescodec: {word}\n"
    assert files() == before


@pytest.mark.parametrize(("place", "count"), [("writing", 1), ("computing", 3)])
def test_impatience(
    start: Callable, photo: Path, files: Callable, tmp_path: Path, place: str, count: int
) -> None:
    """More signals while the program cleans up change nothing."""
    names = [f"{index}.png" for index in range(count)]
    for name in names:
        (tmp_path / name).write_bytes(photo.read_bytes())
    before = files()
    code = WAITING.format(place=PLACES[place].format(command="encode"))
    with start([sys.executable, "-c", code, "encode", *names]) as process:
        assert process.stdout.readline() == b"here\n"
        while process.poll() is None:
            process.send_signal(signal.SIGINT)
            time.sleep(0.0005)
        _, err = process.communicate(timeout=60)
    assert (err, process.returncode) == (b"rescodec: interrupted\n", 130)
    assert files() == before


def test_signals_that_the_caller_ignores(
    environment: dict[str, str], photo: Path, tmp_path: Path
) -> None:
    """As nohup does with SIGHUP."""
    code = WAITING.format(place=PLACES["writing"]).replace("600", "0.01")
    command = [sys.executable, "-c", code, "encode", str(photo), "-o", "x.png"]
    process = subprocess.Popen(
        command,
        cwd=tmp_path,
        env=environment,
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"here\n"
        process.send_signal(signal.SIGHUP)
        assert process.wait(timeout=300) == 0
    assert (tmp_path / "x.png").exists()


def test_interruption_while_reading_a_pipe(
    start: Callable, files: Callable, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "photo.png")
    process = start([*PROGRAM, "encode", "photo.png"])
    # Opening waits for the reader, so the program is there from now on.
    with process, (tmp_path / "photo.png").open("wb"):
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=300)
    assert (err, process.returncode) == (b"rescodec: interrupted\n", 130)
    assert files() == {}


def test_pipes_are_photos_too(start: Callable, photo: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    with start([*PROGRAM, "encode", "pipe.png", "-o", "x.png"]) as process:
        (tmp_path / "pipe.png").write_bytes(photo.read_bytes())
        assert process.wait(timeout=300) == 0
    assert formats.probe(tmp_path / "x.png").header.hr_size == (45, 61)


def limit_files() -> None:
    """Let no file grow beyond 100 bytes, as on a full disk."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))


@pytest.mark.parametrize("command", ["encode", "decode", "convert --carrier=alpha"])
def test_no_room_for_the_output(
    program: Callable, photo: Path, encoded: Path, files: Callable, command: str
) -> None:
    before = files()
    source = photo if command == "encode" else encoded
    result = program(*command.split(), source, "-o", "x.png", preexec_fn=limit_files)
    result.failed(1, "cannot write x.png: File too large")
    assert files() == before


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("command", ["encode", "info", "models"])
def test_standard_output_is_full(
    environment: dict[str, str],
    result_of: Callable,
    photo: Path,
    encoded: Path,
    tmp_path: Path,
    command: str,
) -> None:
    arguments = {"encode": [photo, "-o", "-"], "info": [encoded], "models": []}[command]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*PROGRAM, command, *arguments],
            stdout=full,
            stderr=subprocess.PIPE,
            cwd=tmp_path,
            env=environment,
            check=False,
        )
    result_of(done.returncode, b"", done.stderr.decode()).failed(
        1, "standard output: No space left on device"
    )


@pytest.mark.parametrize("command", ["encode", "verify", "models"])
def test_nobody_reads_standard_output(
    start: Callable, photo: Path, encoded: Path, command: str
) -> None:
    arguments = {"encode": [photo, "-o", "-"], "verify": [encoded], "models": []}[command]
    read, write = os.pipe()
    os.close(read)
    process = subprocess.Popen(
        [*PROGRAM, command, *map(str, arguments)], stdout=write, stderr=subprocess.PIPE
    )
    os.close(write)
    _, err = process.communicate(timeout=300)
    assert process.returncode == 1
    assert b"Traceback" not in err
    assert b"Exception ignored" not in err
    assert len(err.splitlines()) <= 1


def test_a_folder_that_is_there_no_more(program: Callable, tmp_path: Path) -> None:
    def gone() -> None:
        (tmp_path / "gone").mkdir()
        os.chdir(tmp_path / "gone")
        (tmp_path / "gone").rmdir()

    result = program("encode", "photo.png", preexec_fn=gone)
    result.failed(1, "error: No such file or directory: the working directory")


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (
            OSError(errno.ENOSPC, "No space left on device"),
            "standard output: No space left on device",
        ),
        (OSError(errno.EMFILE, "Too many open files"), "Too many open files"),
        (OSError(errno.ENAMETOOLONG, "File name too long", "y\n"), "File name too long: y\\n"),
        (OSError("no number"), "no number"),
    ],
)
def test_errors_that_no_command_has_dealt_with(
    rescodec: Callable, monkeypatch: pytest.MonkeyPatch, error: OSError, line: str
) -> None:
    def fail(**options: object) -> None:
        raise error

    monkeypatch.setattr(cli, "main", fail)
    result = rescodec("info", "x")
    assert (result.code, result.out, result.err) == (1, b"", f"error: {line}\n")


def close(number: int) -> Callable[[], None]:
    return lambda: os.close(number)


def test_closed_standard_streams(program: Callable, photo: Path) -> None:
    program("encode", "-", preexec_fn=close(0)).failed(1, "standard input", "closed")
    program("encode", photo, "-o", "-", preexec_fn=close(1)).failed(1, "standard output", "closed")


def test_exit_codes(program: Callable, photo: Path) -> None:
    first = program("encode", photo)
    assert (first.code, first.out, len(first.err.splitlines())) == (0, b"", 1)
    program("encode", photo).failed(1, "exists")
    program("encode", photo, "--scale", "7").failed(2, "--scale")
    assert program("encode", photo, "--skip-existing").code == 3


def test_streams(program: Callable, photo: Path) -> None:
    encoded = program("encode", "-", "-q", stdin=photo.read_bytes())
    assert (encoded.code, encoded.err) == (0, "")
    decoded = program("decode", "-", stdin=encoded.out)
    assert decoded.out.startswith(b"\x89PNG")
    assert decoded.err.startswith("standard input -> standard output")


def test_names_that_standard_output_has_no_letters_for(
    program: Callable, environment: dict[str, str], encoded: Path
) -> None:
    """They are escaped, as on standard error, and the files after them are done."""
    name = encoded.rename(encoded.with_name("日本ö.lr.png")).name
    Path(encoded.parent, "s.lr.png").write_bytes(Path(encoded.parent, name).read_bytes())
    environment["PYTHONIOENCODING"] = "cp1252"
    shown = b"\\u65e5\\u672c\xf6.lr.png"
    checked = program("verify", name, "s.lr.png")
    assert (checked.code, checked.err) == (0, "")
    assert checked.out == shown + b": ok\ns.lr.png: ok\n"
    assert program("info", name).out.startswith(shown)
    facts = json.loads(program("info", "--json", name).out)
    assert facts["file"] == name
    planned = program("decode", ".", "-r", "-o", "out", "--dry-run")
    assert planned.code == 0
    assert planned.out.startswith(b"s.lr.png -> s.png\n" + shown)
