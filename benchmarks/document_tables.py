"""Tables of the dial, of lossless files, of 16 bits, and what carriers cost."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from benchmarks.dial_curves import RATES
from benchmarks.lossless import PALETTE
from benchmarks.result_tables import RESULTS
from benchmarks.results_table import markdown
from rescodec.lossless import LOSSLESS_QUALITY
from rescodec.zoo import MODELS

DIALS: Final = {2: "dial-x2-lite-1", 4: "dial-x4-lite-1"}
SHOWN_ON: Final = "Set14"
BITS_PER_BYTE: Final = 8
BYTES_PER_MB: Final = 10**6

Row = Mapping[str, Any]


def dial_qualities() -> str:
    """Return rate and quality of both dials at each of the shown qualities."""
    both = [_curves(scale, "")[SHOWN_ON]["curves"][model] for scale, model in DIALS.items()]
    names = ("bpp", "psnr_y", "psnr_rgb", "lr_psnr")
    rows = []
    for points in zip(*both, strict=True):
        cells = (
            "exact" if point[name] is None else f"{point[name]:.2f}"
            for point in points
            for name in names
        )
        rows.append((f"{points[0]['setting']}", *cells))
    columns = ("bpp", "PSNR-Y", "PSNR-RGB", "LR")
    heads = (f"{f'x{scale}: ' * (name == 'bpp')}{name}" for scale in DIALS for name in columns)
    return markdown(("quality", *heads), rows)


def dial_rates(scale: int) -> str:
    """Return PSNR-Y and PSNR-RGB of a dial and its rivals at equal bits per pixel."""
    folders = _curves(scale, "") | _curves(scale, "-bsd100")
    rows = []
    for folder, found in folders.items():
        for way, values in found["at"].items():
            pairs = zip(values["psnr_y"], values["psnr_rgb"], strict=True)
            cells = ("" if y is None else f"{y:.1f} / {rgb:.1f}" for y, rgb in pairs)
            rows.append((f"{folder}, {way}", *cells))
    return markdown(("", *(f"{rate:g} bpp" for rate in RATES[scale])), rows)


def _curves(scale: int, suffix: str) -> dict[str, Any]:
    """Return the folders of a file of curves."""
    values = _read(f"dial-x{scale}-curves{suffix}.json")
    return {name: value for name, value in values.items() if isinstance(value, dict)}


def lossless() -> str:
    """Return bits per pixel of lossless files, of crops of some photos."""
    rows = _read("lossless.json")
    pixels, best = sum(row["pixels"] for row in rows), _png(rows)
    ways = [("PNG, optimised", best, None), ("lossless WebP", _sum(rows, "WebP"), None)]
    residuals = [key for key in rows[0] if key.endswith(": residual")]
    models = [
        (_quoted(name := key.removesuffix(": residual")), _sum(rows, name), _sum(rows, key))
        for key in residuals
    ]
    cells = [
        (
            name,
            f"{BITS_PER_BYTE * size / pixels:.2f}",
            f"{size / best:.1%}",
            "" if residual is None else f"{BITS_PER_BYTE * residual / pixels:.2f}",
        )
        for name, size, residual in (*ways, *sorted(models, key=lambda way: way[1]))
    ]
    return markdown(("", "bits per pixel", "against PNG", "of it the residual"), cells)


def lossless_sets() -> str:
    """Return bits per pixel of lossless files, of whole pictures."""
    sets = _read("lossless-sets.json") + _read("lossless-bsd100.json")
    groups: dict[str, list[Row]] = {}
    for folder in dict.fromkeys(row["folder"] for row in sets):
        found = [row for row in sets if row["folder"] == folder]
        more = [row for row in found if row["colours"] > PALETTE]
        groups[f"{folder}, {len(found)} images"] = found
        if len(more) < len(found):
            groups[f"of more than {PALETTE} colours, {len(more)}"] = more
    rows = []
    for name, found in groups.items():
        pixels, best = sum(row["pixels"] for row in found), _png(found)
        cells = [f"{BITS_PER_BYTE * best / pixels:.2f}"]
        for way in (
            "WebP",
            *(f"{model}, quality {LOSSLESS_QUALITY:g}" for model in DIALS.values()),
        ):
            if way not in found[0]:
                cells.append("")
                continue
            size = _sum(found, way)
            cells.append(f"{BITS_PER_BYTE * size / pixels:.2f} ({size / best:.0%})")
        rows.append((name, *cells))
    ways = ("PNG, optimised", "WebP", *map(_quoted, DIALS.values()))
    return markdown(("bits per pixel (against PNG)", *ways), rows)


def _png(rows: Sequence[Row]) -> int:
    """Return the bytes of the smaller PNG of each picture, summed."""
    names = [key for key in rows[0] if key.startswith("PNG")]
    return sum(min(row[name] for name in names) for row in rows)


def precision() -> str:
    """Return what 16 bits change, of each model, direction and type."""
    found: dict[str, dict[str, str]] = {}
    for row in _read("precision.json")["rows"]:
        cell = f"{row['levels']}; {100 * row['share']:.1f} %; {row['db_most']:.4f}"
        found.setdefault(row["model"], {})[f"{row['stage']} {row['precision']}"] = cell
    columns = [f"{stage} {name}" for stage in ("decode", "encode") for name in ("bf16", "fp16")]
    rows = [(_quoted(model), *(cells[name] for name in columns)) for model, cells in found.items()]
    return markdown(("", *columns), rows)


def carriers() -> str:
    """Return a sentence about the bytes of both carriers."""
    texts = []
    for entry in MODELS.values():
        if entry.family == "alpha":
            sizes = dict.fromkeys(("chunk", "alpha"), 0.0)
            for folder in _read(f"{entry.id}.json")["folders"]:
                if folder["name"] in ("Set14", "BSD100"):
                    for image in folder["images"]:
                        height, width = image["hr_size"]
                        for name in sizes:
                            sizes[name] += image["bpp"][name] * height * width / BITS_PER_BYTE
            chunk, alpha = (f"{size / BYTES_PER_MB:.3f} MB" for size in sizes.values())
            texts.append(f"{chunk} where `alpha` costs {alpha} (`{entry.id}`)")
    return f"Summed over Set14 and BSD100 the carrier `chunk` costs {' and '.join(texts)}."


def _sum(rows: Sequence[Row], key: str) -> int:
    return sum(row[key] for row in rows)


def _quoted(name: str) -> str:
    model, comma, rest = name.partition(",")
    return f"`{model}`{comma}{rest}"


def _read(name: str) -> Any:
    return json.loads((RESULTS / name).read_text(encoding="utf-8"))


TABLES: Mapping[str, Callable[[], str]] = {
    "dial-qualities": dial_qualities,
    "dial-rates-x2": lambda: dial_rates(2),
    "dial-rates-x4": lambda: dial_rates(4),
    "lossless": lossless,
    "lossless-sets": lossless_sets,
    "precision": precision,
    "carriers": carriers,
}
