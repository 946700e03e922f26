"""The command line in this process, which is cheap, and as a program, which is real."""

from __future__ import annotations

import io
import logging
import os
import signal
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as PillowImage

from rescodec_cli.main import main

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PROGRAM = (sys.executable, "-m", "rescodec_cli")


@dataclass(frozen=True)
class Result:
    code: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        return self.out.decode()

    def failed(self, code: int, *words: str) -> None:
        """Check that this is one line on standard error, nothing else, and the exit code."""
        assert self.out == b""
        assert self.err.endswith("\n")
        (line,) = self.err.splitlines()
        assert line.startswith("error: ")
        for word in words:
            assert word in line
        assert self.code == code


Run = Callable[..., Result]


@pytest.fixture
def result_of() -> type[Result]:
    return Result


@contextmanager
def _process_state() -> Iterator[None]:
    """Undo what a program may do to its process and a test may not."""
    handlers = {number: signal.getsignal(number) for number in SIGNALS}
    limit, level = PillowImage.MAX_IMAGE_PIXELS, logging.getLogger("PIL").level
    try:
        with warnings.catch_warnings():
            yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        PillowImage.MAX_IMAGE_PIXELS = limit
        logging.getLogger("PIL").setLevel(level)


@pytest.fixture
def rescodec(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run ``rescodec ARGS`` in this process, in the test's folder."""
    monkeypatch.chdir(tmp_path)

    def run(*args: Any, stdin: bytes = b"") -> Result:
        out, err = io.BytesIO(), io.BytesIO()
        with monkeypatch.context() as patch, _process_state():
            patch.setattr(sys, "argv", ["rescodec", *map(str, args)])
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
            patch.setattr(sys, "stdout", io.TextIOWrapper(out, write_through=True))
            patch.setattr(sys, "stderr", io.TextIOWrapper(err, write_through=True))
            with pytest.raises(SystemExit) as end:
                main()
            code = end.value.code
            assert isinstance(code, int)
            return Result(code, out.getvalue(), err.getvalue().decode())

    return run


@pytest.fixture
def environment() -> dict[str, str]:
    """What subprocesses run in: one thread, so that they leave others alone."""
    return {**os.environ, "OMP_NUM_THREADS": "1"}


@pytest.fixture
def program(environment: dict[str, str], tmp_path: Path) -> Run:
    """Run ``rescodec ARGS`` as a program of its own, in the test's folder."""

    def run(*args: Any, stdin: bytes = b"", **options: Any) -> Result:
        options.setdefault("env", environment)
        done = subprocess.run(
            [*PROGRAM, *map(str, args)],
            input=stdin,
            capture_output=True,
            cwd=tmp_path,
            timeout=300,
            check=False,
            **options,
        )
        return Result(done.returncode, done.stdout, done.stderr.decode())

    return run


@pytest.fixture(scope="session")
def pixels() -> np.ndarray:
    """A picture with slopes, edges and texture: (45, 61, 3) uint8."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:45, :61] / 8.0
    waves = 128 + 60 * np.sin(x + np.arange(3)[:, None, None]) * np.cos(1.3 * y)
    noisy = waves + 40 * ((x + y) % 2 > 1) + rng.normal(0, 3, (3, 45, 61))
    return noisy.clip(0, 255).round().astype(np.uint8).transpose(1, 2, 0)


@pytest.fixture
def photo(tmp_path: Path, pixels: np.ndarray) -> Path:
    path = tmp_path / "photo.png"
    PillowImage.fromarray(pixels).save(path)
    return path


@pytest.fixture(scope="session")
def encoded_bytes(pixels: np.ndarray) -> dict[str, bytes]:
    """The photo as an LR file, by carrier."""
    import rescodec as library

    image = PillowImage.fromarray(pixels)
    return {
        "chunk": library.encode(image, carrier="chunk", device="cpu"),
        "alpha": library.encode(image, carrier="alpha", device="cpu"),
    }


@pytest.fixture
def encoded(tmp_path: Path, encoded_bytes: dict[str, bytes]) -> Path:
    """An LR file with carrier chunk."""
    path = tmp_path / "small.lr.png"
    path.write_bytes(encoded_bytes["chunk"])
    return path


@pytest.fixture
def files(tmp_path: Path) -> Callable[[], dict[str, bytes]]:
    """All files under the test's folder and what they hold."""

    def look() -> dict[str, bytes]:
        paths = [path for path in tmp_path.rglob("*") if path.is_file()]
        return {str(path.relative_to(tmp_path)): path.read_bytes() for path in paths}

    return look


@pytest.fixture
def refused(rescodec: Callable, files: Callable) -> Callable[..., None]:
    """Check that a file fails in every command that reads it, and that nothing is written."""

    def check(
        content: bytes, *words: str, commands: tuple[str, ...] = ("decode", "verify")
    ) -> None:
        Path("bad.lr.png").write_bytes(content)
        before = files()
        for command in commands:
            rescodec(*command.split(), "bad.lr.png").failed(1, "bad.lr.png: ", *words)
        assert files() == before

    return check


@pytest.fixture
def folder(tmp_path: Path, pixels: np.ndarray) -> Path:
    """Three photos, a broken one and a file that is none."""
    folder = tmp_path / "in"
    (folder / "x").mkdir(parents=True)
    for number, name in enumerate(("a.png", "x/b.jpg", "x/c.png")):
        PillowImage.fromarray(np.roll(pixels, number, axis=1)).save(folder / name, quality=95)
    (folder / "x/broken.jpg").write_bytes(b"\xff\xd8broken")
    (folder / "notes.txt").write_text("no photo")
    return folder
