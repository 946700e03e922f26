"""What every test shares. The file format's tests run without torch, so nothing here needs it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence

import pytest
from hypothesis import settings

# A busy machine is no failure; CI looks at the same examples every time.
settings.register_profile("default", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")


@pytest.fixture
def tool_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[Callable[[], None], Sequence[str]], str]:
    """Run a tool's ``main`` with arguments that it refuses; return its message, one line."""

    def run(main: Callable[[], None], arguments: Sequence[str]) -> str:
        monkeypatch.setattr(sys, "argv", ["tool", *arguments])
        with pytest.raises(SystemExit) as stopped:
            main()
        assert stopped.value.code == 2
        message = capsys.readouterr().err
        assert message.count("\n") == 1
        return message

    return run
