from __future__ import annotations

import torch

from rescodec.networks import HaarTransform


def test_bands_of_a_block() -> None:
    block = torch.tensor([[1.0, 2.0], [5.0, 10.0]]).reshape(1, 1, 2, 2)
    bands = HaarTransform()(block).flatten().tolist()
    assert bands == [18 / 4, (1 - 2 + 5 - 10) / 4, (1 + 2 - 5 - 10) / 4, (1 - 2 - 5 + 10) / 4]


def test_channels_are_grouped_by_band() -> None:
    x = torch.arange(3.0).reshape(1, 3, 1, 1).expand(1, 3, 2, 2)
    bands = HaarTransform()(x)
    assert bands[0, :3].flatten().tolist() == [0, 1, 2]
    assert bands[0, 3:].abs().max() == 0


def test_factor_one_half_keeps_the_energy() -> None:
    x = torch.rand(1, 3, 4, 6, dtype=torch.float64)
    bands = HaarTransform(factor=0.5)(x)
    torch.testing.assert_close(bands.square().sum(), x.square().sum())
