"""What the words of docs/interoperability.md promise comes true when the network decodes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pytest

import rescodec
import rescodec_formats as formats
from benchmarks.interoperability.outcomes import outcome
from benchmarks.interoperability.programs import load_programs
from benchmarks.interoperability.samples import SCALE

OPERATIONS = {(p.name, o.name): o for p in load_programs() for o in p.operations}
COPIED = "private chunks copied"
# Of programs that are always installed: program, operation, kind of file, what is said of it.
CASES = [
    ("pypng", "copy chunks", "alpha", "exact"),
    ("Pillow", f"save again, {COPIED}", "latent code", "exact"),
    ("Pillow", "save again", "alpha", "no-header: exact if named"),
    ("pypng", "save again", "no payload", "no-header: exact if named"),
    ("Pillow", "save again", "alpha, transparent photo", "no-header: opaque if named"),
    ("Pillow", "save again", "chunk", "no-header: approximate if named"),
    ("Pillow", "save again", "latent code", "no-header: approximate if named"),
    ("Pillow", "to JPEG and back", "alpha", "no-header: approximate if named"),
    ("pypng", "copy chunks but `rsPL`", "chunk", "missing-payload: approximate"),
    ("pypng", "copy chunks but `rsPL`", "alpha, transparent photo", "missing-payload: approximate"),
    ("Pillow", f"flip, {COPIED}", "chunk", "lr-digest: approximate"),
    ("Pillow", f"flip, {COPIED}", "no payload", "lr-digest: approximate"),
    ("Pillow", f"another alpha, {COPIED}", "alpha", "stream-digest: approximate"),
    ("Pillow", f"another alpha, {COPIED}", "chunk", "unexpected-alpha: approximate"),
    ("Pillow", f"resize, {COPIED}", "chunk", "size-mismatch: lost"),
    ("Pillow", "resize", "chunk", "no-header: lost"),
    ("Pillow", "to JPEG", "chunk", "not-png: lost"),
]


def decoded(file: bytes, **options: object) -> np.ndarray:
    return rescodec.decode(file, device="cpu", **options).pixels


@pytest.mark.parametrize(
    ("program", "operation", "kind", "promise"), CASES, ids=lambda value: value.replace(" ", "-")
)
def test_promise(
    program: str,
    operation: str,
    kind: str,
    promise: str,
    processed: Callable,
    lr_files: Mapping[str, bytes],
) -> None:
    before = lr_files[kind]
    after = processed(program, OPERATIONS[program, operation])[kind]
    assert outcome(before, after) == promise
    if promise == "exact":
        assert np.array_equal(decoded(after), decoded(before))
        return
    refusal, rescue = promise.split(": ")
    with pytest.raises(formats.FormatError) as caught:
        decoded(after)
    assert caught.value.kind == refusal

    header = formats.probe(before).header
    height, width = header.hr_size
    named = {"model": header.model.id, "scale": SCALE} if rescue.endswith("if named") else {}
    if rescue == "lost":
        with pytest.raises(formats.FormatError):
            decoded(after, without_payload=True)
    elif rescue in ("exact if named", "opaque if named"):
        restored = decoded(after, **named)
        assert restored.shape == (height + 1, width + 1, 3)
        assert np.array_equal(restored[:height, :width], decoded(before))
    else:
        if header.streams and "alpha" not in kind:
            with pytest.raises(formats.FormatError):
                decoded(after, **named)
        restored = decoded(after, **named, without_payload=True)
        assert restored.shape == ((height + 1, width + 1, 3) if named else (height, width, 3))
        assert not np.array_equal(restored[:height, :width], decoded(before))
