"""What an interrupted run needs to go on: weights, average, optimizer, step."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.optim import Optimizer

from rescodec.networks import Rescaler
from rescodec.train.recipe import Recipe

# What a resumed run may do differently: its length, and what it tells meanwhile.
MAY_CHANGE = {"steps", "log_every", "valid_every", "valid_images"}


@dataclass
class TrainingState:
    """Everything that changes while training.

    Attributes:
        network: The network that is optimised.
        average: Exponential moving average of its weights; what is evaluated and kept.
        optimizer: Adam over the network's parameters.
        step: Steps done.
        seconds: Time spent on them, over all commands of the run.
        skipped: Steps in a row whose gradient was not finite and changed nothing.
        provenance: Metadata for the weights file: licence, data, and where they began.
    """

    network: Rescaler
    average: Rescaler
    optimizer: Optimizer
    step: int = 0
    seconds: float = 0.0
    skipped: int = 0
    provenance: dict[str, str] = field(default_factory=dict)

    def save(self, path: Path, recipe: Recipe) -> None:
        """Write the state, replacing an old file in a single step.

        Raises:
            OSError: It cannot be written; the old file stays.
        """
        partial = path.with_name(path.name + ".partial")
        state = {
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "seconds": self.seconds,
            "recipe": recipe.to_dict(),
            "provenance": self.provenance,
        }
        # Written by torch, errors of the disk would be of other types.
        data = io.BytesIO()
        torch.save(state, data)
        partial.write_bytes(data.getbuffer())
        partial.replace(path)

    def load(self, path: Path, device: torch.device, recipe: Recipe) -> None:
        """Restore a saved state in place.

        Args:
            path: Written by ``save``.
            device: Where the state goes.
            recipe: Of the run that goes on; its number of steps and what it reports may
                have changed.

        Raises:
            OSError: The file cannot be read.
            ValueError: It is damaged, or the state of a run with another recipe.
        """
        data = path.read_bytes()
        try:
            state = torch.load(io.BytesIO(data), map_location=device, weights_only=True)
        except Exception as error:  # torch's unpickler meets damage with any error at all
            raise ValueError(f"{path}: damaged, or no checkpoint") from error
        try:
            _require_same(_recipe_of(state, path), recipe, path)
            self.network.load_state_dict(state["network"])
            self.average.load_state_dict(state["average"])
            self.optimizer.load_state_dict(state["optimizer"])
            self.step = int(state["step"])
            self.seconds = float(state["seconds"])
            # Younger than the first checkpoints.
            self.provenance = {**state.get("provenance", {})}
        except (AttributeError, IndexError, KeyError, RuntimeError, TypeError) as error:
            raise ValueError(f"{path}: damaged, or no checkpoint of this version") from error


def _recipe_of(state: Mapping[str, Any], path: Path) -> Recipe:
    try:
        return Recipe.from_dict(state["recipe"])
    except ValueError as error:
        raise ValueError(f"{path}: made by another version: {error}") from error


def _require_same(saved: Recipe, recipe: Recipe, path: Path) -> None:
    tables = (("network", saved.network, recipe.network), ("training", saved, recipe))
    for table, before, after in tables:
        for name in (entry.name for entry in dataclasses.fields(after)):
            old, new = getattr(before, name), getattr(after, name)
            if name not in MAY_CHANGE | {"network"} and old != new:
                raise ValueError(
                    f"{path}: was made with {name} {old} in [{table}], the recipe has {new}; "
                    "restore it, or train into another folder"
                )


@torch.no_grad()
def update_average(average: nn.Module, network: nn.Module, decay: float, step: int) -> None:
    """Move the average towards the network.

    The decay grows from 0.1 with the step, so that the average forgets the initial
    weights quickly.
    """
    rate = 1 - min(decay, (1 + step) / (10 + step))
    for mean, value in zip(average.parameters(), network.parameters(), strict=True):
        mean.lerp_(value, rate)
