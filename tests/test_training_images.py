"""The pictures that are drawn to train on."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tools import draw_training_images as drawing


@pytest.mark.parametrize("kind", drawing.PATCHES)
def test_patches_are_random_and_repeatable(kind: str) -> None:
    first, again, other = (drawing.PATCHES[kind](np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert first.shape == (drawing.PATCH, drawing.PATCH, 3)
    assert first.dtype == np.uint8
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_stripes_have_two_colours_and_every_direction() -> None:
    rows = columns = False
    for seed in range(40):
        image = drawing.stripes(np.random.default_rng(seed)).astype(int)
        assert len(np.unique(image.reshape(-1, 3), axis=0)) <= 2
        rows |= bool((image == image[:, :1]).all() and np.ptp(image, axis=0).any())
        columns |= bool((image == image[:1]).all() and np.ptp(image, axis=1).any())
    assert rows
    assert columns


def test_shares_name_every_kind_and_are_whole() -> None:
    assert drawing.SHARES.keys() == drawing.PATCHES.keys()
    assert sum(drawing.SHARES.values()) == pytest.approx(1)


def test_the_program_draws_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "drawn"
    monkeypatch.setattr(sys, "argv", ["draw", str(folder), "--count", "2", "--seed", "3"])
    drawing.main()
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["drawn-000.png", "drawn-001.png"]
    expected = drawing.patchwork(np.random.default_rng((3, 1)))
    assert np.array_equal(np.asarray(Image.open(folder / names[1])), expected)
