"""Which stream of a file is what."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import rescodec_formats as formats
from rescodec.codec import Codec
from rescodec.encoded_image import EncodedImage
from rescodec.files import PLANE_STEP, encoded_from, write_encoded
from rescodec.networks import NetworkConfig

Image = npt.NDArray[np.uint8]

PLAIN = NetworkConfig(scale=2, blocks=(2,), widths=(4,))
LATENT = dataclasses.replace(PLAIN, code_channels=3, code_levels=15, code_width=4)


@pytest.fixture(scope="module")
def codec(codec_of: Callable[..., Codec], tiny_config: NetworkConfig) -> Codec:
    return codec_of(tiny_config)


def written(encoded: EncodedImage, codec: Codec, **options: Any) -> bytes:
    file = io.BytesIO()
    write_encoded(file, encoded, codec, **options)
    return file.getvalue()


@pytest.mark.parametrize("carrier", ["chunk", "alpha"])
def test_there_and_back(codec: Codec, picture: Callable[..., Image], carrier: str) -> None:
    encoded = codec.encode(picture(21, 30))
    container = formats.read(written(encoded, codec, carrier=carrier))
    assert container.header.carrier == carrier
    assert container.header.model == formats.ModelRef("tiny-1", codec.weights_sha256)
    (stream,) = container.streams.values()
    assert (stream.name, stream.step) == ("plane", PLANE_STEP)
    again = encoded_from(container, codec.config)
    assert again.hr_size == (21, 30)
    assert np.array_equal(again.lr, encoded.lr)
    assert again.planes is not None
    assert np.array_equal(again.planes, encoded.planes)


def test_codes_of_z(codec_of: Callable[..., Codec], picture: Callable[..., Image]) -> None:
    codec = codec_of(LATENT)
    encoded = codec.encode(picture(21, 30))
    container = formats.read(written(encoded, codec))
    assert container.header.carrier == "chunk"
    (stream,) = container.streams.values()
    assert (stream.name, stream.step, stream.offset) == ("code", 1 / 7, 0)
    assert (stream.data.dtype, stream.data.shape) == (np.int8, (3, 3, 4))
    again = encoded_from(container, codec.config)
    assert encoded.code is not None
    assert np.array_equal(np.asarray(again.code), encoded.code)
    assert np.array_equal(codec.decode(again), codec.decode(encoded))


@pytest.mark.parametrize("config", [PLAIN, LATENT])
def test_alpha_needs_a_plane(
    codec_of: Callable[..., Codec], picture: Callable[..., Image], config: NetworkConfig
) -> None:
    codec = codec_of(config)
    with pytest.raises(ValueError, match="model tiny-1 has no learned plane"):
        written(codec.encode(picture(8, 9)), codec, carrier="alpha")


def test_models_without_a_payload_store_none(
    codec_of: Callable[..., Codec], picture: Callable[..., Image]
) -> None:
    codec = codec_of(PLAIN)
    container = formats.read(written(codec.encode(picture(8, 9)), codec))
    assert container.header.carrier == "none"
    again = encoded_from(container, codec.config)
    assert again.code is None
    assert again.planes is not None
    assert again.planes.shape == (0, 4, 5)
    assert codec.decode(again).shape == (8, 9, 3)


def test_several_planes(codec: Codec, picture: Callable[..., Image]) -> None:
    encoded = codec.encode(picture(8, 9))
    planes = np.arange(60, dtype=np.uint8).reshape(3, 4, 5)
    several = dataclasses.replace(encoded, planes=planes)
    container = formats.read(written(several, codec))
    assert list(container.streams) == ["plane", "plane-2", "plane-3"]


def test_without_payload_there_is_none(
    codec_of: Callable[..., Codec], picture: Callable[..., Image], tiny_config: NetworkConfig
) -> None:
    for config in (tiny_config, LATENT):
        codec = codec_of(config)
        file = written(codec.encode(picture(8, 9)), codec)
        again = encoded_from(formats.read(file, check="without-payload"), config)
        assert again.planes is None
        assert again.code is None
        assert codec.decode(again).shape == (8, 9, 3)


def test_codes_beyond_their_levels(
    codec_of: Callable[..., Codec], picture: Callable[..., Image]
) -> None:
    codec = codec_of(LATENT)
    encoded = codec.encode(picture(21, 30))
    assert encoded.code is not None
    for value in (-8, 8, -128):
        wrong = dataclasses.replace(encoded, code=np.full_like(encoded.code, value))
        with pytest.raises(formats.FormatError, match="beyond the 15 levels") as caught:
            encoded_from(formats.read(written(wrong, codec)), codec.config)
        assert caught.value.kind == "bad-payload"
        with pytest.raises(ValueError, match="exceed the model's 15 levels"):
            codec.decode(wrong)


def test_a_stream_of_another_name_is_no_code(codec: Codec, picture: Callable[..., Image]) -> None:
    container = formats.read(written(codec.encode(picture(8, 9)), codec))
    with pytest.raises(formats.MissingPayloadError, match="no stream 'code'"):
        encoded_from(container, LATENT)


@pytest.mark.parametrize(
    "data",
    [
        np.zeros((4, 5), np.int16),
        np.zeros((4, 5), np.int8),
        np.zeros((5, 4), np.uint8),
        np.zeros((20,), np.uint8),
        np.zeros((1, 4, 5), np.uint8),
    ],
    ids=lambda data: f"{data.dtype}-{data.shape}",
)
def test_streams_that_are_no_planes(data: Any, tiny_config: NetworkConfig) -> None:
    """Whole by their digests, but not what a model can use."""
    file = io.BytesIO()
    lr = np.zeros((4, 5, 3), np.uint8)
    formats.write(
        file,
        lr,
        scale=2,
        hr_size=(8, 10),
        model=formats.ModelRef("tiny-1", "ab" * 32),
        streams=[formats.Stream("plane", data)],
    )
    with pytest.raises(formats.FormatError, match="its model needs uint8 of shape") as caught:
        encoded_from(formats.read(file.getvalue()), tiny_config)
    assert caught.value.kind == "bad-payload"


@pytest.mark.parametrize(("step", "offset"), [(1.0, 0.0), (PLANE_STEP, 0.5)])
def test_planes_in_other_units(step: float, offset: float, tiny_config: NetworkConfig) -> None:
    """A reader that ignored the units would restore a wrong photo silently."""
    file = io.BytesIO()
    formats.write(
        file,
        np.zeros((4, 5, 3), np.uint8),
        scale=2,
        hr_size=(8, 10),
        model=formats.ModelRef("tiny-1", "ab" * 32),
        streams=[formats.Stream("plane", np.zeros((4, 5), np.uint8), step, offset)],
    )
    with pytest.raises(formats.FormatError, match="its model needs steps of") as caught:
        encoded_from(formats.read(file.getvalue()), tiny_config)
    assert caught.value.kind == "bad-payload"


def test_limits_hold_when_writing(codec: Codec, picture: Callable[..., Image]) -> None:
    with pytest.raises(formats.LimitError):
        written(codec.encode(picture(8, 9)), codec, limits=formats.Limits(hr_pixels=71))
    assert written(codec.encode(picture(8, 9)), codec, limits=formats.Limits(hr_pixels=72))
