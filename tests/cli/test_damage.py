"""Damaged, edited and foreign files: one clear line, exit 1, no output, sources untouched."""

from __future__ import annotations

import errno
import io
import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image as PillowImage

import rescodec as library

SIGNATURE_BYTES = 8
CHUNKS = ["IHDR", "rsHD", "iCCP", "tEXt", "IDAT", "rsPL", "IEND"]


@pytest.fixture(scope="session")
def whole(pixels: np.ndarray) -> bytes:
    """An LR file with every kind of chunk that rescodec writes."""
    image = PillowImage.fromarray(pixels)
    image.info["icc_profile"] = b"\0" * 16 + b"RGB " + b"profile" * 30
    return library.encode(image, device="cpu")


def chunks_of(file: bytes) -> list[tuple[str, int, int]]:
    """Name, start and end of each chunk, length field and checksum included."""
    found, position = [], SIGNATURE_BYTES
    while position < len(file):
        (length,) = struct.unpack_from(">I", file, position)
        end = position + 12 + length
        found.append((file[position + 4 : position + 8].decode(), position, end))
        position = end
    return found


def with_chunks(file: bytes, keep: Callable[[str], bool]) -> bytes:
    parts = [file[start:end] for name, start, end in chunks_of(file) if keep(name)]
    return file[:SIGNATURE_BYTES] + b"".join(parts)


def edited(file: bytes, change: Callable[[np.ndarray], None]) -> bytes:
    """Change the pixels and keep every other chunk, as a careless editor would."""
    with PillowImage.open(io.BytesIO(file)) as image:
        pixels = np.array(image)
    change(pixels)
    saved = io.BytesIO()
    PillowImage.fromarray(pixels).save(saved, "PNG")
    idat = [saved.getvalue()[a:b] for name, a, b in chunks_of(saved.getvalue()) if name == "IDAT"]
    parts = [file[:SIGNATURE_BYTES]]
    for name, start, end in chunks_of(file):
        if name != "IDAT":
            parts.append(file[start:end])
        else:
            parts += idat
            idat = []
    return b"".join(parts)


def test_the_file_has_the_chunks_that_are_damaged(whole: bytes) -> None:
    assert [name for name, _, _ in chunks_of(whole)] == CHUNKS


@pytest.mark.parametrize("place", ["length", "type", "data", "checksum"])
@pytest.mark.parametrize("chunk", CHUNKS)
def test_flipped_byte(
    refused: Callable, rescodec: Callable, whole: bytes, chunk: str, place: str
) -> None:
    start, end = next((a, b) for name, a, b in chunks_of(whole) if name == chunk)
    offset = {
        "length": start + 1,
        "type": start + 4,
        "data": (start + 8 + end - 4) // 2,
        "checksum": end - 1,
    }[place]
    if chunk == "IEND" and place == "data":
        pytest.skip("IEND has no data")
    content = bytearray(whole)
    content[offset] ^= 0x41
    refused(bytes(content), commands=("decode", "verify", "convert --carrier=alpha"))
    assert rescodec("info", "bad.lr.png").code in (0, 1)  # it need not look at the payload


@pytest.mark.parametrize("fraction", [0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99])
def test_truncated(refused: Callable, whole: bytes, fraction: float) -> None:
    refused(whole[: int(fraction * len(whole))], "truncated")


@pytest.mark.parametrize("chunk", CHUNKS)
def test_truncated_at_a_chunk(refused: Callable, whole: bytes, chunk: str) -> None:
    start = next(a for name, a, _ in chunks_of(whole) if name == chunk)
    refused(whole[:start], "truncated")


@pytest.mark.parametrize("carrier", ["chunk", "alpha"])
def test_edited_pixels(
    refused: Callable, rescodec: Callable, encoded_bytes: dict[str, bytes], carrier: str
) -> None:
    def paint(pixels: np.ndarray) -> None:
        pixels[0, 0, 0] ^= 1

    refused(edited(encoded_bytes[carrier], paint), "edited")
    assert '"pixels_match": false' in rescodec("info", "--json", "bad.lr.png").text
    assert "DO NOT match" in rescodec("info", "bad.lr.png").text
    rescodec("decode", "bad.lr.png").failed(1, "--without-payload")
    result = rescodec("decode", "bad.lr.png", "--without-payload")
    assert result.code == 0
    assert "approximate" in result.err


