"""Tables of the measured results, of models beside the papers and beside what users have."""

from __future__ import annotations

import functools
import json
import statistics
import textwrap
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.results_table import evaluation_table, markdown
from rescodec.bench.curves import MEASURES, Curve, bd_quality, bd_rate, curves_of, folders_of
from rescodec.bench.published import FOLDERS, PUBLISHED
from rescodec.bench.results import Results
from rescodec.bench.rivals import INSIDE, RIVALS, thumbnail_name
from rescodec.bench.verdict import verdicts
from rescodec.zoo import MODELS

RESULTS = Path(__file__).parent.parent / "docs/results"
BENCH = RESULTS / "bench.json"
# Of the papers' methods, beside which the README shows ours.
BESIDE = ("IRN", "DLV-IRN-M", "DLV-IRN-A")
# In order of what a file keeps.
ORDER = ("plain", "latent", "alpha", "dial")
GIB = 2**30


@functools.cache
def bench() -> Results:
    """Return the published results of `rescodec bench`."""
    return Results.read(BENCH)


@functools.cache
def evaluation(model: str) -> dict[str, Any]:
    """Return the published evaluation of a released model."""
    values: dict[str, Any] = json.loads((RESULTS / f"{model}.json").read_text(encoding="utf-8"))
    return values


def released() -> list[str]:
    """Return the released models by scale and by what their files keep."""
    entries = sorted(MODELS.values(), key=lambda e: (e.scale, ORDER.index(e.family)))
    return [entry.id for entry in entries]


def readme_table() -> str:
    """Return the table of the README: ours beside the papers' best."""
    rows: list[Sequence[str]] = []
    for scale in (2, 4):
        for row in PUBLISHED:
            if row.scale == scale and row.method in BESIDE:
                cost = (
                    [f"{value}" for value in _IRN_COST[scale]] if row.method == "IRN" else ["", ""]
                )
                psnr = [f"{row.results[folder][0]:.2f}" for folder in FOLDERS]
                rows.append((f"{row.method}, published", f"x{scale}", *cost, *psnr, "", ""))
        for name in released():
            if MODELS[name].scale == scale:
                rows.append(_readme_row(name))
    columns = ("model", "scale", "parameters", "kMAC/pixel", *FOLDERS, "LR", "bpp")
    return markdown(columns, rows)


# Parameters and thousands of multiply-accumulates per pixel, counted on the papers' network.
_IRN_COST = {2: ("1.67 M", "416"), 4: ("4.36 M", "584")}


def _readme_row(name: str) -> Sequence[str]:
    entry, values = MODELS[name], evaluation(name)
    means = {folder["name"]: folder["means"] for folder in values["folders"]}
    quality = f", quality {values['quality']:g}" if "quality" in values else ""
    bpp = means["Set14"]["bpp"]
    return (
        f"**{name}**{quality}",
        f"x{entry.scale}",
        f"{entry.parameters / 1e6:.2f} M",
        f"{entry.kmac_per_hr_pixel:.0f}",
        *(f"**{means[folder]['psnr_y']:.2f}**" for folder in FOLDERS),
        f"{means['Set14']['lr_psnr']:.2f}",
        f"{bpp.get('chunk', bpp.get('none')):.2f}",
    )


def released_table() -> str:
    """Return all figures of the released models."""
    return evaluation_table(RESULTS / f"{name}.json" for name in released())


def fidelity_table() -> str:
    """Return PSNR and SSIM of the suite fidelity beside those of the papers."""
    folders = [name for name in FOLDERS if name in folders_of(bench().records("fidelity"))]
    rows: list[Sequence[str]] = []
    for scale in (2, 4):
        for row in PUBLISHED:
            if row.scale == scale:
                cells = (f"{row.results[f][0]:.2f} / {row.results[f][1]:.4f}" for f in folders)
                rows.append((f"{row.method}, published", f"x{scale}", *cells))
        for name, facts in bench().models.items():
            if facts["scale"] == scale:
                found = (_fidelity(name, folder) for folder in folders)
                rows.append((f"**{name}**", f"x{scale}", *found))
    return markdown(("method", "scale", *folders), rows)


def _fidelity(way: str, folder: str) -> str:
    records = [
        record
        for record in bench().records("fidelity")
        if record["way"] == way and record["folder"] == folder
    ]
    if not records:
        return ""
    psnr, ssim = (statistics.mean(r[name] for r in records) for name in ("psnr_y", "ssim_y"))
    return f"{psnr:.2f} / {ssim:.4f}"


def verdict_list() -> str:
    """Return what the suite rate says of each model, a sentence each."""
    return "\n".join(f"- {sentence}" for sentence in verdicts(bench()))


