"""What storing z as a code costs the released models that do it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from rescodec.loading import load_named
from rescodec.metrics import psnr_y
from rescodec.networks.latent_code import pad_to_code
from rescodec.quantize import from_code, from_uint8, to_code, to_uint8
from rescodec.zoo import MODELS

PHOTOS = sorted((Path(__file__).parents[2] / "examples/photos").glob("*.jpg"))
WITH_CODE = [name for name, entry in MODELS.items() if entry.family == "latent"]


@pytest.mark.parametrize("model", WITH_CODE)
@torch.inference_mode()
def test_rounding_the_code_costs_next_to_nothing(model: str) -> None:
    """About 0.02 dB on the benchmark images (docs/results); two small crops vary more."""
    network = load_named(model).weights.build()
    assert network.autoencoder is not None
    levels, scale = network.config.code_levels, network.config.scale
    losses, gains = [], []
    for photo in PHOTOS:
        with Image.open(photo) as image:
            hr = np.array(image.convert("RGB").crop((400, 250, 400 + 320, 250 + 240)))
        down = network(from_uint8(torch.from_numpy(hr)).permute(2, 0, 1)[None])
        lr = from_uint8(to_uint8(down.lr))
        exact = network.autoencoder.encode(pad_to_code(down.z))
        quality = []
        for code in (exact, from_code(to_code(exact, levels), levels), 0 * exact):
            z = network.autoencoder.decode(code)[:, :, : down.z.shape[2], : down.z.shape[3]]
            restored = to_uint8(network.inverse(lr, None, z))[0].permute(1, 2, 0).numpy()
            quality.append(psnr_y(hr, restored, scale))
        losses.append(quality[0] - quality[1])
        gains.append(quality[1] - quality[2])
    assert len(losses) == len(PHOTOS) > 1
    assert np.mean(losses) < 0.05
    assert np.mean(gains) > 0.1
