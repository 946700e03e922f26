from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rescodec.codec import Codec, NoiseError
from rescodec.encoded_image import EncodedImage
from rescodec.networks import NetworkConfig
from rescodec.precision import PRECISIONS, chosen_precision
from rescodec.zoo import DEFAULT_MODELS, MODELS, default_model

Image = npt.NDArray[np.uint8]

ALPHA_X2 = NetworkConfig(
    scale=2, blocks=(2,), widths=(4,), planes=1, plane_gain=4.0, plane_floor=0.5
)
CONFIGS = {
    "alpha-x2": ALPHA_X2,
    "alpha-x4": NetworkConfig(
        scale=4, blocks=(1, 1), widths=(4, 4), planes=1, plane_gain=4.0, plane_floor=0.5
    ),
    "plain-x2": NetworkConfig(scale=2, blocks=(2,), widths=(4,)),
    "latent-x2": NetworkConfig(
        scale=2,
        blocks=(2,),
        widths=(4,),
        code_channels=3,
        code_levels=15,
        code_width=4,
        dlv_channels=1,
    ),
    "firn-x4": NetworkConfig(
        scale=4, blocks=(1, 1), widths=(1, 1), subnet="padb", coupling="separate", latent_std=1.0
    ),
}
configs = pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)


@pytest.fixture(scope="module")
def codec(codec_of: Callable[..., Codec]) -> Codec:
    return codec_of(ALPHA_X2)


@configs
@settings(max_examples=10)
@given(height=st.integers(1, 13), width=st.integers(1, 13))
def test_any_size(
    config: NetworkConfig, codec_of: Callable[..., Codec], height: int, width: int
) -> None:
    codec = codec_of(config)
    hr = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    encoded = codec.encode(hr)
    small = (-(-height // config.scale), -(-width // config.scale))
    assert encoded.hr_size == (height, width)
    assert encoded.lr.shape == (*small, 3)
    assert encoded.lr.dtype == np.uint8
    assert encoded.planes is not None
    assert encoded.planes.shape == (config.planes, *small)
    assert (encoded.planes >= round(config.plane_floor * 255)).all()
    restored = codec.decode(encoded)
    assert restored.shape == hr.shape
    assert restored.dtype == np.uint8


@configs
def test_inputs_are_not_mutated_and_results_repeat(
    config: NetworkConfig, codec_of: Callable[..., Codec], picture: Callable[..., Image]
) -> None:
    hr = picture(20, 28)
    hr.setflags(write=False)
    codec = codec_of(config)
    encoded = codec.encode(hr)
    assert encoded.planes is not None
    encoded.lr.setflags(write=False)
    encoded.planes.setflags(write=False)
    assert np.array_equal(codec.encode(hr).lr, encoded.lr)
    assert np.array_equal(codec.decode(encoded), codec.decode(encoded))


def test_strided_images_are_the_same_images(codec: Codec, picture: Callable[..., Image]) -> None:
    hr = picture(20, 28)
    mirrored = hr[::-1, ::-1, ::-1]
    a, b = codec.encode(mirrored), codec.encode(mirrored.copy())
    assert np.array_equal(a.lr, b.lr)


def test_the_plane_matters_and_can_be_missing(codec: Codec, picture: Callable[..., Image]) -> None:
    encoded = codec.encode(picture(20, 28))
    whole = codec.decode(encoded)
    without = codec.decode(dataclasses.replace(encoded, planes=None))
    assert without.shape == whole.shape
    assert not np.array_equal(without, whole)


def test_decoding_draws_noise_without_touching_the_callers(
    codec_of: Callable[..., Codec], picture: Callable[..., Image]
) -> None:
    codec = codec_of(CONFIGS["firn-x4"])
    encoded = codec.encode(picture(20, 28))
    before = torch.get_rng_state()
    torch.manual_seed(1)
    first = codec.decode(encoded)
    torch.manual_seed(2)
    assert np.array_equal(codec.decode(encoded), first)
    torch.set_rng_state(before)


def test_noise_is_a_choice(codec_of: Callable[..., Codec], picture: Callable[..., Image]) -> None:
    codec = codec_of(CONFIGS["firn-x4"])
    encoded = codec.encode(picture(20, 28))
    usual = codec.decode(encoded)
    assert np.array_equal(codec.decode(encoded, sigma=1.0, seed=0), usual)
    assert not np.array_equal(codec.decode(encoded, seed=1), usual)
    assert not np.array_equal(codec.decode(encoded, sigma=0.5), usual)
    none = codec.decode(encoded, sigma=0.0)
    assert np.array_equal(codec.decode(encoded, sigma=0.0, seed=1), none)


def test_noise_stays_in_its_place(
    codec_of: Callable[..., Codec], picture: Callable[..., Image]
) -> None:
    """Neither the height of the strips nor the size of the image moves it."""
    hr = picture(240, 240)
    codec = codec_of(CONFIGS["firn-x4"])
    encoded = codec.encode(hr)
    whole = codec.decode(encoded, seed=5, tile=0)
    strips = codec.decode(encoded, seed=5, tile=28)
    assert np.abs(strips.astype(int) - whole).max() <= 1
    part = EncodedImage(encoded.lr[:50, :50], encoded.planes, (200, 200))
    part = dataclasses.replace(part, planes=np.zeros((0, 50, 50), np.uint8))
    # Far from the cut the network does not see it.
    near = codec.decode(part, seed=5, tile=0)[:4, :4]
    assert np.abs(near.astype(int) - whole[:4, :4]).max() <= 1


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("alpha-x2", {"sigma": 0.5}, "model tiny-1 was trained without noise"),
        ("alpha-x2", {"sigma": 0.0}, "model tiny-1 was trained without noise"),
        ("alpha-x2", {"seed": 3}, "model tiny-1 was trained without noise"),
        ("firn-x4", {"sigma": -0.1}, "sigma is -0.1; it must lie in 0 to 100"),
        ("firn-x4", {"sigma": math.nan}, "sigma is nan"),
        ("firn-x4", {"sigma": math.inf}, "sigma is inf"),
        ("firn-x4", {"seed": -1}, "seed is -1; it must lie in 0 to 18446744073709551615"),
        ("firn-x4", {"seed": 2**64}, "seed is 18446744073709551616"),
    ],
)
def test_noise_that_is_refused(
    codec_of: Callable[..., Codec],
    picture: Callable[..., Image],
    name: str,
    options: dict[str, Any],
    message: str,
) -> None:
    codec = codec_of(CONFIGS[name])
    with pytest.raises(NoiseError, match=message):
        codec.decode(codec.encode(picture(8, 8)), **options)


