"""What stands in for a lost plane."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch

from rescodec.codec import Codec
from rescodec.loading import LoadedModel
from rescodec.metrics import psnr
from rescodec.networks import NetworkConfig, Rescaler
from rescodec.train.neutral_plane import with_neutral_plane
from rescodec.weights_file import Weights, weights_of

Image = npt.NDArray[np.uint8]
CPU = torch.device("cpu")


@pytest.fixture
def photos() -> list[Image]:
    rows, columns = np.indices((32, 48))
    return [
        np.stack((rows * 7, columns * 5, 80 + 60 * np.sin(rows + index)), axis=2).astype(np.uint8)
        for index in range(2)
    ]


def _weights(**changes: Any) -> Weights:
    config = NetworkConfig(scale=2, blocks=(1,), widths=(4,), **changes)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return weights_of(Rescaler(config))


def test_it_is_the_mean_of_the_planes_of_photos(photos: list[Image]) -> None:
    weights = _weights(planes=1, plane_floor=0.5, plane_bias=1.0)
    # The network moves the plane by 2, as training may.
    weights.tensors["levels.0.blocks.0.phi.last.bias"][3:] = 2
    found = with_neutral_plane(weights, photos, CPU)
    assert found.config.plane_neutral == pytest.approx(2, abs=0.1)
    assert found.config.as_trained == weights.config
    before, after = (_without_plane(w, photos[0]) for w in (weights, found))
    assert after > before + 10


@pytest.mark.parametrize(
    "changes", [{}, {"planes": 12, "dial_steps": (1.0, 14.0), "lr_steps": (4, 6)}]
)
def test_other_networks_stay_as_they_are(changes: dict[str, Any], photos: list[Image]) -> None:
    weights = _weights(**changes)
    assert with_neutral_plane(weights, photos, CPU) is weights


def _without_plane(weights: Weights, source: Image) -> float:
    """Return the PSNR in dB of what comes back without the plane."""
    codec = Codec(LoadedModel("trained", weights))
    encoded = dataclasses.replace(codec.encode(source), planes=None)
    return psnr(source, codec.decode(encoded))
