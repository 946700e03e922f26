"""Results as a table for people and as JSON for programs."""

from __future__ import annotations

import dataclasses
import math
import platform
from collections.abc import Sequence
from importlib import metadata
from typing import Any

import torch

from rescodec.codec import Codec
from rescodec.evaluate.measure import FolderResult, ImageResult
from rescodec.networks import Rescaler, macs_per_hr_pixel, parameter_count
from rescodec.noise import chosen_noise

FORMAT = "rescodec-evaluation-1"
MEANS = ("psnr_y", "ssim_y", "psnr_rgb", "lr_psnr")
SECONDS = {
    "encode_seconds_per_megapixel": "encode_seconds",
    "decode_seconds_per_megapixel": "decode_seconds",
}
DISTRIBUTIONS = ("rescodec", "rescodec-formats", "torch", "numpy", "pillow", "deflate", "zstandard")


def table_heading(carriers: Sequence[str]) -> str:
    """Return the first line of the table: folder, dB, bits per HR pixel, seconds per MP."""
    bpp = [f"bpp {carrier}" for carrier in carriers]
    return _line("folder", "n", "PSNR-Y", "SSIM-Y", "PSNR", "LR PSNR", *bpp, "s/MP enc", "s/MP dec")


def table_row(result: FolderResult) -> str:
    """Return a folder's line of the table."""
    psnr, ssim, rgb, lr = (result.mean(name) for name in MEANS)
    return _line(
        result.name,
        str(len(result.images)),
        f"{psnr:.2f}",
        f"{ssim:.4f}",
        f"{rgb:.2f}",
        f"{lr:.2f}",
        *(f"{value:.3f}" for value in result.bpp.values()),
        *(f"{result.seconds_per_megapixel(name):.3f}" for name in SECONDS.values()),
    )


def report(
    codec: Codec,
    results: Sequence[FolderResult],
    *,
    sigma: float | None = None,
    seed: int | None = None,
    quality: float | None = None,
) -> dict[str, Any]:
    """Return everything that was measured, and with what, as JSON values.

    Numbers are not rounded. An infinite PSNR, of equal images, is None, since JSON has
    no infinity.

    Args:
        codec: What was measured.
        results: Of each folder.
        sigma: As it was given; written where the model is decoded with noise, as it was chosen.
        seed: Likewise.
        quality: Of models with a dial.

    Raises:
        NoiseError: Sigma or seed do not fit the model.
    """
    network = Rescaler(codec.config)
    chosen = chosen_noise(sigma, seed, std=codec.config.latent_std, model=codec.id)
    noise = dict(zip(("sigma", "seed"), chosen, strict=True)) if codec.config.latent_std else {}
    return {
        "format": FORMAT,
        "model": {
            "id": codec.id,
            "weights_sha256": codec.weights_sha256,
            "config": codec.config.to_dict(),
            "parameters": parameter_count(network),
            "kmac_per_hr_pixel": macs_per_hr_pixel(network) / 1000,
        },
        **noise,
        **({} if quality is None else {"quality": quality}),
        "device": _device(codec.device),
        "versions": versions(),
        "folders": [_folder(result) for result in results],
    }


def _folder(result: FolderResult) -> dict[str, Any]:
    means = {name: _finite(result.mean(name)) for name in MEANS}
    seconds = {key: result.seconds_per_megapixel(name) for key, name in SECONDS.items()}
    return {
        "name": result.name,
        "means": {**means, "bpp": result.bpp, **seconds},
        "images": [_image(image) for image in result.images],
    }


def _image(image: ImageResult) -> dict[str, Any]:
    values = dataclasses.asdict(image)
    return {
        key: _finite(value) if isinstance(value, float) else value for key, value in values.items()
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _device(device: torch.device) -> dict[str, Any]:
    cuda = device.type == "cuda"
    return {
        "type": device.type,
        "name": torch.cuda.get_device_name(device) if cuda else platform.machine(),
        "threads": torch.get_num_threads(),
    }


def versions(names: Sequence[str] = DISTRIBUTIONS) -> dict[str, str | None]:
    """Return what is installed; None for a distribution that is imported from a checkout."""
    found: dict[str, str | None] = {"python": platform.python_version()}
    for name in names:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = None
    return found


def _line(folder: str, *cells: str) -> str:
    return f"{folder:<12}" + "".join(f"{cell:>10}" for cell in cells)
