"""Look for files on which the reader fails otherwise than by `FormatError`, with atheris.

Usage: python fuzz/read_file.py [CORPUS...] [libFuzzer options], see `make fuzz`
"""

from __future__ import annotations

import sys
from random import Random

import atheris

with atheris.instrument_imports(include=["rescodec_formats"]):
    import rescodec_formats as rf

import contextlib

from mutations import damage, forge

# Small, so that whoever asks for much is refused, and what little memory is used is noticed.
LIMITS = rf.Limits(hr_pixels=1_000_000, payload_bytes=1_000_000, ancillary_bytes=1_000_000)


def read_file(data: bytes) -> None:
    """Read bytes in every way in which a file is read."""
    with contextlib.suppress(rf.FormatError):
        rf.probe(data, limits=LIMITS)
    for check in ("strict", "without-payload"):
        try:
            found = rf.read(data, limits=LIMITS, check=check)  # type: ignore[arg-type]
        except rf.FormatError:
            continue
        if check == "strict" and rf.lr_digest(found.lr) != found.header.lr_sha256:
            raise RuntimeError("pixels passed that are not those of the digest")
    with contextlib.suppress(rf.FormatError):
        rf.read_png(data, limits=LIMITS)


def mutate(data: bytes, max_size: int, seed: int) -> bytes:
    """Return a changed file, mostly one with right checksums."""
    random = Random(seed)
    if random.random() < 0.1:
        return atheris.Mutate(data, max_size)
    return (damage if random.random() < 0.1 else forge)(data, random)[:max_size]


if __name__ == "__main__":
    atheris.Setup(sys.argv, read_file, custom_mutator=mutate)
    atheris.Fuzz()