def point_table() -> str:
    """Return rate and quality of models without a dial, by all measures."""
    rows = []
    for folder, curve in _model_curves(dial=False):
        point = curve.points[0]
        values = (point.values.get(name) for name in MEASURES)
        cells = (
            "" if value is None else f"{value:.{_DIGITS[n]}f}"
            for n, value in zip(MEASURES, values, strict=True)
        )
        rows.append((curve.way, f"{folder} ({len(curve.images)})", f"{point.bpp:.3f}", *cells))
    return markdown(("model", "images", "bpp", *MEASURES.values()), rows)


_DIGITS = {"psnr_y": 2, "ssim_y": 4, "psnr_rgb": 2, "ms_ssim": 5, "vif": 4}


def bd_table() -> str:
    """Return Bjøntegaard's differences of models with a dial to their rivals."""
    rows = []
    for folder, curve in _model_curves(dial=True):
        rivals = {c.way: c for c in curves_of(bench().records("rate"), folder)}
        scale = bench().models[curve.way]["scale"]
        for name in (*RIVALS, *(thumbnail_name(inside, scale) for inside in INSIDE)):
            if name in rivals:
                rows.append((curve.way, folder, name, *_differences(rivals[name], curve)))
    measures = ("PSNR-Y", "SSIM-Y", "MS-SSIM", "VIF")
    columns = ("model", "images", "against", "PSNR-Y", *(f"bytes at equal {m}" for m in measures))
    return markdown(columns, rows)


def _differences(rival: Curve, model: Curve) -> list[str]:
    decibels = bd_quality(rival, model)
    cells = ["" if decibels is None else f"{decibels:+.2f} dB"]
    for measure in ("psnr_y", "ssim_y", "ms_ssim", "vif"):
        percent = bd_rate(rival, model, measure)
        cells.append("" if percent is None else f"{percent:+.0f} %")
    return cells


def _model_curves(*, dial: bool) -> list[tuple[str, Curve]]:
    """Return the curves of the models with or without a dial, carrier alpha left out."""
    records, models = bench().records("rate"), bench().models
    return [
        (folder, curve)
        for folder in folders_of(records)
        for curve in curves_of(records, folder)
        if curve.way in models
        and curve.carrier != "alpha"
        and (models[curve.way]["family"] == "dial") == dial
    ]


def bench_record() -> str:
    """Return an example of a record: the first of a model."""
    record = next(r for r in bench().records("rate") if r["way"] in bench().models)
    parts = [json.dumps({key: value})[1:-1] for key, value in record.items()]
    lines = textwrap.wrap(", ".join(parts), 100, break_long_words=False, break_on_hyphens=False)
    return "```json\n{" + "\n ".join(lines) + "}\n```"


def speed_table() -> str:
    """Return rates and memory against size."""
    records = sorted(
        bench().records("speed"),
        key=lambda r: (r["device"], r["way"], r["command"] == "decode", r["megapixels"]),
    )
    groups: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for record in records:
        groups.setdefault((record["way"], record["device"], record["command"]), []).append(record)
    sizes = sorted({record["megapixels"] for record in records})
    rows = []
    for (way, device, command), found in groups.items():
        of_size = {record["megapixels"]: record for record in found}
        cells = [_speed(of_size[size]) if size in of_size else "" for size in sizes]
        rows.append((way, device, command, *cells))
    return markdown(("model", "device", "", *(f"{size:g} MP" for size in sizes)), rows)


def _speed(record: Mapping[str, Any]) -> str:
    network, whole = record["network_megapixels_per_second"], record["megapixels_per_second"]
    return f"{network:.2f} / {whole:.2f}, {record['peak_bytes'] / GIB:.2f} GiB"


def robust_table() -> str:
    """Return what is lost with each change of files, and whether it was noticed."""
    groups: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for record in bench().records("robust"):
        key = (record["way"], record["carrier"], record["change"])
        groups.setdefault(key, []).append(record)
    rows = []
    for (way, carrier, change), found in groups.items():
        noticed = sum(record["detected"] for record in found)
        intact = statistics.mean(record["psnr_y_intact"] for record in found)
        after = [record["psnr_y"] for record in found]
        known = [value for value in after if value is not None]
        restored = "nothing" if not known else f"{statistics.mean(known):.1f}"
        if known and len(known) < len(after):
            restored += f" ({len(known)} of {len(after)})"
        rows.append((way, carrier, change, f"{noticed} of {len(found)}", f"{intact:.1f}", restored))
    return markdown(("model", "carrier", "change", "noticed", "intact, dB", "restored, dB"), rows)


TABLES: Mapping[str, Callable[[], str]] = {
    "readme": readme_table,
    "released": released_table,
    "fidelity": fidelity_table,
    "verdicts": verdict_list,
    "points": point_table,
    "bd": bd_table,
    "bench-record": bench_record,
    "speed": speed_table,
    "robust": robust_table,
}
