"""Runs that differ in one thing each, from equal starts: what makes a network good.

Usage:
    python -m benchmarks.ablations time [NAME...] --data DIR... --valid DIR
    python -m benchmarks.ablations run [NAME...] --data DIR... --valid DIR [--runs DIR] [--again]

runs.toml says what the runs are; docs/results/ablations receives what was measured,
a file for each run, so that several processes can work on different runs. `time` comes first: runs
are also compared after equal times. One thread each; the precision is bf16. A run that was
interrupted, or whose plan has more steps now, goes on; what was measured is not measured again.
"""

from __future__ import annotations

import argparse
import datetime
import shutil
import sys
import tempfile
from pathlib import Path

import torch

from benchmarks.ablations.plan import Ablation, read_plan
from benchmarks.ablations.results import read_result, read_timing, write_result, write_timing
from benchmarks.ablations.timing import step_seconds
from benchmarks.ablations.training import Bench, is_measured


def main() -> int:
    """Time or run; return the exit status."""
    plan = read_plan()
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.ablations", description="Runs that differ in one thing each."
    )
    parser.add_argument("command", choices=("time", "run"))
    parser.add_argument("names", nargs="*", metavar="NAME", help="of runs; all if not given")
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="training folders")
    parser.add_argument("--valid", type=Path, required=True, help="images to compare on")
    parser.add_argument("--every", type=int, default=3, help="take each n-th of them")
    parser.add_argument("--runs", type=Path, default=Path("runs/ablations"), help="checkpoints")
    parser.add_argument(
        "--again", action="store_true", help="from the start, also runs that were measured"
    )
    parser.add_argument("--rounds", type=int, default=15, help="steps of each run to time")
    args = parser.parse_args()
    for name in args.names:
        if name not in plan:
            parser.error(f"there is no run {name!r}; known are {', '.join(plan)}")
    try:
        return _done(args, plan)
    except (OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2


def _done(args: argparse.Namespace, plan: dict[str, Ablation]) -> int:
    torch.set_num_threads(1)
    ablations = [plan[name] for name in args.names or plan]
    facts = {"date": datetime.date.today().isoformat(), "torch": torch.__version__}
    bench = Bench(args.data, args.valid, every=args.every, runs=args.runs)
    if args.command == "time":
        timed = {a.clock for a in ablations} | {a.name for a in ablations if a.clock}
        with tempfile.TemporaryDirectory() as folder:
            chosen = [plan[name] for name in plan if name in timed - {""}]
            seconds = step_seconds(bench, chosen, Path(folder), rounds=args.rounds)
        write_timing({**read_timing(), **seconds}, facts)
        print(seconds)
        return 0
    for ablation in ablations:
        if args.again:
            shutil.rmtree(args.runs / ablation.name, ignore_errors=True)
        if args.again or not is_measured(ablation, read_result(ablation.name)):
            write_result(ablation.name, {**facts, **bench.measured(ablation)})
    return 0


if __name__ == "__main__":
    sys.exit(main())
