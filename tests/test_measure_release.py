"""What is measured when weights are released."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.fill_tables import ROOT
from rescodec.zoo import MODELS
from tools import measure_release
from tools.measure_release import commands, enter

SETS = Path("/sets")


def _programs(command: tuple[str, ...]) -> Path:
    """Return the file of the program that a command runs."""
    if command[0] != "-m":
        return ROOT / command[0]
    parts = command[1].split(".")
    base = ROOT / ("cli" if parts[0] == "rescodec_cli" else ".")
    module = base.joinpath(*parts)
    return module / "__main__.py" if module.is_dir() else module.with_suffix(".py")


@pytest.mark.parametrize("model", MODELS)
def test_programs_and_results_are_those_of_the_repository(model: str) -> None:
    found = list(commands(model, SETS, Path("/valid")))
    for command in found:
        assert _programs(command).is_file(), command
        results = [Path(arg) for arg in command if arg.startswith("docs/")]
        assert all((ROOT / path).exists() for path in results), command
    told = {arg for command in found for arg in command if arg.endswith(".json")}
    assert f"docs/results/{model}.json" in told
    curves = {name for name in told if "curves" in name}
    assert len(curves) == (2 if MODELS[model].family == "dial" else 0)
    assert any("speed" in command for command in found) == (
        MODELS[model].family in ("alpha", "dial")
    )


def test_figures_are_entered(tmp_path: Path) -> None:
    (tmp_path / "docs/results").mkdir(parents=True)
    (tmp_path / "rescodec").mkdir()
    zoo = tmp_path / "rescodec/zoo.py"
    zoo.write_text('id="a-1", psnr_y=1.00, bpp=2.000\nid="b-1", psnr_y=3.00, bpp=4.000\n')
    means = {"psnr_y": 44.987, "bpp": {"alpha": 9.0, "chunk": 5.0004}}
    folders = [{"name": "Set5", "means": {}}, {"name": "Set14", "means": means}]
    (tmp_path / "docs/results/b-1.json").write_text(json.dumps({"folders": folders}))
    enter("b-1", tmp_path)
    expected = 'id="a-1", psnr_y=1.00, bpp=2.000\nid="b-1", psnr_y=44.99, bpp=5.000\n'
    assert zoo.read_text() == expected


def test_nothing_is_begun_without_the_images(
    tmp_path: Path, tool_error: Callable[..., str]
) -> None:
    arguments = ["alpha-x2-lite-1", "--sets", str(tmp_path), "--valid", str(tmp_path)]
    message = tool_error(measure_release.main, arguments)
    assert message == f"error: {tmp_path / 'Set5'}: no folder\n"


def test_the_first_failure_ends_it(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in ("Set5", "Set14", "BSD100"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(measure_release, "ROOT", tmp_path)
    failing = [("-c", "print('one')"), ("-c", "raise SystemExit(5)"), ("-c", "print('three')")]
    monkeypatch.setattr(measure_release, "commands", lambda *_: failing)
    arguments = ["alpha-x2-lite-1", "--sets", str(tmp_path), "--valid", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", ["tool", *arguments])
    with pytest.raises(SystemExit) as stopped:
        measure_release.main()
    assert stopped.value.code == 1
    shown = capsys.readouterr()
    assert "three" not in shown.out
    assert shown.err == "error: it failed with status 5; what it needs may be missing\n"
