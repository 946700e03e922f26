"""``--lossless`` on the command line: every sample comes back, or nothing does."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage

import rescodec as library
from rescodec.encoding import Encoding
from rescodec.lossless import Lossless
from rescodec.networks import NetworkConfig, Rescaler
from rescodec.weights_file import weights_of, write_weights


@pytest.fixture(scope="module")
def wrong(pixels: np.ndarray) -> bytes:
    """A file that is in order, and whose digest is that of another photo."""
    encoding = Encoding(library.Codec.open(device="cpu"), lossless=True)
    photo = encoding.compute(encoding.read(PillowImage.fromarray(pixels)))
    assert photo.lossless is not None
    file = io.BytesIO()
    encoding.write(replace(photo, lossless=Lossless(photo.lossless.residual, "0" * 64)), file)
    return file.getvalue()


@pytest.mark.parametrize("family", ["alpha", "latent", "plain"])
def test_round_trip(
    rescodec: Callable, photo: Path, pixels: np.ndarray, tmp_path: Path, family: str
) -> None:
    done = rescodec("encode", photo, "--lossless", "--model", family)
    assert done.code == 0
    assert "bits per pixel, lossless" in done.err
    done = rescodec("decode", "photo.lr.png", "-o", "back.png")
    assert done.code == 0
    assert "lossless: verified" in done.err
    with PillowImage.open(tmp_path / "back.png") as image:
        np.testing.assert_array_equal(np.array(image), pixels)


def test_as_a_program(program: Callable, photo: Path, pixels: np.ndarray, tmp_path: Path) -> None:
    assert program("encode", photo.name, "--lossless", "--scale", "4").code == 0
    assert program("verify", "photo.lr.png").code == 0
    done = program("decode", "photo.lr.png", "-o", "back.tif", "--tile", "16")
    assert (done.code, done.out) == (0, b"")
    with PillowImage.open(tmp_path / "back.tif") as image:
        np.testing.assert_array_equal(np.array(image), pixels)


def test_info(rescodec: Callable, encoded: Path, photo: Path) -> None:
    rescodec("encode", photo, "--lossless")
    text = rescodec("info", "photo.lr.png").text
    assert "plane, residual, residual-escapes in chunk" in text
    facts = json.loads(rescodec("info", "--json", "photo.lr.png").text)
    assert 0 < facts["residual_bytes"] < facts["payload_bytes"]
    assert f"lossless {facts['residual_bytes']:,} bytes of the payload" in text
    assert "lossless" not in rescodec("info", encoded).text
    facts = json.loads(rescodec("info", "--json", encoded).text)
    assert (facts["lossless"], facts["residual_bytes"]) == (False, 0)


def test_another_photo_is_one_line_and_no_file(
    rescodec: Callable, files: Callable, wrong: bytes
) -> None:
    Path("wrong.lr.png").write_bytes(wrong)
    before = files()
    rescodec("decode", "wrong.lr.png").failed(
        1,
        "wrong.lr.png: the restored photo is not the one that was encoded: its SHA-256 begins ",
        "the header says 000000000000",
        "--without-payload restores an approximate photo",
    )
    assert files() == before
    assert rescodec("verify", "wrong.lr.png").code == 0
    assert rescodec("decode", "wrong.lr.png", "--without-payload").code == 0


def test_the_others_of_a_batch_go_on(
    rescodec: Callable, wrong: bytes, photo: Path, tmp_path: Path
) -> None:
    Path("a.lr.png").write_bytes(wrong)
    rescodec("encode", photo, "--lossless", "-o", "b.lr.png")
    done = rescodec("decode", "a.lr.png", "b.lr.png")
    assert done.code == 1
    assert not (tmp_path / "a.png").exists()
    assert (tmp_path / "b.png").exists()


def test_noise_is_refused_at_once(rescodec: Callable, photo: Path, files: Callable) -> None:
    config = NetworkConfig(scale=2, blocks=(1,), widths=(4,), latent_std=1.0)
    write_weights(weights_of(Rescaler(config)), Path("noisy.safetensors"))
    before = files()
    done = rescodec("encode", photo, "--lossless", "--model", "noisy.safetensors")
    assert done.code == 2
    assert "restores photos with noise, so its files cannot be lossless" in done.err
    assert files() == before
