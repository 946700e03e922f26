"""Tables of models and of the suites ``fidelity``, ``speed`` and ``robust``."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from statistics import fmean
from typing import Any, Final

from rescodec.bench.curves import folders_of
from rescodec.bench.published import PUBLISHED
from rescodec.bench.results import Record, Results
from rescodec.report.figures import NONE, count, number
from rescodec.report.markup import Markup, element, table

MIB: Final = 2**20


def models(results: Results) -> list[Markup]:
    """Return the table of what was measured."""
    if not results.models:
        return []
    rows = [
        (
            name,
            str(facts.get("family", NONE)),
            f"x{facts['scale']}" if "scale" in facts else NONE,
            count(facts.get("parameters")),
            number(facts.get("kmac_per_hr_pixel"), 1),
            str(facts.get("weights_sha256", NONE))[:12],
        )
        for name, facts in results.models.items()
    ]
    head = ("model", "family", "scale", "parameters", "kMAC per pixel", "weights, SHA-256")
    return [_section("Models", table("What was measured", head, rows))]


def fidelity(results: Results) -> list[Markup]:
    """Return tables of PSNR and SSIM beside those that papers have published, by scale."""
    records = results.records("fidelity")
    folders = folders_of(records)
    tables = []
    for scale in sorted({results.models.get(r["way"], {}).get("scale", 0) for r in records}):
        published = [row for row in PUBLISHED if row.scale == scale]
        rows: list[tuple[str, ...]] = [
            (f"{row.method}, published", *_pairs(row.results, folders), NONE, row.source)
            for row in published
            if set(folders) & set(row.results)
        ]
        for way, of_way in _grouped(records, "way"):
            if results.models.get(way, {}).get("scale", 0) == scale:
                name = element("b", _with_quality(way, of_way))
                rows.append((name, *_own(of_way, folders), _bpp(of_way), "this"))
        head = ("", *(f"{name}: PSNR-Y / SSIM-Y" for name in folders), "bpp", "source")
        tables.append(table(f"x{scale}: dB / SSIM, means over images", head, rows))
    words = (
        "Measured as the papers of this field do: on luma, from 8-bit images, borders of as many "
        "pixels as the scale left out; in brackets how many images. Bits per pixel are the mean "
        "over the images of all folders, with the payload in a chunk."
    )
    return [_section("Beside published figures", element("p", words), *tables)] if tables else []


def speed(results: Results) -> list[Markup]:
    """Return the table of megapixels per second and memory."""
    rows = [
        (
            record["way"],
            record["device"],
            record["command"],
            f"{record['megapixels']:g}",
            number(record.get("network_megapixels_per_second"), 2),
            number(record.get("megapixels_per_second"), 2),
            number(_mebibytes(record), 0),
        )
        for record in results.records("speed")
    ]
    head = ("model", "device", "command", "MP", "network, MP/s", "files, MP/s", "memory, MiB")
    words = (
        "Megapixels of the photo per second: the network alone on arrays, and whole files from "
        "disk to disk. Memory is the most that the process held."
    )
    content = table("Speed and memory", head, rows, names=3)
    return [_section("Speed", element("p", words), content)] if rows else []


def robust(results: Results) -> list[Markup]:
    """Return the table of what happens to files, and what is left of them."""
    rows = []
    for (way, carrier, change), found in _grouped(
        results.records("robust"), "way", "carrier", "change"
    ):
        kinds = sorted({record["kind"] for record in found if record.get("kind")})
        restored = [record for record in found if record.get("psnr_y") is not None]
        rows.append(
            (
                way,
                carrier or NONE,
                change,
                f"{sum(record['detected'] for record in found)} of {len(found)}",
                ", ".join(kinds) or NONE,
                number(_mean(found, "psnr_y_intact"), 2),
                number(_mean(restored, "psnr_y"), 2),
                f"{len(restored)} of {len(found)}",
            )
        )
    head = (
        *("model", "carrier", "change", "noticed", "as", "intact, dB", "afterwards, dB"),
        "restored",
    )
    words = (
        "What programs and accidents do to LR files: whether the reader notices, and PSNR-Y of "
        "what is restored all the same when it is asked to, without the payload where it must be."
    )
    content = table("Changed files", head, rows, names=3)
    return [_section("Changed files", element("p", words), content)] if rows else []


def environments(results: Results) -> list[Markup]:
    """Return where and with what it was measured."""
    tables = [
        table(f"Run {index}", ("", ""), [(key, _plain(value)) for key, value in values.items()])
        for index, values in enumerate(results.environments, start=1)
    ]
    images = ", ".join(
        f"{folder}: {len(list(names))}" for folder, names in _images(results).items()
    )
    said = [element("p", f"Images: {images}.")] if images else []
    return [_section("Measured with", *said, *tables)] if said or tables else []


def _section(title: str, *content: Markup) -> Markup:
    return element("section", element("h2", title), *content)


def _grouped(records: Iterable[Record], *fields: str) -> Iterable[tuple[Any, list[Record]]]:
    """Return records by the values of fields, in the order of the first of each."""
    groups: dict[Hashable, list[Record]] = {}
    for record in records:
        key = tuple(record.get(field) for field in fields)
        groups.setdefault(key if len(key) > 1 else key[0], []).append(record)
    return groups.items()


def _mean(records: Iterable[Record], field: str) -> float | None:
    """Return the mean of a field over the records that have it."""
    values = [record[field] for record in records if record.get(field) is not None]
    return fmean(values) if values else None


def _with_quality(way: str, records: Sequence[Record]) -> str:
    quality = records[0].get("quality")
    return way if quality is None else f"{way}, quality {quality:g}"


def _bpp(records: Sequence[Record]) -> str:
    fields = ("bpp_chunk", "bpp_none", "bpp")
    means = [mean for field in fields if (mean := _mean(records, field)) is not None]
    return number(means[0] if means else None, 2)


def _own(records: Sequence[Record], folders: Sequence[str]) -> list[str]:
    of_folders = dict(_grouped(records, "folder"))
    return [
        f"{number(_mean(found, 'psnr_y'), 2)} / {number(_mean(found, 'ssim_y'), 4)} ({len(found)})"
        if (found := of_folders.get(folder))
        else NONE
        for folder in folders
    ]


def _pairs(results: Mapping[str, tuple[float, float]], folders: Sequence[str]) -> list[str]:
    return [
        f"{results[name][0]:.2f} / {results[name][1]:.4f}" if name in results else NONE
        for name in folders
    ]


def _mebibytes(record: Record) -> float | None:
    peak = record.get("peak_bytes")
    return None if peak is None else peak / MIB


def _images(results: Results) -> dict[str, list[str]]:
    images: dict[str, list[str]] = {}
    for name in results.images:
        folder, _, image = name.partition("/")
        images.setdefault(folder, []).append(image)
    return images


def _plain(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {item}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return NONE if value is None else str(value)
