"""Members of the family without a plane: random z, codes of z, nothing at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image as PillowImage

import rescodec_formats as formats
from rescodec.networks import NetworkConfig, Rescaler
from rescodec.weights_file import weights_of, write_weights

NETWORK: dict[str, Any] = {"scale": 2, "blocks": (1,), "widths": (4,)}
MEMBERS: dict[str, dict[str, Any]] = {
    "noisy": {"latent_std": 1.0},
    "coded": {"code_channels": 4, "code_width": 4},
    "bare": {},
}


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Write small random weights of a member where decoding finds them."""
    folder = tmp_path / "weights"
    folder.mkdir()
    monkeypatch.setenv("RESCODEC_WEIGHTS_DIR", str(folder))

    def write(name: str) -> Path:
        network = Rescaler(NetworkConfig(**NETWORK, **MEMBERS[name]))
        generator = torch.Generator().manual_seed(0)
        with torch.no_grad():
            for parameter in network.parameters():
                parameter.normal_(std=0.05, generator=generator)
        path = folder / f"{name}.safetensors"
        write_weights(weights_of(network), path)
        return path

    return write


def restored(name: str) -> np.ndarray:
    return np.asarray(PillowImage.open(name))


@pytest.mark.parametrize("member", MEMBERS)
def test_there_and_back(
    rescodec: Callable, weights: Callable, photo: Path, pixels: np.ndarray, member: str
) -> None:
    assert rescodec("encode", photo, "--model", weights(member)).code == 0
    header = formats.probe("photo.lr.png").header
    assert header.carrier == ("chunk" if member == "coded" else "none")
    assert [stream.name for stream in header.streams] == ["code"] * (member == "coded")
    assert rescodec("verify", "photo.lr.png").code == 0
    assert member in rescodec("info", "photo.lr.png").text
    assert rescodec("decode", "photo.lr.png", "-o", "back.png").code == 0
    assert restored("back.png").shape == pixels.shape


def test_sigma_and_seed(rescodec: Callable, weights: Callable, photo: Path) -> None:
    assert rescodec("encode", photo, "--model", weights("noisy")).code == 0

    def decoded(*options: Any) -> np.ndarray:
        assert rescodec("decode", "photo.lr.png", "-o", "x.png", "--overwrite", *options).code == 0
        return restored("x.png")

    usual = decoded()
    assert np.array_equal(decoded("--sigma", 1, "--seed", 0), usual)
    assert not np.array_equal(decoded("--seed", 1), usual)
    quiet = decoded("--sigma", 0)
    assert not np.array_equal(quiet, usual)
    assert np.array_equal(decoded("--sigma", 0, "--seed", 1), quiet)


@pytest.mark.parametrize("options", [("--sigma", "0.5"), ("--seed", "1")])
def test_noise_is_refused_by_models_without(
    rescodec: Callable, encoded: Path, options: tuple[str, ...]
) -> None:
    result = rescodec("decode", encoded, "-o", "x.png", *options)
    result.failed(1, "alpha-x2-lite-1 was trained without noise", "leave them out")
    assert not Path("x.png").exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--sigma", "-1"), ("--sigma is -1.0", "0 to 100")),
        (("--sigma", "101"), ("--sigma is 101.0", "0 to 100")),
        (("--sigma", "nan"), ("--sigma is nan", "0 to 100")),
        (("--seed", "-3"), ("--seed is -3", "0 to 18446744073709551615")),
        (("--seed", 2**64), ("--seed is 18446744073709551616", "0 to 18446744073709551615")),
    ],
)
def test_noise_out_of_range(
    rescodec: Callable, encoded: Path, options: tuple[str, Any], words: tuple[str, ...]
) -> None:
    """Whatever the model: once, and before any file is looked at."""
    rescodec("decode", encoded, "absent.lr.png", *options).failed(2, *words)


