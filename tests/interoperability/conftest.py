"""LR files, and what the programs that are installed here make of them."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Mapping

import pytest

from benchmarks.interoperability.programs import (
    FoundProgram,
    Operation,
    Program,
    ProgramError,
    load_programs,
)
from benchmarks.interoperability.samples import lr_files as encode_samples

# Set where nothing may be skipped.
REQUIRE = "RESCODEC_REQUIRE_PROGRAMS"

Require = Callable[[str], FoundProgram]


@pytest.fixture(scope="session")
def lr_files() -> dict[str, bytes]:
    """An LR file of each kind."""
    return encode_samples()


@functools.cache
def _find(program: Program) -> FoundProgram | ProgramError:
    try:
        return program.find()
    except ProgramError as error:
        return error


@pytest.fixture(scope="session")
def require() -> Require:
    """Return a program by its name; skip the test if it is not installed, or fail."""
    programs = {program.name: program for program in load_programs()}

    def require(name: str) -> FoundProgram:
        found = _find(programs[name])
        if isinstance(found, FoundProgram):
            return found
        if os.environ.get(REQUIRE):
            pytest.fail(f"{found} (and {REQUIRE} is set)")
        pytest.skip(str(found))

    return require


@pytest.fixture(scope="session")
def processed(
    require: Require, lr_files: Mapping[str, bytes]
) -> Callable[[str, Operation], dict[str, bytes]]:
    """Return what an operation of a program makes of each kind of LR file; it runs once."""

    @functools.cache
    def apply(program: str, operation: Operation) -> dict[str, bytes]:
        return require(program).apply(operation, lr_files)

    return apply
