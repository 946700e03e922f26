"""Edits of EXIF as an independent reader sees them, on what a camera has written."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as PillowImage

from benchmarks.metadata.insertion import insert_chunks
from rescodec.metadata import Keep, Metadata, add_exif, kept, metadata_of_file, upright
from rescodec.metadata.blobs import exif_chunk

Read = Callable[[Path], dict[str, Any]]
PLACE = ("-GPSLatitude=40.7", "-GPSLatitudeRef=N", "-GPSLongitude=73.9", "-GPSLongitudeRef=W")


@pytest.fixture
def photo(exiftool_program: str, bridge: Path, tmp_path: Path) -> Path:
    """The photo with a place, a thumbnail and an orientation that ExifTool has put in."""
    thumbnail = tmp_path / "thumbnail.jpg"
    PillowImage.effect_noise((40, 30), 60).save(thumbnail)
    target = tmp_path / "photo.jpg"
    edits = (*PLACE, "-XMP:GPSLatitude=40.7", "-Orientation#=6", "-XMP-tiff:Orientation#=6")
    subprocess.run(
        [exiftool_program, "-q", *edits, f"-ThumbnailImage<={thumbnail}", "-o", target, bridge],
        check=True,
    )
    return target


def png_of(photo: Path, keep: Keep, *, turned: bool = True) -> Path:
    """Write a PNG with what is kept of a photo's metadata."""
    with photo.open("rb") as file:
        metadata = metadata_of_file(file)
    metadata = kept(upright(metadata) if turned else metadata, keep)
    return png_with(metadata, photo.with_name(f"{keep}-{turned}.png"))


def png_with(metadata: Metadata, target: Path) -> Path:
    with target.open("wb") as file:
        PillowImage.new("RGB", (4, 3)).save(insert_chunks(file, metadata.chunks), "PNG")
    return target


def of_camera(tags: dict[str, Any]) -> dict[str, Any]:
    """Leave out what belongs to the file: its size, and where in it something lies."""
    others = ("PNG:", "PNG-", "JFIF:", "XMP-x:XMPToolkit", "JPEG:")
    return {
        name: value
        for name, value in tags.items()
        if not name.startswith(others) and not name.endswith("Offset")
    }


def test_nothing_edited_nothing_changed(photo: Path, exiftool: Read) -> None:
    before, after = exiftool(photo), exiftool(png_of(photo, "all", turned=False))
    assert of_camera(after) == of_camera(before)
    assert sum(name.startswith("Olympus:") for name in after) > 20


def test_upright(photo: Path, exiftool: Read) -> None:
    before, after = of_camera(exiftool(photo)), of_camera(exiftool(png_of(photo, "all")))
    assert {name for name in before if name.startswith("IFD1:")} >= {"IFD1:ThumbnailImage"}
    expected = {name: value for name, value in before.items() if not name.startswith("IFD1:")}
    assert expected["IFD0:Orientation"] == expected["XMP-tiff:Orientation"] == 6
    assert after == expected | {"IFD0:Orientation": 1, "XMP-tiff:Orientation": 1}


def test_without_the_place(photo: Path, exiftool: Read) -> None:
    before, after = exiftool(png_of(photo, "all")), exiftool(png_of(photo, "no-gps"))
    assert sum("GPS" in name for name in before) == 6
    expected = {name: value for name, value in before.items() if "GPS" not in name}
    assert of_camera(after) == of_camera(expected)


@pytest.mark.parametrize("tag", [0x8769, 0xA005, 0x014A])
def test_places_that_it_finds_elsewhere(
    builder: Any, tag: int, exiftool: Read, tmp_path: Path
) -> None:
    """The place hangs on another directory than the first."""
    exif = builder.header() + builder.directory(8, [(tag, 4, 1, builder.long(26))])
    exif += builder.directory(26, [(0x8825, 4, 1, builder.long(44))])
    latitude = builder.pack("6I", 48, 1, 8, 1, 13, 1)
    exif += builder.directory(44, [(1, 2, 2, b"N\0"), (2, 5, 3, latitude)])
    metadata = Metadata((exif_chunk(exif),))
    assert "GPS:GPSLatitude" in exiftool(png_with(metadata, tmp_path / "all.png"))
    found = exiftool(png_with(kept(metadata, "no-gps"), tmp_path / "no-gps.png"))
    assert not any("GPS" in name for name in found)


def test_places_that_it_finds_in_xmp_inside_exif(
    builder: Any, xmp: bytes, exiftool: Read, tmp_path: Path
) -> None:
    packet = xmp.replace(b"exif:GPS", b"exif:Gps")
    exif = builder.header() + builder.directory(8, [(0x02BC, 1, len(packet), packet)])
    metadata = Metadata((exif_chunk(exif),))
    assert any("Gps" in name for name in exiftool(png_with(metadata, tmp_path / "all.png")))
    found = exiftool(png_with(kept(metadata, "no-gps"), tmp_path / "no-gps.png"))
    assert not any("gps" in name.lower() for name in found)


def test_the_place_alone(photo: Path, exiftool: Read) -> None:
    before, after = exiftool(png_of(photo, "all")), exiftool(png_of(photo, "gps"))
    exif = {
        name: value
        for name, value in after.items()
        if name.startswith(("IFD0:", "ExifIFD:", "GPS:", "Olympus:", "XMP", "PNG-pHYs"))
    }
    assert exif == {name: value for name, value in before.items() if name.startswith("GPS:")}
    assert len(exif) == 5


@pytest.mark.parametrize("keep", ["all", "no-gps", "gps", "none"])
def test_not_less_valid_than_before(photo: Path, keep: Keep) -> None:
    def complaints(file: Path) -> set[str]:
        command = ["exiftool", "-validate", "-warning", "-error", "-a", "-s3", file]
        output = subprocess.run(command, capture_output=True, text=True, check=False).stdout
        return set(output.splitlines()[1:])

    assert complaints(png_of(photo, keep)) <= complaints(photo)


def test_tiff(photo: Path, exiftool: Read, tmp_path: Path) -> None:
    """A TIFF has the same values at other places, which maker notes do not know."""
    with photo.open("rb") as file:
        metadata = upright(metadata_of_file(file))
    target = tmp_path / "photo.tif"
    buffer = io.BytesIO()
    PillowImage.new("RGB", (4, 3)).save(buffer, "TIFF")
    assert metadata.exif is not None
    add_exif(buffer, metadata.exif)
    target.write_bytes(buffer.getvalue())
    groups = ("ExifIFD:", "GPS:", "InteropIFD:")
    before = {name: v for name, v in exiftool(photo).items() if name.startswith(groups)}
    after = {name: v for name, v in exiftool(target).items() if name.startswith(groups)}
    assert after == before
    assert len(after) > 20
