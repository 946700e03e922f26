"""What a network costs: parameters and multiply-accumulates."""

from __future__ import annotations

from torch import nn

from rescodec.networks.mixing import ChannelMixing
from rescodec.networks.rescaler import Rescaler


def parameter_count(network: nn.Module) -> int:
    """Return the number of trainable values; the same whether or not they are frozen."""
    return sum(p.numel() for p in network.parameters())


def macs_per_hr_pixel(network: Rescaler) -> float:
    """Return multiply-accumulates of the convolutions for each HR pixel, one way.

    Encoding and decoding cost the same: both evaluate every subnet once, and the decoder
    of z is its encoder mirrored. Level i (from 0) works on 4**-(i + 1) positions per HR
    pixel.
    """
    total = 0.0
    for index, level in enumerate(network.levels):
        total += _convolution_weights(level) / 4 ** (index + 1)
    if network.refinement is not None:
        total += _convolution_weights(network.refinement) / network.config.scale**2
    if network.autoencoder is not None:
        total += network.autoencoder.macs_per_position() / network.config.scale**2
    return total


def _convolution_weights(level: nn.Module) -> int:
    convolutions = sum(m.weight.numel() for m in level.modules() if isinstance(m, nn.Conv2d))
    mixing = (m.logarithm.numel() for m in level.modules() if isinstance(m, ChannelMixing))
    return convolutions + sum(mixing)
