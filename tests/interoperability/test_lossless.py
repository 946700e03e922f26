"""Optimisers choose other colour types and chunk orders; the file stays what it was."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pytest

import rescodec_formats as formats
from benchmarks.interoperability.outcomes import EXACT, outcome
from benchmarks.interoperability.programs import Operation, load_programs

LOSSLESS = [
    pytest.param(program.name, operation, id=f"{program.name}: {operation.name}")
    for program in load_programs()
    for operation in program.operations
    if operation.lossless
]
RNG = np.random.default_rng(0)
GREY = np.repeat(RNG.integers(0, 4, (40, 50, 1), np.uint8) * 85, 3, axis=2)
NOISE = RNG.integers(0, 256, (40, 50, 3), np.uint8)
PLANE = RNG.integers(0, 256, (40, 50), np.uint8)
LARGE = RNG.integers(0, 256, (1100, 1100), np.uint8)
OPAQUE = np.full((40, 50), 255, np.uint8)
HOLES = np.where(PLANE < 64, 0, PLANE).astype(np.uint8)
ONE_PIXEL = (slice(1), slice(1))
# Carrier, LR picture and plane.
FILES = {
    "noise": ("alpha", NOISE, PLANE),
    "transparent pixels": ("alpha", NOISE, HOLES),
    "two alphas": ("alpha", NOISE, np.where(PLANE < 128, 0, 255).astype(np.uint8)),
    "opaque": ("alpha", NOISE, OPAQUE),
    "few colours": ("alpha", NOISE // 86 * 86, PLANE),
    "few colours, opaque": ("alpha", NOISE // 86 * 86, OPAQUE),
    "grey": ("alpha", GREY, PLANE),
    "grey, opaque": ("alpha", GREY, OPAQUE),
    "black, opaque": ("alpha", np.zeros_like(NOISE), OPAQUE),
    "one pixel": ("alpha", NOISE[ONE_PIXEL], PLANE[ONE_PIXEL]),
    "few colours, chunk": ("chunk", NOISE // 86 * 86, PLANE),
    "grey, chunk": ("chunk", GREY, PLANE),
    "black, chunk": ("chunk", np.zeros_like(NOISE), PLANE),
    "several pieces": ("chunk", np.zeros((1100, 1100, 3), np.uint8), LARGE),
}


def written(carrier: formats.Carrier, lr: np.ndarray, plane: np.ndarray) -> bytes:
    file = io.BytesIO()
    formats.write(
        file,
        lr,
        scale=2,
        hr_size=(2 * lr.shape[0], 2 * lr.shape[1]),
        model=formats.ModelRef("alpha-x2-lite-1", "ab" * 32),
        streams=[formats.Stream("plane", plane)],
        carrier=carrier,
    )
    return file.getvalue()


@pytest.mark.parametrize(("program", "operation"), LOSSLESS)
def test_nothing_is_lost(program: str, operation: Operation, require: Callable) -> None:
    before = {name: written(*file) for name, file in FILES.items()}
    after = require(program).apply(operation, before)
    outcomes = {name: outcome(before[name], after[name]) for name in before}
    assert outcomes == dict.fromkeys(before, EXACT)


def test_one_payload_has_several_pieces() -> None:
    assert written(*FILES["several pieces"]).count(b"rsPL") > 1
