"""Pillow with LR files for the time of a test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PIL import Image

import rescodec


@pytest.fixture(autouse=True)
def _register() -> Iterator[None]:
    """Register on the CPU, and leave Pillow as it was."""
    rescodec.register_pillow(device="cpu")
    yield
    for table in (Image.OPEN, Image.SAVE, Image.MIME):
        table.pop("RESCODEC", None)
