"""Random numbers that depend on the seed and the step alone, so that runs can be resumed."""

from __future__ import annotations

import numpy as np
import torch


def step_generator(seed: int, step: int, device: torch.device) -> torch.Generator:
    """Return the generator of a step's noise, on ``device``."""
    (state,) = np.random.SeedSequence((seed, step)).generate_state(1, np.uint64)
    return torch.Generator(device).manual_seed(int(state >> 1))
