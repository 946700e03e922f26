"""What other programs make of our files, and their files."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import png
from PIL import Image as PillowImage

import rescodec as library
from rescodec.zoo import default_model

MODEL = default_model(2)


def saved_by_pillow(file: bytes) -> bytes:
    saved = io.BytesIO()
    with PillowImage.open(io.BytesIO(file)) as image:
        image.save(saved, "PNG", optimize=True)
    return saved.getvalue()


def test_saved_by_pillow_with_alpha(
    refused: Callable, rescodec: Callable, encoded_bytes: dict[str, bytes]
) -> None:
    refused(saved_by_pillow(encoded_bytes["alpha"]), "header")
    arguments = ("decode", "bad.lr.png", "-o", "-")
    rescodec(*arguments).failed(1, "--model", "--scale")
    rescodec(*arguments, "--model", MODEL).failed(1, "--scale")
    rescodec(*arguments, "--scale", "2").failed(1, "--model")
    restored = rescodec(*arguments, "--model", MODEL, "--scale", "2")
    assert restored.code == 0
    assert "not verified: no header" in restored.err
    with PillowImage.open(io.BytesIO(restored.out)) as image:
        assert image.size == (62, 46)  # the true size is lost
        found = np.asarray(image)[:45, :61]
    expected = library.decode(encoded_bytes["alpha"], device="cpu").pixels
    assert np.array_equal(found, expected)


def test_saved_by_pillow_without_alpha(
    refused: Callable, rescodec: Callable, encoded_bytes: dict[str, bytes]
) -> None:
    refused(saved_by_pillow(encoded_bytes["chunk"]), "header")
    arguments = ("decode", "bad.lr.png", "--model", MODEL, "--scale", "2")
    rescodec(*arguments).failed(1, "alpha", "--without-payload")
    assert rescodec(*arguments, "--without-payload").code == 0


def test_photos_are_no_lr_files_and_the_other_way_round(
    rescodec: Callable, photo: Path, encoded_bytes: dict[str, bytes]
) -> None:
    rescodec("decode", photo).failed(1, "no rescodec header")
    PillowImage.open(photo).save("photo.jpg")
    rescodec("decode", "photo.jpg", "-o", "x.png").failed(1, "not a PNG", "rescodec encode")
    for carrier, content in encoded_bytes.items():
        Path(f"{carrier}.lr.png").write_bytes(content)
        rescodec("encode", f"{carrier}.lr.png").failed(1, "an LR file already", "decode it")


def test_sixteen_bits(rescodec: Callable, tmp_path: Path) -> None:
    with (tmp_path / "deep.png").open("wb") as file:
        png.Writer(4, 4, greyscale=False, bitdepth=16).write(file, [[1000] * 12] * 4)
    assert rescodec("encode", "deep.png").code == 0
    rescodec("decode", "deep.png", "--model", MODEL, "--scale", "2").failed(1, "16-bit")


def test_claims_of_enormous_size(rescodec: Callable, files: Callable) -> None:
    def chunk(name: bytes, data: bytes) -> bytes:
        checksum = zlib.crc32(name + data)
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", checksum)

    size = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    parts = (chunk(b"IHDR", size), chunk(b"IDAT", zlib.compress(bytes(99))), chunk(b"IEND", b""))
    Path("huge.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(parts))
    before = files()
    rescodec("encode", "huge.png").failed(1, "3,600,000,000 pixels", "256,000,000", "--max-pixels")
    for command in ("decode", "decode --scale=2 --model=alpha-x2-lite-1", "info", "verify"):
        rescodec(*command.split(), "huge.png").failed(1, "60000", "256000000", "--max-pixels")
    assert files() == before
