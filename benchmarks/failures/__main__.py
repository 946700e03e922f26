"""Where the released models fail, and why.

Usage: python -m benchmarks.failures --data DIR... [--models ID...] [--json FILE] [--pictures DIR]

Sends drawn pictures, the example photos and the images of the folders through files of each
model, and keeps the figures of the worst tiles. Figures of models that are not named stay in
the file.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

from benchmarks.failures.hunt import BADNESS, hunt
from benchmarks.failures.pictures import pictures
from benchmarks.failures.sheets import worst_of_all, worst_of_each, write_sheet
from benchmarks.failures.summary import summary
from rescodec import MODELS, Codec


def main() -> None:
    """Hunt in each model, and write its figures before the next."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.failures", description="Where the released models fail."
    )
    parser.add_argument("--data", type=Path, nargs="*", default=[], help="folders of images")
    parser.add_argument("--models", nargs="+", default=list(MODELS), choices=list(MODELS))
    parser.add_argument("--json", type=Path, help="figures, those of other models kept")
    parser.add_argument("--pictures", type=Path, help="a folder for one sheet of each model")
    parser.add_argument(
        "--all-pictures",
        type=Path,
        help="a folder for sheets of all worst tiles, whose licences may forbid to publish them",
    )
    args = parser.parse_args()
    for name in args.models:
        started = time.perf_counter()
        codec = Codec.open(name, device="cpu")
        findings = hunt(codec, pictures(args.data))
        if args.pictures:
            write_sheet(args.pictures / f"{name}.png", worst_of_each(findings))
        if args.all_pictures:
            for measure in BADNESS:
                for drawn in (True, False):
                    kind = "drawings" if drawn else "photos"
                    path = args.all_pictures / f"{name}-{measure}-{kind}.png"
                    write_sheet(path, worst_of_all(findings, measure, drawn=drawn))
        if args.json:
            _write(args.json, name, summary(codec, findings))
        print(f"{name}: {len(findings.pictures)} pictures, {time.perf_counter() - started:.0f} s")


def _write(path: Path, name: str, figures: dict[str, object]) -> None:
    """Put a model's figures into the file, in the order of the table of models."""
    results: dict[str, Any] = {}
    if path.exists():
        results = json.loads(path.read_text(encoding="utf-8"))
    results[name] = figures
    ordered = {model: results[model] for model in MODELS if model in results}
    text = json.dumps(ordered, indent=1, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
