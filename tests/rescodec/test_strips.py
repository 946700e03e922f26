from __future__ import annotations

import dataclasses
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch

from rescodec.batches import Rows
from rescodec.codec import Codec
from rescodec.encoded_image import EncodedImage
from rescodec.loading import load_model
from rescodec.networks import NetworkConfig
from rescodec.networks.latent_code import pad_to_code
from rescodec.networks.streamed import StreamedForward, StreamedInverse, StreamedRefinement
from rescodec.networks.streamed_code import StreamedEncoder
from rescodec.zoo import MODELS

Image = npt.NDArray[np.uint8]

CONFIGS = {
    "alpha-x2": NetworkConfig(
        scale=2, blocks=(2,), widths=(4,), planes=1, plane_gain=4.0, plane_floor=0.5
    ),
    "dial-x2": NetworkConfig(
        scale=2, blocks=(2,), widths=(4,), planes=12, dial_steps=(0.5, 20.0), lr_steps=(4, 7)
    ),
    "dial-x4": NetworkConfig(
        scale=4,
        blocks=(1, 2),
        widths=(4, 4),
        planes=48,
        plane_gain=2.0,
        dial_steps=(0.5, 20.0),
        lr_steps=(2, 7),
    ),
    "latent-x2": NetworkConfig(
        scale=2, blocks=(2,), widths=(4,), code_channels=3, code_levels=15, dlv_channels=1
    ),
    "latent-x4": NetworkConfig(
        scale=4,
        blocks=(1, 1),
        widths=(4, 4),
        code_channels=3,
        code_layers=2,
        code_resampling="shuffle",
        hidden_planes=1,
    ),
    "firn-x4": NetworkConfig(
        scale=4, blocks=(1, 1), widths=(1, 1), subnet="padb", coupling="separate", latent_std=1.0
    ),
    "plain-x8": NetworkConfig(scale=8, blocks=(1, 1, 1), widths=(4, 4, 4)),
}
configs = pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
SIZES = ((1, 1), (1, 45), (77, 1), (61, 46), (80, 33))


def assert_alike(a: npt.NDArray[Any] | None, b: npt.NDArray[Any] | None) -> None:
    """Require what is equal but for roundings that tipped over.

    Convolutions of another shape may be computed by another kernel, which sums in another order.
    """
    if a is None or b is None:
        assert a is b
        return
    assert (a.shape, a.dtype) == (b.shape, b.dtype)
    distance = np.abs(a.astype(int) - b)
    assert distance.max(initial=0) <= 1
    assert (distance > 0).sum() <= max(2, 1e-5 * distance.size)


def assert_encoded_alike(one: EncodedImage, other: EncodedImage) -> None:
    for field in dataclasses.fields(EncodedImage):
        a, b = getattr(one, field.name), getattr(other, field.name)
        if isinstance(a, np.ndarray):
            assert_alike(a, b)
        else:
            assert a == b


def assert_same(codec: Codec, hr: npt.NDArray[Any], tile: int | None) -> None:
    """Compare a codec that works in strips with itself on the whole image."""
    before = hr.copy()
    quality = 70.0 if codec.config.dial_steps else None
    whole, strips = (codec.encode(hr, tile=rows, quality=quality) for rows in (0, tile))
    assert np.array_equal(hr, before)
    assert_encoded_alike(whole, strips)
    assert_alike(codec.decode(whole, tile=0), codec.decode(whole, tile=tile))


def test_an_array_is_filled_in_strips() -> None:
    whole = torch.arange(2 * 7 * 3).reshape(2, 7, 3)
    rows = Rows((2, 5, 3), np.int64, axis=1)
    for start, stop in ((0, 2), (2, 2), (2, 7)):
        rows.fill(whole[:, start:stop].numpy())
    assert np.array_equal(rows.array, whole[:, :5].numpy())


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(("height", "width"), [(201, 405), (130, 1)])
def test_strips_change_no_released_model(
    model: str, height: int, width: int, picture: Callable[..., Image]
) -> None:
    assert_same(Codec.open(model, device="cpu"), picture(height, width), tile=72)


