"""``--tile``: how much of a photo is worked on at a time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage

import rescodec
from rescodec.codec import Codec


@pytest.mark.parametrize(
    ("options", "tile"), [((), None), (("--tile", "auto"), None), (("--tile=0",), 0)]
)
def test_it_reaches_the_codec(
    rescodec: Callable,
    photo: Path,
    encoded: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: tuple[str, ...],
    tile: int | None,
) -> None:
    seen = []
    for name in ("encode_batch", "decode_batch"):
        whole = getattr(Codec, name)

        def spy(self: Codec, *args: object, whole: Callable = whole, **keywords: object) -> object:
            seen.append(keywords["tile"])
            return whole(self, *args, **keywords)

        monkeypatch.setattr(Codec, name, spy)
    rescodec("encode", photo, "-o", "new.lr.png", *options)
    rescodec("decode", encoded, "-o", "new.png", *options)
    assert seen == [tile, tile]


def test_few_rows_at_a_time_make_the_same_files(
    rescodec: Callable, photo: Path, tmp_path: Path
) -> None:
    for tile in ("0", "8"):
        rescodec("encode", photo, "-o", f"{tile}.lr.png", "--tile", tile)
        rescodec("decode", "0.lr.png", "-o", f"{tile}.png", "--tile", tile)
    for suffix in ("lr.png", "png"):
        images = [PillowImage.open(tmp_path / f"{tile}.{suffix}") for tile in ("0", "8")]
        a, b = (np.asarray(image).astype(int) for image in images)
        assert np.abs(a - b).max() <= 1


def test_functions_of_the_library_take_it(photo: Path) -> None:
    data = rescodec.encode(photo, tile=8)
    assert rescodec.decode(data, tile=8).pixels.shape == rescodec.decode(data).pixels.shape
    with pytest.raises(ValueError, match="tile is -8"):
        rescodec.encode(photo, tile=-8)
