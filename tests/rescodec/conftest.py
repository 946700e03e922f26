"""Small networks and pictures for the tests of rescodec."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch
from PIL import Image as PillowImage
from torch import nn

from rescodec.codec import Codec
from rescodec.loading import LoadedModel
from rescodec.networks import NetworkConfig, Rescaler
from rescodec.weights_file import weights_of

Image = npt.NDArray[np.uint8]

SHARED = Path(__file__).parents[3] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of reference checkpoints and benchmark images beside the checkout."""
    if not SHARED.is_dir():
        pytest.skip("reference data is not here: ../shared is absent")
    return SHARED


@pytest.fixture(scope="session")
def randomise() -> Callable[[nn.Module], None]:
    """Give every tensor random values: new blocks start at zero, which proves nothing."""

    def apply(module: nn.Module, seed: int = 1) -> None:
        generator = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for parameter in module.parameters():
                fan_in = max(1, parameter[0].numel())
                std = 0.7 / math.sqrt(fan_in) if parameter.ndim > 1 else 0.1
                parameter.normal_(std=std, generator=generator)

    return apply


@pytest.fixture(scope="session")
def tiny_config() -> NetworkConfig:
    return NetworkConfig(
        scale=2, blocks=(2,), widths=(4,), planes=1, plane_gain=4.0, plane_floor=0.5
    )


@pytest.fixture(scope="session")
def codec_of(randomise: Callable[[nn.Module], None]) -> Callable[..., Codec]:
    """Make a codec on the CPU with small random weights."""

    def make(config: NetworkConfig, *, device: str = "cpu") -> Codec:
        network = Rescaler(config)
        randomise(network)
        with torch.no_grad():
            for parameter in network.parameters():
                parameter.mul_(0.3)
        return Codec(LoadedModel("tiny-1", weights_of(network)), device=device)

    return make


@pytest.fixture(scope="session")
def picture() -> Callable[..., Image]:
    """Draw something with slopes, edges and texture: (H, W, 3) uint8."""

    def draw(height: int, width: int, seed: int = 0) -> Image:
        rng = np.random.default_rng(seed)
        y, x = np.mgrid[:height, :width] / 16.0
        phases = rng.uniform(0, 6, (3, 1, 1))
        waves = 128 + 60 * np.sin(x + phases) * np.cos(1.3 * y - phases)
        edges = 50 * (((x + y) % 2) > 1)
        texture = rng.normal(0, 4, (3, height, width))
        return np.clip(waves + edges + texture, 0, 255).round().astype(np.uint8).transpose(1, 2, 0)

    return draw


@pytest.fixture
def folder_of(tmp_path: Path) -> Callable[..., Path]:
    """Save pictures as a.png, b.png and so on in a new folder."""

    def save(name: str, *images: Image) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        for letter, image in zip("abcdefgh", images, strict=False):
            PillowImage.fromarray(image).save(folder / f"{letter}.png")
        return folder

    return save
