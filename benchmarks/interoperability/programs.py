"""Other programs and what they are asked to do with LR files: the table of programs.toml."""

from __future__ import annotations

import importlib.metadata
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TABLE = Path(__file__).with_name("programs.toml")
# One thread each: many short runs, and others may use the machine.
ENVIRONMENT = {"OMP_NUM_THREADS": "1", "VIPS_CONCURRENCY": "1"}
TIMEOUT_SECONDS = 120
# What the last command may leave, newest first.
RESULTS = ("b.png", "b.jpg", "a.png")


# Runs the code of its first argument in each of the folders that follow.
IN_FOLDERS = """
import os
import sys

for folder in sys.argv[2:]:
    os.chdir(folder)
    exec(sys.argv[1], {})
"""


class ProgramError(Exception):
    """A program is not installed, or failed."""


@dataclass(frozen=True)
class Operation:
    """Something that a program does to the file ``a.png``.

    Attributes:
        name: What it is, in words.
        run: Commands, or Python statements for a library, one after the other.
        lossless: Pixels and chunks all stay.
        resizes: The picture gets another size.
    """

    name: str
    run: tuple[str, ...]
    lossless: bool = False
    resizes: bool = False


@dataclass(frozen=True, kw_only=True)
class Program:
    """A program, or a Python library, and what is tried with it.

    Attributes:
        name: As its authors write it.
        advice: What to use it for and what to avoid.
        operations: What is tried.
        package: Debian package.
        executables: Names by which commands call it; the first that is found is run.
        version: Arguments that make it print its version.
        pattern: Regular expression for what it prints; its group is the version.
        distribution: Of a library.
        setup: Python before each operation of a library.
    """

    name: str
    advice: str
    operations: tuple[Operation, ...]
    package: str = ""
    executables: tuple[str, ...] = ()
    version: tuple[str, ...] = ()
    pattern: str = ""
    distribution: str = ""
    setup: str = ""

    def find(self) -> FoundProgram:
        """Return the program as it is installed.

        Raises:
            ProgramError: It is not.
        """
        if self.distribution:
            return FoundProgram(self, sys.executable, importlib.metadata.version(self.distribution))
        for name in self.executables:
            if (path := shutil.which(name)) is None:
                continue
            done = subprocess.run(
                [path, *self.version],
                capture_output=True,
                text=True,
                check=False,
                timeout=TIMEOUT_SECONDS,
            )
            # Other programs may have the same name.
            if found := re.search(self.pattern, done.stdout + done.stderr):
                return FoundProgram(self, path, found[1])
        raise ProgramError(f"{self.name} is not installed; the Debian package is {self.package}")


@dataclass(frozen=True)
class FoundProgram:
    """A program that is installed.

    Attributes:
        program: Which.
        executable: Path of it, or of Python for a library.
        version: As it states it.
    """

    program: Program
    executable: str
    version: str

    def apply(self, operation: Operation, files: Mapping[str, bytes]) -> dict[str, bytes]:
        """Return what an operation makes of LR files.

        Args:
            operation: One of the program's.
            files: LR files by name.

        Raises:
            ProgramError: The program failed or did nothing.
        """
        with tempfile.TemporaryDirectory() as parent:
            folders = [Path(parent) / str(index) for index, _ in enumerate(files)]
            for folder, file in zip(folders, files.values(), strict=True):
                folder.mkdir()
                (folder / RESULTS[-1]).write_bytes(file)
            for line in operation.run:
                self._run(line, folders)
            return {
                name: _result(folder, file, operation)
                for folder, (name, file) in zip(folders, files.items(), strict=True)
            }

    def _run(self, line: str, folders: Sequence[Path]) -> None:
        """Run one command of an operation in each folder."""
        if self.program.setup:
            # Once, because starting Python takes longer than most operations.
            _call([self.executable, "-c", IN_FOLDERS, self.program.setup + line, *folders])
            return
        first, *rest = shlex.split(line)
        # A program may bring others along, such as vipsthumbnail.
        command = [self.executable if first in self.program.executables else first, *rest]
        for folder in folders:
            _call(command, folder)


def _call(command: Sequence[str | Path], folder: Path | None = None) -> None:
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **ENVIRONMENT},
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_SECONDS,
    )
    if done.returncode:
        raise ProgramError(f"{command}: exit status {done.returncode}: {done.stderr}")


def _result(folder: Path, file: bytes, operation: Operation) -> bytes:
    """Return the file that the last command has left in a folder."""
    result = next(folder / name for name in RESULTS if (folder / name).is_file())
    content = result.read_bytes()
    if result.name == RESULTS[-1] and content == file:
        raise ProgramError(f"{operation.run[-1]}: left {result.name} as it was")
    return content


def load_programs() -> list[Program]:
    """Return the table of programs.toml."""
    programs = []
    for entry in tomllib.loads(TABLE.read_text(encoding="utf-8"))["programs"]:
        values: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()
        }
        values["operations"] = tuple(
            Operation(**{**operation, "run": tuple(operation["run"])})
            for operation in entry["operations"]
        )
        programs.append(Program(**values))
    return programs