def test_the_code_matters_and_can_be_missing(
    codec_of: Callable[..., Codec], picture: Callable[..., Image]
) -> None:
    codec = codec_of(CONFIGS["latent-x2"])
    encoded = codec.encode(picture(21, 30))
    whole = codec.decode(encoded)
    without = codec.decode(dataclasses.replace(encoded, code=None))
    assert without.shape == whole.shape
    assert not np.array_equal(without, whole)
    assert encoded.code is not None
    assert np.abs(encoded.code).max() <= 7
    with pytest.raises(ValueError, match=r"code elements have shape \(3, 3, 3\), int8"):
        codec.decode(dataclasses.replace(encoded, code=encoded.code[:, :, :-1]))
    with pytest.raises(ValueError, match="int16; expected"):
        codec.decode(dataclasses.replace(encoded, code=encoded.code.astype(np.int16)))


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((4, 4), np.uint8),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((3, 4, 4), np.uint8),
        np.zeros((0, 4, 3), np.uint8),
        np.zeros((4, 4, 3), np.float32),
    ],
    ids=lambda array: f"{array.dtype}-{array.shape}",
)
def test_arrays_that_are_no_images(codec: Codec, array: Any) -> None:
    with pytest.raises(ValueError, match=r"expected uint8 or uint16 \(H, W, 3\)"):
        codec.encode(array)
    with pytest.raises(ValueError, match=r"expected uint8 \(H, W, 3\)"):
        codec.decode(EncodedImage(array, None, (8, 8)))


