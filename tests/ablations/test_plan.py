from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.ablations.plan import PLAN, read_plan
from benchmarks.ablations.training import steps_in_time

BASE = """\
[base.small.network]
scale = 2
blocks = [1]
widths = [4]

[base.small.training]
steps = 3
batch = 2
crop = 16
"""


def _plan(path: Path, text: str) -> Path:
    path.write_text(BASE + text)
    return path


def test_runs_differ_from_their_base_in_what_they_say(tmp_path: Path) -> None:
    text = """
    [run.one]
    what = "the base"
    base = "small"

    [run.two]
    what = "wider"
    base = "small"
    clock = "one"
    network = { widths = [8] }
    training = { seed = 3 }
    """
    one, two = read_plan(_plan(tmp_path / "runs.toml", text)).values()
    assert (one.name, one.what, one.steps, one.clock) == ("one", "the base", (3,), "")
    assert (two.recipe.network.widths, two.recipe.seed) == ((8,), 3)
    assert two.recipe.batch == one.recipe.batch == 2
    assert steps_in_time(two, 3, {"one": 0.1, "two": 0.15}) == 2
    with pytest.raises(ValueError, match="the steps of two have not been timed"):
        steps_in_time(two, 3, {"one": 0.1})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[run.a]\nwhat = "x"\nbase = "smal"', "a: a run needs one of the bases"),
        ('[run.a]\nbase = "small"', "a: a run needs one of the bases, and to say what it is"),
        (
            '[run.a]\nwhat = "x"\nbase = "small"\nclok = "a"',
            "a: unknown key 'clok'; did you mean 'clock'",
        ),
        ('[run.a]\nwhat = "x"\nbase = "small"\nclock = "b"', "a: there is no run 'b'"),
        ('[run.a]\nwhat = "x"\nbase = "small"\ntraining = { steps = 0 }', "steps is 0"),
    ],
)
def test_wrong_plans(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=message):
        read_plan(_plan(tmp_path / "runs.toml", text))


def test_the_published_plan_compares_like_with_like() -> None:
    plan = read_plan(PLAN)
    for run in plan.values():
        if run.clock:
            other = plan[run.clock].recipe
            assert (run.recipe.batch, run.recipe.crop) == (other.batch, other.crop)
            assert set(run.steps) <= set(plan[run.clock].steps)
            # Every step is an end: the rate does not fall.
            assert run.recipe.peak_lr == run.recipe.final_lr
