"""Which commands start without the libraries that take long to import."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

LIGHT = """
import sys
from rescodec_cli.main import main
try:
    main()
finally:
    heavy = {"torch", "safetensors", "rich", *HEAVY} & set(sys.modules)
    print("imported:", *sorted(heavy), file=sys.stderr)
"""


@pytest.mark.parametrize(
    "arguments",
    [
        *(["--help"], ["--version"], ["encode", "--help"], ["decode", "--help"], ["models"]),
        *(["models", "--json"], ["models", "--help"], ["models", "show", "--help"]),
        *(["models", "import", "--help"], ["models", "import", "x"], ["models", "show"]),
        *(["encode"], ["encode", "absent/x.jpg", "-o", ""], ["nonsense"]),
        *(["compare", "--help"], ["compare"], ["bench", "--help"], ["report", "--help"]),
        *(["info", "small.lr.png"], ["info", "--json", "small.lr.png"], ["verify", "small.lr.png"]),
        ["convert", "--carrier", "alpha", "small.lr.png"],
    ],
    ids=" ".join,
)
def test_light_commands_import_nothing_heavy(
    environment: dict[str, str], encoded: Path, arguments: list[str]
) -> None:
    reads = arguments[0] in ("info", "verify", "convert")
    heavy = [] if reads else ["numpy", "PIL"]
    code = f"HEAVY = {heavy}\n{LIGHT}"
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        cwd=encoded.parent,
        env=environment,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 2)
    assert done.stderr.splitlines()[-1] == "imported:"