def test_edited_alpha(
    refused: Callable, rescodec: Callable, encoded_bytes: dict[str, bytes]
) -> None:
    def paint(pixels: np.ndarray) -> None:
        pixels[0, 0, 3] ^= 1

    refused(edited(encoded_bytes["alpha"], paint), "plane")
    assert '"pixels_match": true' in rescodec("info", "--json", "bad.lr.png").text
    rescodec("decode", "bad.lr.png").failed(1, "--without-payload")
    assert rescodec("decode", "bad.lr.png", "--without-payload").code == 0


def test_stripped_payload(refused: Callable, rescodec: Callable, whole: bytes) -> None:
    refused(with_chunks(whole, lambda name: name != "rsPL"), "payload")
    assert '"pixels_match": true' in rescodec("info", "--json", "bad.lr.png").text
    rescodec("decode", "bad.lr.png").failed(1, "--without-payload")
    result = rescodec("decode", "bad.lr.png", "--without-payload")
    assert result.code == 0
    assert "approximate: decoded without payload" in result.err
    with PillowImage.open("bad.png") as image:
        assert image.size == (61, 45)


def test_dropped_alpha(refused: Callable, encoded_bytes: dict[str, bytes]) -> None:
    file = encoded_bytes["alpha"]
    flat = io.BytesIO()
    with PillowImage.open(io.BytesIO(file)) as image:
        image.convert("RGB").save(flat, "PNG")
    mixed = with_chunks(flat.getvalue(), lambda name: name in ("IHDR", "IDAT", "IEND"))
    header = with_chunks(file, lambda name: name == "rsHD")[SIGNATURE_BYTES:]
    end_of_ihdr = next(b for name, _, b in chunks_of(mixed) if name == "IHDR")
    refused(mixed[:end_of_ihdr] + header + mixed[end_of_ihdr:], "alpha", "gone")


@pytest.mark.parametrize("suffix", [".png", ".lr.png", ".jpg"])
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"Dear diary,\n" * 40, ["not"]),
        (b"", ["empty"]),
        (bytes(range(256)) * 9, ["not"]),
        (b"\x89PNG\r\n\x1a\n", [""]),
        (b"\xff\xd8\xff\xe0" + bytes(50), ["not"]),
    ],
    ids=["text", "empty", "garbage", "signature", "jpeg-like"],
)
def test_files_that_are_no_images(
    rescodec: Callable, files: Callable, suffix: str, content: bytes, words: list[str]
) -> None:
    name = "x" + suffix
    Path(name).write_bytes(content)
    before = files()
    rescodec("encode", name).failed(1, f"{name}: ", *words)
    for command in ("decode", "info", "verify", "convert --carrier=chunk"):
        rescodec(*command.split(), name).failed(1, f"{name}: ")
    assert files() == before


@pytest.mark.parametrize(
    "command", ["encode", "decode", "info", "verify", "convert --carrier=alpha"]
)
def test_sources_that_are_no_files(rescodec: Callable, tmp_path: Path, command: str) -> None:
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "broken.png").symlink_to("nowhere.png")
    (tmp_path / "loop.png").symlink_to("loop.png")
    for name, words in (
        ("absent.png", "No such file or directory"),
        ("absent/x.png", "No such f"),
        ("folder.png", "is a folder"),
        ("..", "is a folder"),
        ("broken.png", "No such file or directory"),
        ("loop.png", "symbolic links"),
        ("/dev/null", "not" if command != "encode" else "empty"),
    ):
        line = rescodec(*command.split(), name, *(["-o", "x.png"] if " " in command else []))
        line.failed(1, f"error: {name}: ", words)
        assert line.err.count(name) == 1


@pytest.mark.skipif(os.getuid() == 0, reason="root reads everything")
def test_unreadable_source(rescodec: Callable, photo: Path) -> None:
    photo.chmod(0)
    rescodec("encode", photo).failed(1, "Permission denied")


