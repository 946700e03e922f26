"""Add files to this corpus; files that are there are never written again.

Usage: python write_corpus.py [--check]

Each PNG gets a JSON beside it, which README.md describes. What is expected of a file that must be
refused is stated with it; what is expected of one that must be read is what the library
reads, which a second reader in the tests confirms. With --check nothing is written: the exit
status tells whether a file is missing.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from bad_headers import headers, texts
from bad_payloads import frames, payloads
from bad_pixels import pixels
from bad_pngs import pngs, whole_files
from cases import Bad
from compressed_headers import bad_compressed
from good_files import good_files
from lossless_files import bad_lossless
from rans_files import bad_rans

import rescodec_formats as rf

FOLDER = Path(__file__).parent


def described(data: bytes) -> dict[str, Any]:
    """Return what a reader must find in a file."""
    found = rf.read(data)
    header = found.header
    streams = [(info, found.streams[info.name]) for info in header.streams]
    return {
        "carrier": header.carrier,
        "scale": header.scale,
        "hr_size": header.hr_size,
        "lr_size": header.lr_size,
        "model": {"id": header.model.id, "weights_sha256": header.model.weights_sha256},
        "lr_sha256": rf.lr_digest(found.lr),
        "source": {"color": header.source.color, "bit_depth": header.source.bit_depth},
        "streams": [
            {
                "name": stream.name,
                "dtype": stream.data.dtype.name,
                "shape": stream.data.shape,
                "step": stream.step,
                "offset": stream.offset,
                "sha256": rf.stream_digest(stream.data),
            }
            for _, stream in streams
        ],
        "unknown_keys": {
            "header": header.extra,
            "model": header.model.extra,
            "source": header.source.extra,
            "streams": [info.extra for info, _ in streams],
        },
        "chunks": [
            {
                "type": chunk.type.decode("ascii"),
                "sha256": hashlib.sha256(chunk.data).hexdigest(),
                "after_pixels": chunk.after_pixels,
            }
            for chunk in found.chunks
        ],
        **_lossless(found),
    }


def _lossless(found: rf.Container) -> dict[str, Any]:
    """Return what a lossless file holds beside the rest."""
    if found.residual is None:
        return {}
    return {
        "hr_sha256": found.header.hr_sha256,
        "residual_sha256": rf.stream_digest(found.residual),
    }


def refused(bad: Bad) -> dict[str, Any]:
    """Return what a reader must say of a file, after asking the library.

    Raises:
        SystemExit: if the library does not agree.
    """
    bare = without_payload(bad.data)
    if _kind(bad.data) not in bad.kinds or ("lr_sha256" in bare) != bad.picture:
        raise SystemExit(f"{bad.text}: {_kind(bad.data)} and {bare} instead of {bad.kinds}")
    return {
        "kinds": bad.kinds,
        "without_payload": bare if bad.picture else {"kinds": bad.kinds},
    }


def without_payload(data: bytes) -> dict[str, Any]:
    """Return what is left of a file whose payload is not wanted."""
    try:
        return {"lr_sha256": rf.lr_digest(rf.read(data, check="without-payload").lr)}
    except rf.FormatError as error:
        return {"kinds": [error.kind]}


def _kind(data: bytes) -> str | None:
    try:
        rf.read(data)
    except rf.FormatError as error:
        return error.kind
    return None


def bad_files() -> dict[str, Bad]:
    """Return all files that must be refused."""
    groups = (whole_files(), pngs(), pixels(), headers(), texts(), payloads(), frames())
    groups += (bad_lossless(), bad_rans(), bad_compressed())
    return {f"bad-{name}": bad for group in groups for name, bad in group.items()}


def main(check: bool) -> int:
    """Write what is missing, or count it."""
    cases: dict[str, tuple[str, bytes, Bad | None]] = {
        **{name: (text, data, None) for name, (text, data) in good_files().items()},
        **{name: (bad.text, bad.data, bad) for name, bad in bad_files().items()},
    }
    new = {name: case for name, case in cases.items() if not (FOLDER / f"{name}.png").exists()}
    for name, (text, data, bad) in new.items():
        if not check:
            result = described(data) if bad is None else refused(bad)
            (FOLDER / f"{name}.png").write_bytes(data)
            _describe(FOLDER / f"{name}.json", {"description": text} | result)
    sys.stderr.write(f"{len(new)} of {len(cases)} files {'are missing' if check else 'written'}\n")
    return len(new) if check else 0


def _describe(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
