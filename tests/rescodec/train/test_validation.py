from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from rescodec.codec import Codec
from rescodec.evaluate import measure_image
from rescodec.loading import LoadedModel
from rescodec.networks import NetworkConfig, Rescaler
from rescodec.train.validation import require_size, validate
from rescodec.weights_file import weights_of


def test_agrees_with_the_evaluation_of_files(
    tiny_config: NetworkConfig, picture: Callable[..., np.ndarray]
) -> None:
    network = Rescaler(tiny_config)
    images = [picture(24, 32), picture(20, 28, seed=1)]
    means = validate(network, images, torch.device("cpu"))
    codec = Codec(LoadedModel("tiny-1", weights_of(network)), device="cpu")
    results = [measure_image(codec, image, "x") for image in images]
    assert means["psnr_y"] == pytest.approx(np.mean([r.psnr_y for r in results]), abs=0.01)
    assert means["lr_psnr"] == pytest.approx(np.mean([r.lr_psnr for r in results]), abs=0.01)


def test_images_that_are_all_border_are_refused() -> None:
    image = np.zeros((4, 9, 3), np.uint8)
    with pytest.raises(ValueError, match=r"x\.png: too small for validation at scale 2"):
        require_size(image, 2, Path("x.png"))
    require_size(image, 1, Path("x.png"))
