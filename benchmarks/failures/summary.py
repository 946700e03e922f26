"""What was found in a model, as the JSON file has it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import fields

import numpy as np

from benchmarks.failures.figures import PictureFigures, TileFigures, rounded
from benchmarks.failures.hunt import BADNESS, Findings, worst
from benchmarks.failures.measures import hue
from benchmarks.failures.pictures import DRAWN_GROUP, PHOTO_GROUP
from benchmarks.failures.restoring import quality_of
from rescodec import Codec

DRAWINGS = "drawings"
PHOTOS = "photos"
# Shifts of chroma by so many levels can be seen on flat areas.
VISIBLE = 2.0
NAMES = ("group", "picture")


def summary(codec: Codec, findings: Findings) -> dict[str, object]:
    """Return all figures of a model.

    Args:
        codec: The model.
        findings: What was found in it.
    """
    tiles, pictures = findings.tiles, findings.pictures
    parts = {
        DRAWINGS: [each for each in tiles if each.group == DRAWN_GROUP],
        PHOTOS: [each for each in tiles if each.group != DRAWN_GROUP],
    }
    return {
        "weights_sha256": codec.weights_sha256,
        "scale": codec.scale,
        "quality": quality_of(codec),
        "groups": {
            group: means([each for each in pictures if each.group == group])
            for group in dict.fromkeys(each.group for each in pictures)
        },
        "pictures": {
            each.picture: means([each])
            for each in pictures
            if each.group in (DRAWN_GROUP, PHOTO_GROUP)
        },
        "tints": {part: tints(chosen) for part, chosen in parts.items() if chosen},
        "picture_tints": {
            part: picture_tints([each for each in pictures if (each.group == DRAWN_GROUP) is drawn])
            for part, drawn in ((DRAWINGS, True), (PHOTOS, False))
        },
        "worst": {
            part: {
                measure: [each.to_dict() for each in worst(chosen, measure)] for measure in BADNESS
            }
            for part, chosen in parts.items()
        },
        "borders": findings.borders,
        "causes": findings.causes,
        "worst_causes": findings.worst_causes,
        "stripes": findings.stripes,
    }


def means(pictures: Sequence[PictureFigures]) -> dict[str, object]:
    """Return the means of the figures of some pictures, over those that have them."""
    result: dict[str, object] = {"count": len(pictures)}
    for one in fields(PictureFigures):
        if one.name in NAMES:
            continue
        values = [getattr(each, one.name) for each in pictures]
        if one.name == "tint":
            values = [math.hypot(*value) for value in values]
        # Drawings without noise may come back exactly, to infinite decibels.
        known = [value for value in values if value is not None and np.isfinite(value)]
        result[one.name] = rounded(float(np.mean(known))) if known else None
    return result


def tints(tiles: Sequence[TileFigures]) -> dict[str, object]:
    """Return how tints of restored tiles, and of their LR images, are distributed."""
    return {"restored": _spread(tiles, "tint"), "lr": _spread(tiles, "lr_tint")}


def picture_tints(pictures: Sequence[PictureFigures]) -> dict[str, object]:
    """Return the same of whole pictures."""
    return _spread(pictures, "tint")


def _spread(
    figures: Sequence[TileFigures] | Sequence[PictureFigures], name: str
) -> dict[str, object]:
    shifts = [getattr(each, name) for each in figures]
    sizes = np.array([math.hypot(*shift) for shift in shifts])
    strongest = int(sizes.argmax())
    green = np.array([hue(shift) == "green" for shift in shifts])
    cb, cr = np.mean(shifts, axis=0)
    return {
        "count": len(sizes),
        "median": rounded(float(np.median(sizes))),
        "p99": rounded(float(np.percentile(sizes, 99))),
        "most": rounded(float(sizes[strongest])),
        "most_hue": hue(shifts[strongest]),
        "most_picture": figures[strongest].picture,
        "visible": int(np.count_nonzero(sizes > VISIBLE)),
        "visible_green": int(np.count_nonzero((sizes > VISIBLE) & green)),
        "mean_cb": rounded(float(cb)),
        "mean_cr": rounded(float(cr)),
    }
