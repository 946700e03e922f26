"""What rounding the code of z costs, and what the code gains.

Usage: python benchmarks/rounded_code.py MODEL... --data DIR [--json FILE]

Restores each image from its 8-bit LR image and three versions of z: from the code as the encoder
computes it, from the rounded code that files store, and z = 0. Prints the mean PSNR-Y of each, dB.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch

from rescodec.image_folder import crop_to_multiple, image_paths, load_rgb
from rescodec.loading import load_model
from rescodec.metrics import psnr_y
from rescodec.networks import Rescaler
from rescodec.networks.latent_code import pad_to_code
from rescodec.quantize import from_code, from_uint8, to_code, to_uint8

SIZE_MULTIPLE = 4
VERSIONS = ("exact", "rounded", "none")


def main() -> None:
    """Measure models that store a code on the images of a folder."""
    parser = argparse.ArgumentParser(description="What rounding the code of z costs.")
    parser.add_argument("models", nargs="+", metavar="MODEL")
    parser.add_argument("--data", type=Path, required=True, help="folder of images")
    parser.add_argument("--json", type=Path, help="write the figures here too")
    args = parser.parse_args()
    rows = []
    print(f"{'model':20}" + "".join(f"{version:>10}" for version in VERSIONS))
    for model in args.models:
        network = load_model(model).weights.build()
        images = [crop_to_multiple(load_rgb(p), SIZE_MULTIPLE) for p in image_paths([args.data])]
        means = np.mean([qualities(network, image) for image in images], axis=0)
        print(f"{model:20}" + "".join(f"{mean:>10.3f}" for mean in means), flush=True)
        figures = {name: round(float(mean), 4) for name, mean in zip(VERSIONS, means, strict=True)}
        rows.append({"model": model, "images": args.data.name, **figures})
    if args.json is not None:
        args.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


@torch.inference_mode()
def qualities(network: Rescaler, hr: np.ndarray) -> tuple[float, ...]:
    """Return PSNR-Y for each of ``VERSIONS`` of an (H, W, 3) uint8 image."""
    if network.autoencoder is None:
        raise SystemExit("the model stores no code")
    down = network(from_uint8(torch.from_numpy(np.array(hr))).permute(2, 0, 1)[None])
    lr, levels = from_uint8(to_uint8(down.lr)), network.config.code_levels
    exact = network.autoencoder.encode(pad_to_code(down.z))
    rounded = from_code(to_code(exact, levels), levels)
    found = []
    for code in (exact, rounded, None):
        z = None
        if code is not None:
            z = network.autoencoder.decode(code)[:, :, : down.z.shape[2], : down.z.shape[3]]
        restored = to_uint8(network.inverse(lr, None, z))[0].permute(1, 2, 0).numpy()
        found.append(psnr_y(hr, restored, network.config.scale))
    return tuple(found)


if __name__ == "__main__":
    main()
