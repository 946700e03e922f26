"""The training loop: one step after the other, resumable at any of them."""

from __future__ import annotations

import copy
import functools
import json
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from rescodec.networks import Rescaler
from rescodec.train.checkpoint import TrainingState, update_average
from rescodec.train.data import CropSampler
from rescodec.train.dial_loss import dial_loss
from rescodec.train.loss import Losses, rescaling_loss
from rescodec.train.neutral_plane import with_neutral_plane
from rescodec.train.pretraining import pretrain
from rescodec.train.provenance import continued
from rescodec.train.random import step_generator
from rescodec.train.recipe import Recipe
from rescodec.train.validation import validate
from rescodec.weights_file import Weights, WeightsError, canonical_json, weights_of, write_weights

Image = npt.NDArray[np.uint8]
Objective = Callable[[Rescaler, torch.Tensor, Recipe, torch.Generator], Losses]
CHECKPOINT = "checkpoint.pt"
WEIGHTS = "weights.safetensors"
LOG = "log.jsonl"
SAVE_SECONDS = 120.0
MOST_SKIPPED = 20


class DivergenceError(RuntimeError):
    """Training has left the finite numbers and does not come back."""


@dataclass(frozen=True)
class Run:
    """Where a run's data comes from and its results go.

    Attributes:
        recipe: What is trained, and how.
        sampler: Yields the batch of each step.
        valid: (H, W, 3) uint8 images for evaluation, sizes multiples of the scale.
        out: Folder of ``checkpoint.pt``, ``weights.safetensors`` and ``log.jsonl``.
        device: Where to compute.
        bf16: Compute subnets in bfloat16 (autocast); the residual stream stays float32.
        compiled: Compile the objective (``torch.compile``), which takes minutes and makes steps
            faster from then on.
        minutes: Stop, resumable, after this time; None for no limit.
        provenance: Metadata for the weights file: licence, data, and digests of ``initial`` and
            ``teacher``; with what the commands before this one noted, if it goes on.
        teacher: Whose LR images and planes are to be found too, on ``device``; None without
            ``distil``.
        initial: Weights to start from instead of random ones, of the recipe's network but
            for what is no tensor; an autoencoder of z may be missing.
        report: Receives each log record.
    """

    recipe: Recipe
    sampler: CropSampler
    valid: Sequence[Image]
    out: Path
    device: torch.device
    bf16: bool
    compiled: bool
    minutes: float | None
    provenance: dict[str, str]
    teacher: Rescaler | None
    initial: Weights | None
    report: Callable[[dict[str, Any]], None]


