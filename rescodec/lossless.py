"""Photos restored sample for sample: the residual beside what the network restores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

import rescodec_formats as formats
from rescodec.codec import Codec
from rescodec.photo import Photo, Samples

# Of files whose residual makes them exact, for models with a dial: where the files are smallest
# (benchmarks/lossless.py).
LOSSLESS_QUALITY = 60.0


@dataclass(frozen=True, eq=False)
class Lossless:
    """What makes a restored photo exact.

    Attributes:
        residual: (H, W, C) int8 or int16, C 1 for grey photos and 3 otherwise: what has to be
            added to the restored samples, modulo 256 or 65536.
        hr_sha256: Digest of the photo's samples, without alpha.
    """

    residual: npt.NDArray[Any]
    hr_sha256: str


def require_lossless(codec: Codec) -> None:
    """Refuse models whose files cannot be lossless.

    Raises:
        ValueError: The model restores photos with noise.
    """
    if codec.config.latent_std:
        raise ValueError(
            f"model {codec.id} restores photos with noise, so its files cannot be lossless; choose "
            "another model"
        )


def lossless_of(photo: Photo, restored: Samples) -> Lossless:
    """Return what makes a restored photo exact.

    Args:
        photo: That was encoded.
        restored: (H, W, 3), what ``Codec.exact`` restores of it, of the same type; three equal
            channels for grey photos.
    """
    channels = 1 if photo.grey else 3
    colors: Any = photo.pixels[..., :channels]
    # Differences of unsigned integers wrap around, and so do their sums.
    residual = (colors - restored[..., :channels]).view(f"i{colors.itemsize}")
    return Lossless(residual, formats.hr_digest(colors))


def made_exact(restored: Samples, lossless: Lossless) -> Samples:
    """Return the samples that were encoded.

    Args:
        restored: (H, W, 3) uint8 or uint16, what ``Codec.exact`` restores of the file; three
            equal channels for grey photos.
        lossless: Of the same file.

    Returns:
        (H, W, 3) of the same type, as for ``Photo``.

    Raises:
        DigestError: ``hr-digest``; they are other samples.
    """
    residual = lossless.residual.view(restored.dtype)
    colors: Any = restored[..., : residual.shape[2]] + residual
    found = formats.hr_digest(colors)
    if found != lossless.hr_sha256:
        raise formats.DigestError(
            "the restored photo is not the one that was encoded: its SHA-256 begins "
            f"{found[:12]}, the header says {lossless.hr_sha256[:12]}; this machine or release "
            "rounds otherwise than the one that encoded it: try another",
            kind="hr-digest",
        )
    return np.repeat(colors, 3, axis=2) if colors.shape[2] == 1 else colors
