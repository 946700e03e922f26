"""What each step costs adds up to what a file does."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.failures.causes import costs
from benchmarks.failures.drawn import DRAWINGS
from benchmarks.failures.restoring import quality_of, round_trip
from benchmarks.failures.stripes import CONTRASTS, PATTERNS, by_contrast
from rescodec import Codec
from rescodec.metrics import psnr
from rescodec.zoo import FAMILIES, default_model

CROP = DRAWINGS["window"]()[60:124, 180:244]


@pytest.mark.parametrize("family", FAMILIES)
def test_from_nothing_to_the_file(family: str) -> None:
    codec = Codec.open(default_model(2, family), device="cpu")
    rows = costs(codec, CROP)
    decibels = [row["psnr_rgb"] for row in rows]
    assert rows[0]["step"] == "nothing"
    assert decibels[0] == 80
    assert rows[-1]["step"] == "pixels"
    restored = codec.decode(codec.encode(CROP, quality=quality_of(codec)))
    assert decibels[-1] == pytest.approx(psnr(CROP, restored), abs=0.05)


def test_a_round_trip_goes_through_a_file() -> None:
    codec = Codec.open("plain-x2-lite-1", device="cpu")
    trip = round_trip(codec, CROP)
    assert np.array_equal(trip.restored, codec.decode(codec.encode(CROP)))
    assert trip.lr.shape == trip.bicubic.shape == (32, 32, 3)
    assert trip.size > 32 * 32


def test_a_dial_restores_stripes_that_bicubic_cannot() -> None:
    results = by_contrast(Codec.open("dial-x2-lite-1", device="cpu"))
    assert set(results) == set(PATTERNS)
    for figures in results.values():
        assert set(figures) == {"psnr_rgb", "lr_psnr", "lr_beyond", "bicubic"}
        assert all(len(values) == len(CONTRASTS) for values in figures.values())
        assert figures["bicubic"] == sorted(figures["bicubic"], reverse=True)
        assert min(figures["psnr_rgb"]) > max(figures["bicubic"][2:])