@pytest.mark.parametrize("member", ["bare", "coded"])
def test_only_what_lost_something_is_approximate(
    rescodec: Callable, weights: Callable, photo: Path, member: str
) -> None:
    assert rescodec("encode", photo, "--model", weights(member)).code == 0
    intact = rescodec("decode", "photo.lr.png", "-o", "x.png", "--without-payload")
    assert (intact.code, "approximate" in intact.err) == (0, member == "coded")
    with PillowImage.open("photo.lr.png") as image:
        black = PillowImage.new("RGB", image.size)
    black.save("black.png")
    Path("photo.lr.png").write_bytes(
        with_pixels_of(Path("photo.lr.png").read_bytes(), Path("black.png").read_bytes())
    )
    edited = rescodec("decode", "photo.lr.png", "-o", "y.png", "--without-payload")
    assert (edited.code, "approximate" in edited.err) == (0, True)
    assert (photo.parent / "y.png").is_file()


@pytest.mark.parametrize(
    ("member", "carrier", "words"),
    [
        ("coded", "alpha", ("only a learned plane can be the alpha channel", "keeps a code")),
        ("bare", "alpha", ("hold no payload", "nothing to convert")),
        ("bare", "chunk", ("hold no payload", "nothing to convert")),
    ],
)
def test_conversions_that_cannot_be(
    rescodec: Callable,
    weights: Callable,
    photo: Path,
    files: Callable,
    member: str,
    carrier: str,
    words: tuple[str, ...],
) -> None:
    assert rescodec("encode", photo, "--model", weights(member)).code == 0
    before = files()
    rescodec("convert", "photo.lr.png", "--carrier", carrier).failed(1, "photo.lr.png: ", *words)
    data = Path("photo.lr.png").read_bytes()
    rescodec("convert", "-", "--carrier", carrier, stdin=data).failed(1, *words)
    assert files() == before


@pytest.mark.parametrize("member", MEMBERS)
def test_alpha_needs_a_plane(
    rescodec: Callable, weights: Callable, photo: Path, member: str
) -> None:
    result = rescodec("encode", photo, "--model", weights(member), "--carrier", "alpha")
    result.failed(2, f"model {member} has no learned plane", "carrier chunk")
    assert not Path("photo.lr.png").exists()


def test_a_lost_code(rescodec: Callable, weights: Callable, photo: Path) -> None:
    """As an editor leaves it that keeps the header's chunk and drops the payload."""
    assert rescodec("encode", photo, "--model", weights("coded")).code == 0
    stripped = without_chunks(Path("photo.lr.png").read_bytes(), b"rsPL")
    Path("photo.lr.png").write_bytes(stripped)
    decode = ("decode", "photo.lr.png", "-o", "x.png")
    rescodec(*decode).failed(1, "payload", "--without-payload")
    assert rescodec(*decode, "--without-payload").code == 0


def test_a_lost_header(rescodec: Callable, weights: Callable, photo: Path) -> None:
    """A model without a payload needs nothing but the pixels, its name and the scale."""
    for member, code in (("bare", 0), ("coded", 1)):
        path = weights(member)
        lr = f"{member}.lr.png"
        assert rescodec("encode", photo, "--model", path, "-o", lr).code == 0
        assert rescodec("decode", lr, "-o", f"{member}.png").code == 0
        saved = f"{member}-saved.png"
        PillowImage.open(lr).save(saved)
        options = ("--model", path, "--scale", "2", "-o", f"{member}-again.png")
        assert rescodec("decode", saved, *options).code == code
    # The size of the photo is lost too: 45x61 is not a multiple of 2.
    again = restored("bare-again.png")
    assert again.shape == (46, 62, 3)
    assert np.array_equal(again[:45, :61], restored("bare.png"))


def chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    position = 8
    while position < len(png):
        end = position + 12 + int.from_bytes(png[position : position + 4], "big")
        yield png[position + 4 : position + 8], png[position:end]
        position = end


def without_chunks(png: bytes, name: bytes) -> bytes:
    return png[:8] + b"".join(chunk for kind, chunk in chunks(png) if kind != name)


def with_pixels_of(png: bytes, other: bytes) -> bytes:
    """Return one PNG with the pixels of another, its own header and payload kept."""
    pixels = b"".join(chunk for kind, chunk in chunks(other) if kind == b"IDAT")
    kept = without_chunks(png, b"IDAT")
    place = png.index(b"IDAT") - 4
    return kept[:place] + pixels + kept[place:]
