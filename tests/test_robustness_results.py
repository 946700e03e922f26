"""The committed runs of `fuzz/` are as large as promised and found nothing; the page agrees."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from killed_writes import whole

ROOT = Path(__file__).parent.parent
PAGE = " ".join((ROOT / "docs/robustness.md").read_text(encoding="utf-8").split())


def results(name: str) -> Any:
    return json.loads((ROOT / "docs/results" / name).read_text(encoding="utf-8"))


def test_mutated_files() -> None:
    found = results("mutated-files.json")
    files, photos, programs = found["lr_files"], found["photos"], found["programs"]
    assert (files["files"], programs["files"]) == (20_000, 200)
    for part in (files, photos, programs):
        assert sum(part["outcomes"].values()) == part["files"]
        assert not [name for name in part["outcomes"] if "wrong" in name or "crash" in name]
    assert programs["failures"] == 0
    for memory in (found["memory_mib"], programs["memory_mib"]):
        assert memory["growth"] <= memory["limit"]
    refused = sum(n for name, n in files["outcomes"].items() if name.startswith("refused"))
    same, forged = files["outcomes"]["the same picture"], files["outcomes"]["as forged"]
    assert f"| {refused:,} | {same:,} | {forged} | 0 |" in PAGE
    assert f"{photos['files']:,} photos" in PAGE
    refused = sum(n for name, n in photos["outcomes"].items() if "refused" in name)
    assert f"{refused:,} refused" in PAGE


def test_killed_writes() -> None:
    found = results("killed-writes.json")
    leftovers = 0
    for command in ("encode", "decode"):
        outcomes = found[command]["outcomes"]
        assert sum(outcomes.values()) == found[command]["moments"] == 50
        assert all(map(whole, outcomes))
        leftovers += sum(n for name, n in outcomes.items() if name.endswith("leftover"))
    assert found["failures"] == 0
    assert f"{leftovers} temporary files stayed behind" in PAGE
