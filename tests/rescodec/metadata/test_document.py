"""The table of docs/metadata.md says what happens."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.metadata.outcomes import outcomes
from benchmarks.metadata.samples import Sample, samples
from rescodec import Codec
from rescodec.networks import NetworkConfig

DOCUMENT = Path(__file__).parents[3] / "docs/metadata.md"
SAMPLES = list(samples())


def test_every_row_is_there() -> None:
    rows = DOCUMENT.read_text(encoding="utf-8").rpartition("|---|\n")[2].splitlines()
    assert len(rows) == len(SAMPLES) >= 30


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: f"{sample.kind}-{sample.source}")
def test_row(sample: Sample, codec_of: Callable[..., Codec], tiny_config: NetworkConfig) -> None:
    row = " | ".join((sample.kind, sample.source, *outcomes(sample, codec_of(tiny_config))))
    assert f"\n| {row} |\n" in DOCUMENT.read_text(encoding="utf-8")
