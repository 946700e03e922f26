"""One run: train, and measure what it has become."""

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from benchmarks.ablations.plan import Ablation
from benchmarks.ablations.results import read_json, read_timing, write_json
from rescodec import Codec
from rescodec.evaluate.measure import measure_image, measured_pixels
from rescodec.image_folder import crop_to_multiple, image_paths, load_rgb
from rescodec.loading import LoadedModel, load_model
from rescodec.networks import Rescaler
from rescodec.networks.complexity import macs_per_hr_pixel, parameter_count
from rescodec.train.data import CropSampler, Image
from rescodec.train.loop import Run, start, train
from rescodec.weights_file import Weights, read_weights, weights_of, write_weights
from tools.stage_weights import staged

CPU = torch.device("cpu")
# What was measured so far, in the folder of a run.
POINTS = "points.json"
# Weights where a run was measured first, from which others may start however long it goes on.
FIRST = "first.safetensors"


class Bench:
    """Data and folders that all runs share.

    Args:
        data: Training folders.
        valid: Folder of the images on which runs are compared.
        every: Of these, each n-th is taken.
        runs: Folder of checkpoints and weights, a folder for each run.
    """

    def __init__(self, data: list[Path], valid: Path, *, every: int, runs: Path) -> None:
        self.images = [load_rgb(path) for path in image_paths(data)]
        self.valid = image_paths([valid])[::every]
        self.runs = runs

    def measured(self, ablation: Ablation) -> dict[str, Any]:
        """Train a run, or go on with it, and return its record.

        Raises:
            ValueError: A run that it needs has not been made, or its steps not been timed.
        """
        out = self.runs / ablation.name
        points = read_json(out / POINTS) or []
        for steps in _ends(ablation):
            # Those of a run that was interrupted on the way to the next are there.
            if steps not in {point["steps"] for point in points}:
                run = self._run(ablation, steps)
                state = start(run, resume=True)
                train(run, state)
                if not points:
                    write_weights(weights_of(state.average), out / FIRST)
                points.append({"steps": steps, **self._quality(state.average)})
                write_json(out / POINTS, points)
        network = Rescaler(ablation.recipe.network)
        return {
            "run": ablation.name,
            "recipe": ablation.recipe.to_dict(),
            "parameters": parameter_count(network),
            "kmac_per_hr_pixel": macs_per_hr_pixel(network) / 1000,
            "images": len(self.valid),
            **_origins(ablation),
            "points": points,
        }

    def run_of(self, ablation: Ablation, valid: list[Image], out: Path) -> Run:
        """Return a run in the precision in which all are compared.

        Args:
            ablation: Which.
            valid: Images for the figures on the way.
            out: Its folder.
        """
        recipe = ablation.recipe
        return Run(
            recipe=recipe,
            sampler=CropSampler(
                self.images, recipe.crop, recipe.batch, recipe.seed, recipe.candidates
            ),
            valid=valid,
            out=out,
            device=CPU,
            bf16=True,
            compiled=False,
            minutes=None,
            provenance=_digests(ablation),
            teacher=load_model(ablation.teacher).weights.build() if ablation.teacher else None,
            initial=self._initial(ablation),
            report=lambda record: print(ablation.name, record, flush=True),
        )

    def _run(self, ablation: Ablation, steps: int) -> Run:
        scale = ablation.recipe.network.scale
        valid = [crop_to_multiple(load_rgb(self.valid[0]), scale)]
        run = self.run_of(ablation, valid, self.runs / ablation.name)
        return dataclasses.replace(run, recipe=dataclasses.replace(run.recipe, steps=steps))

    def _initial(self, ablation: Ablation) -> Weights | None:
        if ablation.init:
            return load_model(ablation.init).weights
        if ablation.staged:
            return staged(read_weights(self.runs / ablation.staged / FIRST), ablation.recipe)
        return None

    def _quality(self, network: Rescaler) -> dict[str, float]:
        codec = Codec(LoadedModel("ablation", weights_of(network)), device="cpu")
        results = [measure_image(codec, measured_pixels(path), path.name) for path in self.valid]
        # The private chunk where there are two carriers, as in the tables of the models.
        sizes = [result.bpp.get("chunk", result.bpp.get("none")) for result in results]
        values = {"bpp": statistics.mean(size for size in sizes if size is not None)}
        for name in ("psnr_y", "psnr_rgb", "lr_psnr"):
            values[name] = statistics.mean(getattr(result, name) for result in results)
        return {name: round(value, 4) for name, value in values.items()}


def _digests(ablation: Ablation) -> dict[str, str]:
    """Return those of released weights that a run starts or learns from.

    A run that goes on is refused if they have changed since.
    """
    names = {"init": ablation.init, "teacher": ablation.teacher}
    return {key: load_model(name).weights.digest for key, name in names.items() if name}


def _origins(ablation: Ablation) -> dict[str, str]:
    """Return names and digests of these weights, for the record."""
    digests = _digests(ablation)
    named = {key: getattr(ablation, key) for key in digests}
    return {**named, **{f"{key}_sha256": digest for key, digest in digests.items()}}


def is_measured(ablation: Ablation, result: Mapping[str, Any] | None) -> bool:
    """Return whether a run's record has all the ends at which the run is compared.

    Args:
        ablation: Which run.
        result: Its record, or None.

    Raises:
        ValueError: Its steps have not been timed.
    """
    measured = {point["steps"] for point in result["points"]} if result else set()
    return measured.issuperset(_ends(ablation))


def steps_in_time(ablation: Ablation, steps: int, seconds: Mapping[str, float]) -> int:
    """Return how many steps a run makes in the time in which its clock makes some.

    Args:
        ablation: With a clock.
        steps: Of the clock.
        seconds: Of a step, by run.

    Raises:
        ValueError: One of the two has not been timed.
    """
    for name in (ablation.name, ablation.clock):
        if name not in seconds:
            raise ValueError(f"the steps of {name} have not been timed")
    return round(steps * seconds[ablation.clock] / seconds[ablation.name])


def _ends(ablation: Ablation) -> list[int]:
    ends = set(ablation.steps)
    if ablation.clock:
        ends |= {steps_in_time(ablation, steps, read_timing()) for steps in ablation.steps}
    return sorted(ends)
