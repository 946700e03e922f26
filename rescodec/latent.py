"""The z that an image is decoded with: from its code, noise, or zero."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from rescodec.devices import to_device
from rescodec.networks import Rescaler
from rescodec.networks.streamed_code import decoded_rows
from rescodec.noise import gaussian_noise
from rescodec.quantize import from_code


@dataclass(frozen=True, eq=False)
class Latent:
    """Where the rows of z come from, for images of one size.

    Attributes:
        network: That z is for.
        width: Of the LR images.
        device: Where z is wanted.
        codes: Of each image, (code_channels, ceil(h / 4), ceil(w / 4)) int8; None without.
        sigma: Standard deviation of noise that stands in for the code; 0 for zeros.
        seed: Of the noise.
    """

    network: Rescaler
    width: int
    device: torch.device
    codes: Sequence[npt.NDArray[np.int8]] | None = None
    sigma: float = 0.0
    seed: int = 0

    def rows(self, start: int, stop: int, *, side: int) -> Tensor | None:
        """Return (B, latent_channels, stop - start, w) of z; None where it is zero.

        Noise is the same for all images, and so B is 1.

        Args:
            start: First row.
            stop: The row after the last.
            side: Of the tiles in which a code is decoded, in positions of z.
        """
        config = self.network.config
        if self.codes is not None and self.network.autoencoder is not None:
            code = to_device(torch.from_numpy(np.stack(self.codes)), self.device)
            levels = from_code(code, config.code_levels, self.network.dtype)
            z = decoded_rows(self.network.autoencoder, levels, (start, stop), side=side)
            return z[:, :, :, : self.width]
        if self.sigma == 0:
            return None
        # Drawn on the CPU, so that every device restores the same picture.
        shape = (config.latent_channels, stop - start, self.width)
        noise = gaussian_noise(shape, self.seed, first_row=start)
        return torch.from_numpy(noise).to(self.device, self.network.dtype)[None] * self.sigma