@pytest.mark.skipif(os.getuid() == 0, reason="root writes everywhere")
@pytest.mark.parametrize("command", ["encode", "convert --carrier=alpha"])
def test_unwritable_folder(
    rescodec: Callable, photo: Path, encoded: Path, tmp_path: Path, command: str
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir(mode=0o555)
    source = photo if command == "encode" else encoded
    rescodec(*command.split(), source, "-o", folder).failed(1, "Permission denied", "folder")


@pytest.mark.parametrize("command", ["encode", "decode", "convert --carrier=alpha"])
@pytest.mark.parametrize("what", ["folder", "target"])
def test_no_permission(
    rescodec: Callable,
    photo: Path,
    encoded: Path,
    files: Callable,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    what: str,
) -> None:
    """The same where root may write everywhere: the answer is all that is simulated."""
    target = Path("folder/x.png")
    target.parent.mkdir()
    if what == "target":
        target.write_bytes(b"mine")
    locked = target if what == "target" else target.parent
    access = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: path != locked and access(path, mode))
    before = files()
    source = photo if command == "encode" else encoded
    result = rescodec(*command.split(), source, "-o", target, "--overwrite")
    result.failed(1, "Permission denied", str(locked))
    assert files() == before


@pytest.mark.parametrize("code", [errno.EACCES, errno.EROFS])
def test_a_folder_that_turns_out_unwritable(
    rescodec: Callable, photo: Path, files: Callable, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def refuse(path: Any, *_: Any, **__: Any) -> int:
        raise OSError(code, os.strerror(code), str(path))

    before = files()
    monkeypatch.setattr(os, "open", refuse)
    result = rescodec("encode", photo)
    monkeypatch.undo()
    result.failed(1, os.strerror(code), "photo.lr.png")
    assert files() == before


@pytest.mark.parametrize("command", ["encode", "decode", "convert --carrier=alpha"])
@pytest.mark.parametrize("target", ["new", "old"])
def test_full_disk(
    rescodec: Callable,
    photo: Path,
    encoded: Path,
    files: Callable,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    target: str,
) -> None:
    def fail(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    if target == "old":
        Path("x.png").write_bytes(b"mine")
    before = files()
    monkeypatch.setattr(os, "fsync", fail)
    source = photo if command == "encode" else encoded
    result = rescodec(*command.split(), source, "-o", "x.png", "--overwrite")
    result.failed(1, "cannot write x.png: No space left on device")
    assert files() == before


# --- bugs ------------------------------------------------------------------------------------


def test_bugs_keep_their_traceback(
    rescodec: Callable, photo: Path, files: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise ValueError("a bug")

    monkeypatch.setattr("rescodec.codec.Codec.encode_batch", broken)
    before = files()
    with pytest.raises(ValueError, match="a bug"):
        rescodec("encode", photo)
    assert files() == before


@pytest.mark.parametrize("command", ["encode", "decode"])
@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory."),
        RuntimeError("[enforce fail at alloc_cpu.cpp:117] DefaultCPUAllocator: can't allocate"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_memory_errors_are_messages(
    rescodec: Callable,
    photo: Path,
    encoded: Path,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    error: Exception,
) -> None:
    def hungry(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(f"rescodec.codec.Codec.{command}_batch", hungry)
    source = photo if command == "encode" else encoded
    rescodec(command, source, "-o", "x.png").failed(1, "not enough memory")


def test_what_pillow_says_is_not_repeated(program: Callable, photo: Path) -> None:
    """It logs and warns about odd files; the error itself is one line."""
    with PillowImage.open(photo) as image:
        image.save(photo.with_suffix(".tif"))
    content = bytearray(photo.with_suffix(".tif").read_bytes())
    entry = content.index(struct.pack("<HHI", 277, 3, 1))  # samples per pixel
    content[entry + 8] = 99
    photo.with_suffix(".tif").write_bytes(content)
    program("encode", "photo.tif").failed(1, "photo.tif: ")
