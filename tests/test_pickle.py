"""Pickles run code: nothing in the repository unpickles what came from outside."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FOLDERS = ("rescodec", "cli", "formats", "examples", "benchmarks", "fuzz", "tools")
SOURCES = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]
UNPICKLERS = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}


def problems(source: str) -> Iterator[str]:
    """Yield what could unpickle: imports of such modules, loads that do not refuse code."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names = {(node.module or "").partition(".")[0]}
            if node.module == "torch" and any(alias.name == "load" for alias in node.names):
                yield f"line {node.lineno}: import torch.load as torch.load"
        else:
            names = set()
        yield from (f"line {getattr(node, 'lineno', 0)}: {name}" for name in names & UNPICKLERS)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            keywords = {keyword.arg: keyword.value for keyword in node.keywords}
            of = ast.unparse(node.func)
            if of in ("torch.load", "torch.hub.load_state_dict_from_url"):
                value = keywords.get("weights_only")
                if not (isinstance(value, ast.Constant) and value.value is True):
                    yield f"line {node.lineno}: {of} without weights_only=True"
            # Other modules' load is harmless with it absent, which is the default of numpy.
            if "allow_pickle" in keywords and ast.unparse(keywords["allow_pickle"]) != "False":
                yield f"line {node.lineno}: allow_pickle"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_pickle_is_loaded(path: Path) -> None:
    assert list(problems(path.read_text(encoding="utf-8"))) == []


def test_there_are_loads_to_look_at() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in SOURCES)
    assert text.count("torch.load(") >= 2


@pytest.mark.parametrize(
    "line",
    [
        *("import pickle", "from pickle import loads", "import dill as d", "import joblib.x"),
        *("torch.load(f)", "torch.load(f, weights_only=False)", "torch.load(f, weights_only=x)"),
        *("from torch import load", "np.load(f, allow_pickle=True)"),
    ],
)
def test_what_is_looked_for(line: str) -> None:
    assert len(list(problems(line))) == 1
