"""The private chunk stores a real plane in fewer bytes than the alpha channel does."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

import rescodec
from rescodec.zoo import MODELS

PHOTOS = sorted((Path(__file__).parents[2] / "examples/photos").glob("*.jpg"))
WITH_PLANE = [name for name, entry in MODELS.items() if entry.family == "alpha"]


@pytest.mark.parametrize("model", WITH_PLANE)
def test_chunk_is_smaller_than_alpha(model: str) -> None:
    codec = rescodec.Codec.open(model)
    total = {"alpha": 0, "chunk": 0}
    for photo in PHOTOS:
        with Image.open(photo) as image:
            # Small enough to be quick, large enough that the header hardly counts.
            crop = image.convert("RGB").crop((400, 250, 400 + 640, 250 + 480))
        for carrier in ("alpha", "chunk"):
            total[carrier] += len(rescodec.encode(crop, model=codec, carrier=carrier))
    assert total["chunk"] < total["alpha"]
