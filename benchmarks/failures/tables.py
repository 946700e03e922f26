"""Tables of documents, from the figures that this program and the evaluation have written.

``TABLES`` names them as documents do: ``<!-- table: NAME -->``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from benchmarks.failures.cards import card
from benchmarks.failures.results import percent, place, results, short, stem, tenths, written
from benchmarks.failures.stripes import CONTRASTS, PATTERNS
from benchmarks.results_table import markdown
from rescodec.zoo import MODELS

TEXTS = ("text", "coloured text", "subpixel text", "window")
DIALS = [name for name, entry in MODELS.items() if entry.family == "dial"]
OTHERS = [name for name in MODELS if name not in DIALS]


def kinds() -> str:
    """Return PSNR over RGB by kind of picture and model."""
    return _by_kind(lambda figures: tenths(figures["psnr_rgb"]))


def color_shares() -> str:
    """Return the share of the squared error that is colour."""
    return _by_kind(lambda figures: percent(figures["color_share"]))


def ringings() -> str:
    """Return the error beside edges, in levels."""
    return _by_kind(lambda figures: tenths(figures["ringing"]))


def texts() -> str:
    """Return how sharp restored letters are, beside those of bicubic interpolation."""

    def cell(figures: Mapping[str, Any], prefix: str = "") -> str:
        kept = percent(figures[f"{prefix}gradient_kept"])
        return f"{tenths(figures[f'{prefix}psnr_y'])} dB, {kept}"

    rows = [
        (
            f"bicubic {scale}",
            *(cell(results()[name]["pictures"][kind], "bicubic_") for kind in TEXTS),
        )
        for scale, name in (("x2", "plain-x2-lite-1"), ("x4", "plain-x4-lite-1"))
    ]
    rows += [
        (name, *(cell(results()[name]["pictures"][kind]) for kind in TEXTS)) for name in MODELS
    ]
    return markdown(("model", *TEXTS), rows)


def lr_texts() -> str:
    """Return how near LR images with letters are to bicubic ones, and how sharp beside them."""
    rows = []
    for name in MODELS:
        figures = [results()[name]["pictures"][kind] for kind in TEXTS]
        cells = (
            f"{tenths(each['lr_psnr'])} dB, {percent(each['lr_gradient_kept'])}" for each in figures
        )
        rows.append((name, *cells))
    return markdown(("model", *TEXTS), rows)


def tints(part: str) -> str:
    """Return how tints are distributed, over tiles and over whole pictures.

    Args:
        part: ``photos`` or ``drawings``.
    """
    head = (
        *("model", "tiles", "median", "99 %", "most", "over 2 levels", "of these green"),
        *("LR, 99 %", "LR, most", "whole pictures, median", "most"),
    )
    rows = []
    for name, figures in results().items():
        restored, lr = (figures["tints"][part][of] for of in ("restored", "lr"))
        whole = figures["picture_tints"][part]
        rows.append(
            (
                *(name, f"{restored['count']}", _fine(restored["median"]), _fine(restored["p99"])),
                *(_strongest(restored), f"{restored['visible']}", f"{restored['visible_green']}"),
                *(_fine(lr["p99"]), _strongest(lr), _fine(whole["median"]), _strongest(whole)),
            )
        )
    return markdown(head, rows)


def left_out() -> str:
    """Return what is reached without what files leave out, then clipped, and by files."""
    return _steps(OTHERS, ("left out", "clipped", "pixels"))


def dialled() -> str:
    """Return what is reached with rounded colours, and by files, of models with a dial."""
    return _steps(DIALS, ("colours rounded", "pixels"))


def worst_causes() -> str:
    """Return the means of the same around the ten worst tiles of photos."""
    rows = []
    for name, figures in results().items():
        steps: dict[str, list[float]] = {}
        for tile in figures["worst_causes"]:
            for row in tile:
                steps.setdefault(row["step"], []).append(row["psnr_rgb"])
        mean = {step: sum(values) / len(values) for step, values in steps.items()}
        wanted = ("left out", "clipped", "colours rounded", "rounded", "pixels")
        rows.append((name, *(tenths(mean.get(step)) for step in wanted)))
    return markdown(
        ("model", "left out", "clipped", "colours rounded", "all rounded", "file"), rows
    )


def stripes() -> str:
    """Return what becomes of each pattern of one pixel, by contrast: the photo, its LR image."""
    head = ("model", "pattern", *(percent(contrast) for contrast in CONTRASTS))

    def row(name: str, pattern: str, figures: Mapping[str, Sequence[float]]) -> Sequence[str]:
        pairs = zip(figures["psnr_rgb"], figures["lr_psnr"], strict=True)
        return (name, pattern, *(f"{tenths(photo)}, {tenths(lr)}" for photo, lr in pairs))

    bicubic = results()["plain-x2-lite-1"]["stripes"]["rows"]["bicubic"]
    rows: list[Sequence[str]] = [("bicubic x2", "rows", *map(tenths, bicubic))]
    rows += [
        row(name, pattern, figures["stripes"][pattern])
        for name, figures in results().items()
        for pattern in PATTERNS
    ]
    return markdown(head, rows)


def beyond() -> str:
    """Return how far LR images leave black and white, for the pattern where that is farthest."""
    head = ("model", "pattern", *(percent(contrast) for contrast in CONTRASTS))
    rows = []
    for name, figures in results().items():
        pattern, found = max(figures["stripes"].items(), key=lambda item: max(item[1]["lr_beyond"]))
        rows.append((name, pattern, *(f"{levels:,.0f}" for levels in found["lr_beyond"])))
    return markdown(head, rows)


def training() -> str:
    """Return how strong these patterns are in the training images."""
    found = written("training-contrasts")
    head = ("pattern", *(f"{each:g} % of areas" for each in found["percentiles"][:-1]), "all")
    rows = [(pattern, *map(percent, values)) for pattern, values in found["contrasts"].items()]
    return markdown(head, rows)


def borders() -> str:
    """Return what tiles and strips change, and whether their borders show."""
    head = ("model", "samples that differ", "in low strips", "across tiles", "across blocks")
    rows = []
    for name, figures in results().items():
        found = figures["borders"]
        differing = (
            f"{max(part[of]['per_million'] for of in part):g} per million, "
            f"by {max(part[of]['most'] for of in part)}"
            for part in (found["strips"], found["low_strips"])
        )
        seams = (f"{found['seams'][kind]:.2f}" for kind in ("tiles", "blocks"))
        rows.append((name, *differing, *seams))
    return markdown(head, rows)


def worst(part: str, measure: str, most: int) -> str:
    """Return a list of the worst tiles for each model.

    Args:
        part: ``photos`` or ``drawings``.
        measure: As in ``hunt.BADNESS``.
        most: How many of each model.
    """
    told: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
        "psnr": lambda tile: f"{tile['psnr_rgb']:.1f} dB",
        "tint": lambda tile: f"{_fine(tile['tint'])} {tile['hue']}",
        "ringing": lambda tile: f"{tile['ringing']:.1f}",
    }
    lines = []
    for name, figures in results().items():
        tiles = figures["worst"][part][measure][:most]
        cells = (f"{place(tile)} {told[measure](tile)}" for tile in tiles)
        lines.append(f"- {name}: {', '.join(cells)}")
    return "\n".join(lines)


TABLES: dict[str, Callable[[], str]] = {
    "failures-kinds": kinds,
    "failures-color-shares": color_shares,
    "failures-ringing": ringings,
    "failures-texts": texts,
    "failures-lr-texts": lr_texts,
    "failures-tints-photos": partial(tints, "photos"),
    "failures-tints-drawings": partial(tints, "drawings"),
    "failures-left-out": left_out,
    "failures-dial": dialled,
    "failures-worst-causes": worst_causes,
    "failures-stripes": stripes,
    "failures-stripes-beyond": beyond,
    "failures-training": training,
    "failures-borders": borders,
    "failures-worst-psnr": partial(worst, "photos", "psnr", 10),
    "failures-worst-tint": partial(worst, "photos", "tint", 3),
    "failures-worst-ringing": partial(worst, "photos", "ringing", 3),
    **{f"card-{name}": partial(card, name) for name in MODELS},
}


def _by_kind(cell: Callable[[Mapping[str, Any]], str]) -> str:
    """Return a table of all pictures that are shown, a column for each model."""
    found = results()
    rows = [
        (stem(kind), *(cell(found[name]["pictures"][kind]) for name in MODELS))
        for kind in found[next(iter(MODELS))]["pictures"]
    ]
    return markdown(("picture", *map(short, MODELS)), rows)


def _steps(names: Sequence[str], steps: Sequence[str]) -> str:
    found = results()
    rows = []
    for kind in found[names[0]]["causes"]:
        cells = []
        for name in names:
            reached = {row["step"]: row["psnr_rgb"] for row in found[name]["causes"][kind]}
            cells.append(" → ".join(tenths(reached[step]) for step in steps))
        rows.append((stem(kind), *cells))
    return markdown(("picture", *map(short, names)), rows)


def _strongest(spread: Mapping[str, Any]) -> str:
    return f"{_fine(spread['most'])} {spread['most_hue']}"


def _fine(value: float) -> str:
    return f"{value:.2f}"
