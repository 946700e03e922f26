"""Quality against bytes, in tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from rescodec.bench.curves import FEWEST_POINTS, MEASURES, Curve, bd_quality, bd_rate
from rescodec.bench.results import Results
from rescodec.report.figures import number, signed
from rescodec.report.markup import Markup, element, table

DIGITS: Final = {"psnr_y": 2, "ssim_y": 4, "psnr_rgb": 2, "ms_ssim": 5, "vif": 3}


def name_of(curve: Curve) -> str:
    """Return what a curve is called."""
    return f"{curve.way}, as alpha" if curve.carrier == "alpha" else curve.way


def rate_tables(results: Results, title: str, shown: Sequence[Curve]) -> list[Markup]:
    """Return how models stand to rivals, and every point.

    Args:
        results: Of the benchmark.
        title: Folder of images, and scale.
        shown: The curves: models, then rivals.
    """
    models = [curve for curve in shown if curve.way in results.models]
    rivals = [curve for curve in shown if curve.way not in results.models]
    tables = []
    if models and rivals:
        tables.append(
            _against(
                f"{title}: PSNR-Y at equal bytes, model less rival, dB; of models with a dial the "
                "mean over all rates that both have (Bjøntegaard)",
                models,
                rivals,
                lambda model, rival: signed(_gain(model, rival), 2),
            )
        )
        dials = [curve for curve in models if len(curve.points) >= FEWEST_POINTS]
        if dials:
            tables.append(
                _against(
                    f"{title}: bytes at equal PSNR-Y, model against rival, percent (Bjøntegaard); "
                    "less is better",
                    dials,
                    rivals,
                    lambda model, rival: signed(bd_rate(rival, model), 1, " %"),
                )
            )
    return [
        *tables,
        element("details", element("summary", f"{title}: every point"), _points(title, shown)),
    ]


def _against(
    caption: str,
    models: Sequence[Curve],
    rivals: Sequence[Curve],
    cell: Callable[[Curve, Curve], str],
) -> Markup:
    rows = [(name_of(model), *(cell(model, rival) for rival in rivals)) for model in models]
    return table(caption, ("", *(rival.way for rival in rivals)), rows)


def _gain(model: Curve, rival: Curve) -> float | None:
    """Return how much better a model is at equal bytes, dB; None if that is not known."""
    if model.images != rival.images:
        return None
    if len(model.points) >= FEWEST_POINTS:
        return bd_quality(rival, model)
    gains = [
        point.values["psnr_y"] - other
        for point in model.points
        if "psnr_y" in point.values and (other := rival.at(point.bpp, "psnr_y")) is not None
    ]
    return sum(gains) / len(gains) if gains else None


def _points(title: str, shown: Sequence[Curve]) -> Markup:
    head = ("", "images", "setting", "bpp", *MEASURES.values(), "LR, dB")
    rows = [
        (
            name_of(curve),
            str(len(curve.images)),
            number(point.setting, 1),
            number(point.bpp, 3),
            *(number(point.values.get(name), DIGITS[name]) for name in MEASURES),
            number(point.lr_psnr, 2),
        )
        for curve in shown
        for point in curve.points
    ]
    return table(f"{title}: means over images", head, rows)
