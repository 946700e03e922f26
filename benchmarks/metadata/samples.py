"""Photos of each format with one kind of metadata."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from benchmarks.metadata.insertion import insert_chunks
from rescodec.metadata import Metadata, add_exif, metadata_of_file, upright
from rescodec_formats import Chunk

PHOTO = Path(__file__).parents[2] / "examples/photos/roebling-bridge.jpg"
# Enough for a network; the pixels do not matter here.
SIZE = (64, 48)
FORMATS = ("PNG", "JPEG", "WEBP", "TIFF", "AVIF")
XMP = (
    b'<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
    b'rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" dc:source="a bridge"/></rdf:RDF>'
    b'</x:xmpmeta><?xpacket end="w"?>'
)
# What only PNGs have: chunks of colour, and text.
CHUNKS = {
    "cICP": b"\x0c\x0d\x00\x01",
    "sRGB": b"\0",
    "gAMA": struct.pack(">I", 45455),
    "cHRM": struct.pack(">8I", 31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000),
    "mDCV": bytes(24),
    "cLLI": bytes(8),
    "tEXt": b"Author\0somebody",
}


@dataclass(frozen=True)
class Sample:
    """A photo with one kind of metadata.

    Attributes:
        kind: What it carries.
        source: The name of its format.
        data: The file.
    """

    kind: str
    source: str
    data: bytes


def samples() -> Iterator[Sample]:
    """Yield a photo for every kind of metadata and every format that can carry it."""
    with PHOTO.open("rb") as file:
        camera = upright(metadata_of_file(file))
    profile, exif = camera.icc_profile, camera.exif
    if profile is None or exif is None:
        raise ValueError(f"{PHOTO} has lost its profile or its EXIF")
    for kind, options in (
        ("ICC profile", {"icc_profile": profile}),
        ("ICC profile of a grey photo", {"icc_profile": profile[:16] + b"GRAY" + profile[20:]}),
        ("EXIF with maker note", {"exif": exif}),
        ("XMP", {"xmp": XMP}),
        ("resolution", {"dpi": (300, 300)}),
    ):
        for source in FORMATS:
            if kind != "resolution" or source not in ("WEBP", "AVIF"):
                yield Sample(kind, source, _file(source, kind.endswith("grey photo"), options))
    for name, content in CHUNKS.items():
        chunk = Chunk(name.encode(), content)
        yield Sample(f"`{name}`", "PNG", _file("PNG", False, {}, chunk))


def _file(source: str, grey: bool, options: dict[str, Any], *chunks: Chunk) -> bytes:
    with Image.open(PHOTO) as photo:
        image = photo.convert("L" if grey else "RGB").resize(SIZE)
    # Nothing but what is asked for.
    image.info.clear()
    file = io.BytesIO()
    options, exif = dict(options), options.get("exif")
    if source == "PNG" and "xmp" in options:
        xmp = b"XML:com.adobe.xmp\0\0\0\0\0" + options.pop("xmp")
        chunks = (*chunks, Chunk(b"iTXt", xmp))
    elif source == "TIFF":
        options.pop("exif", None)
        options["tiffinfo"] = {700: options.pop("xmp")} if "xmp" in options else {}
    elif source in ("JPEG", "WEBP") and exif is not None:
        options["exif"] = b"Exif\0\0" + exif
    image.save(insert_chunks(file, Metadata(chunks).chunks), source, **options)
    if source == "TIFF" and exif is not None:
        add_exif(file, exif)
    return file.getvalue()
