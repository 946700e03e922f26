"""What test_device_engine.py has done in processes; they can import this module, not that one."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rescodec.batch.conversion import Converted, Kind
from rescodec.batch.manifest import Entry
from rescodec.batch.storage import Found
from rescodec.batch.worker import Task

RUN = "0123abcd"


def describe(error: Exception, source: str, target: str) -> str:
    return f"{source}: {error}"


def task_of(name: str, size: int = 0, *, done: Entry | None = None) -> Task:
    return Task(Found(name, size, ""), f"{name}.out", False, RUN, "t", "s", done)


@dataclass(frozen=True)
class Words:
    """A conversion of texts: the first word says what happens, and its length is the kind."""

    makes_lr = True
    settings = ""
    codec = None

    def without_device(self) -> Words:
        return self

    def read(self, source: Path | bytes, suffix: str) -> str:
        text = Path(os.fsdecode(source)).read_text()
        if text == "die reading":
            os.kill(os.getpid(), signal.SIGKILL)
        if text == "bad":
            raise OSError("bad")
        return text

    def kind(self, read: str) -> Kind:
        return Kind(len(read), len(read))

    def compute(self, reads: Sequence[str]) -> list[tuple[str, int, Any]]:
        if len(reads) > 1 and "heavy" in reads:
            raise MemoryError
        if "wrong" in reads:
            raise KeyError("wrong")
        return [(text, len(reads), np.zeros(3)) for text in reads]

    def write(self, computed: tuple[str, int, Any], suffix: str) -> Converted:
        text, together, _ = computed
        if text == "die writing":
            os.kill(os.getpid(), signal.SIGKILL)
        return Converted(f"{text} {together}".encode(), 2, 1)
