"""Curves of quality against bytes, made of the records of the suite ``rate``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import bjontegaard  # type: ignore[import-untyped]
import numpy as np

# Higher is better in all of them.
MEASURES = {
    "psnr_y": "PSNR-Y, dB",
    "ssim_y": "SSIM-Y",
    "psnr_rgb": "PSNR-RGB, dB",
    "ms_ssim": "MS-SSIM",
    "vif": "VIF",
}
# Of a curve, so that a cubic through its points means something.
FEWEST_POINTS = 4


@dataclass(frozen=True)
class Point:
    """Means over all images at one setting.

    Attributes:
        setting: Of the codec; None where there is none to set.
        bpp: Bits of the file per pixel of the photo.
        values: By the names of ``MEASURES``; a measure that an image has none of is left out, such
            as the PSNR of images that are equal.
        lr_psnr: Of the LR image against bicubic, dB; None for what has none of its own.
    """

    setting: float | None
    bpp: float
    values: dict[str, float]
    lr_psnr: float | None


@dataclass(frozen=True)
class Curve:
    """What one codec does on the images of a folder.

    Attributes:
        way: Model or rival.
        carrier: Of the payload; None for rivals.
        images: Their names.
        points: From small files to large ones.
    """

    way: str
    carrier: str | None
    images: frozenset[str]
    points: tuple[Point, ...]

    def at(self, bpp: float, measure: str) -> float | None:
        """Return a measure at a rate, linear between points; None outside the curve."""
        points = [point for point in self.points if measure in point.values]
        if not points or not points[0].bpp <= bpp <= points[-1].bpp:
            return None
        values = [point.values[measure] for point in points]
        return float(np.interp(bpp, [point.bpp for point in points], values))


def folders_of(records: Iterable[dict[str, Any]]) -> list[str]:
    """Return the folders of records in their order."""
    return list(dict.fromkeys(record["folder"] for record in records))


def curves_of(records: Iterable[dict[str, Any]], folder: str) -> list[Curve]:
    """Return the curves of a folder, in the order of the records.

    A setting counts if all images were measured at it that the way was measured on. Curves of two
    ways are to be compared only if they have the same images.
    """
    ways: dict[tuple[str, str | None], dict[float | None, list[dict[str, Any]]]] = {}
    for record in records:
        if record["folder"] == folder:
            settings = ways.setdefault((record["way"], record["carrier"]), {})
            settings.setdefault(record["setting"], []).append(record)
    curves = []
    for (way, carrier), settings in ways.items():
        images = frozenset(record["image"] for found in settings.values() for record in found)
        points = [
            _point(setting, found)
            for setting, found in settings.items()
            if len(found) == len(images)
        ]
        points.sort(key=lambda point: point.bpp)
        curves.append(Curve(way, carrier, images, tuple(points)))
    return curves


def bd_rate(anchor: Curve, test: Curve, measure: str = "psnr_y") -> float | None:
    """Return Bjøntegaard's mean difference of bytes at equal quality, percent; None if undefined.

    Negative where ``test`` needs fewer bytes than ``anchor``. Piecewise cubics (Akima) through
    the points, over the range of quality that both reach; undefined for other images.
    """
    return _bjontegaard(bjontegaard.bd_rate, anchor, test, measure)


def bd_quality(anchor: Curve, test: Curve, measure: str = "psnr_y") -> float | None:
    """Return Bjøntegaard's mean difference of quality at equal bytes; None if undefined.

    Positive where ``test`` is better; in the unit of the measure. Undefined for other images.
    """
    return _bjontegaard(bjontegaard.bd_psnr, anchor, test, measure)


def _point(setting: float | None, found: Sequence[dict[str, Any]]) -> Point:
    values = {}
    for measure in MEASURES:
        mean = _mean([record.get(measure) for record in found])
        if mean is not None:
            values[measure] = mean
    bpp = float(np.mean([record["bpp"] for record in found]))
    return Point(setting, bpp, values, _mean([record.get("lr_psnr") for record in found]))


def _mean(values: Sequence[float | None]) -> float | None:
    """Return the mean of values, None if one of them is missing."""
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if len(known) == len(values) else None


def _bjontegaard(difference: Any, anchor: Curve, test: Curve, measure: str) -> float | None:
    if anchor.images != test.images:
        return None
    sides: list[list[float]] = []
    for curve in (anchor, test):
        points = _increasing([point for point in curve.points if measure in point.values], measure)
        if len(points) < FEWEST_POINTS:
            return None
        rates = [point.bpp for point in points]
        sides += [rates, [point.values[measure] for point in points]]
    across = difference is bjontegaard.bd_rate
    low = max(min(side) for side in sides[across::2])
    high = min(max(side) for side in sides[across::2])
    if low >= high:
        return None
    # Curves that overlap in part are compared where they do.
    return float(difference(*sides, method="akima", require_matching_points=False, min_overlap=0))


def _increasing(points: Sequence[Point], measure: str) -> list[Point]:
    """Leave out points that cost more than the one before them and are no better."""
    kept: list[Point] = []
    for point in points:
        if not kept or point.values[measure] > kept[-1].values[measure]:
            kept.append(point)
    return kept
