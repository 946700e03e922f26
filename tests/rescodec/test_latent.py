from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import nn

from rescodec.latent import Latent
from rescodec.networks import NetworkConfig, Rescaler
from rescodec.noise import gaussian_noise

CPU = torch.device("cpu")
NOISY = NetworkConfig(scale=2, blocks=(1,), widths=(4,), latent_std=1.0)
CODED = NetworkConfig(scale=2, blocks=(1,), widths=(4,), code_channels=2, code_levels=15)


def test_z_is_zero_without_code_and_noise() -> None:
    assert Latent(Rescaler(CODED), 5, CPU).rows(0, 3, side=4) is None


def test_noise_is_that_of_the_rows() -> None:
    latent = Latent(Rescaler(NOISY), 5, CPU, sigma=0.5, seed=3)
    whole = 0.5 * gaussian_noise((9, 20, 5), 3)
    rows = latent.rows(7, 11, side=4)
    assert rows is not None
    assert np.array_equal(rows[0].numpy(), whole[:, 7:11])


def test_a_code_is_decoded_for_the_rows(randomise: Callable[[nn.Module], None]) -> None:
    network = Rescaler(CODED).requires_grad_(False)
    randomise(network)
    code = np.random.default_rng(0).integers(-7, 8, (2, 6, 3), np.int8)
    latent = Latent(network, 10, CPU, [code])
    whole, rows = latent.rows(0, 22, side=64), latent.rows(5, 18, side=8)
    assert whole is not None
    assert rows is not None
    assert whole.shape == (1, 9, 22, 10)
    assert whole.abs().max() > 0
    torch.testing.assert_close(rows, whole[:, :, 5:18])
