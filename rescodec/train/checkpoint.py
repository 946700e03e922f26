"""What an interrupted run needs to go on: weights, average, optimizer, step."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn
from torch.optim import Optimizer

from rescodec.networks import Rescaler


@dataclass
class TrainingState:
    """Everything that changes while training.

    Attributes:
        network: The network that is optimised.
        average: Exponential moving average of its weights; what is evaluated and kept.
        optimizer: Adam over the network's parameters.
        step: Steps done.
    """

    network: Rescaler
    average: Rescaler
    optimizer: Optimizer
    step: int = 0

    def save(self, path: Path) -> None:
        """Write the state, replacing an old file in a single step."""
        partial = path.with_name(path.name + ".partial")
        state = {
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
        }
        torch.save(state, partial)
        partial.replace(path)

    def load(self, path: Path, device: torch.device) -> None:
        """Restore a saved state in place.

        Raises:
            OSError: The file cannot be read.
            ValueError: It is damaged, or the state of another network.
        """
        data = path.read_bytes()
        try:
            state = torch.load(io.BytesIO(data), map_location=device, weights_only=True)
        except Exception as error:  # torch's unpickler meets damage with any error at all
            raise ValueError(f"{path}: damaged, or no checkpoint") from error
        try:
            self.network.load_state_dict(state["network"])
            self.average.load_state_dict(state["average"])
            self.optimizer.load_state_dict(state["optimizer"])
            self.step = int(state["step"])
        except (KeyError, RuntimeError) as error:
            raise ValueError(f"{path}: the recipe's network is another one") from error


@torch.no_grad()
def update_average(average: nn.Module, network: nn.Module, decay: float, step: int) -> None:
    """Move the average towards the network.

    The decay grows from 0.1 with the step, so that the average forgets the initial
    weights quickly.
    """
    rate = 1 - min(decay, (1 + step) / (10 + step))
    torch._foreach_lerp_(list(average.parameters()), list(network.parameters()), rate)
