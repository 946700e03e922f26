"""Read and decode many damaged files; count what becomes of them.

Every file is a small real one, either damaged blindly or forged: changed with right checksums.
LR files go through the reader and the decoder with the real networks, photos through the reader
of photos. A wrong picture is one that comes out without an error, differs from what the file
held before, and is not what the file's own header, checksums right, says. There must be none, no
error but those that the command line turns into messages, and no allocation beyond the limits.

Usage: python fuzz/mutated_files.py [--files N] [--photos N] [--programs N] [--seed N]
       [--json FILE]
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import mutated_programs
import rescodec
import rescodec_formats as rf
from mutations import damage, forge
from rescodec.memory import peak_memory
from rescodec.programs import EXPECTED_ERRORS, prepare_pillow
from subjects import Subject, lr_files, photos, same_picture

FINDINGS = Path(__file__).parent / "findings"
# What a picture of MAX_PIXELS takes in the networks is well below this.
MAX_GROWTH_MIB = 256
MAX_PIXELS = 100_000
LIMITS = rf.Limits(
    hr_pixels=MAX_PIXELS, payload_bytes=2**20, ancillary_bytes=2**20, header_bytes=2**16
)
# Decoding without payload runs a network for most files.
BARE_SHARE = 0.02


@dataclass
class Tally:
    """What became of the files.

    Attributes:
        outcomes: how often each happened; those of `bad` must not happen.
        slowest: seconds that the slowest file took.
    """

    outcomes: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    bad: int = 0

    def take(self, outcome: str, data: bytes, seconds: float) -> None:
        """Count an outcome; keep the file if it must not happen."""
        self.outcomes[outcome] += 1
        self.slowest = max(self.slowest, seconds)
        if outcome.startswith(("crash", "wrong")):
            self.bad += 1
            FINDINGS.mkdir(exist_ok=True)
            (FINDINGS / f"mutated-{self.bad}").write_bytes(data)

    def report(self) -> dict[str, Any]:
        """Return the counts as JSON."""
        return {
            "files": self.outcomes.total(),
            "outcomes": dict(sorted(self.outcomes.items())),
            "slowest_seconds": round(self.slowest, 2),
        }


def decoded(subject: Subject, data: bytes, random: Random, *, forged: bool) -> str:
    """Decode a damaged LR file; say what happened."""
    for check in ("strict", "without-payload"):
        with contextlib.suppress(rf.FormatError):
            rf.read(data, limits=LIMITS, check=check)  # type: ignore[arg-type]
    if random.random() < BARE_SHARE:
        with contextlib.suppress(*EXPECTED_ERRORS):
            rescodec.decode(data, device="cpu", limits=LIMITS, without_payload=True)
    try:
        photo = rescodec.decode(data, device="cpu", limits=LIMITS)
    except EXPECTED_ERRORS as error:
        return f"refused: {getattr(error, 'kind', type(error).__name__)}"
    if same_picture(photo, subject.photo):
        return "the same picture"
    # A header has no digest of its own: whoever forges it says what the file holds.
    if forged and rf.probe(data).header != rf.probe(subject.data).header:
        size = (photo.height, photo.width)
        return "as forged" if size == rf.probe(data).header.hr_size else "wrong size"
    return "wrong picture"


def photographed(subject: Subject, data: bytes, random: Random, *, forged: bool) -> str:
    """Read a damaged photo; say what happened."""
    suffix = subject.name.rpartition(".")[2]
    what = f"{suffix}, forged," if forged else suffix
    try:
        photo = rescodec.read_photo(data, max_pixels=MAX_PIXELS)
    except EXPECTED_ERRORS as error:
        return f"{what} refused: {getattr(error, 'kind', type(error).__name__)}"
    same = same_picture(photo, subject.photo)
    if suffix == "png" and not forged and not same:
        return "wrong picture: png"
    # The other formats have no checksums: damage within their pixels goes unnoticed mostly.
    return f"{what} read{'' if same else ', other samples'}"


def run(
    look: Callable[..., str], subjects: list[Subject], count: int, seed: int, tally: Tally
) -> None:
    """Damage and look at so many files."""
    random = Random(seed)
    for _ in range(count):
        subject = random.choice(subjects)
        png = subject.data.startswith(b"\x89PNG")
        forged = png and random.random() < 0.7
        data = (forge if forged else damage)(subject.data, random)
        start = time.monotonic()
        try:
            outcome = look(subject, data, random, forged=forged)
        except Exception as error:  # what is looked for
            traceback.print_exc()
            outcome = f"crash: {type(error).__name__}"
        tally.take(outcome, data, time.monotonic() - start)


def main() -> int:
    """Run all three parts; print and perhaps write the counts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=20_000, help="LR files in this process")
    parser.add_argument("--photos", type=int, default=10_000, help="photos in this process")
    parser.add_argument("--programs", type=int, default=200, help="files for the program")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()

    prepare_pillow(MAX_PIXELS)
    encoded, sources = lr_files(), photos()
    before = peak_memory()
    files, pictures = Tally(), Tally()
    run(decoded, encoded, options.files, options.seed, files)
    run(photographed, sources, options.photos, options.seed + 1, pictures)
    growth = (peak_memory() - before) / 2**20
    programs = mutated_programs.run(encoded, sources, options.programs, options.seed + 2)
    report = {
        "seed": options.seed,
        "lr_files": files.report(),
        "photos": pictures.report(),
        "memory_mib": {"before": round(before), "growth": round(growth), "limit": MAX_GROWTH_MIB},
        "programs": programs,
    }
    text = json.dumps(report, indent=1)
    print(text)
    if options.json:
        options.json.write_text(text + "\n", encoding="utf-8")
    failures = files.bad + pictures.bad + programs["failures"] + (growth > MAX_GROWTH_MIB)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
