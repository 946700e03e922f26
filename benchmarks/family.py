"""Train every member of the published family for 200 steps, and show that it works as a codec.

Usage: python benchmarks/family.py --data DIR... --valid DIR --test DIR [--again] [NAME...]

Each recipes/family/NAME-short.toml is trained; its loss must fall; the command line sends part of
an example photo through a file and back; and the images of --test are measured. The rows go to
docs/results/family.json, where a later run finds which members are done. Networks after 200 steps
show that a member works, not what it reaches.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image

ROOT = Path(__file__).parents[1]
RECIPES = ROOT / "recipes/family"
PHOTO = ROOT / "examples/photos/roebling-bridge.jpg"
# Several tiles at x2; the whole photo would show no more and take eight times longer.
PART = (480, 320)
SUFFIX = "-short"
# Steps at either end of a run whose losses are compared.
COMPARED = 20

Row = dict[str, Any]


class MemberError(RuntimeError):
    """A member of the family does not do what it should."""


def main() -> int:
    """Measure what is missing, print the table; return the exit status."""
    args = build_parser().parse_args()
    names = args.names or sorted(path.stem.removesuffix(SUFFIX) for path in recipe_files())
    rows: dict[str, Row] = {}
    if args.json.exists():
        rows = {row["model"]: row for row in json.loads(args.json.read_text(encoding="utf-8"))}
    failed = 0
    for name in names:
        if name in rows and not args.again:
            continue
        try:
            rows[name] = measure(name, args)
        except MemberError as error:
            print(f"{name}: {error}", file=sys.stderr, flush=True)
            failed += 1
            continue
        print(table_row(rows[name]), flush=True)
        ordered = [rows[key] for key in sorted(rows)]
        args.json.write_text(json.dumps(ordered, indent=1) + "\n", encoding="utf-8")
    print("\n".join(["", *table_heading(), *(table_row(rows[key]) for key in sorted(rows))]))
    return 1 if failed else 0


def build_parser() -> argparse.ArgumentParser:
    """Return the argument parser."""
    parser = argparse.ArgumentParser(description="Train and check the published family, shortly.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="members; all unless given")
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="training folders")
    parser.add_argument("--valid", type=Path, nargs="+", required=True, help="validation folders")
    parser.add_argument("--test", type=Path, required=True, help="folder of images to measure")
    parser.add_argument("--again", action="store_true", help="replace rows that are there already")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or mps")
    parser.add_argument(
        "--json", type=Path, default=ROOT / "docs/results/family.json", help="file of the rows"
    )
    return parser


def recipe_files() -> list[Path]:
    """Return the short recipes."""
    return sorted(RECIPES.glob(f"*{SUFFIX}.toml"))


def measure(name: str, args: argparse.Namespace) -> Row:
    """Train a member and send pictures through it.

    Raises:
        MemberError: A command failed, the loss did not fall or the photo came back otherwise
            than it went in.
    """
    model = f"{name}{SUFFIX}"
    device = ["--device", args.device]
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        folders = ["--data", *args.data, "--valid", *args.valid, "--out", work]
        run("rescodec.train", RECIPES / f"{model}.toml", *folders, *device)
        losses = read_losses(work / "log.jsonl")
        first, last = (statistics.mean(part) for part in (losses[:COMPARED], losses[-COMPARED:]))
        if not last < first:
            raise MemberError(f"the loss did not fall: {first:.4g} at first, {last:.4g} at last")
        # Decoding finds weights by the id in the file: the name of the weights file.
        weights = (work / "weights.safetensors").rename(work / f"{model}.safetensors")
        send_photo(weights, device)
        run("rescodec.evaluate", weights, "--data", args.test, "--json", work / "r.json", *device)
        report = json.loads((work / "r.json").read_text(encoding="utf-8"))
    means = report["folders"][0]["means"]
    return {
        "model": name,
        "parameters": report["model"]["parameters"],
        "kmac_per_hr_pixel": round(report["model"]["kmac_per_hr_pixel"], 1),
        "steps": len(losses),
        "first_loss": float(f"{first:.4g}"),
        "last_loss": float(f"{last:.4g}"),
        "images": report["folders"][0]["name"],
        "psnr_y": round(means["psnr_y"], 2),
        "bpp": round(means["bpp"].get("chunk", means["bpp"].get("none")), 3),
        "lr_psnr": round(means["lr_psnr"], 2),
    }


def run(module: str, *arguments: str | Path, weights_folder: Path | None = None) -> None:
    """Run a program of the package, with its errors on our standard error.

    Raises:
        MemberError: It failed.
    """
    command = [sys.executable, "-m", module, *map(str, arguments)]
    variables = {} if weights_folder is None else {"RESCODEC_WEIGHTS_DIR": str(weights_folder)}
    done = subprocess.run(
        command, stdout=subprocess.DEVNULL, env={**os.environ, **variables}, check=False
    )
    if done.returncode:
        raise MemberError(f"{' '.join(command)}: exit status {done.returncode}")


def read_losses(log: Path) -> list[float]:
    """Return the loss of each logged step.

    Raises:
        MemberError: One is not finite.
    """
    records = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    losses = [record["total"] for record in records if "total" in record]
    if None in losses:
        raise MemberError("the loss is not finite")
    return losses


def send_photo(weights: Path, device: list[str]) -> None:
    """Encode and decode part of a photo on the command line.

    Raises:
        MemberError: A command failed or the photo has another size.
    """
    folder = weights.parent
    photo, lr, restored = (folder / name for name in ("photo.png", "photo.lr.png", "back.png"))
    with Image.open(PHOTO) as image:
        image.crop((0, 0, *PART)).save(photo)
    run("rescodec_cli", "encode", photo, "--model", weights, "-o", lr, *device, "-q")
    run("rescodec_cli", "verify", lr)
    run("rescodec_cli", "decode", lr, "-o", restored, *device, "-q", weights_folder=folder)
    with Image.open(restored) as image:
        if image.size != PART:
            raise MemberError(f"the photo came back as {image.size}, not {PART}")


def table_heading() -> list[str]:
    """Return the first two lines of the Markdown table."""
    columns = ["model", "parameters", "kMAC/px", "steps", "loss at first", "at last"]
    columns += ["PSNR-Y", "bpp", "LR PSNR"]
    return [f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"]


def table_row(row: Row) -> str:
    """Return a member's line of the table."""
    cells = (
        row["model"],
        f"{row['parameters']:,}",
        f"{row['kmac_per_hr_pixel']:.1f}",
        str(row["steps"]),
        f"{row['first_loss']:.4g}",
        f"{row['last_loss']:.4g}",
        f"{row['psnr_y']:.2f}",
        f"{row['bpp']:.3f}",
        f"{row['lr_psnr']:.2f}",
    )
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.exit(main())
