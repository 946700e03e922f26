"""Seconds of a training step of several runs, one step of each after the other."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.ablations.plan import Ablation
from benchmarks.ablations.training import Bench
from rescodec.train.loop import objective_of, start, train_step

WARM_UP = 2


def step_seconds(
    bench: Bench, ablations: Sequence[Ablation], folder: Path, *, rounds: int
) -> dict[str, float]:
    """Return the median processor time of a step by run.

    All runs take turns, so that a machine that is busy for a while slows all of them down.

    Args:
        bench: Data.
        ablations: To be timed.
        folder: For files that nobody needs.
        rounds: Steps of each that count.
    """
    runs = [bench.run_of(ablation, [], folder / ablation.name) for ablation in ablations]
    states = [start(run, resume=False) for run in runs]
    seconds: dict[str, list[float]] = {ablation.name: [] for ablation in ablations}
    for _ in range(WARM_UP + rounds):
        for ablation, run, state in zip(ablations, runs, states, strict=True):
            started = time.process_time()
            train_step(state, run, objective_of(run))
            seconds[ablation.name].append(time.process_time() - started)
    return {name: round(statistics.median(s[WARM_UP:]), 4) for name, s in seconds.items()}
