"""Random numbers that depend on the seed and the step alone, so that runs can be resumed."""

from __future__ import annotations

import numpy as np
import torch

PRETRAINING = 1


def step_generator(seed: int, step: int, device: torch.device, purpose: int = 0) -> torch.Generator:
    """Return the generator of a step's noise, on ``device``; another for each purpose."""
    (state,) = np.random.SeedSequence((seed, step, purpose)).generate_state(1, np.uint64)
    return torch.Generator(device).manual_seed(int(state >> 1))
