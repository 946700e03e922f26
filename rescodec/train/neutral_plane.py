"""What stands in for a lost plane, once training has made it what it is."""

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import torch

from rescodec.codec import Codec
from rescodec.loading import LoadedModel
from rescodec.networks.plane import PlaneSquash
from rescodec.weights_file import Weights

Image = npt.NDArray[np.uint8]


def with_neutral_plane(weights: Weights, images: Iterable[Image], device: torch.device) -> Weights:
    """Return weights whose neutral plane is the mean of the planes of images.

    Args:
        weights: Of any network; one without a single plane of 8 bits stays as it is.
        images: (H, W, 3) uint8; each counts once, whatever its size.
        device: Where to compute.
    """
    if weights.config.planes != 1:
        return weights
    codec = Codec(LoadedModel("trained", weights), device=str(device))
    encoded = (codec.encode(image).planes for image in images)
    means = [float(planes.mean()) / 255 for planes in encoded if planes is not None]
    squash = PlaneSquash(weights.config.plane_floor, weights.config.plane_bias)
    neutral = squash.inverse(torch.tensor(statistics.mean(means))).item()
    config = dataclasses.replace(weights.config, plane_neutral=round(neutral, 3))
    return dataclasses.replace(weights, config=config)
