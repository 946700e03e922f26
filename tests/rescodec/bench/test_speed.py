from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from rescodec.bench.speed import SpeedError, enlarged, measure

Image = npt.NDArray[np.uint8]


def test_photos_are_enlarged_by_mirror_images(picture: Callable[..., Image]) -> None:
    small = picture(40, 60)
    large = enlarged(small, 0.05)
    height, width = large.shape[:2]
    assert height * width == pytest.approx(50_000, rel=0.05)
    assert height % 4 == width % 4 == 0
    assert np.array_equal(large[:40, :60], small)
    assert np.array_equal(large[40:80, :60], small[::-1])
    assert np.array_equal(large[:40, 60:120], small[:, ::-1])


def test_photos_are_reduced_by_cutting(picture: Callable[..., Image]) -> None:
    small = picture(200, 200)
    assert np.array_equal(enlarged(small, 0.01), small[:80, :124])


@pytest.mark.slow
@pytest.mark.parametrize("command", ["encode", "decode"])
def test_a_process_measures_rate_and_memory(
    weights: Path, picture: Callable[..., Image], command: str
) -> None:
    # Nothing that its caller holds counts.
    held = np.ones(250_000_000)
    record = measure(weights, command, picture(64, 96), device="cpu", rounds=1)
    assert record["command"] == command
    assert record["megapixels_per_second"] > 0
    assert record["network_megapixels_per_second"] > 0
    # Torch alone has more.
    assert 50e6 < record["peak_bytes"] < held.nbytes
    assert record["threads"] >= 1


def test_a_process_that_fails_says_why(tmp_path: Path, picture: Callable[..., Image]) -> None:
    with pytest.raises(SpeedError, match=r"nowhere\.safetensors, encode: .*WeightsError"):
        measure(tmp_path / "nowhere.safetensors", "encode", picture(16, 16), device="cpu")
