"""EXIF, XMP and files that carry them, built without the code that is tested."""

from __future__ import annotations

import io
import json
import os
import shutil
import struct
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as PillowImage
from PIL import ImageCms

PHOTOS = Path(__file__).parents[3] / "examples" / "photos"
ASCII, SHORT, LONG, RATIONAL, UNDEFINED = 2, 3, 4, 5, 7

Tag = tuple[int, int, int, bytes]


@dataclass(frozen=True)
class Layout:
    """EXIF with the places of what is in it.

    Attributes:
        data: From the byte order mark on.
        maker: Where the maker note lies.
        place: Where the directory of the place and its values lie.
        thumbnail: Where the second directory and the picture lie; to the end of the data.
    """

    data: bytes
    maker: slice
    place: slice
    thumbnail: slice


@dataclass(frozen=True)
class ExifBuilder:
    """Lays out directories one behind the other, each with its values behind it."""

    order: str

    def pack(self, layout: str, *values: int) -> bytes:
        return struct.pack((">" if self.order == "big" else "<") + layout, *values)

    def header(self) -> bytes:
        return (b"MM\0*" if self.order == "big" else b"II*\0") + self.pack("I", 8)

    def directory(self, start: int, tags: list[Tag], following: int = 0) -> bytes:
        behind = start + 2 + 12 * len(tags) + 4
        table, values = self.pack("H", len(tags)), b""
        for tag, kind, count, content in tags:
            table += self.pack("HHI", tag, kind, count)
            if len(content) > 4:
                table += self.pack("I", behind + len(values))
                values += content + bytes(len(content) % 2)
            else:
                table += content.ljust(4, b"\0")
        return table + self.pack("I", following) + values

    def short(self, value: int) -> bytes:
        return self.pack("H", value)

    def long(self, value: int) -> bytes:
        return self.pack("I", value)

    def camera(self, orientation: int = 6, picture: bytes = b"\xff\xd8old\xff\xd9") -> Layout:
        """Return what cameras write: two directories, a maker note, a place, a thumbnail."""
        maker = b"MAKER\0" + bytes(range(60))
        make: Tag = (0x010F, ASCII, 9, b"A camera\0")
        turn: Tag = (0x0112, SHORT, 1, self.short(orientation))

        def main(exif: int, place: int, thumbnail: int) -> bytes:
            tags = [
                make,
                turn,
                (0x8769, LONG, 1, self.long(exif)),
                (0x8825, LONG, 1, self.long(place)),
            ]
            return self.directory(8, tags, thumbnail)

        at_exif = 8 + len(main(0, 0, 0))
        exif = self.directory(at_exif, [(0x927C, UNDEFINED, len(maker), maker)])
        at_place = at_exif + len(exif)
        latitude = self.pack("6I", 40, 1, 42, 1, 4711, 100)
        place = self.directory(
            at_place,
            [(1, ASCII, 2, b"N\0"), (2, RATIONAL, 3, latitude), (7, RATIONAL, 3, latitude)],
        )
        at_thumbnail = at_place + len(place)

        def thumbnail(at_picture: int) -> bytes:
            tags = [
                (0x0112, SHORT, 1, self.short(orientation)),
                (0x0201, LONG, 1, self.long(at_picture)),
                (0x0202, LONG, 1, self.long(len(picture))),
            ]
            return self.directory(at_thumbnail, tags)

        data = self.header() + main(at_exif, at_place, at_thumbnail) + exif + place
        data += thumbnail(at_thumbnail + len(thumbnail(0))) + picture
        at_maker = data.index(maker)
        return Layout(
            data,
            slice(at_maker, at_maker + len(maker)),
            slice(at_place, at_thumbnail),
            slice(at_thumbnail, len(data)),
        )


@pytest.fixture(params=["little", "big"])
def builder(request: pytest.FixtureRequest) -> ExifBuilder:
    return ExifBuilder(request.param)


@pytest.fixture
def layout(builder: ExifBuilder) -> Layout:
    return builder.camera()


@pytest.fixture(scope="session")
def camera_exif() -> bytes:
    """EXIF of the little builder, for tests that change it at random."""
    return ExifBuilder("little").camera().data


@pytest.fixture(scope="session")
def xmp() -> bytes:
    return (
        b'<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
        b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
        b'xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:tiff="http://ns.adobe.com/tiff/1.0/" '
        b'xmlns:dc="http://purl.org/dc/elements/1.1/" tiff:Orientation="6" '
        b'exif:GPSLatitude="40,42.47N" dc:format="image/jpeg">'
        b"<exif:GPSLongitude>73,54.1W</exif:GPSLongitude><dc:source>a hill</dc:source>"
        b'</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    )


@pytest.fixture(scope="session")
def profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@pytest.fixture(scope="session")
def grey_profile(profile: bytes) -> bytes:
    """A profile that says that it is for grey, which is all that anybody looks at here."""
    return profile[:16] + b"GRAY" + profile[20:]


@pytest.fixture
def image() -> PillowImage.Image:
    return PillowImage.effect_noise((24, 16), 60).convert("RGB")


@pytest.fixture
def saved(image: PillowImage.Image) -> Callable[..., bytes]:
    """Write the image with Pillow and return the file's bytes."""

    def save(image_format: str, **options: Any) -> bytes:
        file = io.BytesIO()
        image.save(file, image_format, **options)
        return file.getvalue()

    return save


@pytest.fixture(scope="session")
def exiftool_program() -> str:
    """The program; a test that needs it is skipped where it is not installed, except in CI."""
    program = shutil.which("exiftool")
    if program is None:
        if os.environ.get("RESCODEC_REQUIRE_PROGRAMS"):
            pytest.fail("exiftool is not installed: install libimage-exiftool-perl")
        pytest.skip("exiftool is not installed")
    return program


@pytest.fixture
def exiftool(exiftool_program: str) -> Callable[[Path], dict[str, Any]]:
    """Read a file's tags with ExifTool: group and name to value, without those of the file."""

    def tags(file: Path) -> dict[str, Any]:
        options = ["-json", "-G1", "-a", "-u", "-n", "-api", "RequestAll=0"]
        output = subprocess.run(
            [exiftool_program, *options, file], capture_output=True, check=True
        ).stdout
        found: dict[str, Any] = json.loads(output)[0]
        others = ("SourceFile", "ExifTool:", "System:", "File:", "Composite:")
        return {name: value for name, value in found.items() if not name.startswith(others)}

    return tags


@pytest.fixture(scope="session")
def bridge() -> Path:
    """A photo whose EXIF a camera wrote, with a maker note that counts from its beginning."""
    return PHOTOS / "roebling-bridge.jpg"
