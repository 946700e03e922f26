"""Images through a network together, against one by one."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rescodec.codec import Codec, QualityError
from rescodec.encoded_image import EncodedImage
from rescodec.networks import NetworkConfig
from rescodec.zoo import MODELS
from tests.rescodec.test_strips import CONFIGS, assert_alike, assert_encoded_alike

Image = npt.NDArray[np.uint8]
configs = pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)


def assert_same(codec: Codec, images: Sequence[npt.NDArray[Any]], tile: int | None = None) -> None:
    """Require what `encode` and `decode` make of each, but for roundings that tipped over."""
    quality = 70.0 if codec.config.dial_steps else None
    together = codec.encode_batch(images, tile=tile, quality=quality)
    alone = [codec.encode(image, tile=tile, quality=quality) for image in images]
    assert len(together) == len(images)
    for a, b in zip(together, alone, strict=True):
        assert_encoded_alike(a, b)
    restored = codec.decode_batch(alone, tile=tile)
    for one, image in zip(restored, alone, strict=True):
        assert_alike(one, codec.decode(image, tile=tile))


@configs
@pytest.mark.parametrize("tile", [0, 24, None])
def test_all_families(
    config: NetworkConfig,
    tile: int | None,
    codec_of: Callable[..., Codec],
    picture: Callable[..., Image],
) -> None:
    images = [picture(61, 46, seed) for seed in range(3)]
    assert_same(codec_of(config), images, tile)


@pytest.mark.parametrize("model", MODELS)
def test_released_models(model: str, picture: Callable[..., Image]) -> None:
    images = [picture(90, 131, seed) for seed in range(3)]
    assert_same(Codec.open(model, device="cpu"), images)


@settings(max_examples=20)
@given(
    count=st.integers(1, 5),
    height=st.integers(1, 40),
    width=st.integers(1, 40),
    deep=st.booleans(),
)
def test_any_number_and_size(
    codec_of: Callable[..., Codec],
    picture: Callable[..., Image],
    count: int,
    height: int,
    width: int,
    deep: bool,
) -> None:
    images = [picture(height, width, seed) for seed in range(count)]
    if deep:
        images = [image.astype(np.uint16) * 257 for image in images]
    assert_same(codec_of(CONFIGS["alpha-x2"]), images)


def test_noise_is_that_of_a_single_image(
    codec_of: Callable[..., Codec], picture: Callable[..., Image]
) -> None:
    codec = codec_of(CONFIGS["firn-x4"])
    encoded = [codec.encode(picture(40, 36, seed)) for seed in (0, 0, 1)]
    together = codec.decode_batch(encoded, sigma=0.7, seed=5, tile=16)
    for one, image in zip(together, encoded, strict=True):
        assert_alike(one, codec.decode(image, sigma=0.7, seed=5))
    assert not np.array_equal(together[0], codec.decode_batch(encoded, sigma=0.7, seed=6)[0])


def test_each_image_keeps_its_quality(
    codec_of: Callable[..., Codec], picture: Callable[..., Image]
) -> None:
    codec = codec_of(CONFIGS["dial-x2"])
    encoded = [codec.encode(picture(40, 36), quality=quality) for quality in (10, 50, 90)]
    together = codec.decode_batch(encoded, bit_depth=16)
    for one, image in zip(together, encoded, strict=True):
        assert_alike(one // 16, codec.decode(image, bit_depth=16) // 16)


def test_without_payload(codec_of: Callable[..., Codec], picture: Callable[..., Image]) -> None:
    for name in ("alpha-x2", "dial-x2", "latent-x2"):
        codec = codec_of(CONFIGS[name])
        images = [EncodedImage(picture(9, 8, seed), None, (17, 16)) for seed in range(2)]
        for one, image in zip(codec.decode_batch(images), images, strict=True):
            assert_alike(one, codec.decode(image))


def test_what_is_no_batch(codec_of: Callable[..., Codec], picture: Callable[..., Image]) -> None:
    codec = codec_of(CONFIGS["alpha-x2"])
    hr = picture(8, 8)
    alike = "images of a batch must be of one size and kind"
    for images in ([], [hr, picture(8, 10)], [hr, hr.astype(np.uint16)]):
        with pytest.raises(ValueError, match=alike):
            codec.encode_batch(images)
    encoded = codec.encode(hr)
    bare = dataclasses.replace(encoded, planes=None)
    for files in ([], [encoded, codec.encode(picture(8, 10))], [encoded, bare]):
        with pytest.raises(ValueError, match=alike):
            codec.decode_batch(files)
    with pytest.raises(QualityError, match="no dial"):
        codec.encode_batch([hr], quality=3)
    with pytest.raises(QualityError, match="no dial"):
        codec.analyse_batch([hr])


def test_strips_of_many_images_are_lower(
    codec_of: Callable[..., Codec], picture: Callable[..., Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The memory that is planned for counts all images of a batch."""
    codec, widths = codec_of(CONFIGS["alpha-x2"]), []

    def strip_height(tile: int | None, width: int, *_: Any, **__: Any) -> int:
        widths.append(width)
        return 16

    monkeypatch.setattr("rescodec.codec.strip_height", strip_height)
    codec.decode_batch(codec.encode_batch([picture(20, 30)] * 3))
    assert widths == [90, 90]


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
@configs
def test_batches_on_cuda(
    config: NetworkConfig, codec_of: Callable[..., Codec], picture: Callable[..., Image]
) -> None:
    assert_same(codec_of(config, device="cuda"), [picture(203, 301, seed) for seed in range(3)])
