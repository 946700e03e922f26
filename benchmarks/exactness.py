"""How far doubles differ between ways to compute, and how near samples lie to a half.

Usage: python benchmarks/exactness.py FOLDER [--models ID...] [--images N] [--crop N]

Each image is decoded in double precision with one thread on the whole of it, as the network's
definition has it, and with two threads, tiles and strips. A sample can be rounded otherwise only
where it lies nearer to the middle of two levels than both ways differ.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from rescodec import Codec
from rescodec.encoded_image import EncodedImage
from rescodec.image_folder import image_paths, load_rgb
from rescodec.latent import Latent
from rescodec.lossless import LOSSLESS_QUALITY
from rescodec.strips import decode_strips, to_images

MODELS = [
    "alpha-x2-lite-1",
    "dial-x2-lite-1",
    "dial-x4-lite-1",
    "latent-x2-lite-1",
    "plain-x2-lite-1",
    "alpha-x4-lite-1",
]
# LR rows of a strip, and the side of the tiles.
STRIPS = (16, 24)


def main() -> None:
    """Compare both ways on all images and print a table."""
    parser = argparse.ArgumentParser(description="How far doubles differ.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--models", nargs="+", default=MODELS, help="ids or paths")
    parser.add_argument("--images", type=int, default=100)
    parser.add_argument("--crop", type=int, default=64)
    args = parser.parse_args()
    paths = image_paths([args.folder])[: args.images]
    print("| model | samples | levels apart: mean | most | nearest to a half | rounded otherwise |")
    print("|---|---|---|---|---|---|")
    for model in args.models:
        codec = Codec.open(model, device="cpu")
        found = [compared(codec, load_rgb(path)[: args.crop, : args.crop]) for path in paths]
        samples, mean, most, near, other = zip(*found, strict=True)
        apart = f"{np.mean(mean):.1e} | {max(most):.1e}"
        print(f"| {codec.id} | {sum(samples):,} | {apart} | {min(near):.1e} | {sum(other)} |")


def compared(codec: Codec, image: npt.NDArray[np.uint8]) -> tuple[int, float, float, float, int]:
    """Return samples, mean and largest distance, least distance to a half, samples that differ."""
    quality = LOSSLESS_QUALITY if codec.config.dial_steps else None
    encoded = codec.encode(image, quality=quality)
    torch.set_num_threads(1)
    first = levels(codec.exact, encoded, rows=0, side=0)
    torch.set_num_threads(2)
    second = levels(codec.exact, encoded, rows=STRIPS[0], side=STRIPS[1])
    half = abs(first - np.floor(first) - 0.5)
    differ = np.rint(first.clip(0, 255)) != np.rint(second.clip(0, 255))
    apart = abs(first - second)
    return first.size, apart.mean(), apart.max(), half.min(), int(differ.sum())


@torch.inference_mode()
def levels(codec: Codec, encoded: EncodedImage, *, rows: int, side: int) -> npt.NDArray[np.float64]:
    """Return what a codec in double precision restores, before it is rounded, 0 to 255."""
    network = codec._network
    codes = None if encoded.code is None else [encoded.code]
    latent = Latent(network, encoded.lr.shape[1], codec.device, codes)
    strips = decode_strips(
        network,
        [encoded.lr],
        None if encoded.planes is None else [encoded.planes],
        latent,
        codec.device,
        rows=rows,
        side=side,
        steps=[encoded.steps],
    )
    restored: npt.NDArray[np.float64] = torch.cat([to_images(strip)[0] for strip in strips]).numpy()
    return 255 * restored


if __name__ == "__main__":
    main()
