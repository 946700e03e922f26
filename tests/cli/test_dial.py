"""``encode --quality``, ``--target-psnr`` and ``--max-bytes``."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image as PillowImage

import rescodec_formats as formats
from rescodec.metrics import psnr_y
from rescodec.networks import NetworkConfig, Rescaler
from rescodec.weights_file import weights_of, write_weights


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Small random weights with a dial, where decoding finds them."""
    monkeypatch.setenv("RESCODEC_WEIGHTS_DIR", str(tmp_path))
    config = NetworkConfig(
        2, (1,), (4,), planes=12, plane_gain=2.0, dial_steps=(0.5, 24.0), lr_steps=(4, 7)
    )
    network = Rescaler(config)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.normal_(std=0.05, generator=generator)
    path = tmp_path / "dial-tiny.safetensors"
    write_weights(weights_of(network), path)
    return path


def restored(path: str = "back.png") -> np.ndarray:
    return np.asarray(PillowImage.open(path))


@pytest.mark.parametrize("carrier", ["chunk", "alpha"])
def test_there_and_back(
    rescodec: Callable, weights: Path, photo: Path, pixels: np.ndarray, carrier: str
) -> None:
    options = ("--model", weights, "--carrier", carrier, "--quality", "72.5")
    done = rescodec("encode", photo, *options)
    assert done.code == 0
    assert "quality 72.5" in done.err
    assert rescodec("verify", "photo.lr.png").code == 0
    assert "quality 72.5" in rescodec("info", "photo.lr.png").text
    assert json.loads(rescodec("info", "--json", "photo.lr.png").text)["quality"] == 72.5
    assert rescodec("decode", "photo.lr.png", "-o", "back.png").code == 0
    assert psnr_y(pixels, restored(), 2) > 25


def test_conversion(rescodec: Callable, weights: Path, photo: Path) -> None:
    """An alpha channel can become a chunk, but not the other way round."""
    assert rescodec("encode", photo, "--model", weights).code == 0
    result = rescodec("convert", "photo.lr.png", "--carrier", "alpha", "-o", "a.png")
    result.failed(1, "photo.lr.png", "with a dial", "encode", "--carrier alpha")
    assert (
        rescodec("encode", photo, "--model", weights, "--carrier", "alpha", "-o", "a.png").code == 0
    )
    assert rescodec("convert", "a.png", "--carrier", "chunk", "-o", "c.png").code == 0
    for name in ("a", "c"):
        assert rescodec("decode", f"{name}.png", "-o", f"{name}-back.png").code == 0
    np.testing.assert_array_equal(restored("a-back.png"), restored("c-back.png"))


def test_other_models_have_no_quality(rescodec: Callable, photo: Path) -> None:
    assert rescodec("encode", photo).code == 0
    assert "quality" not in rescodec("info", "photo.lr.png").text
    assert json.loads(rescodec("info", "--json", "photo.lr.png").text)["quality"] is None
    for option in ("--quality=50", "--target-psnr=40", "--max-bytes=1K"):
        result = rescodec("encode", photo, option, "-o", "other.png")
        result.failed(2, "alpha-x2-lite-1", "no dial", "family dial")
    assert not Path("other.png").exists()


def test_targets(program: Callable, rescodec: Callable, weights: Path, photo: Path) -> None:
    def encode(*options: str) -> int:
        done = rescodec("encode", photo, "--model", weights, "--overwrite", *options)
        assert done.code == 0
        return Path("photo.lr.png").stat().st_size

    small, large = encode("--quality", "10"), encode("--quality", "90")
    assert small < encode("--max-bytes", str((small + large) // 2)) < large
    done = program("encode", photo, "--model", weights, "--overwrite", "--target-psnr", "29")
    assert done.code == 0
    assert rescodec("decode", "photo.lr.png", "-o", "back.png").code == 0
    assert psnr_y(np.asarray(PillowImage.open(photo)), restored(), 2) >= 29


@pytest.mark.parametrize("quality", [10**400, [1], "60", True, -1, 101, None])
def test_what_others_write_as_quality(
    rescodec: Callable, photo: Path, pixels: np.ndarray, quality: object
) -> None:
    model = formats.ModelRef("other-1", "ab" * 32, {"quality": quality})
    formats.write("x.png", pixels, scale=1, hr_size=pixels.shape[:2], model=model)
    assert "quality" not in rescodec("info", "x.png").text
    assert json.loads(rescodec("info", "--json", "x.png").text)["quality"] is None


def test_lossless(rescodec: Callable, weights: Path, photo: Path, pixels: np.ndarray) -> None:
    for options in ((), ("--quality", "20"), ("--quality", "100", "--carrier", "alpha")):
        done = rescodec("encode", photo, "--model", weights, "--lossless", "--overwrite", *options)
        assert done.code == 0
        assert "lossless" in done.err
        assert rescodec("decode", "photo.lr.png", "-o", "back.png", "--overwrite").code == 0
        np.testing.assert_array_equal(restored(), pixels)
    result = rescodec("encode", photo, "--model", weights, "--lossless", "--max-bytes", "1M")
    result.failed(2, "lossless", "no target")


def test_targets_out_of_reach(rescodec: Callable, weights: Path, photo: Path) -> None:
    result = rescodec("encode", photo, "--model", weights, "--target-psnr", "120")
    result.failed(1, "photo.png", "quality 100 reaches", "ask for less")
    result = rescodec("encode", photo, "--model", weights, "--max-bytes", "10")
    result.failed(1, "photo.png", "quality 0 takes", "more than 10")
    assert not Path("photo.lr.png").exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--quality", "101"), ("--quality", "0<=x<=100")),
        (("--quality", "high"), ("--quality", "high")),
        (("--model", "dial", "--quality", "nan"), ("quality is nan",)),
        (("--model", "dial", "--target-psnr", "nan"), ("target_psnr is nan",)),
        (("--target-psnr", "0"), ("--target-psnr",)),
        (("--max-bytes", "0"), ("--max-bytes", "at least 1")),
        (("--max-bytes", "many"), ("--max-bytes", "whole number", "many")),
        (("--quality", "5", "--max-bytes", "1M"), ("--quality and --max-bytes exclude",)),
    ],
)
def test_usage(
    rescodec: Callable, photo: Path, options: tuple[str, ...], words: tuple[str, ...]
) -> None:
    rescodec("encode", photo, *options).failed(2, *words)


def test_info_counts_planes(rescodec: Callable, weights: Path, photo: Path) -> None:
    rescodec("encode", photo, "--model", weights, "--quality", "60")
    assert "payload  12 planes in chunk, " in rescodec("info", "photo.lr.png").text
