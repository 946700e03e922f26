"""Sheets show tiles that documents may show."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.failures.figures import tile_figures
from benchmarks.failures.hunt import Findings
from benchmarks.failures.pictures import Picture
from benchmarks.failures.restoring import RoundTrip
from benchmarks.failures.sheets import worst_of_all, worst_of_each, write_sheet
from rescodec.resample import bicubic_image


def findings() -> Findings:
    """Three pictures, restored as grey, the last of a folder that is not ours."""
    found = Findings()
    for seed, (group, name) in enumerate(
        (("drawn", "a"), ("examples", "b.jpg"), ("Set5", "c.png"))
    ):
        pixels = np.random.default_rng(seed).integers(0, 256, (64, 128, 3)).astype(np.uint8)
        small = bicubic_image(pixels, 2)
        trip = RoundTrip(pixels, small, np.full_like(pixels, 128), 1, small)
        found.trips[group, name] = trip
        found.tiles.extend(tile_figures(Picture(group, name, pixels), trip, 2))
    return found


def test_documents_show_no_pictures_of_others() -> None:
    shown = worst_of_each(findings())
    assert [each.figures.picture for each in shown] == ["a", "b.jpg"]


def test_all_worst_tiles() -> None:
    found = findings()
    drawn = worst_of_all(found, "psnr", drawn=True)
    assert {each.figures.picture for each in drawn} == {"a"}
    photos = worst_of_all(found, "tint", drawn=False)
    assert {each.figures.picture for each in photos} == {"b.jpg", "c.png"}


def test_a_sheet_shows_original_restored_and_error(tmp_path: Path) -> None:
    specimens = worst_of_each(findings())
    write_sheet(tmp_path / "new/sheet.png", specimens)
    with Image.open(tmp_path / "new/sheet.png") as image:
        assert image.mode == "P"
        sheet = np.asarray(image.convert("RGB")).astype(int)
    assert sheet.shape == (151, 804, 3)
    original, restored = sheet[19:147, 4:132], sheet[19:147, 136:264]
    # Palettes have few colours.
    assert np.abs(original[::2, ::2] - specimens[0].original).mean() < 16
    assert np.abs(restored - 128).max() < 4
