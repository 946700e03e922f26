from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
import torch

from rescodec.train.data import CropSampler

Image = npt.NDArray[np.uint8]


def _numbered(height: int, width: int) -> Image:
    """Each pixel tells where it is: (row, column, 0)."""
    rows, columns = np.mgrid[:height, :width].astype(np.uint8)
    return np.dstack((rows, columns, np.zeros_like(rows)))


def test_batches_depend_on_seed_and_step_alone(picture: Callable[..., Image]) -> None:
    images = [picture(24, 40, seed) for seed in range(3)]
    a, b = (CropSampler(images, 16, 4, seed=5) for _ in range(2))
    expected = [a.sample(step) for step in range(4)]
    for step in (3, 0, 2, 1):
        assert torch.equal(b.sample(step), expected[step])
    assert not torch.equal(expected[0], expected[1])
    assert not torch.equal(CropSampler(images, 16, 4, seed=6).sample(0), expected[0])


def test_batches_are_uint8_channels_first() -> None:
    batch = CropSampler([_numbered(9, 30)], crop=8, batch=5, seed=0).sample(0)
    assert batch.shape == (5, 3, 8, 8)
    assert batch.dtype == torch.uint8


def test_crops_are_flipped_and_transposed_windows() -> None:
    sampler = CropSampler([_numbered(12, 20)], crop=8, batch=16, seed=0)
    kinds, corners = set(), set()
    for step in range(20):
        for crop in sampler.sample(step).numpy().astype(int):
            rows, columns = crop[0], crop[1]
            transposed = bool(rows[0, 0] == rows[1, 0])
            if transposed:
                rows, columns = rows.T, columns.T
            down, right = rows[1, 0] - rows[0, 0], columns[0, 1] - columns[0, 0]
            kinds.add((int(down), int(right), transposed))
            corners.add((int(rows.min()), int(columns.min())))
            assert (np.diff(rows, axis=0) == down).all()
            assert (np.diff(columns, axis=1) == right).all()
    assert len(kinds) == 8
    assert {row for row, _ in corners} == set(range(5))
    assert {column for _, column in corners} == set(range(13))


def test_small_images_are_left_out() -> None:
    sampler = CropSampler([_numbered(8, 7), _numbered(8, 8)], crop=8, batch=2, seed=0)
    assert len(sampler.images) == 1
    with pytest.raises(ValueError, match="no training image is at least 9 pixels a side"):
        CropSampler([_numbered(8, 8)], crop=9, batch=2, seed=0)


def test_images_are_not_mutated() -> None:
    image = _numbered(12, 12)
    CropSampler([image], crop=8, batch=4, seed=0).sample(0).zero_()
    assert np.array_equal(image, _numbered(12, 12))


def test_the_most_detailed_of_several_places_is_taken() -> None:
    # Flat but for one corner.
    image = np.full((200, 200, 3), 128, np.uint8)
    image[:40, :40] = np.random.default_rng(0).integers(256, size=(40, 40, 3), dtype=np.uint8)

    def detailed(candidates: int) -> int:
        sampler = CropSampler([image], 16, 50, seed=0, candidates=candidates)
        batches = torch.cat([sampler.sample(step) for step in range(4)])
        return int((batches.flatten(1).float().std(dim=1) > 0).sum())

    assert 0 < detailed(1) < detailed(4) < detailed(30)
