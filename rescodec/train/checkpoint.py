"""What an interrupted run needs to go on: weights, average, optimizer, step."""

from __future__ import annotations

import dataclasses
import io
from dataclasses import dataclass
from pathlib import Path

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
    """

    network: Rescaler
    average: Rescaler
    optimizer: Optimizer
    step: int = 0
    seconds: float = 0.0
    skipped: int = 0

    def save(self, path: Path, recipe: Recipe) -> None:
        """Write the state, replacing an old file in a single step."""
        partial = path.with_name(path.name + ".partial")
        state = {
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "seconds": self.seconds,
            "recipe": recipe.to_dict(),
        }
        torch.save(state, partial)
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
            _require_same(Recipe.from_dict(state["recipe"]), recipe, path)
            self.network.load_state_dict(state["network"])
            self.average.load_state_dict(state["average"])
            self.optimizer.load_state_dict(state["optimizer"])
            self.step = int(state["step"])
            self.seconds = float(state["seconds"])
        except (AttributeError, IndexError, KeyError, RuntimeError, TypeError) as error:
            raise ValueError(f"{path}: damaged, or no checkpoint of this version") from error


def _require_same(saved: Recipe, recipe: Recipe, path: Path) -> None:
    tables = (("network", saved.network, recipe.network), ("training", saved, recipe))
    for table, before, after in tables:
        for field in dataclasses.fields(after):
            old, new = getattr(before, field.name), getattr(after, field.name)
            if field.name not in MAY_CHANGE | {"network"} and old != new:
                raise ValueError(
                    f"{path}: was made with {field.name} {old} in [{table}], the recipe has {new}; "
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
