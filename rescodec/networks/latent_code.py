"""The autoencoder of IRN-M: z as a code that is small enough to be stored."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from rescodec.networks.config import NetworkConfig
from rescodec.networks.padding import pad_to_multiple
from rescodec.networks.subnets import activate, conv3x3

# Sides of z per side of the code.
CODE_FACTOR = 4
# How far an element of the code looks into z, and one of z into the code, in positions of
# the code: four 3x3 convolutions.
CODE_RADIUS = 4


class LatentAutoencoder(nn.Module):
    """Compress z to a few channels at a quarter of its size a side, and back.

    ::

        z  --> E1 --> E2 ... --> tanh --> code in (-1, 1)
        z' <-- D1 <-- D2 ... <-------------'

    Source: arXiv 2303.06747, section 2.2. With ``code_resampling`` "pool", the paper's:
    each of the encoder's first two convolutions is followed by max-pooling, each of the
    decoder's last two preceded by nearest-neighbour enlargement. With "shuffle", ours:
    the 4x4 positions of z that share one position of the code become channels, so that no
    position is lost on the way, and all convolutions run at the code's size. What the
    paper leaves open is ours in both: widths, LeakyReLU, and the tanh that bounds the
    code, so that it fits a fixed number of levels. The decoder's last convolution starts
    at zero: a new autoencoder answers z = 0.

    Args:
        config: Of the network whose z it is.
    """

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.shuffle = config.code_resampling == "shuffle"
        self.latent_channels = config.latent_channels
        self.code_channels = config.code_channels
        channels = config.latent_channels * (CODE_FACTOR**2 if self.shuffle else 1)
        hidden = [config.code_width] * (config.code_layers - 1)
        widths = [channels, *hidden, config.code_channels]
        self.encoder = nn.ModuleList(map(conv3x3, widths[:-1], widths[1:]))
        widths.reverse()
        self.decoder = nn.ModuleList(map(conv3x3, widths[:-1], widths[1:]))
        last = cast(nn.Conv2d, self.decoder[-1])
        nn.init.zeros_(last.weight)
        nn.init.zeros_(cast(Tensor, last.bias))

    def macs_per_position(self) -> float:
        """Return multiply-accumulates for each position of z, one way."""
        # Halvings of the side before each convolution of the encoder.
        halvings = [2 if self.shuffle else min(index, 2) for index in range(len(self.encoder))]
        weights = [cast(nn.Conv2d, conv).weight.numel() for conv in self.encoder]
        return sum(n / float(4**h) for n, h in zip(weights, halvings, strict=True))

    def encode(self, z: Tensor) -> Tensor:
        """Compress z.

        Args:
            z: (B, C, h, w), h and w multiples of 4; see ``pad_to_code``.

        Returns:
            (B, code_channels, h / 4, w / 4), values in (-1, 1).
        """
        x = functional.pixel_unshuffle(z, CODE_FACTOR) if self.shuffle else z
        for index, conv in enumerate(self.encoder):
            x = conv(activate(x) if index else x)
            if not self.shuffle and index < 2:
                x = functional.max_pool2d(x, 2)
        return torch.tanh(x.to(z.dtype))

    def decode(self, code: Tensor) -> Tensor:
        """Restore an approximation of z.

        Args:
            code: (B, code_channels, h, w).

        Returns:
            (B, C, 4h, 4w).
        """
        x = code
        for index, conv in enumerate(self.decoder):
            if not self.shuffle and index >= len(self.decoder) - 2:
                x = functional.interpolate(x, scale_factor=2.0, mode="nearest")
            x = conv(activate(x) if index else x)
        x = functional.pixel_shuffle(x, CODE_FACTOR) if self.shuffle else x
        return x.to(code.dtype)


def pad_to_code(z: Tensor) -> Tensor:
    """Repeat the last row and column of (B, C, h, w) until a code covers all of it."""
    return pad_to_multiple(z, CODE_FACTOR)


def code_size(size: tuple[int, int]) -> tuple[int, int]:
    """Return height and width of the code of a z of (h, w)."""
    return -(-size[0] // CODE_FACTOR), -(-size[1] // CODE_FACTOR)
