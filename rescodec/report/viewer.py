"""The viewer of one photo as HTML: its table, which needs no script, and what scripts show."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Sequence
from itertools import groupby
from typing import Any, Final

from PIL import Image as PillowImage

from rescodec.report.figures import NONE, count, number
from rescodec.report.markup import Markup, element, joined, json_block, table
from rescodec.report.pictures import BORDER, Comparison, Version

GAINS: Final = (1, 2, 4, 8, 16, 32)
DEFAULT_GAIN: Final = 8
KEYS: Final = (
    ("← →", "move the split"),
    ("Shift + ← →", "by a tenth"),
    ("L, R", "next picture left, right; with Shift the one before"),
    ("X", "swap sides"),
    ("E", "error map"),
    ("G", "its gain"),
    ("+ −", "zoom"),
    ("0", "fit"),
    ("1", "100 %"),
    ("I J K M", "move the picture"),
)
# Little effort: more saves a few percent and takes several times as long.
_WEBP: Final = {"lossless": True, "method": 2, "quality": 20}


def viewer(comparison: Comparison, *, heading: bool = True) -> Markup:
    """Return the viewer of a photo.

    Args:
        comparison: Its pictures.
        heading: Begin with the photo's name.
    """
    shown = [version for version in comparison.versions if version.pixels is not None]
    part = comparison.window
    data = {
        "name": comparison.name,
        "width": part.width,
        "height": part.height,
        "versions": [_for_script(version) for version in shown],
    }
    return element(
        "section",
        *((element("h2", comparison.name),) if heading else ()),
        element(
            "div",
            element("noscript", element("p", "The viewer needs JavaScript; the table does not.")),
            _stage(),
            _controls(shown),
            element("p", " ", class_="readout", data_part="readout"),
            json_block(data),
            class_="viewer",
        ),
        element("p", _about(comparison)),
        _keys(),
        _figures(comparison),
        class_="comparison",
    )


def _about(comparison: Comparison) -> str:
    height, width = comparison.size
    part = comparison.window
    if (part.height, part.width) == (height, width):
        what = f"All of the photo, {width} × {height} pixels."
    else:
        what = (
            f"{part.width} × {part.height} of {width} × {height} pixels, from ({part.left}, "
            f"{part.top}) on; all files and figures are of this part alone."
        )
    notes = "".join(f" {note[0].upper()}{note[1:]}." for note in comparison.notes)
    return (
        f"{what}{notes} Bytes are those of whole files without metadata; the file of each other "
        "codec is the largest that is no larger than the model's."
    )


def _for_script(version: Version) -> dict[str, Any]:
    return {
        "name": _full_name(version),
        "facts": _facts(version),
        "enlarge": version.enlarge,
        "source": _data_uri(version),
    }


def _full_name(version: Version) -> str:
    """Return what a picture is, and with which model's file it goes."""
    return f"{version.name} · {version.model}" if version.model else version.name


def _facts(version: Version) -> list[str]:
    facts = [version.note] if version.note else []
    if version.size is not None:
        facts += [f"{version.size:,} bytes", f"{number(version.bpp, 2)} bpp"]
    if version.psnr_y is not None:
        decibels = number(version.psnr_y, 2)
        facts += [
            decibels if math.isinf(version.psnr_y) else f"{decibels} dB",
            f"SSIM {number(version.ssim_y, 4)}",
        ]
    return facts


def _data_uri(version: Version) -> str:
    file = io.BytesIO()
    # There are pixels: the others are left out before.
    PillowImage.fromarray(version.pixels).save(file, "WEBP", **_WEBP)  # type: ignore[arg-type]
    return "data:image/webp;base64," + base64.b64encode(file.getvalue()).decode()


def _options(shown: Sequence[Version]) -> Markup:
    groups = groupby(enumerate(shown), key=lambda entry: entry[1].model)
    return joined(_group(model, list(entries)) for model, entries in groups)


def _group(model: str, entries: Sequence[tuple[int, Version]]) -> Markup:
    options = joined(
        element("option", _full_name(version), value=str(index)) for index, version in entries
    )
    return element("optgroup", options, label=model) if model else options


def _controls(shown: Sequence[Version]) -> Markup:
    options = _options(shown)
    gains = joined(
        element("option", f"×{gain}", value=str(gain), selected=gain == DEFAULT_GAIN)
        for gain in GAINS
    )

    def button(name: str, label: str, title: str) -> Markup:
        return element("button", label, type="button", data_do=name, title=title, aria_label=title)

    sides = element(
        "div",
        element("label", "Left ", element("select", options, data_side="0")),
        button("swap", "⇄", "Swap the sides"),
        element("label", "Right ", element("select", options, data_side="1")),
        class_="sides",
    )
    error = element(
        "div",
        element("label", element("input", type="checkbox", data_part="error"), " Error map"),
        element("label", "Gain ", element("select", gains, data_part="gain")),
        class_="group",
    )
    zoom = element(
        "div",
        button("out", "−", "Zoom out"),
        element("output", "100 %", data_part="zoom", aria_label="Zoom"),
        button("in", "+", "Zoom in"),
        button("fit", "Fit", "Fit the whole picture"),
        button("whole", "100 %", "A pixel for a pixel"),
        class_="group",
    )
    return element("div", sides, error, zoom, class_="controls")


def _stage() -> Markup:
    handle = element(
        "div",
        element("span", "⇔", aria_hidden="true"),
        class_="handle",
        role="slider",
        tabindex="0",
        aria_label="Split between the left and the right picture",
        aria_orientation="horizontal",
        aria_valuemin="0",
        aria_valuemax="100",
        aria_valuenow="50",
    )
    labels = [
        element("div", element("b"), element("span"), class_=f"label {side}", data_label=str(index))
        for index, side in enumerate(("left", "right"))
    ]
    scale = element(
        "div",
        element("canvas", width="256", height="1", role="img", aria_label="Colours of errors"),
        element("div", class_="ticks"),
        class_="scale",
        hidden=True,
    )
    canvas = element("canvas", class_="picture", role="img", aria_label="Both pictures")
    stage = element("div", canvas, handle, *labels, class_="stage", aria_busy="true")
    return joined((stage, scale))


def _keys() -> Markup:
    pairs = (joined((element("kbd", key), f" {what}")) for key, what in KEYS)
    items = joined(element("li", pair) for pair in pairs)
    words = (
        "Drag the split with mouse, finger or pen; pinch, or turn the wheel after a click on the "
        "picture, to zoom; drag to move what is larger than its frame."
    )
    return element("div", element("p", words), element("ul", items), class_="keys")


def _figures(comparison: Comparison) -> Markup:
    rows = [
        (
            version.model or NONE,
            version.name,
            version.note or NONE,
            count(version.size),
            number(version.bpp, 3),
            number(version.psnr_y, 2),
            number(version.ssim_y, 4),
        )
        for version in comparison.versions[1:]
    ]
    head = ("at the bytes of", "picture", "setting", "bytes", "bpp", "PSNR-Y, dB", "SSIM-Y")
    return table(
        f"{comparison.name}: figures, {BORDER} pixels of border left out", head, rows, names=3
    )
