"""What the curves of the suite ``rate`` say, in one sentence for each model and folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from rescodec.bench.curves import Curve, curves_of, folders_of
from rescodec.bench.results import Results
from rescodec.bench.rivals import INSIDE, RIVALS, thumbnail_name

# Smaller differences are called none.
EQUAL_DB = 0.1
# Where a model's curve is compared with those of rivals, between its ends.
SAMPLES = 40


def verdicts(results: Results) -> list[str]:
    """Return where models beat what users have instead, and where they do not.

    PSNR-Y at equal bytes of whole files. Rivals that show a picture everywhere, as LR files do,
    are bicubic LR PNGs with a file of another codec inside; those codecs alone need no LR
    image and so have an easier task.

    Args:
        results: With records of the suite ``rate``.

    Returns:
        A sentence for each folder and model, that begins with both.
    """
    sentences = []
    records = results.records("rate")
    for folder in folders_of(records):
        curves = curves_of(records, folder)
        rivals = {curve.way: curve for curve in curves if curve.way not in results.models}
        for curve in curves:
            # The alpha channel holds the same samples in nearly the same bytes.
            if curve.way in results.models and curve.carrier != "alpha" and rivals:
                facts = results.models[curve.way]
                thumbnails = [thumbnail_name(name, facts["scale"]) for name in INSIDE]
                judged = _judged(curve, [rivals[name] for name in thumbnails if name in rivals])
                alone = _judged(curve, [rivals[name] for name in RIVALS if name in rivals])
                name = f"{folder}, {curve.way} ({_range(curve)})"
                sentences.append(f"{name}: {judged}; without an LR image, {alone}.")
    return sentences


def _judged(model: Curve, rivals: Sequence[Curve]) -> str:
    """Return how a model stands to rivals: those that it beats first."""
    groups: dict[str, list[str]] = {"above": [], "equal to": [], "below": [], "": []}
    for rival in rivals:
        group, text = _against(model, rival)
        groups[group].append(text)
    parts = [
        f"{name} {', '.join(texts)}" if name else ", ".join(texts)
        for name, texts in groups.items()
        if texts
    ]
    return ", ".join(parts) or "nothing to compare with"


def _against(model: Curve, rival: Curve) -> tuple[str, str]:
    """Return the group of a rival, and the words about it."""
    if rival.images != model.images:
        return "", f"{rival.way} was measured on other images"
    found = list(_differences(model, rival))
    if not found:
        small = model.points[-1].bpp < rival.points[0].bpp
        return "", f"{rival.way} has no files this {'small' if small else 'large'}"
    differences = [difference for _, difference in found]
    low, high = min(differences), max(differences)
    if low > EQUAL_DB or high < -EQUAL_DB:
        group = "above" if low > 0 else "below"
        # The nearer end first.
        near, far = sorted((abs(low), abs(high)))
        return group, f"{rival.way} by {_span(near, far)} dB"
    if max(abs(low), abs(high)) <= EQUAL_DB:
        return "equal to", rival.way
    where = " and ".join(_where(found))
    return "", (
        f"{rival.way}: {low:+.1f} to {high:+.1f} dB, "
        + (f"above it {where} bpp" if where else "nowhere above it")
    )


def _where(found: Sequence[tuple[float, float]]) -> Iterator[str]:
    """Yield each range of rates in which a model is above a rival."""
    first, last = found[0][0], found[-1][0]
    for above, run in groupby(found, key=lambda pair: pair[1] > EQUAL_DB):
        rates = [bpp for bpp, _ in run]
        if not above:
            continue
        if len(rates) == 1:
            yield f"around {rates[0]:.2f}"
        elif rates[0] == first:
            yield f"up to {rates[-1]:.2f}"
        elif rates[-1] == last:
            yield f"from {rates[0]:.2f}"
        else:
            yield f"from {rates[0]:.2f} to {rates[-1]:.2f}"


def _differences(model: Curve, rival: Curve) -> Iterator[tuple[float, float]]:
    """Yield rates within both curves, and by how many decibels the model is above the rival."""
    low, high = model.points[0].bpp, model.points[-1].bpp
    count = SAMPLES if high > low else 1
    for step in range(count):
        bpp = low + (high - low) * step / max(1, count - 1)
        ours, theirs = model.at(bpp, "psnr_y"), rival.at(bpp, "psnr_y")
        if ours is not None and theirs is not None:
            yield bpp, ours - theirs


def _range(curve: Curve) -> str:
    """Return rates and quality of a curve."""
    first, last = curve.points[0], curve.points[-1]
    ends = [point.values.get("psnr_y") for point in (first, last)]
    quality = [f"{value:.1f}" if value is not None else "exact" for value in ends]
    if first is last:
        return f"{first.bpp:.2f} bpp, {quality[0]} dB"
    return f"{first.bpp:.2f} to {last.bpp:.2f} bpp, {quality[0]} to {quality[1]} dB"


def _span(near: float, far: float) -> str:
    return f"{near:.1f}" if far - near < EQUAL_DB else f"{near:.1f} to {far:.1f}"
