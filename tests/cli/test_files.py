"""What works: names, folders, standard streams, what is overwritten and what is not."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as PillowImage

import rescodec_formats as formats
from rescodec.metrics import psnr
from rescodec.zoo import MODELS, default_model
from rescodec_cli.targets import converted_name, decoded_name, encoded_name, plan


def load(source: Path | bytes) -> np.ndarray:
    with PillowImage.open(io.BytesIO(source) if isinstance(source, bytes) else source) as image:
        return np.asarray(image)


@pytest.mark.parametrize("scale", [2, 4])
@pytest.mark.parametrize("carrier", ["chunk", "alpha"])
def test_there_and_back(
    rescodec: Callable, photo: Path, pixels: np.ndarray, tmp_path: Path, scale: int, carrier: str
) -> None:
    result = rescodec("encode", photo, "--scale", scale, "--carrier", carrier)
    assert (result.code, result.out) == (0, b"")
    (line,) = result.err.splitlines()
    assert "61x45 -> " in line
    small = tmp_path / "photo.lr.png"
    header = formats.read(small).header
    assert (header.scale, header.carrier, header.hr_size) == (scale, carrier, (45, 61))
    assert header.model.id == default_model(scale)

    photo.rename(tmp_path / "original.png")
    assert rescodec("decode", small).code == 0
    restored = load(photo)
    assert restored.shape == pixels.shape
    assert psnr(pixels, restored) > 20


def test_quiet_and_verbose(rescodec: Callable, photo: Path) -> None:
    assert rescodec("encode", "-q", photo).err == ""
    result = rescodec("encode", "-v", photo, "--overwrite", "--device", "cpu")
    first, second = result.err.splitlines()
    assert first == f"model {default_model(2)}, scale 2, device cpu"
    assert second.startswith(str(photo))
    assert rescodec("decode", "-q", "photo.lr.png", "-o", "back.png").err == ""


@pytest.mark.parametrize(
    ("rename", "names"),
    [
        (encoded_name, {"photo.jpg": "photo.lr.png", "a.b.tif": "a.b.lr.png", "x": "x.lr.png"}),
        (
            decoded_name,
            {
                "photo.lr.png": "photo.png",
                "PHOTO.LR.PNG": "PHOTO.png",
                "photo.png": "photo.restored.png",
                "x": "x.restored.png",
                ".lr.png": ".lr.restored.png",
            },
        ),
        (
            lambda path: converted_name(path, "alpha"),
            {
                "photo.lr.png": "photo.alpha.lr.png",
                "photo.png": "photo.alpha.lr.png",
                "photo.chunk.lr.png": "photo.alpha.lr.png",
                ".alpha.lr.png": ".alpha.alpha.lr.png",
            },
        ),
    ],
    ids=["encode", "decode", "convert"],
)
def test_default_names(rename: Callable[[Path], str], names: dict[str, str]) -> None:
    assert {name: rename(Path("folder", name)) for name in names} == names


def test_several_files_into_a_folder(rescodec: Callable, photo: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.bmp"
    PillowImage.open(photo).save(other)
    assert rescodec("encode", photo, other, "-o", "out/").code == 0
    assert rescodec("decode", "out/photo.lr.png", "out/other.lr.png", "-o", "out").code == 0
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"photo.lr.png", "other.lr.png", "photo.png", "other.png"}
    assert np.array_equal(load(tmp_path / "out/photo.png"), load(tmp_path / "out/other.png"))


def test_planning_many_files_is_quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Targets are held against sources one by one, not pair by pair."""
    looked_up: list[Any] = []
    realpath = os.path.realpath

    def counted(path: Any) -> str:
        looked_up.append(path)
        return realpath(path)

    monkeypatch.setattr(os.path, "realpath", counted)
    jobs = plan([f"{number}.jpg" for number in range(200)], None, encoded_name)
    assert len(jobs) == 200
    assert len(looked_up) <= 3 * len(jobs)


def test_one_failure_does_not_stop_the_others(
    rescodec: Callable, photo: Path, tmp_path: Path
) -> None:
    result = rescodec("encode", "absent.png", photo)
    assert result.code == 1
    error, done = result.err.splitlines()
    assert error == "error: absent.png: No such file or directory"
    assert done.startswith(str(photo))
    assert (tmp_path / "photo.lr.png").exists()


