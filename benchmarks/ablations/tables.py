"""Tables of the runs, for the documents."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from benchmarks.ablations.plan import Ablation, read_plan
from benchmarks.ablations.results import read_result, read_timing
from benchmarks.ablations.training import steps_in_time
from benchmarks.results_table import markdown

PLANE = ("x4-post-split", "x4-pre-split", "x4-pre-split-mean", "x4-default", "x4-seed-1")
CODE = (
    *("code-none", "code-2", "code-2-pretrained-fixed", "code-2-pretrained"),
    *("code-4", "code-4-pretrained"),
)
LOSS = ("x4-mae", "x4-charbonnier-firn", "x4-default", "x4-squared")
NETWORKS = (
    *("x2-default", "x2-separate", "x2-dense", "x2-separable-first"),
    *("x2-mixing", "x2-4-blocks-wide", "x2-6-blocks-wide", "x2-12-blocks-narrow"),
    *("x2-4-blocks", "x2-12-blocks", "x2-distilled"),
)
LONGER = ("x2-default", "x2-separable-first", "x2-4-blocks-wide")
LONGEST = ("x2-default", "x2-4-blocks-wide")
SMALL = ("x2-narrow", "x2-padb", "x2-separable")
SEEDS = ("x2-default", "x2-seed-1", "x2-gain-4")
STAGES = ("x4-default", "x4-staged")
LATE = (
    *("late-control", "late-noise", "late-squared", "late-restarts", "late-detail"),
    *("late-control-seed-1", "late-noise-seed-1"),
)
QUALITY = ("PSNR-Y", "PSNR-RGB", "LR PSNR", "bpp")


def table(names: Sequence[str], *, all_steps: bool = False) -> str:
    """Return a row for each run.

    Args:
        names: Of runs.
        all_steps: Whether there is a row for each of the steps after which they were measured, or
            for the first alone.
    """
    rows = [
        (plan()[name].what, f"{steps:,}", *_quality(_point(name, steps)))
        for name in names
        for steps in plan()[name].steps[: None if all_steps else 1]
    ]
    return markdown(("run", "steps", *QUALITY), rows)


def network_table(names: Sequence[str], *, end: int = 0) -> str:
    """Return networks after equal steps and after equal time, differences to the first.

    Args:
        names: Of runs.
        end: Which of the steps count after which the first was measured: 0 is the fewest.
    """
    seconds = read_timing()
    steps = sorted(plan()[names[0]].steps)[end]
    first = _point(names[0], steps)
    rows = []
    for name in names:
        run = plan()[name]
        equal = _point(name, steps)
        timed = _point(name, steps_in_time(run, steps, seconds)) if run.clock else equal
        time = seconds[name] / seconds[names[0]]
        gains = [f"{p['psnr_y'] - first['psnr_y']:+.2f}" for p in (equal, timed)]
        cost = f"{_result(name)['kmac_per_hr_pixel']:.1f}"
        rows.append((run.what, cost, *_quality(equal), gains[0], f"{time:.2f}", gains[1]))
    columns = (
        "run",
        "kMAC/pixel",
        *QUALITY,
        "gain, dB",
        "time of a step",
        "gain in equal time, dB",
    )
    return markdown(columns, rows)


@functools.cache
def plan() -> dict[str, Ablation]:
    """Return all runs."""
    return read_plan()


def _result(name: str) -> dict[str, Any]:
    result = read_result(name)
    if result is None:
        raise ValueError(f"{name} has not been run")
    return result


def _point(name: str, steps: int) -> dict[str, Any]:
    points: list[dict[str, Any]] = _result(name)["points"]
    for point in points:
        if point["steps"] == steps:
            return point
    raise ValueError(f"{name} has not been measured after {steps} steps")


def _quality(point: Mapping[str, float]) -> tuple[str, ...]:
    values = (point[name] for name in ("psnr_y", "psnr_rgb", "lr_psnr"))
    return (*(f"{value:.2f}" for value in values), f"{point['bpp']:.3f}")


TABLES: Mapping[str, Callable[[], str]] = {
    "ablation-plane": functools.partial(table, PLANE),
    "ablation-code": functools.partial(table, CODE),
    "ablation-loss": functools.partial(table, LOSS),
    "ablation-networks": functools.partial(network_table, NETWORKS),
    "ablation-longer": functools.partial(network_table, LONGER, end=1),
    "ablation-longest": functools.partial(network_table, LONGEST, end=2),
    "ablation-small": functools.partial(network_table, SMALL),
    "ablation-seeds": functools.partial(table, SEEDS),
    "ablation-stages": functools.partial(table, STAGES, all_steps=True),
    "ablation-late": functools.partial(table, LATE),
}
