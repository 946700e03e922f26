"""Small deterministic pictures, and an independent way to take files apart."""

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import mutations
import rescodec_formats as rf

ChunkList = list[tuple[bytes, bytes]]


def _picture(height: int, width: int) -> np.ndarray:
    y, x, c = np.indices((height, width, 3))
    return ((x * 7 + y * 13 + c * 50 + x * y) % 256).astype(np.uint8)


def _plane(height: int, width: int) -> np.ndarray:
    y, x = np.indices((height, width))
    return (128 + (x * 3 + y * 5 + x * y) % 128).astype(np.uint8)


@pytest.fixture(scope="session")
def split() -> Callable[[bytes], ChunkList]:
    """Cut a PNG into (type, data) pairs, without the code under test."""
    return mutations.split


@pytest.fixture(scope="session")
def join() -> Callable[[ChunkList], bytes]:
    """Make a PNG of (type, data) pairs, checksums included."""
    return mutations.join


@pytest.fixture(scope="session")
def picture() -> Callable[[int, int], np.ndarray]:
    return _picture


@pytest.fixture(scope="session")
def plane() -> Callable[[int, int], np.ndarray]:
    return _plane


@pytest.fixture(scope="session")
def model() -> rf.ModelRef:
    return rf.ModelRef("alpha-x2-lite-1", "ab" * 32)


@pytest.fixture(scope="session")
def make(model: rf.ModelRef) -> Callable[..., bytes]:
    """Write a file of 10 x 14 full-size pixels into memory, with overrides."""

    def make(carrier: str = "chunk", **overrides: Any) -> bytes:
        options: dict[str, Any] = {
            "lr": _picture(5, 7),
            "scale": 2,
            "hr_size": (10, 14),
            "model": model,
            "carrier": carrier,
            "streams": () if carrier == "none" else [rf.Stream("plane", _plane(5, 7))],
        } | overrides
        file = io.BytesIO()
        rf.write(file, options.pop("lr"), **options)
        return file.getvalue()

    return make


@pytest.fixture(scope="session")
def edit(
    make: Callable[..., bytes], split: Callable[[bytes], ChunkList], join: Callable[..., bytes]
) -> Callable[..., bytes]:
    """Write a file and pass its chunk list through a function before joining it again."""

    def edit(change: Callable[[ChunkList], ChunkList], carrier: str = "chunk", **kw: Any) -> bytes:
        return join(change(split(make(carrier, **kw))))

    return edit
