"""The runs to compare: recipes that differ from a base in one thing each."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rescodec.configuration import unknown_key
from rescodec.train.recipe import Recipe

PLAN = Path(__file__).with_name("runs.toml")
# Values of a recipe that are the same in all runs: nothing is validated on the way.
UNWATCHED = {"valid_every": 1_000_000, "valid_images": 1, "log_every": 100}
# What a run may say beside its network and training.
KEYS = {"base", "what", "network", "training", "steps", "clock", "init", "staged", "teacher"}


@dataclass(frozen=True)
class Ablation:
    """One run.

    Attributes:
        name: Of the run and its results.
        what: It is, in a few words.
        recipe: What is trained.
        steps: After how many it is measured.
        clock: A run whose time is another measure; "" for steps alone.
        init: A released model whose weights it starts from; "" for random ones.
        staged: A run of half the scale, whose weights its first levels start from, as they are
            where it is measured first; "" for none.
        teacher: A released model that it learns from; "" for none.
    """

    name: str
    what: str
    recipe: Recipe
    steps: tuple[int, ...]
    clock: str = ""
    init: str = ""
    staged: str = ""
    teacher: str = ""


def read_plan(path: Path = PLAN) -> dict[str, Ablation]:
    """Return all runs by name, in the order of the file.

    Raises:
        OSError: The file cannot be read.
        ValueError: It is no TOML, or a run is wrong or names another that is not there; the
            message names the run.
    """
    plan = tomllib.loads(path.read_text(encoding="utf-8"))
    runs = {name: _ablation(name, values, plan["base"]) for name, values in plan["run"].items()}
    for run in runs.values():
        for other in (run.clock, run.staged):
            if other and other not in runs:
                raise ValueError(f"{run.name}: there is no run {other!r}")
    return runs


def _ablation(name: str, values: dict[str, Any], bases: dict[str, Any]) -> Ablation:
    for key in values:
        if key not in KEYS:
            raise ValueError(unknown_key(name, key, sorted(KEYS)))
    if values.get("base") not in bases or "what" not in values:
        raise ValueError(f"{name}: a run needs one of the bases, and to say what it is")
    base = bases[values["base"]]
    recipe = Recipe.from_dict(
        {
            "network": base["network"] | values.get("network", {}),
            "training": base["training"] | UNWATCHED | values.get("training", {}),
        }
    )
    links = {key: values[key] for key in ("clock", "init", "staged", "teacher") if key in values}
    steps = tuple(values.get("steps", [recipe.steps]))
    return Ablation(name, values["what"], recipe, steps, **links)
