"""What 16 bits do, in a file of results."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.precision import rows_of_others

HOW = {"device": "cpu", "threads": 1, "images": 8}
ROWS = [{"model": model, "levels": levels} for model, levels in (("a-1", 1), ("b-1", 2))]


def test_other_models_stay_if_they_were_measured_likewise(tmp_path: Path) -> None:
    path = tmp_path / "precision.json"
    assert rows_of_others(path, HOW, {"a-1"}) == []
    path.write_text(json.dumps({**HOW, "rows": ROWS}))
    assert rows_of_others(path, HOW, {"a-1"}) == ROWS[1:]
    assert rows_of_others(path, {**HOW, "images": 4}, {"a-1"}) == []
