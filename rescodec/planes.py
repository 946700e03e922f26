"""Planes larger than the LR image, as the files have them and as channels of its size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from rescodec.networks.dial import plane_groups

Multiples = npt.NDArray[np.int16]


def plane_sizes(size: tuple[int, int], levels: int) -> list[tuple[int, int]]:
    """Return height and width of each plane of a network with a dial.

    Args:
        size: Of the LR image.
        levels: Of the network.
    """
    height, width = size
    return [
        (height * group.finer, width * group.finer)
        for group in plane_groups(levels)
        for _ in range(3 * group.means)
    ]


def planes_of_channels(channels: npt.NDArray[Any], levels: int) -> list[npt.NDArray[Any]]:
    """Return the planes whose 2x2 positions, once for each level, are channels.

    Args:
        channels: (C, h, w), in the order of ``plane_groups``.
        levels: Of the network.

    Returns:
        Of each plane its (h * finer, w * finer) elements.
    """
    planes, first = [], 0
    for group in plane_groups(levels):
        stop = first + 3 * group.means * group.finer**2
        stack = channels[first:stop]
        first = stop
        while len(stack) > 3 * group.means:
            count, height, width = stack.shape
            parts = stack.reshape(count // 4, 2, 2, height, width).transpose(0, 3, 1, 4, 2)
            stack = parts.reshape(count // 4, 2 * height, 2 * width)
        planes += list(stack)
    return planes


def channels_of_planes(planes: Sequence[Multiples], levels: int) -> Multiples:
    """Undo ``planes_of_channels``."""
    channels, first = [], 0
    for group in plane_groups(levels):
        stop = first + 3 * group.means
        stack = np.array(planes[first:stop])
        first = stop
        for _ in range(group.finer.bit_length() - 1):
            count, height, width = stack.shape
            parts = stack.reshape(count, height // 2, 2, width // 2, 2).transpose(0, 2, 4, 1, 3)
            stack = parts.reshape(4 * count, height // 2, width // 2)
        channels.append(stack)
    return np.concatenate(channels)
