from __future__ import annotations

import numpy as np
import pytest

from rescodec.noise import MAX_SEED, gaussian_noise


def test_values_are_fixed_forever() -> None:
    """Files are decoded with this noise; other numbers would be other photos."""
    noise = gaussian_noise((2, 2, 3), seed=3)
    expected = [0.2386852, -0.2860242, -1.3856318, -1.3768425, -0.33471546, 0.46959212]
    assert noise[0].ravel() == pytest.approx(expected, abs=1e-6)
    assert noise[1, 0] == pytest.approx([1.167733, -1.3667679, -0.5426071], abs=1e-6)


def test_a_value_depends_on_seed_and_position_alone() -> None:
    whole = gaussian_noise((3, 20, 31), seed=7)
    assert np.array_equal(gaussian_noise((2, 11, 13), seed=7), whole[:2, :11, :13])
    rows = gaussian_noise((3, 6, 31), seed=7, first_row=9)
    assert np.array_equal(rows, whole[:, 9:15])
    assert not np.isclose(gaussian_noise((3, 20, 31), seed=8), whole).any()
    assert gaussian_noise((1, 1, 1), MAX_SEED).dtype == np.float32


def test_rows_channels_and_columns_are_independent() -> None:
    noise = gaussian_noise((4, 64, 256), seed=0)
    for other in (noise[1:], noise[:, 1:], noise[:, :, 1:]):
        same = noise[tuple(slice(n) for n in other.shape)]
        assert abs(np.corrcoef(same.ravel(), other.ravel())[0, 1]) < 0.02


def test_it_is_normal() -> None:
    values = gaussian_noise((4, 128, 256), seed=1).ravel().astype(float)
    moments = [np.mean(values**power) for power in (1, 2, 3, 4)]
    assert moments == pytest.approx([0, 1, 0, 3], abs=0.05)
    below = [np.mean(values < limit) for limit in (-2, -1, 0, 1, 2)]
    assert below == pytest.approx([0.0228, 0.1587, 0.5, 0.8413, 0.9772], abs=0.004)
