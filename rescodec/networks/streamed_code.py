"""The autoencoder of z on rows that arrive in strips, exactly."""

from __future__ import annotations

import torch
from torch import Tensor

from rescodec.networks.latent_code import (
    CODE_FACTOR,
    CODE_RADIUS,
    LatentAutoencoder,
    code_size,
    pad_to_code,
)
from rescodec.networks.tiles import at, enlarged, tiles


class StreamedEncoder:
    """``LatentAutoencoder.encode`` on strips of z of any height.

    An element of the code waits until z reaches ``CODE_RADIUS`` rows of the code further.

    Args:
        autoencoder: Shared, not copied.
        side: Of the tiles in which a strip is computed, in positions of z.
    """

    def __init__(self, autoencoder: LatentAutoencoder, *, side: int) -> None:
        self._autoencoder = autoencoder
        self._side = max(1, side // CODE_FACTOR)
        self._window: Tensor | None = None
        # Rows of the code that were made from the window.
        self._done = 0

    @property
    def held_rows(self) -> int:
        """Rows of z that wait for the next strip, or are kept for it to be seen."""
        return 0 if self._window is None else self._window.shape[2]

    def push(self, z: Tensor, *, last: bool) -> Tensor:
        """Take in the next rows of z and return the code of those that are finished.

        Args:
            z: (B, C, n, w) next rows; n may be 0.
            last: Whether z ends here; it is then padded as by ``pad_to_code``.

        Returns:
            (B, code_channels, m, ceil(w / 4)), the code's next rows, values in (-1, 1).
        """
        window = z if self._window is None else torch.cat((self._window, z), dim=2)
        if not last:
            whole = window.shape[2] - window.shape[2] % CODE_FACTOR
            window, rest = window[:, :, :whole], window[:, :, whole:]
        height, width = code_size((window.shape[2], window.shape[3]))
        stop = height if last else max(self._done, height - CODE_RADIUS)
        code = z.new_empty(z.shape[0], self._autoencoder.code_channels, stop - self._done, width)
        if stop > self._done:
            padded = pad_to_code(window)
            for inner, outer, crop in tiles(
                (self._done, stop), (height, width), self._side, CODE_RADIUS
            ):
                rows = slice(inner[0].start - self._done, inner[0].stop - self._done)
                part = self._autoencoder.encode(at(padded, enlarged(outer, CODE_FACTOR)))
                at(code, (rows, inner[1])).copy_(at(part, crop))
        if not last:
            keep = max(0, stop - CODE_RADIUS)
            self._window = torch.cat((window[:, :, CODE_FACTOR * keep :], rest), dim=2)
            self._done = stop - keep
        return code


def decoded_rows(
    autoencoder: LatentAutoencoder, code: Tensor, rows: tuple[int, int], *, side: int
) -> Tensor:
    """Return some rows of what ``LatentAutoencoder.decode`` makes of a whole code.

    Args:
        autoencoder: Of the code.
        code: (B, code_channels, h, w).
        rows: The first row of z and the one after the last.
        side: Of the tiles in which they are computed, in positions of z.

    Returns:
        (B, C, rows, 4w).
    """
    height, width = code.shape[2:]
    start, stop = rows[0] // CODE_FACTOR, -(-rows[1] // CODE_FACTOR)
    z = code.new_empty(
        (code.shape[0], autoencoder.latent_channels, *_sides(stop - start, width)),
    )
    for inner, outer, crop in tiles(
        (start, stop), (height, width), max(1, side // CODE_FACTOR), CODE_RADIUS
    ):
        part = autoencoder.decode(at(code, outer))
        target = (slice(inner[0].start - start, inner[0].stop - start), inner[1])
        at(z, enlarged(target, CODE_FACTOR)).copy_(at(part, enlarged(crop, CODE_FACTOR)))
    first = start * CODE_FACTOR
    return z[:, :, rows[0] - first : rows[1] - first]


def _sides(height: int, width: int) -> tuple[int, int]:
    return CODE_FACTOR * height, CODE_FACTOR * width
