"""What viewers show of a photo."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable

import numpy as np
import pytest

import rescodec_formats as formats
from rescodec.api import encode
from rescodec.bench.rivals import RIVALS, thumbnail_bytes
from rescodec.codec import Codec
from rescodec.metrics import psnr_y
from rescodec.networks import NetworkConfig
from rescodec.photo import Photo
from rescodec.report.crop import Crop
from rescodec.report.pictures import MOST_PIXELS, Comparison, compare, share_of_page
from rescodec.report.rival_pictures import RivalPictures
from rescodec.report.viewer import viewer


@pytest.fixture(scope="module")
def tiny(codec_of: Callable[..., Codec], tiny_config: NetworkConfig) -> Codec:
    return codec_of(tiny_config)


def test_versions_of_a_model(tiny: Codec, picture: Callable) -> None:
    photo = Photo(picture(52, 66))
    found = compare(photo, "a.png", [tiny])
    assert (found.size, found.window.width, found.window.height) == ((52, 66), 64, 52)
    original, restored, nearest, smooth = found.versions
    hr = photo.pixels[:, :64]
    assert np.array_equal(original.pixels, hr)
    file = encode(Photo(np.ascontiguousarray(hr)), model=tiny)
    assert restored.size == len(file)
    assert restored.bpp == 8 * len(file) / (52 * 64)
    assert restored.psnr_y == psnr_y(hr, restored.pixels, 4)
    assert np.array_equal(nearest.pixels, formats.read(file).lr)
    assert nearest.enlarge == 2
    assert smooth.pixels.shape == hr.shape
    assert smooth.size is None
    assert {version.model for version in found.versions[1:]} == {"tiny-1"}


def test_rivals_have_no_more_bytes(tiny: Codec, picture: Callable) -> None:
    rivals = RivalPictures(["JPEG", "AVIF"])
    found = compare(Photo(picture(64, 64)), "a.png", [tiny], rivals=rivals).versions
    assert rivals.count == 3
    names = [version.name for version in found[4:]]
    assert names == ["JPEG", "AVIF", "bicubic x2 + AVIF"]
    most = found[1].size
    for version in found[4:]:
        if version.pixels is None:
            assert version.note.startswith("none: ")
            assert version.psnr_y is None
        else:
            assert version.size <= most
            assert re.fullmatch("quality [0-9]+", version.note)
            assert version.psnr_y > 10


def test_the_bytes_of_a_thumbnail_count(picture: Callable) -> None:
    hr = picture(64, 64)
    preview = thumbnail_bytes(hr, 2)
    alone, inside = RivalPictures(["AVIF"]).of(hr, preview + 4000, 2)
    assert inside.size > preview
    assert inside.size <= preview + 4000
    assert alone.size <= preview + 4000
    (_, none) = RivalPictures(["AVIF"]).of(hr, preview, 2)
    assert none.pixels is None
    assert f"{preview:,}" in none.note
    smallest = len(RIVALS["AVIF"].encode(hr, RIVALS["AVIF"].settings[0]))
    (_, none) = RivalPictures(["AVIF"]).of(hr, preview + smallest - 1, 2)
    assert none.note == f"none: its smallest file takes {preview + smallest:,} bytes"


def test_rivals_forget_the_last_photo(picture: Callable) -> None:
    rivals = RivalPictures(["JPEG"])
    (first,) = rivals.of(picture(64, 64, 0), 10**6, 2)
    (second,) = rivals.of(picture(64, 64, 1), 10**6, 2)
    assert not np.array_equal(first.pixels, second.pixels)


def test_unknown_rivals() -> None:
    with pytest.raises(KeyError, match="BPG"):
        RivalPictures(["BPG"])


def test_other_kinds_of_photos_become_opaque_rgb_of_8_bits(tiny: Codec, picture: Callable) -> None:
    deep = picture(32, 32).astype(np.uint16) * 257
    deep[...] = deep[..., :1]
    alpha = np.zeros((32, 32), np.uint16)
    alpha[:, :16] = 65535
    found = compare(Photo(deep, alpha, grey=True), "a.png", [tiny])
    original = found.versions[0].pixels
    assert original.dtype == np.uint8
    assert np.array_equal(original[:, :16], deep[:, :16] // 257)
    assert (original[:, 16:] == 255).all()
    assert [note.split()[1] for note in found.notes] == ["16", "transparency", "is"]


def test_the_crop_is_all_that_counts(tiny: Codec, picture: Callable) -> None:
    pixels = picture(64, 64)
    part = compare(Photo(pixels), "a.png", [tiny], crop=Crop(32, 24, 8, 4))
    alone = compare(Photo(pixels[4:28, 8:40].copy()), "a.png", [tiny])
    assert part.versions[1].size == alone.versions[1].size
    assert part.versions[1].psnr_y == alone.versions[1].psnr_y
    assert "32 × 24 of 64 × 64 pixels" in viewer(part)


def test_pages_stay_small() -> None:
    rivals = RivalPictures()
    assert share_of_page(1, 1, None) == MOST_PIXELS
    assert share_of_page(1, 4, rivals) < MOST_PIXELS / 2
    assert share_of_page(2, 4, rivals) < share_of_page(1, 4, rivals)
    assert math.isfinite(share_of_page(0, 0, None))


def test_what_scripts_get(comparison: Comparison) -> None:
    (block,) = re.findall('<script type="application/json">(.*?)</script>', viewer(comparison))
    data = json.loads(block)
    assert (data["width"], data["height"]) == (96, 64)
    assert [version["enlarge"] for version in data["versions"]] == [1, 1, 2, 1]
    assert all(v["source"].startswith("data:image/webp;base64,") for v in data["versions"])


def test_a_model_of_scale_8_is_refused(codec_of: Callable[..., Codec], picture: Callable) -> None:
    wide = codec_of(NetworkConfig(scale=8, blocks=(1, 1, 1), widths=(4, 4, 4), planes=1))
    with pytest.raises(ValueError, match="has scale 8; models of scale 2 and 4 are compared"):
        compare(Photo(picture(68, 76)), "a.png", [wide])
