"""How much of an image is worked on at a time: rows of a strip, tiles of these."""

from __future__ import annotations

import torch

from rescodec.networks import NetworkConfig
from rescodec.networks.subnets import SUBNET_RADIUS

# Positions a side. On a CPU what a tile needs fits the cache; a GPU wants large kernels.
CPU_TILE = 192
GPU_TILE = 1024
# In double precision convolutions unfold their input, nine times over.
EXACT_TILE = 64
# Of the free memory; the image itself and what reads and writes it need some too.
SHARE = 0.25
SAMPLE_BYTES = 4
# float32 copies at one time of a strip's samples, levels, tiles and rounding together, and of
# those that the levels hold back.
STRIP_COPIES = 8
HELD_COPIES = 3
# Fewer rows than this are hardly worth the halo around them.
LEAST_ROWS = 64


def strip_height(
    tile: int | None, width: int, config: NetworkConfig, *, free: int, most: int
) -> int:
    """Return the HR rows of one strip, a multiple of the scale; 0 for the whole image.

    Args:
        tile: What the caller wants: HR rows, rounded up to a multiple of the scale; None
            for ``most``, or fewer where the image is too wide for the memory that is free;
            0 for the whole image.
        width: Of the HR image.
        config: Of the network.
        free: Bytes of memory that are free.
        most: Rows beyond which strips bring nothing.

    Raises:
        ValueError: The tile is no number of rows.
    """
    if tile is not None and (type(tile) is not int or tile < 0):
        raise ValueError(
            f"tile is {tile!r}; it must be a number of HR rows, 0 for the whole image, or None "
            "for what the free memory allows"
        )
    if tile is None:
        rows = int(SHARE * free) // row_bytes(width, config)
        affordable = (rows - HELD_COPIES * held_rows(config)) // STRIP_COPIES
        tile = max(LEAST_ROWS, min(most, affordable))
    return -(-tile // config.scale) * config.scale


def tile_side(device: torch.device) -> int:
    """Return how many positions a side the tiles have that suit a device."""
    return CPU_TILE if device.type == "cpu" else GPU_TILE


def row_bytes(width: int, config: NetworkConfig) -> int:
    """Return the size of one copy of an HR row in float32."""
    channels = 3 + config.dlv_channels / 4
    return int(width * channels * SAMPLE_BYTES)


def held_rows(config: NetworkConfig) -> int:
    """Return how many HR rows a network holds back between two strips."""
    radius = SUBNET_RADIUS[config.subnet]
    held = 2 * radius * config.scale if config.dial_steps else 0
    for index, blocks in enumerate(config.blocks):
        held += (2 * blocks + 1) * radius * int(2 ** (index + 1))
    return held
