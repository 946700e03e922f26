from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from rescodec.metrics import luma, psnr, psnr_y, ssim_y

Image = npt.NDArray[np.uint8]
PAIRS = hnp.arrays(
    np.uint8, st.tuples(st.just(2), st.integers(11, 14), st.integers(11, 14), st.just(3))
)


def _grey(value: int, shape: tuple[int, int] = (12, 13)) -> Image:
    return np.full((*shape, 3), value, np.uint8)


@pytest.mark.parametrize(
    ("rgb", "y"),
    [
        ((0, 0, 0), 16.0),
        ((255, 255, 255), 235.0),
        ((255, 0, 0), 81.481),
        ((0, 255, 0), 144.553),
        ((0, 0, 255), 40.966),
    ],
)
def test_luma_of_bt601(rgb: tuple[int, int, int], y: float) -> None:
    assert luma(np.array([[rgb]], np.uint8))[0, 0] == pytest.approx(y)


def test_known_psnr() -> None:
    assert psnr(_grey(10), _grey(11)) == pytest.approx(20 * math.log10(255))
    assert psnr(_grey(0), _grey(255)) == 0
    assert psnr_y(_grey(0), _grey(255)) == pytest.approx(20 * math.log10(255 / 219))
    assert psnr(_grey(7), _grey(7)) == math.inf
    assert psnr_y(_grey(7), _grey(7)) == math.inf


def test_equal_luma_hides_from_psnr_y_alone() -> None:
    a, b = _grey(100), _grey(100)
    b[..., 0] += 10
    assert psnr_y(a, b) > psnr(a, b)


@pytest.mark.parametrize("measure", [psnr, psnr_y, ssim_y])
def test_crop_leaves_borders_out(measure: object) -> None:
    assert callable(measure)
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 256, (2, 17, 19, 3), np.uint8)
    assert measure(a, b, 2) == measure(a[2:-2, 2:-2], b[2:-2, 2:-2])
    assert measure(a, b, 0) == measure(a, b)


@given(PAIRS)
def test_properties(pair: Image) -> None:
    a, b = pair
    for measure in (psnr, psnr_y, ssim_y):
        assert measure(a, b) == pytest.approx(measure(b, a))
        assert measure(a, b) == pytest.approx(measure(a[::-1], b[::-1]))
        assert measure(a, b) <= measure(a, a)
    assert psnr(a, b) >= 0
    assert -1 <= ssim_y(a, b) <= 1
    assert ssim_y(a, a) == pytest.approx(1)


@given(PAIRS, st.integers(1, 3))
def test_a_larger_error_is_a_lower_psnr(pair: Image, factor: int) -> None:
    base = pair[0] // 2
    error = pair[1] // 16 + 1
    assert psnr(base, base + error) > psnr(base, base + error * (factor + 1))


def test_ssim_is_the_windowed_formula() -> None:
    rng = np.random.default_rng(1)
    a = rng.integers(0, 256, (14, 13, 3), np.uint8)
    b = np.clip(a + rng.normal(0, 20, a.shape), 0, 255).astype(np.uint8)
    assert ssim_y(a, b) == pytest.approx(_windowed_ssim(luma(a), luma(b)), abs=1e-12)


def _windowed_ssim(x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> float:
    """Wang et al. 2004, equation 13, one window after the other."""
    distance = np.hypot(*np.mgrid[-5:6, -5:6])
    window = np.exp(-(distance**2) / (2 * 1.5**2))
    window /= window.sum()
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    values = []
    for top in range(x.shape[0] - 10):
        for left in range(x.shape[1] - 10):
            p, q = (image[top : top + 11, left : left + 11] for image in (x, y))
            mean_p, mean_q = (window * p).sum(), (window * q).sum()
            var_p = (window * (p - mean_p) ** 2).sum()
            var_q = (window * (q - mean_q) ** 2).sum()
            covariance = (window * (p - mean_p) * (q - mean_q)).sum()
            values.append(
                (2 * mean_p * mean_q + c1)
                * (2 * covariance + c2)
                / ((mean_p**2 + mean_q**2 + c1) * (var_p + var_q + c2))
            )
    return float(np.mean(values))


def test_inputs_that_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="differ in shape"):
        psnr(_grey(0, (12, 12)), _grey(0, (12, 13)))
    with pytest.raises(ValueError, match="leaves nothing"):
        psnr_y(_grey(0, (8, 8)), _grey(0, (8, 8)), 4)
    with pytest.raises(ValueError, match="at least 11"):
        ssim_y(_grey(0, (10, 20)), _grey(0, (10, 20)))
    with pytest.raises(ValueError, match="expected uint8"):
        psnr(_grey(0).astype(np.float32), _grey(0))  # type: ignore[arg-type]


def test_inputs_are_not_mutated() -> None:
    a, b = _grey(3), _grey(9)
    psnr_y(a, b, 1), ssim_y(a, b)
    assert (a == 3).all()
    assert (b == 9).all()