@configs
def test_any_size_in_strips_of_any_height(
    config: NetworkConfig, codec_of: Callable[..., Codec], picture: Callable[..., Image]
) -> None:
    codec = codec_of(config)
    for (height, width), tile in product(SIZES, (1, 24, 1000, None)):
        assert_same(codec, picture(height, width), tile)


@pytest.mark.parametrize("model", MODELS)
def test_released_models_before_rounding(model: str) -> None:
    """In float64, where the order of sums hardly matters, nothing differs."""
    network = load_model(model).weights.build().double().requires_grad_(False)
    scale = network.config.scale
    hr = torch.rand(1, 3, 176, 48, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    forward, inverse = StreamedForward(network, side=48), StreamedInverse(network, side=48)
    expected = network(hr)
    bounds = [(top, min(top + 64, 176)) for top in range(0, 176, 64)]
    lr_bounds = [(slice(a // scale, b // scale), b == 176) for a, b in bounds]
    strips = [forward.push(hr[:, :, a:b], last=b == 176) for a, b in bounds]
    for ours, whole in zip(zip(*strips, strict=True), expected, strict=True):
        torch.testing.assert_close(torch.cat(ours, dim=2), whole, rtol=0, atol=1e-9)
    stored = tuple(expected)
    if network.refinement is not None:
        refinement, rounded = StreamedRefinement(network, side=48), (9 * expected.lr).round() / 9
        first = network.refinement(expected.lr, rounded)
        strips = [
            refinement.push(*(part[:, :, rows] for part in (expected.lr, rounded)), last=last)
            for rows, last in lr_bounds
        ]
        torch.testing.assert_close(torch.cat(strips, dim=2), first, rtol=0, atol=1e-9)
        stored = (rounded, torch.cat((first, expected.planes), dim=1), expected.z)
    restored = [
        inverse.push(*(part[:, :, rows] for part in stored), last=last) for rows, last in lr_bounds
    ]
    whole = network.inverse(*stored)
    torch.testing.assert_close(whole, hr, rtol=0, atol=1e-9)
    torch.testing.assert_close(torch.cat(restored, dim=2), whole, rtol=0, atol=1e-9)
    if network.autoencoder is not None:
        encoder = StreamedEncoder(network.autoencoder, side=48)
        code = torch.cat([encoder.push(s.z, last=s is strips[-1]) for s in strips], dim=2)
        whole = network.autoencoder.encode(pad_to_code(expected.z))
        torch.testing.assert_close(code, whole, rtol=0, atol=1e-9)


@pytest.mark.parametrize("sixteen", [False, True])
def test_sixteen_bits(
    codec_of: Callable[..., Codec], picture: Callable[..., Image], sixteen: bool
) -> None:
    """The same picture at either depth is the same, and 16 bits out are finer than 8."""
    codec, hr = codec_of(CONFIGS["alpha-x2"]), picture(50, 30)
    encoded = codec.encode(hr.astype(np.uint16) * 257 if sixteen else hr, tile=16)
    assert_alike(encoded.lr, codec.encode(hr, tile=0).lr)
    shallow = codec.decode(encoded, tile=16)
    deep = codec.decode(encoded, tile=16, bit_depth=16)
    assert (shallow.dtype, deep.dtype) == (np.uint8, np.uint16)
    assert np.abs(deep / 257 - shallow).max() <= 0.51
    assert len(np.unique(deep)) > 256
    assert_alike(deep // 16, codec.decode(encoded, tile=0, bit_depth=16) // 16)
    with pytest.raises(ValueError, match="bit_depth is 12; supported are 8 and 16"):
        codec.decode(encoded, bit_depth=12)  # type: ignore[call-overload]


@pytest.mark.parametrize("tile", [-1, 1.5, True, "auto"])
def test_tiles_that_are_no_number_of_rows(
    codec_of: Callable[..., Codec], picture: Callable[..., Image], tile: Any
) -> None:
    codec, hr = codec_of(CONFIGS["alpha-x2"]), picture(8, 8)
    with pytest.raises(ValueError, match=r"tile is .*; it must be a number of HR rows"):
        codec.encode(hr, tile=tile)
    with pytest.raises(ValueError, match=r"tile is .*; it must be a number of HR rows"):
        codec.decode(codec.encode(hr), tile=tile)
