"""What is found in folders, manifests and output after a run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def entries(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def summary(text: str) -> dict[str, Any]:
    found = json.loads(text.splitlines()[-1])["summary"]
    assert isinstance(found, dict)
    return found
