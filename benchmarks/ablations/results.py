"""What was measured: a file for each run, and one for the time of their steps."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parents[2] / "docs/results/ablations"
TIMING = "step-seconds.json"


def read_result(name: str, folder: Path = RESULTS) -> dict[str, Any] | None:
    """Return what was measured of a run, or None."""
    result: dict[str, Any] | None = read_json(folder / f"{name}.json")
    return result


def write_result(name: str, result: dict[str, Any], folder: Path = RESULTS) -> None:
    """Keep what was measured of a run."""
    write_json(folder / f"{name}.json", result)


def read_timing(folder: Path = RESULTS) -> dict[str, float]:
    """Return the seconds of a step by run; empty if nothing was timed."""
    timing = read_json(folder / TIMING) or {"seconds": {}}
    seconds: dict[str, float] = timing["seconds"]
    return seconds


def write_timing(seconds: dict[str, float], facts: dict[str, Any], folder: Path = RESULTS) -> None:
    """Keep the seconds of a step by run, and where and when they were measured."""
    write_json(folder / TIMING, {**facts, "seconds": seconds})


def read_json(path: Path) -> Any:
    """Return what a file holds, or None if there is none."""
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def write_json(path: Path, values: Any) -> None:
    """Write a file, and its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")
