"""What metadata goes to the LR file and comes back, by kind, source and target.

Usage: python -m benchmarks.metadata [--out FILE]

Encodes and decodes a file of each kind and writes docs/metadata.md.
"""

from __future__ import annotations

import argparse
import datetime
from pathlib import Path

from benchmarks.metadata.outcomes import outcomes
from benchmarks.metadata.samples import samples
from rescodec import Codec

DOCUMENT = Path(__file__).parents[2] / "docs/metadata.md"
HEAD = Path(__file__).with_name("head.md")


def main() -> None:
    """Run everything and write the document."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.metadata", description="What metadata comes back."
    )
    parser.add_argument("--out", type=Path, default=DOCUMENT, help="the document to write")
    args = parser.parse_args()
    codec = Codec.open("plain", scale=2, device="cpu")
    rows = ((sample.kind, sample.source, *outcomes(sample, codec)) for sample in samples())
    today = datetime.datetime.now(datetime.UTC).date()
    text = HEAD.read_text(encoding="utf-8").format(
        date=f"{today.day} {today:%B %Y}",
        rows="\n".join(f"| {' | '.join(row)} |" for row in rows),
    )
    args.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
