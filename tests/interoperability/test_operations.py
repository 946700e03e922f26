"""Every line of docs/interoperability.md is what happens."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from PIL import Image as PillowImage

import rescodec
import rescodec_formats as formats
from benchmarks.interoperability.document import advice, heading, row, row_start
from benchmarks.interoperability.outcomes import EXACT, outcome
from benchmarks.interoperability.programs import Operation, load_programs
from benchmarks.interoperability.samples import KINDS

LINES = (Path(__file__).parents[2] / "docs/interoperability.md").read_text("utf-8").splitlines()
PROGRAMS = load_programs()
OPERATIONS = [
    pytest.param(program.name, operation, id=f"{program.name}: {operation.name}")
    for program in PROGRAMS
    for operation in program.operations
]
RESIZES = [parameters for parameters in OPERATIONS if parameters.values[1].resizes]


@pytest.mark.parametrize(("program", "operation"), OPERATIONS)
def test_as_documented(
    program: str,
    operation: Operation,
    require: Callable,
    processed: Callable,
    lr_files: Mapping[str, bytes],
) -> None:
    found = require(program)
    files = processed(program, operation)
    outcomes = [outcome(lr_files[kind], files[kind]) for kind in KINDS]
    if operation.lossless:
        assert set(outcomes) == {EXACT}
    # Another version may do otherwise.
    if heading(found) in LINES:
        assert row(operation, outcomes) in LINES


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("program", "operation"), RESIZES)
def test_no_payload_outlives_a_resize(
    program: str,
    operation: Operation,
    kind: str,
    processed: Callable,
    lr_files: Mapping[str, bytes],
) -> None:
    file = processed(program, operation)[kind]
    sizes = [PillowImage.open(io.BytesIO(png)).size for png in (lr_files[kind], file)]
    assert sizes[0] != sizes[1]
    for without_payload in (False, True):
        with pytest.raises(formats.FormatError) as caught:
            rescodec.decode(file, without_payload=without_payload, device="cpu")
        assert caught.value.kind in ("no-header", "size-mismatch")


def test_all_that_can_resize_are_tried() -> None:
    resizing = {program.name for program in PROGRAMS if any(o.resizes for o in program.operations)}
    assert {program.name for program in PROGRAMS} - resizing == {"optipng", "pngcrush", "exiftool"}


def test_the_document_has_every_operation_and_no_other() -> None:
    rows = [line for line in LINES if re.match(r"\| [^|]+ \| `", line) and line.count("|") > 3]
    expected = [row_start(o) for program in PROGRAMS for o in program.operations]
    assert len(rows) == len(expected)
    for found, start in zip(rows, expected, strict=True):
        assert found.startswith(start)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_the_document_has_advice_and_a_version(program: object) -> None:
    assert advice(program) in LINES
    assert [line for line in LINES if re.fullmatch(rf"## {program.name} \d\S+", line)]
