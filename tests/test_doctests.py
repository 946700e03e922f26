"""Every example in a docstring of the three packages does what it says."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

PACKAGES = ["rescodec_formats", "rescodec", "rescodec_cli"]


def _modules() -> list[str]:
    names = list(PACKAGES)
    for package in PACKAGES:
        paths = importlib.import_module(package).__path__
        names += [module.name for module in pkgutil.walk_packages(paths, f"{package}.")]
    return [name for name in names if not name.endswith("__main__")]


@pytest.mark.parametrize("name", _modules())
def test_docstring_examples(name: str) -> None:
    failed, _ = doctest.testmod(importlib.import_module(name))
    assert failed == 0
