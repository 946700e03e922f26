"""Files of every released model decode forever to what they held."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import rescodec
from rescodec.metrics import psnr
from rescodec.zoo import MODELS

GOLDEN = Path(__file__).parent / "golden"


CARRIERS = {"alpha": ["alpha", "chunk"], "dial": ["chunk"], "latent": ["chunk"], "plain": ["none"]}
FILES = [(name, carrier) for name in MODELS for carrier in CARRIERS[MODELS[name].family]]


@pytest.mark.parametrize(("model", "carrier"), FILES)
def test_decodes_to_what_it_held(model: str, carrier: str) -> None:
    """Floating point may differ between machines, so a sample may be one level off."""
    restored = rescodec.decode(GOLDEN / f"{model}.{carrier}.lr.png").pixels
    with Image.open(GOLDEN / f"{model}.png") as image:
        expected = np.asarray(image)
    difference = np.abs(restored.astype(int) - expected)
    assert difference.max() <= 1
    assert np.mean(difference > 0) < 0.01


@pytest.mark.parametrize("model", MODELS)
def test_holds_the_photo(model: str) -> None:
    """What the golden file decodes to is the photo, not merely what it once was."""
    photo = Path(__file__).parents[2] / "examples/photos/chrysanthemums.jpg"
    with Image.open(photo) as image:
        source = np.asarray(image.convert("RGB"))[300:375, 560:661]
    with Image.open(GOLDEN / f"{model}.png") as image:
        assert psnr(source, np.asarray(image)) > 30
