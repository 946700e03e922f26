"""A model with a plane, and folders of small pictures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from rescodec.codec import Codec
from rescodec.networks import NetworkConfig, Rescaler
from rescodec.weights_file import weights_of, write_weights

Image = npt.NDArray[np.uint8]


@pytest.fixture(scope="session")
def dial_config() -> NetworkConfig:
    return NetworkConfig(
        scale=2, blocks=(1,), widths=(4,), planes=12, dial_steps=(0.5, 40.0), lr_steps=(1, 6)
    )


@pytest.fixture(scope="session")
def codec(codec_of: Callable[..., Codec], tiny_config: NetworkConfig) -> Codec:
    return codec_of(tiny_config)


@pytest.fixture(scope="session")
def weights(tiny_config: NetworkConfig, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights that do nothing yet."""
    path = tmp_path_factory.mktemp("weights") / "tiny-1.safetensors"
    write_weights(weights_of(Rescaler(tiny_config)), path)
    return path


@pytest.fixture
def images(folder_of: Callable[..., Path], picture: Callable[..., Image]) -> Path:
    """Two small pictures, a.png and b.png."""
    return folder_of("pictures", picture(48, 64), picture(50, 45, seed=1))
