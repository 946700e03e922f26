"""The suites of a benchmark, one after another, into one file of results."""

from __future__ import annotations

import datetime
import os
import platform
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from rescodec.bench.quality import rounded
from rescodec.bench.rate import model_rates, rival_rates, rival_ways, settings_of
from rescodec.bench.results import Results
from rescodec.bench.rivals import RIVALS
from rescodec.bench.robust import CHANGES, robustness
from rescodec.bench.speed import COMMANDS, MEGAPIXELS, enlarged, measure
from rescodec.bench.subjects import Subject, model_facts, require_measurable, subjects
from rescodec.codec import Codec
from rescodec.dial import default_quality
from rescodec.evaluate import carriers_of, measure_image, versions

DISTRIBUTIONS = (
    *("rescodec", "torch", "numpy", "pillow", "imagecodecs", "torchmetrics", "bjontegaard"),
    *("deflate", "zstandard"),
)
CPUINFO = Path("/proc/cpuinfo")


@dataclass(frozen=True)
class Bench:
    """What is measured, and where results go.

    Attributes:
        results: Has what is known already, and gets what is measured.
        models: Ids or paths of weights.
        folders: Of images.
        every: Take the first of so many images of each folder.
        rivals: Measure what users have instead, too.
        device: As ``Codec.open`` takes it.
        megapixels: Sizes of the suite ``speed``.
        report: Receives a line about each piece of work.
    """

    results: Results
    models: Sequence[str | Path]
    folders: Sequence[Path]
    every: int = 1
    rivals: bool = True
    device: str = "auto"
    megapixels: Sequence[float] = MEGAPIXELS
    report: Callable[[str], None] = field(default=lambda line: None)

    def run(self, suites: Iterable[str]) -> None:
        """Measure what is missing, suite by suite; results are saved after each image.

        Raises:
            OSError: An image or the results cannot be read or written.
            ValueError: A model, a folder or an image is not what it should be.
        """
        codecs = [Codec.open(model, device=self.device) for model in self.models]
        _require_different_names(codecs, self.models)
        for codec in codecs:
            require_measurable(codec)
        for codec in codecs:
            self.results.add_model(codec.id, model_facts(codec))
        self.results.add_environment(environment(codecs))
        for suite in suites:
            if suite == "speed":
                self._speed(codecs)
            else:
                self._on_images(suite, codecs)

    def _on_images(self, suite: str, codecs: Sequence[Codec]) -> None:
        for subject in subjects(self.folders, self.every):
            self.results.add_image(subject.folder, subject.name, subject.facts)
            place = {"folder": subject.folder, "image": subject.name}
            count = 0
            for record in self._missing(suite, codecs, subject):
                self.results.add(suite, place | record)
                count += 1
            if count:
                self.results.save()
                records = "record" if count == 1 else "records"
                self.report(f"{suite}: {subject.folder}/{subject.name}, {count} {records}")

    def _missing(
        self, suite: str, codecs: Sequence[Codec], subject: Subject
    ) -> Iterator[dict[str, Any]]:
        """Yield the records of an image that are not there yet."""
        place = {"folder": subject.folder, "image": subject.name}
        for codec in codecs:
            if all(self.results.has(suite, **place, **key) for key in _keys(suite, codec)):
                continue
            yield from _measured(suite, codec, subject)
        if suite != "rate" or not self.rivals:
            return
        for rival in RIVALS.values():
            keys = [
                {"way": way, "setting": setting}
                for way in rival_ways(rival)
                for setting in rival.settings
            ]
            if not all(self.results.has(suite, **place, **key) for key in keys):
                yield from rival_rates(rival, subject.pixels)

    def _speed(self, codecs: Sequence[Codec]) -> None:
        largest = max(subjects(self.folders, self.every), key=lambda subject: subject.megapixels)
        for megapixels in self.megapixels:
            photo = enlarged(largest.pixels, megapixels)
            for codec, model in zip(codecs, self.models, strict=True):
                key = {"way": codec.id, "device": codec.device.type, "megapixels": megapixels}
                for command in COMMANDS:
                    if self.results.has("speed", **key, command=command):
                        continue
                    record = measure(model, command, photo, device=self.device)
                    self.results.add("speed", key | record)
                    self.results.save()
                    rate = record["megapixels_per_second"]
                    self.report(f"speed: {codec.id} {command}, {megapixels:g} MP: {rate:.2f} MP/s")


def _require_different_names(codecs: Sequence[Codec], models: Sequence[str | Path]) -> None:
    """Refuse models whose records could not be told apart.

    Raises:
        ValueError: Two have one name; it says which.
    """
    known: dict[str, str | Path] = {}
    for codec, model in zip(codecs, models, strict=True):
        if codec.id in known:
            raise ValueError(
                f"--model: {known[codec.id]} and {model} are both called {codec.id!r} in the "
                "results; rename one of them, or measure it into another file"
            )
        known[codec.id] = model


def environment(codecs: Sequence[Codec]) -> dict[str, Any]:
    """Return when and on what is measured."""
    devices = {codec.device.type for codec in codecs}
    return {
        "date": datetime.date.today().isoformat(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "devices": sorted(devices),
        "gpu": torch.cuda.get_device_name() if "cuda" in devices else None,
        "versions": versions(DISTRIBUTIONS),
    }


def _keys(suite: str, codec: Codec) -> list[dict[str, Any]]:
    """Return what tells the records of a model on one image apart."""
    way = {"way": codec.id}
    if suite == "fidelity":
        return [way]
    carriers = [{**way, "carrier": carrier} for carrier in carriers_of(codec)]
    if suite == "rate":
        return [{**key, "setting": s} for key in carriers for s in settings_of(codec)]
    return [
        {**key, "change": change.name}
        for key in carriers
        for change in CHANGES.values()
        if not change.alpha_only or key["carrier"] == "alpha"
    ]


def _measured(suite: str, codec: Codec, subject: Subject) -> Iterator[dict[str, Any]]:
    if suite == "rate":
        yield from model_rates(codec, subject.pixels)
    elif suite == "robust":
        yield from robustness(codec, subject.pixels)
    else:
        yield _fidelity(codec, subject)


def _fidelity(codec: Codec, subject: Subject) -> dict[str, Any]:
    """Measure an image as the papers do."""
    quality = default_quality(codec.config) if codec.config.dial_steps else None
    result = measure_image(codec, subject.pixels, subject.name, quality=quality)
    return {
        "way": codec.id,
        "quality": quality,
        "psnr_y": rounded(result.psnr_y, 3),
        "ssim_y": rounded(result.ssim_y, 5),
        "psnr_rgb": rounded(result.psnr_rgb, 3),
        "lr_psnr": rounded(result.lr_psnr, 3),
        **{f"bpp_{carrier}": rounded(bpp, 4) for carrier, bpp in result.bpp.items()},
    }


def _processor() -> str:
    """Return the name of the processor."""
    try:
        lines = CPUINFO.read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
