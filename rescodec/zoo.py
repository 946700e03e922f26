"""The released models: one table, readable without torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# What is stored beside the LR image, by the name of the family.
FAMILIES = {
    "alpha": "one learned plane",
    "dial": "learned planes for everything that the LR image lacks, as exact as is asked",
    "latent": "a code of z",
    "plain": "nothing",
}
DEFAULT_FAMILY = "alpha"
# The folder of docs/results whose means are in the table.
MEASURED_ON = "Set14"


@dataclass(frozen=True, kw_only=True)
class ModelEntry:
    """A released model.

    Attributes:
        id: Permanent name with a revision, ``family-xSCALE-tier-revision``.
        family: What is stored beside the LR image; see ``FAMILIES``.
        scale: Downscaling factor a side.
        default: It is what its family and scale stand for.
        parameters: Trainable values.
        kmac_per_hr_pixel: Thousands of multiply-accumulates per HR pixel, one way.
        psnr_y: Mean over ``MEASURED_ON`` of the PSNR on Y, dB.
        bpp: Likewise, bits per HR pixel of the whole file; payload in the private chunk.
        licence: Of the weights.
        weights_sha256: Digest of configuration and tensors; see ``Weights.digest``.
    """

    id: str
    family: str
    scale: int
    default: bool
    parameters: int
    kmac_per_hr_pixel: float
    psnr_y: float
    bpp: float
    licence: str
    weights_sha256: str


MODELS: dict[str, ModelEntry] = {
    entry.id: entry
    for entry in (
        ModelEntry(
            id="alpha-x2-lite-1",
            family="alpha",
            scale=2,
            default=True,
            parameters=222_368,
            kmac_per_hr_pixel=55.3,
            psnr_y=45.20,
            bpp=5.155,
            licence="Apache-2.0",
            weights_sha256="b09a42974171bb6e4689964248f81b891baec9cc35168743c13ac361d4a79400",
        ),
        ModelEntry(
            id="alpha-x4-lite-1",
            family="alpha",
            scale=4,
            default=True,
            parameters=1_460_096,
            kmac_per_hr_pixel=132.5,
            psnr_y=32.87,
            bpp=1.362,
            licence="Apache-2.0",
            weights_sha256="6ec233394c856c3d7d611dcbbaad39451be4a75f1ae43bf8001c68e4857d7340",
        ),
        ModelEntry(
            id="dial-x2-lite-1",
            family="dial",
            scale=2,
            default=True,
            parameters=235_715,
            kmac_per_hr_pixel=58.6,
            psnr_y=44.00,
            bpp=3.444,
            licence="Apache-2.0",
            weights_sha256="169fcc4ecf76b64cae2b5b3b81715ed178b10488534d3cc16cd9cc870027edaf",
        ),
        ModelEntry(
            id="dial-x4-lite-1",
            family="dial",
            scale=4,
            default=True,
            parameters=460_413,
            kmac_per_hr_pixel=70.5,
            psnr_y=43.99,
            bpp=3.022,
            licence="Apache-2.0",
            weights_sha256="9fb316f025632938d2d351566d5dc309874d4df7aecf546993b6cc58022ddcb6",
        ),
        ModelEntry(
            id="latent-x2-lite-1",
            family="latent",
            scale=2,
            default=True,
            parameters=397_752,
            kmac_per_hr_pixel=56.7,
            psnr_y=40.78,
            bpp=4.416,
            licence="Apache-2.0",
            weights_sha256="10618882236f02534cc1b36073ed172ba25cd0195aecb821167ccaa04e4ab93e",
        ),
        ModelEntry(
            id="latent-x4-lite-1",
            family="latent",
            scale=4,
            default=True,
            parameters=2_299_608,
            kmac_per_hr_pixel=134.1,
            psnr_y=31.03,
            bpp=1.174,
            licence="Apache-2.0",
            weights_sha256="acb6c3eb584dd8c293bf5cbe94605dad9768a000cd2ca86ebeda922dbab344a0",
        ),
        ModelEntry(
            id="plain-x2-lite-1",
            family="plain",
            scale=2,
            default=True,
            parameters=222_368,
            kmac_per_hr_pixel=55.3,
            psnr_y=38.86,
            bpp=3.888,
            licence="Apache-2.0",
            weights_sha256="6be81d3d8b4888f5348bda328ee46e3b31e32dd6ea738fe740cc482a4a4b8ff9",
        ),
        ModelEntry(
            id="plain-x4-lite-1",
            family="plain",
            scale=4,
            default=True,
            parameters=1_460_096,
            kmac_per_hr_pixel=132.5,
            psnr_y=30.76,
            bpp=1.059,
            licence="Apache-2.0",
            weights_sha256="87ca876569270b967dc524fbb82a1c23df848b6e3f1c4e57b52fc03a687c5026",
        ),
    )
}

DEFAULT_MODELS = {
    (entry.family, entry.scale): entry.id for entry in MODELS.values() if entry.default
}


def default_model(scale: int, family: str = DEFAULT_FAMILY) -> str:
    """Return the id that a family and a scale stand for.

    >>> default_model(4)
    'alpha-x4-lite-1'

    Raises:
        ValueError: No model of this family has this scale.
    """
    if (family, scale) not in DEFAULT_MODELS:
        known = ", ".join(f"{name} x{factor}" for name, factor in DEFAULT_MODELS)
        raise ValueError(f"no model of family {family!r} for scale {scale}; available: {known}")
    return DEFAULT_MODELS[family, scale]


def choose_model(model: str | Path | None, scale: int) -> str | Path:
    """Return what a user names a model by, with families resolved to an id.

    Args:
        model: A family, which counts at ``scale``; None for the default family; anything
            else is returned as it is.
        scale: Downscaling factor a side.

    Raises:
        ValueError: No model of this family has this scale.
    """
    if model is None:
        return default_model(scale)
    return default_model(scale, str(model)) if model in FAMILIES else model


def family_of(config: Mapping[str, Any]) -> str:
    """Return the family that a network's configuration makes it a member of.

    Args:
        config: As ``NetworkConfig.to_dict`` returns it.
    """
    if config.get("planes"):
        return "dial" if config.get("dial_steps") else "alpha"
    return "latent" if config.get("code_channels") else "plain"
