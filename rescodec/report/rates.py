"""Quality against bytes: the section of the suite ``rate``, and its plots."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from rescodec.bench import curves
from rescodec.bench.results import Results
from rescodec.bench.rivals import INSIDE, SCALES, thumbnail_name
from rescodec.report.axes import Axis, doubling, linear, near_one
from rescodec.report.figures import number
from rescodec.report.markup import Markup, element
from rescodec.report.plots import MARKERS, Curve, Style, legend, plot
from rescodec.report.rate_tables import DIGITS, name_of, rate_tables

# With what lies above, the rest would be squeezed.
MOST_DECIBELS: Final = 62
AXES: Final[Mapping[str, Callable[[str, Iterable[float]], Axis]]] = {
    "psnr_y": lambda label, values: linear(label, values, MOST_DECIBELS),
    "ssim_y": near_one,
    "psnr_rgb": lambda label, values: linear(label, values, MOST_DECIBELS),
    "ms_ssim": near_one,
    "vif": linear,
}
BITS: Final = "bits per pixel of the photo"
# Colour and marker.
FAMILIES: Final = {
    "dial": ("blue", 0),
    "alpha": ("vermillion", 2),
    "latent": ("purple", 3),
    "plain": ("green", 1),
}
CODECS: Final = {
    "JPEG": ("grey", 1),
    "WebP": ("sky", 4),
    "AVIF": ("orange", 5),
    "JPEG XL": ("yellow", 3),
}
# Name of a rival with a thumbnail: the codec inside and the scale.
_THUMBNAILS: Final = {
    thumbnail_name(name, scale): (name, scale) for name in INSIDE for scale in SCALES
}


def rates(results: Results) -> list[Markup]:
    """Return the section, or nothing without records."""
    records = results.records("rate")
    if not records:
        return []
    figures, tables = [], []
    for folder in curves.folders_of(records):
        found = curves.curves_of(records, folder)
        for scale in _scales(results, found):
            shown = sorted(
                (c for c in found if _scale_of(results, c.way) in (None, scale)),
                # Models, then codecs, then what carries them.
                key=lambda curve: (curve.way not in results.models, curve.way in _THUMBNAILS),
            )
            title = folder if scale is None else f"{folder}, x{scale}"
            figures += _figures(results, folder, scale, title, shown)
            place = {"data_folder": folder, "data_scale": _scale_name(scale)}
            tables.append(element("div", *rate_tables(results, title, shown), **place))
    words = (
        "Higher and further left is better. Each point is a mean over the images of the folder on "
        "which its codec was measured; point at it to read it. Bits are those of whole files. "
        "Dashed: a bicubic LR PNG with a file of another codec inside, which is how anyone can "
        "have a preview and a photo in one file; or the payload as alpha channel. "
        f"Points above {MOST_DECIBELS} dB are in the tables alone."
    )
    return [
        element(
            "section",
            element("h2", "Quality against bytes"),
            element("p", words),
            _choice(figures),
            *(figure for _, figure in figures),
            *tables,
            class_="plots",
        )
    ]


def _scale_of(results: Results, way: str) -> int | None:
    """Return the scale of a model or thumbnail, None for a codec that has none."""
    if way in _THUMBNAILS:
        return _THUMBNAILS[way][1]
    facts = results.models.get(way)
    return None if facts is None else facts.get("scale")


def _scale_name(scale: int | None) -> str:
    return "any" if scale is None else f"x{scale}"


def _scales(results: Results, found: Sequence[curves.Curve]) -> list[int | None]:
    """Return the scales of the models, each of which has its plots."""
    scales = {_scale_of(results, curve.way) for curve in found if curve.way in results.models}
    return sorted(scales, key=lambda scale: scale or 0) or [None]


def _choice(figures: Sequence[tuple[dict[str, str], Markup]]) -> Markup:
    """Return lists of which scripts take what they show."""
    selects = []
    for name in ("folder", "scale", "measure"):
        values = dict.fromkeys(values[name] for values, _ in figures)
        labels = {key: label.partition(",")[0] for key, label in curves.MEASURES.items()}
        options = [element("option", labels.get(value, value), value=value) for value in values]
        select = element("select", *options, data_of=name)
        selects.append(element("label", f"{name.capitalize()} ", select))
    return element("div", *selects, class_="choice", hidden=True)


def _figures(
    results: Results,
    folder: str,
    scale: int | None,
    title: str,
    shown: Sequence[curves.Curve],
) -> list[tuple[dict[str, str], Markup]]:
    figures = []
    for measure, label in curves.MEASURES.items():
        drawn = _drawn(results, shown, measure)
        if not drawn:
            continue
        x = doubling(BITS, _bits(results, shown))
        inside = [b for curve in drawn for a, b, _ in curve.points if x.holds(a)]
        y = AXES[measure](label, inside)
        values = {"folder": folder, "scale": _scale_name(scale), "measure": measure}
        figure = element(
            "figure",
            element("figcaption", f"{title}: {label}"),
            plot(f"{label} against {BITS}, {title}", x, y, drawn),
            legend(drawn),
            class_="curves",
            **{f"data_{name}": value for name, value in values.items()},
        )
        figures.append((values, figure))
    return figures


def _bits(results: Results, shown: Sequence[curves.Curve]) -> list[float]:
    """Return between which bits per pixel a plot is interesting: about where the models are."""
    of_models = [p.bpp for curve in shown if curve.way in results.models for p in curve.points]
    every = [point.bpp for curve in shown for point in curve.points]
    if not of_models:
        return every
    return [max(min(every), min(of_models) / 2), min(max(every), 1.2 * max(of_models))]


def _drawn(results: Results, shown: Sequence[curves.Curve], measure: str) -> list[Curve]:
    drawn: list[Curve] = []
    for curve in shown:
        points = tuple(
            (point.bpp, point.values[measure], _said(curve, point, measure))
            for point in curve.points
            if measure in point.values
        )
        if points:
            style = _style(results, curve, [other.style for other in drawn])
            drawn.append(Curve(name_of(curve), style, points))
    return drawn


def _said(curve: curves.Curve, point: curves.Point, measure: str) -> str:
    setting = "" if point.setting is None else f", setting {point.setting:g}"
    value = number(point.values[measure], DIGITS[measure])
    return f"{name_of(curve)}{setting}: {point.bpp:.2f} bpp, {curves.MEASURES[measure]} {value}"


def _style(results: Results, curve: curves.Curve, taken: Sequence[Style]) -> Style:
    """Return a style that no other curve has, while there are any."""
    codec, _ = _THUMBNAILS.get(curve.way, (curve.way, None))
    family = results.models.get(curve.way, {}).get("family", "")
    color, marker = CODECS.get(codec) or FAMILIES.get(family) or ("grey", 0)
    dashed = curve.way in _THUMBNAILS or curve.carrier == "alpha"
    for step in range(len(MARKERS)):
        style = Style(color, (marker + step) % len(MARKERS), dashed)
        if style not in taken:
            return style
    return Style(color, marker, dashed)
