"""Why a picture does not come back: what each step between network and file costs.

The network runs on the whole picture at once, and what a file does to its numbers is done in
turn: what files do not hold is left out, then values outside 0 to 1 are cut off, then all is
rounded, and at last the restored pixels are. Without any of them the photo comes back exactly.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from benchmarks.failures.measures import MOST, decibels, tint
from benchmarks.failures.restoring import quality_of
from benchmarks.failures.tiling import corners, tile
from rescodec import Codec, EncodedImage
from rescodec.loading import load_model
from rescodec.networks import Rescaler
from rescodec.networks.dial import plane_groups
from rescodec.quantize import LEVELS, from_code, from_multiples, from_uint8, to_uint8

Image = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]

NOTHING = "nothing"
LEFT_OUT = "left out"
CLIPPED = "clipped"
COLORS_ROUNDED = "colours rounded"
ROUNDED = "rounded"
PIXELS = "pixels"


@torch.inference_mode()
def costs(codec: Codec, original: Image) -> list[dict[str, object]]:
    """Return PSNR over RGB and the strongest tint of a tile after each step.

    Args:
        codec: The model.
        original: (H, W, 3) uint8 RGB, sizes multiples of the scale.
    """
    network = load_model(codec.id).weights.build()
    hr = batch(original)
    encoded = codec.encode(original, tile=0, quality=quality_of(codec))
    steps = _dialled if codec.config.dial_steps else _fixed
    rows: list[dict[str, object]] = []
    for step, restored in steps(network, hr, encoded):
        pixels = restored[0].permute(1, 2, 0).double().numpy() * LEVELS
        wrong = pixels - original
        tints = [math.hypot(*tint(tile(wrong, corner))) for corner in corners(*wrong.shape[:2])]
        psnr = min(decibels(float(np.mean(wrong**2))), MOST)
        rows.append({"step": step, "psnr_rgb": round(psnr, 2), "tint": round(max(tints), 3)})
    return rows


def _fixed(network: Rescaler, hr: Tensor, encoded: EncodedImage) -> Iterator[tuple[str, Tensor]]:
    """Yield what comes back after each step, for networks without a dial."""
    down = network(hr)
    planes = down.planes if network.config.planes else None
    yield NOTHING, network.inverse(down.lr, planes, down.z)
    z = None
    if network.autoencoder is not None and encoded.code is not None:
        code = from_code(torch.from_numpy(encoded.code), network.config.code_levels)[None]
        height, width = down.lr.shape[2:]
        z = network.autoencoder.decode(code)[:, :, :height, :width]
    yield LEFT_OUT, network.inverse(down.lr, planes, z)
    yield CLIPPED, network.inverse(down.lr.clamp(0, 1), planes, z)
    if planes is not None:
        planes = from_uint8(to_uint8(planes))
    restored = network.inverse(from_uint8(to_uint8(down.lr)), planes, z)
    yield ROUNDED, restored
    yield PIXELS, from_uint8(to_uint8(restored))


def _dialled(network: Rescaler, hr: Tensor, encoded: EncodedImage) -> Iterator[tuple[str, Tensor]]:
    """Yield what comes back after each step, for networks with a dial, which leave nothing out."""
    down, lr, dial = network(hr), batch(encoded.lr), network.steps
    if network.refinement is None or dial is None or encoded.planes is None:
        raise ValueError("the network has no dial")
    exact = torch.cat((network.refinement(down.lr, lr), down.planes), dim=1)
    yield NOTHING, network.inverse(lr, exact)
    sizes = torch.tensor(dial.of_channels(encoded.steps))[:, None, None]
    rounded = from_multiples(torch.from_numpy(encoded.planes), sizes)[None]
    colors = torch.tensor(dial.of_channels(_differences(network.config.levels))).bool()
    yield COLORS_ROUNDED, network.inverse(lr, torch.where(colors[:, None, None], rounded, exact))
    restored = network.inverse(lr, rounded)
    yield ROUNDED, restored
    yield PIXELS, from_uint8(to_uint8(restored))


def _differences(levels: int) -> list[float]:
    """Return 1 for planes that are differences of colours and 0 for means, in their order."""
    return [
        kind
        for group in plane_groups(levels)
        for kind in [0.0] * group.means + [1.0] * 2 * group.means
    ]


def batch(image: Image) -> Tensor:
    """Return (H, W, 3) uint8 as (1, 3, H, W) floats in 0 to 1, as networks take it."""
    return from_uint8(torch.from_numpy(np.array(image))).permute(2, 0, 1)[None]
