"""Which stream of a file is which plane."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import rescodec_formats as formats
from rescodec.codec import Codec, EncodedImage
from rescodec.files import PLANE_STEP, encoded_from, write_encoded
from rescodec.networks import NetworkConfig

Image = npt.NDArray[np.uint8]


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
    again = encoded_from(container, 1)
    assert again.hr_size == (21, 30)
    assert np.array_equal(again.lr, encoded.lr)
    assert again.planes is not None
    assert np.array_equal(again.planes, encoded.planes)


@pytest.mark.parametrize("carrier", ["chunk", "alpha"])
def test_models_without_planes_store_none(
    codec_of: Callable[..., Codec], picture: Callable[..., Image], carrier: str
) -> None:
    codec = codec_of(NetworkConfig(scale=2, blocks=(2,), widths=(4,)))
    container = formats.read(written(codec.encode(picture(8, 9)), codec, carrier=carrier))
    assert container.header.carrier == "none"
    again = encoded_from(container, 0)
    assert again.planes is not None
    assert again.planes.shape == (0, 4, 5)
    assert codec.decode(again).shape == (8, 9, 3)


def test_several_planes(codec: Codec, picture: Callable[..., Image]) -> None:
    encoded = codec.encode(picture(8, 9))
    planes = np.arange(60, dtype=np.uint8).reshape(3, 4, 5)
    several = dataclasses.replace(encoded, planes=planes)
    container = formats.read(written(several, codec))
    assert list(container.streams) == ["plane", "plane-2", "plane-3"]
    again = encoded_from(container, 3)
    assert np.array_equal(np.asarray(again.planes), planes)
    with pytest.raises(formats.MissingPayloadError, match="'plane-4'"):
        encoded_from(container, 4)


def test_without_payload_there_are_no_planes(codec: Codec, picture: Callable[..., Image]) -> None:
    file = written(codec.encode(picture(8, 9)), codec)
    assert encoded_from(formats.read(file, check="without-payload"), 1).planes is None


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
def test_streams_that_are_no_planes(data: Any) -> None:
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
        encoded_from(formats.read(file.getvalue()), 1)
    assert caught.value.kind == "bad-payload"


@pytest.mark.parametrize(("step", "offset"), [(1.0, 0.0), (PLANE_STEP, 0.5)])
def test_planes_in_other_units(step: float, offset: float) -> None:
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
        encoded_from(formats.read(file.getvalue()), 1)
    assert caught.value.kind == "bad-payload"


def test_limits_hold_when_writing(codec: Codec, picture: Callable[..., Image]) -> None:
    with pytest.raises(formats.LimitError):
        written(codec.encode(picture(8, 9)), codec, limits=formats.Limits(hr_pixels=71))
    assert written(codec.encode(picture(8, 9)), codec, limits=formats.Limits(hr_pixels=72))
