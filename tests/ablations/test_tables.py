"""What was measured is what the plan says."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from benchmarks.ablations import tables
from benchmarks.ablations.plan import read_plan
from benchmarks.ablations.results import read_result
from rescodec.train.recipe import Recipe

PLAN = read_plan()


@pytest.mark.parametrize("name", PLAN)
def test_every_run_was_measured_as_it_is_planned(name: str) -> None:
    result = read_result(name)
    assert result is not None
    assert Recipe.from_dict(result["recipe"]) == PLAN[name].recipe
    assert {point["steps"] for point in result["points"]} >= set(PLAN[name].steps)


def test_every_run_is_told_of() -> None:
    groups = (tables.PLANE, tables.CODE, tables.LOSS, tables.NETWORKS, tables.SMALL)
    told = {name for group in (*groups, tables.SEEDS, tables.STAGES, tables.LATE) for name in group}
    assert told == set(PLAN)


@pytest.mark.parametrize("names", [tables.NETWORKS, tables.SMALL], ids=["networks", "small"])
def test_gains_are_differences_to_the_first_network(names: Sequence[str]) -> None:
    _, _, first, *others = tables.network_table(names).splitlines()
    cells = [cell.strip() for cell in first.strip("|").split("|")]
    assert cells[6:] == ["+0.00", "1.00", "+0.00"]
    base = float(cells[2])
    for row in others:
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        assert float(cells[6]) == pytest.approx(float(cells[2]) - base, abs=0.011)