def test_parts_that_do_not_fit(codec: Codec, picture: Callable[..., Image]) -> None:
    encoded = codec.encode(picture(20, 28))
    assert encoded.planes is not None
    with pytest.raises(ValueError, match="needs"):
        codec.decode(dataclasses.replace(encoded, hr_size=(22, 28)))
    with pytest.raises(ValueError, match="planes have shape"):
        codec.decode(dataclasses.replace(encoded, planes=encoded.planes[:, :-1]))
    with pytest.raises(ValueError, match="int16; expected"):
        codec.decode(dataclasses.replace(encoded, planes=encoded.planes.astype(np.int16)))


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
@configs
@pytest.mark.parametrize("tile", [0, 40, None])
def test_cuda_and_cpu_differ_by_at_most_one_level(
    config: NetworkConfig,
    tile: int | None,
    codec_of: Callable[..., Codec],
    picture: Callable[..., Image],
) -> None:
    cpu, cuda = codec_of(config), codec_of(config, device="cuda")
    hr = picture(203, 301)
    a, b = cpu.encode(hr), cuda.encode(hr, tile=tile)
    assert a.planes is not None
    assert b.planes is not None
    restored = cpu.decode(a), cuda.decode(a, tile=tile)
    pairs = [(a.lr, b.lr), (a.planes, b.planes), restored]
    if a.code is not None:
        pairs.append((a.code, np.asarray(b.code)))
    for x, y in pairs:
        distance = np.abs(x.astype(int) - y.astype(int))
        assert distance.max(initial=0) <= 1
        assert (distance > 0).sum() <= 0.01 * distance.size


@pytest.mark.parametrize("model", MODELS)
def test_float16_stays_within_one_level(model: str, picture: Callable[..., Image]) -> None:
    """Where it is used at all; on photos it costs next to nothing (docs/results/precision.json)."""
    full, half = (Codec.open(model, device="cpu", precision=p) for p in PRECISIONS[:2])
    hr = picture(60, 90)
    quality = 60 if full.config.dial_steps else None
    encoded, coarse = full.encode(hr, quality=quality), half.encode(hr, quality=quality)
    pairs = [(encoded.lr, coarse.lr), (full.decode(encoded), half.decode(encoded))]
    assert encoded.planes is not None
    assert coarse.planes is not None
    pairs.append((encoded.planes, coarse.planes))
    for a, b in pairs:
        assert np.abs(a.astype(int) - b).max(initial=0) <= 1
    assert not np.array_equal(*pairs[1])
    if quality is not None:
        assert np.array_equal(*pairs[0])
        assert np.array_equal(*pairs[2])
    assert np.array_equal(full.exact.decode(encoded), half.exact.decode(encoded))


def test_precisions() -> None:
    """Released models are measured; others keep float32 unless somebody asks."""
    assert Codec.open(device="cpu", precision="auto").precision == "fp32"
    cuda, released = torch.device("cuda"), "alpha-x2-lite-1"
    assert chosen_precision("auto", released, cuda) == "fp16"
    assert chosen_precision("auto", "tiny-1", cuda) == "fp32"
    assert chosen_precision("fp16", "tiny-1", cuda) == "fp16"
    assert chosen_precision("fp32", released, cuda) == "fp32"
    with pytest.raises(ValueError, match="precision is 'bf16'; supported are fp32, fp16, auto"):
        Codec.open(device="cpu", precision="bf16")  # type: ignore[arg-type]


def test_on_another_device(codec_of: Callable[..., Codec], picture: Callable[..., Image]) -> None:
    codec, hr = codec_of(CONFIGS["alpha-x2"]), picture(20, 30)
    twin = codec.on("cpu", "fp16")
    assert (codec.precision, twin.precision) == ("fp32", "fp16")
    assert twin.tensors[0].data_ptr() != codec.tensors[0].data_ptr()
    assert np.array_equal(codec.on("cpu").encode(hr).lr, codec.encode(hr).lr)


def test_measured_precisions() -> None:
    """Every released model stays within the bounds in float16 where that is used."""
    path = Path(__file__).parents[2] / "docs/results/precision.json"
    rows = json.loads(path.read_text())["rows"]
    used = [
        row
        for row in rows
        if row["precision"] == "fp16"
        and (row["stage"] == "decode" or not row["model"].startswith("dial"))
    ]
    assert {row["model"] for row in used} == set(MODELS)
    assert all(row["passes"] for row in used)


def test_open_finds_models(monkeypatch: pytest.MonkeyPatch) -> None:
    for (family, scale), name in DEFAULT_MODELS.items():
        codec = Codec.open(family, scale=scale, device="cpu")
        assert (codec.id, codec.scale) == (name, scale)
        assert codec.weights_sha256 == MODELS[name].weights_sha256
        assert Codec.open(name, device="cpu").scale == scale
    assert Codec.open(scale=4, device="cpu").id == default_model(4, "alpha")
    with pytest.raises(ValueError, match="no model of family 'alpha' for scale 3"):
        Codec.open(scale=3)
    with pytest.raises(ValueError, match="unknown device"):
        Codec.open(device="abacus")
