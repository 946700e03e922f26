"""Measure a released model anew, wherever the documents have its figures.

Usage: python tools/measure_release.py ID --sets DIR --valid DIR

DIR of --sets holds Set5, Set14 and BSD100. Writes golden files, everything in docs/results that
depends on the weights, the model's entry in rescodec/zoo.py and the tables of the documents. The
machine should do nothing else, since speed is among it. Prose with figures is left to the author:
docs/results/README.md, docs/dial.md, CHANGELOG.md.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from rescodec.zoo import MEASURED_ON, MODELS

ROOT = Path(__file__).parents[1]
SETS = ("Set5", "Set14", "BSD100")
RESULTS = "docs/results"
# Of scale 4 and with a dial, photos of 12 MP take minutes.
MEGAPIXELS = ("0.25", "1", "4")

Command = tuple[str, ...]


def main() -> None:
    """Run all commands, one after another, up to the first that fails."""
    parser = argparse.ArgumentParser(description="Measure a released model anew.")
    parser.add_argument("id", choices=list(MODELS))
    parser.add_argument("--sets", type=Path, required=True, help="folder of Set5, Set14, BSD100")
    parser.add_argument("--valid", type=Path, required=True, help="validation images")
    args = parser.parse_args()
    for folder in (*(args.sets / name for name in SETS), args.valid):
        if not folder.is_dir():
            parser.exit(2, f"error: {folder}: no folder\n")
    for golden in (ROOT / "tests/rescodec/golden").glob(f"{args.id}.*png"):
        golden.unlink()
    for command in commands(args.id, args.sets.resolve(), args.valid.resolve()):
        print("python", *command, flush=True)
        if status := subprocess.run([sys.executable, *command], cwd=ROOT, check=False).returncode:
            parser.exit(1, f"error: it failed with status {status}; what it needs may be missing\n")
    enter(args.id, ROOT)
    subprocess.run([sys.executable, "-m", "benchmarks.fill_tables"], cwd=ROOT, check=True)


def commands(model: str, sets: Path, valid: Path) -> Iterator[Command]:
    """Yield arguments of Python, to be run in the root of the repository.

    Args:
        model: An id.
        sets: Folder of the test sets.
        valid: Folder of the validation images.
    """
    entry = MODELS[model]
    set5, set14, bsd100 = (str(sets / name) for name in SETS)
    bench = ("-m", "rescodec_cli", "bench")
    chosen = ("--model", model, "-o", f"{RESULTS}/bench.json", "-q")
    yield ("tests/rescodec/golden/write_golden.py", model)
    yield (
        *("-m", "rescodec.evaluate", model, "--data", set5, set14, bsd100),
        *("--json", f"{RESULTS}/{model}.json"),
    )
    both = ("--data", set5, "--data", set14)
    yield (*bench, "fidelity", "rate", "--no-rivals", *both, *chosen)
    yield (*bench, "rate", "--no-rivals", "--every", "4", "--data", bsd100, *chosen)
    yield (*bench, "robust", "--data", set5, *chosen)
    large = entry.family == "alpha" and entry.scale == 2
    sizes = () if large else tuple(arg for size in MEGAPIXELS for arg in ("--megapixels", size))
    if entry.family in ("alpha", "dial"):
        yield (*bench, "speed", "--data", set14, *sizes, *chosen)
    yield (
        *("-m", "benchmarks.failures", "--models", model, "--data", set5, set14, bsd100),
        *("--json", f"{RESULTS}/failures.json", "--pictures", "docs/pictures/failures"),
    )
    yield (
        *("-m", "benchmarks.precision", str(valid), "--every", "8", "--models", model),
        *("--json", f"{RESULTS}/precision.json"),
    )
    lossless = ("-m", "benchmarks.lossless")
    yield (
        *(*lossless, str(valid), "--every", "13", "--crop", "256"),
        *("--json", f"{RESULTS}/lossless.json"),
    )
    yield ("-m", "benchmarks.sources")
    if entry.family == "dial":
        curves, results = ("-m", "benchmarks.dial_curves", model), f"{RESULTS}/dial-x{entry.scale}"
        for images, file in (
            ((set5, set14), f"{results}-curves.json"),
            ((bsd100, "--every", "4"), f"{results}-curves-bsd100.json"),
        ):
            # JPEG and AVIF have not changed.
            yield (*curves, "--data", *images, "--rivals", file, "--json", file)
        dials = [name for name, other in MODELS.items() if other.family == "dial"]
        whole = (*lossless, "--effort", "5", "--models")
        yield (*whole, *dials, "--json", f"{RESULTS}/lossless-sets.json", "--", set5, set14)
        if entry.scale == 2:
            yield (*whole, model, "--json", f"{RESULTS}/lossless-bsd100.json", "--", bsd100)


def enter(model: str, root: Path) -> None:
    """Write the measured figures of a model into its entry in the zoo.

    Args:
        model: An id that is there.
        root: Folder of the repository, with the evaluation of the model.
    """
    folders = json.loads((root / RESULTS / f"{model}.json").read_text(encoding="utf-8"))["folders"]
    (means,) = (folder["means"] for folder in folders if folder["name"] == MEASURED_ON)
    bpp = means["bpp"].get("chunk", means["bpp"].get("none"))
    table = root / "rescodec/zoo.py"
    text = table.read_text(encoding="utf-8")
    for field, value in (("psnr_y", f"{means['psnr_y']:.2f}"), ("bpp", f"{bpp:.3f}")):
        figure = rf'(id="{re.escape(model)}".*?\b{field}=)[0-9.]+'
        text = re.sub(figure, rf"\g<1>{value}", text, count=1, flags=re.DOTALL)
    table.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
