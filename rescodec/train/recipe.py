"""A training recipe: the network and every number that decides its weights."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rescodec.configuration import conform_fields, require_choice, unknown_key
from rescodec.networks.config import NetworkConfig

# What may change in the last part of a run.
_LATE = ("charbonnier_eps", "guidance", "rounding")
ROUNDINGS = ("straight-through", "noise")
_AT_LEAST_ONE = (
    *("steps", "batch", "crop", "candidates"),
    *("log_every", "valid_every", "valid_images"),
)
_POSITIVE = ("peak_lr", "adam_eps", "clip", "charbonnier_eps")
_NOT_NEGATIVE = (
    *("final_lr", "warmup", "halve_every", "weight_decay", "guidance_weight", "luma"),
    *("latent", "code", "rate", "pretraining", "dlv_std", "seed"),
    *("restarts", "distil", "late_share"),
)


@dataclass(frozen=True)
class Recipe:
    """Network, optimisation and loss of one training run.

    Attributes:
        network: What is trained.
        steps: Optimiser steps of the whole run; the learning rate falls to
            ``final_lr`` over them.
        batch: Crops per step.
        crop: Height and width of a crop in HR pixels.
        candidates: Places that are drawn for each crop; the most detailed one is taken.
        peak_lr: Learning rate after warm-up.
        final_lr: Learning rate at the end of the cosine.
        warmup: Steps over which the rate rises linearly to its peak.
        restarts: How often the cosine starts again at the peak.
        halve_every: Steps after which the rate halves, the papers' schedule; 0 for the
            cosine.
        weight_decay: Of Adam, added to the gradient.
        betas: Adam's decay rates.
        adam_eps: What Adam adds to the root of the mean squared gradient. With losses that
            are means of many elements, gradients are small beside the usual 1e-8.
        clip: Largest gradient norm.
        ema: Decay of the averaged weights, which are the ones that are kept.
        guidance: Weight of MSE(LR, bicubic); None for 16 / scale**2.
        luma: Weight of the reconstruction of BT.601 luma, beside that of RGB: the eye, and
            PSNR-Y, see brightness first.
        latent: Weight of mean(z**2).
        code: Weight of MSE(z, what its code restores), for networks that have one.
        rate: Weight of a file's bits, for networks with a dial; bits of a step's size and
            squared error are weighed as at the optimum of high rates where it is 1.
        pretraining: Steps in which such a network's autoencoder alone first learns to
            restore random z ~ N(0, 1).
        fixed_code: Whether the autoencoder stays as it is from then on.
        distil: Weight of the squared distance of LR image and planes from those of a teacher.
        dlv_std: Standard deviation of the downscaling latent while training.
        charbonnier_eps: Epsilon of the reconstruction loss sqrt(d**2 + eps**2): the absolute
            error far above it, the squared error far below it.
        rounding: How LR image and planes are rounded while training: ``straight-through``, as
            files have them and with the gradient of the identity, or ``noise`` of half a level.
        late_share: Share of the steps, at the end, in which the values of ``late_...`` hold.
        late_charbonnier_eps: Replaces ``charbonnier_eps`` then; None for no change.
        late_guidance: Likewise for ``guidance``.
        late_rounding: Likewise for ``rounding``.
        seed: Fixes initial weights and the order of the data.
        log_every: Steps between log lines.
        valid_every: Steps between evaluations of the averaged weights.
        valid_images: Images of the validation folder used while training.
    """

    network: NetworkConfig
    steps: int
    batch: int = 8
    crop: int = 96
    candidates: int = 1
    peak_lr: float = 1e-3
    final_lr: float = 2e-5
    warmup: int = 100
    restarts: int = 0
    halve_every: int = 0
    weight_decay: float = 0.0
    betas: tuple[float, float] = (0.9, 0.99)
    adam_eps: float = 1e-8
    clip: float = 1.0
    ema: float = 0.999
    guidance: float | None = None
    luma: float = 0.0
    latent: float = 1e-3
    code: float = 1e-3
    rate: float = 1.0
    pretraining: int = 0
    fixed_code: bool = False
    distil: float = 0.0
    dlv_std: float = 0.1
    charbonnier_eps: float = 1e-3
    rounding: str = "straight-through"
    late_share: float = 0.0
    late_charbonnier_eps: float | None = None
    late_guidance: float | None = None
    late_rounding: str | None = None
    seed: int = 0
    log_every: int = 50
    valid_every: int = 1000
    valid_images: int = 12

    def __post_init__(self) -> None:
        """Check what would otherwise fail late in a long run."""
        conform_fields(self)
        if self.crop % self.network.scale:
            raise ValueError(f"crop {self.crop} is no multiple of the scale {self.network.scale}")
        for name in _AT_LEAST_ONE:
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be at least 1")
        for name in _POSITIVE:
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be positive")
        for name in _NOT_NEGATIVE:
            if getattr(self, name) < 0:
                raise ValueError(f"{name} is {getattr(self, name)}; it must not be negative")
        if not all(0 <= decay < 1 for decay in (*self.betas, self.ema)):
            raise ValueError("betas and ema are decays; they must lie in [0, 1)")
        if self.late_share > 1:
            raise ValueError(f"late_share is {self.late_share}; it is a share of the steps, 0 to 1")
        require_choice("rounding", self.rounding, ROUNDINGS)
        require_choice("late_rounding", self.late_rounding or ROUNDINGS[0], ROUNDINGS)
        late = (self.late_charbonnier_eps, self.late_guidance, self.late_rounding)
        if not self.late_share and any(value is not None for value in late):
            raise ValueError("late values need a late_share")
        if self.late_charbonnier_eps is not None and self.late_charbonnier_eps <= 0:
            raise ValueError(
                f"late_charbonnier_eps is {self.late_charbonnier_eps}; it must be positive"
            )
        if self.late_guidance is not None and self.late_guidance < 0:
            raise ValueError(f"late_guidance is {self.late_guidance}; it must not be negative")
        plain = (self.distil, self.rounding, self.late_share) == (0, ROUNDINGS[0], 0)
        if self.network.dial_steps and not plain:
            raise ValueError("networks with a dial have no distil, rounding or late values")
        if self.fixed_code and not self.network.code_channels:
            raise ValueError("fixed_code is set, but the network has no code")

    @property
    def guidance_weight(self) -> float:
        """Weight of the LR guidance term."""
        return 16 / self.network.scale**2 if self.guidance is None else self.guidance

    def at(self, step: int) -> Recipe:
        """Return the recipe that holds at a step, without a late part."""
        if not self.late_share:
            return self
        late: dict[str, Any] = {}
        if step >= (1 - self.late_share) * self.steps:
            late = {
                name: value
                for name in _LATE
                if (value := getattr(self, f"late_{name}")) is not None
            }
        early = dict.fromkeys(f"late_{name}" for name in _LATE)
        return dataclasses.replace(self, **early, **late, late_share=0.0)  # type: ignore[arg-type]

    def to_dict(self) -> dict[str, Any]:
        """Return the recipe as plain JSON values, which ``from_dict`` takes back."""
        training = dataclasses.asdict(self)
        del training["network"]
        training["betas"] = list(self.betas)
        return {"network": self.network.to_dict(), "training": training}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Recipe:
        """Build a recipe from parsed TOML: a ``network`` and a ``training`` table.

        Raises:
            ValueError: A table or key is unknown, missing or not supported.
        """
        tables = {"network", "training"}
        for key in values:
            if key not in tables:
                raise ValueError(unknown_key("recipe", key, dict.fromkeys(sorted(tables))))
        for key, table in values.items():
            if not isinstance(table, Mapping):
                raise ValueError(f"recipe: {key} is {table!r}; it must be a table")
        training = dict(values.get("training", {}))
        known = {field.name: field for field in dataclasses.fields(cls) if field.name != "network"}
        for key in training:
            if key not in known:
                raise ValueError(unknown_key("recipe [training]", key, known))
        if "steps" not in training or "network" not in values:
            raise ValueError("recipe: needs a [network] table and steps in [training]")
        return cls(network=NetworkConfig.from_dict(values["network"]), **training)

    @classmethod
    def read(cls, path: Path) -> Recipe:
        """Read a TOML recipe.

        Raises:
            OSError: The file cannot be read.
            ValueError: It is no TOML or no recipe; the message names the file.
        """
        try:
            return cls.from_dict(tomllib.loads(path.read_text(encoding="utf-8")))
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from error
