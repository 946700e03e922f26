"""What .ci/run installs."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.interoperability import missing

PACKAGES = "optipng pngcrush imagemagick libvips-tools libimage-exiftool-perl"


def test_nothing_is_installed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    missing.main()
    assert capsys.readouterr().out.split() == PACKAGES.split()


def test_other_programs_of_the_same_name_do_not_count(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for name, text in {"convert": "Converts units", "optipng": "OptiPNG version 0.7.7"}.items():
        (tmp_path / name).write_text(f"#!/bin/sh\necho {text}\n", encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    missing.main()
    assert capsys.readouterr().out.split() == PACKAGES.split()[1:]