def test_streams(rescodec: Callable, photo: Path, pixels: np.ndarray) -> None:
    encoded = rescodec("encode", "-", "-o", "-", stdin=photo.read_bytes())
    assert encoded.code == 0
    assert encoded.err.startswith("standard input -> standard output")
    assert formats.read(encoded.out).header.hr_size == pixels.shape[:2]
    # Without -o, what comes from standard input goes to standard output.
    decoded = rescodec("decode", "-", stdin=encoded.out)
    assert load(decoded.out).shape == pixels.shape
    assert rescodec("decode", "-", "-o", "x.webp", stdin=encoded.out).code == 0
    converted = rescodec("convert", "--carrier", "alpha", "-", stdin=encoded.out)
    assert formats.read(converted.out).header.carrier == "alpha"
    assert rescodec("verify", "-", stdin=encoded.out).text == "standard input: ok\n"
    assert json.loads(rescodec("info", "--json", "-", stdin=encoded.out).text)["file"] == "-"


def test_file_to_standard_output(rescodec: Callable, photo: Path, encoded: Path) -> None:
    assert formats.read(rescodec("encode", photo, "-o", "-").out).header.scale == 2
    assert rescodec("decode", encoded, "-o", "-").out.startswith(b"\x89PNG")


@pytest.mark.parametrize("suffix", ["png", "tif", "TIFF", "webp", "bmp", "ppm", "jpg", "jpeg"])
def test_formats_of_restored_photos(
    rescodec: Callable, encoded: Path, tmp_path: Path, suffix: str
) -> None:
    target = tmp_path / f"x.{suffix}"
    assert rescodec("decode", encoded, "-o", target).code == 0
    expected = load(rescodec("decode", encoded, "-o", "-").out)
    if suffix in ("jpg", "jpeg"):
        assert psnr(expected, load(target)) > 30
    else:
        assert np.array_equal(load(target), expected)


def test_formats_that_cannot_hold_the_photo(rescodec: Callable, tmp_path: Path) -> None:
    PillowImage.new("RGB", (16400, 1)).save(tmp_path / "wide.png")
    assert rescodec("encode", "wide.png").code == 0
    rescodec("decode", "wide.lr.png", "-o", "x.webp").failed(1, "16400x1", "WEBP", ".png")
    assert not (tmp_path / "x.webp").exists()


@pytest.mark.parametrize("command", ["encode", "decode", "convert --carrier=alpha"])
def test_existing_outputs(
    rescodec: Callable, photo: Path, encoded: Path, files: Callable, command: str
) -> None:
    source = photo if command == "encode" else encoded
    arguments = [*command.split(), source, "-o", "out.png"]
    Path("out.png").write_bytes(b"mine")
    before = files()
    rescodec(*arguments).failed(1, "out.png exists", "--overwrite", "--skip-existing")
    skipped = rescodec(*arguments, "--skip-existing")
    assert (skipped.code, skipped.out, skipped.err) == (3, b"", "out.png exists, skipped\n")
    assert files() == before
    assert rescodec(*arguments, "--overwrite").code == 0
    assert Path("out.png").read_bytes().startswith(b"\x89PNG")


def test_skipping_some_is_no_failure(rescodec: Callable, photo: Path, tmp_path: Path) -> None:
    PillowImage.open(photo).save(tmp_path / "other.png")
    assert rescodec("encode", photo).code == 0
    assert rescodec("encode", photo, "other.png", "--skip-existing").code == 0
    assert rescodec("encode", photo, "absent.png", "--skip-existing").code == 1
    assert rescodec("encode", photo, "other.png", "--skip-existing").code == 3


def test_links_that_lead_nowhere_exist(rescodec: Callable, photo: Path, files: Callable) -> None:
    Path("photo.lr.png").symlink_to("absent")
    before = files()
    rescodec("encode", photo).failed(1, "photo.lr.png exists", "--skip-existing")
    skipped = rescodec("encode", photo, "--skip-existing")
    assert skipped.code == 3
    assert skipped.err.endswith("photo.lr.png exists, skipped\n")
    assert files() == before
    assert Path("photo.lr.png").is_symlink()


