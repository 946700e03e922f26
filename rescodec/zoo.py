"""The released models: one table, readable without torch."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ModelEntry:
    """A released model.

    Attributes:
        id: Permanent name with a revision, ``family-xSCALE-tier-revision``.
        family: What is stored beside the LR image: ``alpha`` is one learned plane.
        scale: Downscaling factor a side.
        parameters: Trainable values.
        kmac_per_hr_pixel: Thousands of multiply-accumulates per HR pixel, one way.
        weights_sha256: Digest of configuration and tensors; see ``Weights.digest``.
    """

    id: str
    family: str
    scale: int
    parameters: int
    kmac_per_hr_pixel: float
    weights_sha256: str


MODELS: dict[str, ModelEntry] = {
    entry.id: entry
    for entry in (
        ModelEntry(
            id="alpha-x2-lite-1",
            family="alpha",
            scale=2,
            parameters=222_368,
            kmac_per_hr_pixel=55.3,
            weights_sha256="476cc3f2c3543a23c6f43d717865158185f06dde9562cd4e66bda738cff46951",
        ),
        ModelEntry(
            id="alpha-x4-lite-1",
            family="alpha",
            scale=4,
            parameters=1_460_096,
            kmac_per_hr_pixel=132.5,
            weights_sha256="0eb818af8494d9d863b6c25ea29768c7160261e1f44afc6021873cd3631412e3",
        ),
    )
}

DEFAULT_MODELS = {2: "alpha-x2-lite-1", 4: "alpha-x4-lite-1"}


def default_model(scale: int) -> str:
    """Return the id that encodes when no model is named.

    Raises:
        ValueError: No model has this scale.
    """
    if scale not in DEFAULT_MODELS:
        known = ", ".join(map(str, DEFAULT_MODELS))
        raise ValueError(f"no model for scale {scale}; available scales: {known}")
    return DEFAULT_MODELS[scale]