def learning_rate(recipe: Recipe, step: int) -> float:
    """Return the rate of a step: linear warm-up, then halvings or cosines to ``final_lr``."""
    if step < recipe.warmup:
        return recipe.peak_lr * (step + 1) / recipe.warmup
    if recipe.halve_every:
        return recipe.peak_lr * 0.5 ** (step // recipe.halve_every)
    progress = min(1.0, (step - recipe.warmup) / max(1, recipe.steps - recipe.warmup))
    cosines = recipe.restarts + 1
    # The last step is the end of the last cosine, not the start of another one.
    since = progress * cosines - min(int(progress * cosines), recipe.restarts)
    cosine = (1 + math.cos(math.pi * since)) / 2
    return recipe.final_lr + (recipe.peak_lr - recipe.final_lr) * cosine


def start(run: Run, *, resume: bool) -> TrainingState:
    """Make the folder of results, and the state to train from.

    Args:
        run: What, on what, and where to.
        resume: Go on from ``checkpoint.pt`` if there is one.

    Raises:
        OSError: The folder cannot be made or the checkpoint not be read.
        ValueError: The initial weights are of another network, or the checkpoint of
            another recipe or begun from other weights.
    """
    run.out.mkdir(parents=True, exist_ok=True)
    checkpoint = run.out / CHECKPOINT
    resume = resume and checkpoint.exists()
    state = _first_state(run, pretrained=not resume)
    if resume:
        state.load(checkpoint, run.device, run.recipe)
        state.provenance = continued(state.provenance, run.provenance, checkpoint)
    return state


def train(run: Run, state: TrainingState) -> None:
    """Train until the recipe's last step or the time limit.

    The state moves on; it, the averaged weights and the log are in ``run.out``
    afterwards.

    Args:
        run: What, on what, and where to.
        state: What ``start`` returned.

    Raises:
        DivergenceError: Gradients are no longer finite; the last checkpoint stays.
        OSError: A result cannot be written.
    """
    recipe = run.recipe
    objective = objective_of(run)
    now = saved = time.monotonic()
    deadline = math.inf if run.minutes is None else now + 60 * run.minutes
    while state.step < recipe.steps and now < deadline:
        losses = train_step(state, run, objective)
        now, before = time.monotonic(), now
        state.seconds += now - before
        last = state.step == recipe.steps
        if state.step % recipe.log_every == 0 or last:
            _log(run, state, {k: v.item() for k, v in losses._asdict().items()})
        if state.step % recipe.valid_every == 0 or last:
            _log(run, state, validate(state.average, run.valid, run.device))
        if now - saved > SAVE_SECONDS:
            _save(run, state)
            saved = now
    _save(run, state)


def objective_of(run: Run) -> Objective:
    """Return what a run minimises."""
    objective: Objective = dial_loss
    if not run.recipe.network.dial_steps:
        objective = functools.partial(rescaling_loss, teacher=run.teacher)
    return torch.compile(objective) if run.compiled else objective


def train_step(state: TrainingState, run: Run, objective: Objective) -> Losses:
    """Do the next step of a run, and return its losses.

    Raises:
        DivergenceError: Many steps in a row had no finite gradient.
    """
    for group in state.optimizer.param_groups:
        group["lr"] = learning_rate(run.recipe, state.step)
    hr = run.sampler.sample(state.step).to(run.device, non_blocking=True).float() / 255
    hr = hr.contiguous(memory_format=torch.channels_last)
    generator = step_generator(run.recipe.seed, state.step, run.device)
    with torch.autocast(run.device.type, dtype=torch.bfloat16, enabled=run.bf16):
        losses = objective(state.network, hr, run.recipe.at(state.step), generator)
    state.optimizer.zero_grad(set_to_none=True)
    losses.total.backward()  # type: ignore[no-untyped-call]
    norm = torch.nn.utils.clip_grad_norm_(state.network.parameters(), run.recipe.clip)
    finite = bool(torch.isfinite(norm))
    if finite:
        state.optimizer.step()
        update_average(state.average, state.network, run.recipe.ema, state.step)
    state.skipped = 0 if finite else state.skipped + 1
    state.step += 1
    if state.skipped == MOST_SKIPPED:
        raise DivergenceError(
            f"no finite gradient in {MOST_SKIPPED} steps in a row, at step {state.step}; lower "
            f"peak_lr ({run.recipe.peak_lr}), or go on from the last checkpoint"
        )
    return Losses(*(term.detach() for term in losses))


def _first_state(run: Run, *, pretrained: bool) -> TrainingState:
    """Return network, average and optimizer at step 0, where pretraining is over."""
    recipe = run.recipe
    # The caller's random numbers stay as they are.
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(recipe.seed)
        network = Rescaler(recipe.network)
    if run.initial is not None:
        _start_from(run.initial, network)
    network = network.to(run.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    known = run.initial is not None and any(map(is_of_autoencoder, run.initial.tensors))
    if network.autoencoder is not None and pretrained and not known:
        pretrain(network.autoencoder, recipe, run.device)
    if network.autoencoder is not None:
        network.autoencoder.requires_grad_(not recipe.fixed_code)
    average = copy.deepcopy(network).requires_grad_(False).eval()
    optimizer = torch.optim.Adam(
        network.parameters(),
        lr=0.0,
        betas=recipe.betas,
        eps=recipe.adam_eps,
        weight_decay=recipe.weight_decay,
    )
    return TrainingState(network, average, optimizer, provenance=dict(run.provenance))


def _start_from(initial: Weights, network: Rescaler) -> None:
    """Copy weights in; what they need not have is the autoencoder of z.

    Raises:
        WeightsError: They are of another network.
    """
    expected = network.state_dict()
    needed = {name for name in expected if not is_of_autoencoder(name)}
    unlike = {name for name in initial.tensors if name not in expected} | {
        name
        for name in needed | (initial.tensors.keys() & expected.keys())
        if name not in initial.tensors or initial.tensors[name].shape != expected[name].shape
    }
    if unlike:
        raise WeightsError(
            f"the initial weights are of another network than the recipe's: {len(unlike)} tensors "
            f"differ, such as {min(unlike)}"
        )
    network.load_state_dict({**expected, **initial.tensors})


def is_of_autoencoder(name: str) -> bool:
    """Tell whether a tensor of this name belongs to the autoencoder of z."""
    return name.startswith("autoencoder.")


def _log(run: Run, state: TrainingState, values: dict[str, float]) -> None:
    # JSON has no NaN and no infinity.
    rounded = {k: float(f"{v:.5g}") if math.isfinite(v) else None for k, v in values.items()}
    record: dict[str, Any] = {"step": state.step, "seconds": round(state.seconds, 1), **rounded}
    with (run.out / LOG).open("a", encoding="utf-8") as file:
        file.write(json.dumps(record) + "\n")
    run.report(record)


def _save(run: Run, state: TrainingState) -> None:
    state.save(run.out / CHECKPOINT, run.recipe)
    metadata = {
        **state.provenance,
        "recipe": canonical_json(run.recipe.to_dict()).decode(),
        "step": str(state.step),
    }
    weights = weights_of(state.average, metadata)
    if state.step >= run.recipe.steps:
        weights = with_neutral_plane(weights, run.valid, run.device)
    write_weights(weights, run.out / WEIGHTS)
