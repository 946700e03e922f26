from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from rescodec.bench.quality import quality, rounded
from rescodec.metrics import psnr, psnr_y, ssim_y

Image = npt.NDArray[np.uint8]


@pytest.fixture
def noisy() -> Callable[[Image, float], Image]:
    def add(image: Image, sigma: float) -> Image:
        noise = np.random.default_rng(0).normal(0, sigma, image.shape)
        return (image + noise).clip(0, 255).round().astype(np.uint8)

    return add


def test_measures_are_those_of_the_papers(
    picture: Callable[..., Image], noisy: Callable[[Image, float], Image]
) -> None:
    image = picture(184, 190)
    values = quality(image, noisy(image, 3), 4)
    assert values["psnr_y"] == round(psnr_y(image, noisy(image, 3), 4), 3)
    assert values["psnr_rgb"] == round(psnr(image, noisy(image, 3), 4), 3)
    assert values["ssim_y"] == round(ssim_y(image, noisy(image, 3), 4), 5)
    assert all(value is not None for value in values.values())


def test_all_measures_fall_with_noise(
    picture: Callable[..., Image], noisy: Callable[[Image, float], Image]
) -> None:
    image = picture(184, 190)
    little, much = (quality(image, noisy(image, sigma), 4) for sigma in (2, 8))
    for name in ("psnr_y", "ssim_y", "psnr_rgb", "ms_ssim", "vif"):
        assert (little[name] or 0) > (much[name] or 0)


def test_equal_images_have_no_psnr_and_full_similarity(picture: Callable[..., Image]) -> None:
    image = picture(184, 190)
    values = quality(image, image, 4)
    assert values["psnr_y"] is values["psnr_rgb"] is None
    assert values["ssim_y"] == values["ms_ssim"] == 1
    assert values["vif"] == pytest.approx(1, abs=1e-4)


def test_small_images_lack_the_measures_that_need_size(picture: Callable[..., Image]) -> None:
    image = picture(60, 180)
    assert quality(image, image, 4)["ms_ssim"] is None
    assert quality(image, image, 4)["vif"] is not None
    tiny = picture(24, 24)
    assert quality(tiny, tiny, 4)["vif"] is None


def test_figures_that_json_lacks_are_none() -> None:
    assert rounded(float("inf"), 3) is None
    assert rounded(None, 3) is None
    assert rounded(1.23456, 3) == 1.235