@pytest.mark.parametrize(
    "name", ["写真 🌉.jpg", "-dash.jpg", "[red]x.jpg", "two\nlines\x1b[31m.jpg", "x" * 248 + ".jpg"]
)
def test_odd_names(rescodec: Callable, photo: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(photo.read_bytes())
    result = rescodec("encode", "--", name)
    assert result.code == 0
    assert len(result.err.splitlines()) == 1
    assert "\x1b" not in result.err
    assert (tmp_path / (name.removesuffix(".jpg") + ".lr.png")).exists()


def test_names_that_are_no_text(rescodec: Callable, photo: Path, tmp_path: Path) -> None:
    name = b"caf\xe9.png".decode("utf-8", "surrogateescape")
    try:
        (tmp_path / name).write_bytes(photo.read_bytes())
    except OSError:
        pytest.skip("this file system wants text")
    assert rescodec("encode", name, "-o", "x.png").code == 0
    (tmp_path / name).write_bytes(b"")
    rescodec("encode", name, "-o", "y.png").failed(1, "is empty")


@pytest.mark.parametrize("command", ["encode", "decode"])
def test_too_long_names(rescodec: Callable, photo: Path, encoded: Path, command: str) -> None:
    name = "x" * 251 + ".jpg"
    Path(name).write_bytes((photo if command == "encode" else encoded).read_bytes())
    rescodec(command, name).failed(1, "File name too long")
    rescodec(command, name, "--skip-existing").failed(1, "File name too long")
    rescodec(command, "y" * 300).failed(1, "File name too long")
    rescodec(command, name, "-o", "y" * 300 + ".png").failed(1, "File name too long")


def test_convert_and_back(rescodec: Callable, encoded: Path, tmp_path: Path) -> None:
    assert rescodec("convert", "--carrier", "alpha", encoded).code == 0
    alpha = tmp_path / "small.alpha.lr.png"
    assert rescodec("convert", "--carrier", "chunk", alpha, "-o", "back.png").code == 0
    assert (tmp_path / "back.png").read_bytes() == encoded.read_bytes()
    a, b = (rescodec("decode", path, "-o", "-").out for path in (encoded, alpha))
    assert a == b


def test_convert_what_has_no_payload(rescodec: Callable, tmp_path: Path) -> None:
    model = formats.ModelRef("irn-x2-1", "ab" * 32)
    lr = np.zeros((4, 5, 3), np.uint8)
    formats.write(tmp_path / "bare.lr.png", lr, scale=2, hr_size=(8, 10), model=model)
    rescodec("convert", "--carrier", "alpha", "bare.lr.png").failed(1, "no streams")
    assert "payload  none" in rescodec("info", "bare.lr.png").text
    assert "not part of rescodec" in rescodec("verify", "bare.lr.png").text
    rescodec("decode", "bare.lr.png").failed(1, "irn-x2-1")


def test_info_for_programs(rescodec: Callable, encoded: Path) -> None:
    result = rescodec("info", "--json", encoded, encoded)
    assert (result.code, result.err) == (0, "")
    first, second = result.text.splitlines()
    assert first == second
    facts = json.loads(first)
    model = MODELS[default_model(2)]
    payload = facts.pop("payload_bytes")
    assert 0 < payload < encoded.stat().st_size
    assert facts == {
        "file": str(encoded),
        "format_version": 1,
        "carrier": "chunk",
        "scale": 2,
        "size": [61, 45],
        "source": {"color": "rgb", "bit_depth": 8, "alpha": False},
        "lr_size": [31, 23],
        "model": model.id,
        "weights_sha256": model.weights_sha256,
        "quality": None,
        "lossless": False,
        "streams": ["plane"],
        "residual_bytes": 0,
        "file_bytes": encoded.stat().st_size,
        "pixels_match": True,
    }


def test_info_for_people(rescodec: Callable, encoded: Path) -> None:
    text = rescodec("info", encoded).text
    for words in ("61x45", "31x23", default_model(2), "plane in chunk", "match their digest"):
        assert words in text


def test_verify(rescodec: Callable, encoded: Path) -> None:
    result = rescodec("verify", encoded)
    assert (result.code, result.text, result.err) == (0, f"{encoded}: ok\n", "")
    assert rescodec("verify", "-q", encoded).out == b""


def test_pixels_over_the_limit(
    rescodec: Callable, photo: Path, encoded: Path, files: Callable
) -> None:
    before = files()
    # Pillow only warns up to twice its limit; that is a refusal as well.
    for limit in (1000, 2744):
        rescodec("encode", photo, "--max-pixels", limit).failed(
            1, "2,745 pixels", f"limit of {limit:,}", "--max-pixels"
        )
    for command in ("decode", "info", "verify", "convert --carrier=alpha"):
        arguments = [*command.split(), encoded, "--max-pixels", "2744"]
        rescodec(*arguments).failed(1, "2745", "2744", "--max-pixels")
    assert files() == before
    assert rescodec("encode", photo, "--max-pixels", 2745).code == 0


def test_raising_the_limit_raises_all_of_them(
    rescodec: Callable, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the option lets in can be written, which has a limit of its own."""
    seen: list[formats.Limits] = []
    write = formats.write

    def spy(*args: object, **options: object) -> formats.Header:
        assert isinstance(options["limits"], formats.Limits)
        seen.append(options["limits"])
        return write(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(formats, "write", spy)
    assert rescodec("encode", photo, "--max-pixels", 400_000_000).code == 0
    assert [limits.hr_pixels for limits in seen] == [400_000_000]
