"""The z that networks trained with noise are given when decoding."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

MAX_SEED = 2**64 - 1
# More than any model makes sense of; keeps float32 finite.
MAX_SIGMA = 100.0


class NoiseError(ValueError):
    """The noise that was asked for is none that a model can be decoded with."""


def gaussian_noise(
    shape: tuple[int, int, int], seed: int, *, first_row: int = 0
) -> npt.NDArray[np.float32]:
    """Draw noise from N(0, 1), each value a function of the seed and its position alone.

    A larger image, a part of one or another device sees the same noise at the same place.
    Each row of each channel has 64-bit words of its own from the counter-based generator
    Philox4x64-10, whose stream numpy promises never to change; a word makes one value by
    the method of Box and Muller.

    Args:
        shape: (C, h, w).
        seed: 0 to ``MAX_SEED``.
        first_row: Of the image, for noise of some of its rows alone.

    Returns:
        Noise of this shape.
    """
    channels, height, width = shape
    noise = np.empty(shape, np.float32)
    words = np.empty((height, width), np.uint64)
    for channel in range(channels):
        for row in range(height):
            # Of the counter's four words the lowest counts along the row.
            counter = (first_row + row) << 64 | channel << 128
            words[row] = np.random.Philox(key=seed, counter=counter).random_raw(width)
        noise[channel] = _box_muller(words)
    return noise


def chosen_noise(
    sigma: float | None, seed: int | None, *, std: float, model: str
) -> tuple[float, int]:
    """Return standard deviation and seed of z; 0 where z is not random.

    Args:
        sigma: What the caller wants; None for the model's own.
        seed: Likewise; None for 0.
        std: The model's own standard deviation; 0 for one that was trained without noise.
        model: Its name.

    Raises:
        NoiseError: They are given to a model without noise, or are out of range.
    """
    if std == 0 and (sigma is not None or seed is not None):
        raise NoiseError(
            f"model {model} was trained without noise: sigma and seed do not apply to it; "
            "leave them out"
        )
    sigma, seed = std if sigma is None else sigma, 0 if seed is None else seed
    for name, value, kinds in (("sigma", sigma, (int, float)), ("seed", seed, int)):
        if not isinstance(value, kinds) or isinstance(value, bool):
            raise NoiseError(f"{name} is {value!r}; it must be a number")
    if not 0 <= sigma <= MAX_SIGMA:
        raise NoiseError(f"sigma is {sigma}; it must lie in 0 to {MAX_SIGMA}")
    if not 0 <= seed <= MAX_SEED:
        raise NoiseError(f"seed is {seed}; it must lie in 0 to {MAX_SEED}")
    return sigma, seed


def _box_muller(words: npt.NDArray[np.uint64]) -> npt.NDArray[np.float64]:
    """Turn each 64-bit word into one normal value, from its upper and its lower half."""
    upper = (words >> np.uint64(32)).astype(np.float64)
    lower = (words & np.uint64(0xFFFFFFFF)).astype(np.float64)
    # Not 0, whose logarithm is infinite.
    radius = np.sqrt(-2 * np.log((upper + 0.5) / 2**32))
    values: npt.NDArray[np.float64] = radius * np.cos(2 * np.pi * lower / 2**32)
    return values
