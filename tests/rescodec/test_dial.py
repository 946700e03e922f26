"""Setting the dial, and the files that it makes."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as PillowImage

import rescodec
import rescodec_formats as formats
from rescodec import Codec, QualityError
from rescodec.dial import DEFAULT_STEP, Dial, default_quality, first_reaching
from rescodec.encoded_image import DialSteps
from rescodec.encoding import Encoding
from rescodec.files import ALPHA_ZERO, encoded_from, write_encoded
from rescodec.metrics import psnr_y
from rescodec.networks import NetworkConfig
from rescodec.photo import to_8_bits

DIAL: dict[str, Any] = {"plane_gain": 2.0, "dial_steps": (0.5, 24.0), "lr_steps": (3, 7)}
CONFIGS = {
    2: NetworkConfig(2, (2,), (4,), planes=12, **DIAL),
    4: NetworkConfig(4, (1, 1), (4, 4), planes=48, **DIAL),
}


@pytest.fixture(scope="module")
def codec(codec_of: Callable[..., Codec]) -> Codec:
    return codec_of(CONFIGS[2])


@pytest.fixture(scope="module", params=CONFIGS)
def any_codec(request: pytest.FixtureRequest, codec_of: Callable[..., Codec]) -> Codec:
    return codec_of(CONFIGS[request.param])


@pytest.fixture(scope="module")
def fine_codec(codec_of: Callable[..., Codec]) -> Codec:
    """Its finest steps need 16 bits."""
    return codec_of(replace(CONFIGS[2], dial_steps=(0.005, 24.0)))


@pytest.fixture(scope="module")
def image(picture: Callable[..., np.ndarray]) -> PillowImage.Image:
    return PillowImage.fromarray(picture(50, 67))


def pixels_of(data: bytes, codec: Codec) -> np.ndarray:
    """Restore a file whose model is not among the released ones."""
    return rescodec.decode(data, model=codec).pixels


@given(st.lists(st.integers(0, 40), min_size=101, max_size=101), st.integers(-1, 41))
def test_search_finds_the_lowest_quality(values: list[int], target: int) -> None:
    values.sort()
    asked: list[int] = []

    def value(quality: int) -> float:
        asked.append(quality)
        return values[quality]

    expected = next((q for q in range(101) if values[q] >= target), None)
    assert first_reaching(value, target) == expected
    assert len(asked) == len(set(asked))


def test_search_takes_few_steps_on_smooth_curves() -> None:
    asked: list[int] = []

    def value(quality: int) -> float:
        asked.append(quality)
        return 35 + 0.25 * quality - 0.0007 * quality**2

    assert first_reaching(value, 45.0) == 46
    assert len(asked) <= 6


def test_quality_buys_decibels_with_bytes(any_codec: Codec, image: PillowImage.Image) -> None:
    files = [rescodec.encode(image, model=any_codec, quality=q) for q in (0, 25, 50, 75, 100)]
    assert sorted(map(len, files)) == list(map(len, files))
    quality = [psnr_y(np.asarray(image), pixels_of(file, any_codec), 2) for file in files]
    assert sorted(quality) == quality
    assert quality[-1] > quality[0] + 4


def test_the_lr_image_is_coarse_beside_coarse_planes(
    codec: Codec, image: PillowImage.Image
) -> None:
    exact = 255 * codec.analyse(np.asarray(image)).lr.clip(0, 1)
    for quality, step in ((0, 7), (70, 4), (100, 3)):
        file = rescodec.encode(image, model=codec, quality=quality)
        lr = np.asarray(PillowImage.open(io.BytesIO(file)))
        assert codec.dial_steps(quality).lr == step
        assert 0.2 * step < np.abs(lr - exact).mean() < 0.3 * step


def test_planes_restore_what_the_lr_image_lacks(codec: Codec, image: PillowImage.Image) -> None:
    """With steps of nearly nothing the photo is as exact whatever the LR image is."""
    hr = np.asarray(image)
    unrounded = codec.analyse(hr)
    for lr_step in (1, 7, 40):
        encoded = codec.round(unrounded, DialSteps(lr_step, (1e-4,) * 12, 100))
        np.testing.assert_array_equal(codec.decode(encoded), hr)


@pytest.mark.parametrize("carrier", ["chunk", "alpha"])
@pytest.mark.parametrize("quality", [0, 33.3, 100])
def test_files_hold_what_was_encoded(
    any_codec: Codec, image: PillowImage.Image, carrier: formats.Carrier, quality: float
) -> None:
    codec = any_codec
    planes = {2: 12, 4: 21}[codec.scale]
    encoding = Encoding(codec, carrier=carrier, dial=Dial(quality))
    encoded = encoding.compute(encoding.read(image))
    file = io.BytesIO()
    header = encoding.write(encoded, file)
    assert header.model.extra == {"quality": quality}
    assert [info.name for info in header.streams] == [
        "plane",
        *(f"plane-{n}" for n in range(2, planes + 1)),
    ]
    assert [info.storage for info in header.streams] == [carrier, *["chunk"] * (planes - 1)]
    assert [info.shape for info in header.streams[:12]] == [header.lr_size] * 12
    height, width = header.lr_size
    assert [info.shape for info in header.streams[12:]] == [(2 * height, 2 * width)] * (planes - 12)
    assert tuple(info.step for info in header.streams) == encoded.image.steps
    found = encoded_from(formats.read(file.getvalue()), codec.config)
    assert encoded.image.planes is not None
    assert found.planes is not None
    np.testing.assert_array_equal(found.planes, encoded.image.planes)
    assert found.steps == encoded.image.steps
    np.testing.assert_array_equal(pixels_of(file.getvalue(), codec), codec.decode(encoded.image))


def test_an_alpha_channel_stays_visible(fine_codec: Codec, image: PillowImage.Image) -> None:
    """Its step grows until seven bits hold the plane."""
    codec = fine_codec
    file = rescodec.encode(image, model=codec, carrier="alpha", quality=100)
    alpha = np.asarray(PillowImage.open(io.BytesIO(file)))[..., 3]
    assert alpha.min() >= 128
    first, *others = formats.probe(file).header.streams
    assert first.step > codec.dial_steps(100).planes[0]
    assert [info.step for info in others] == pytest.approx(codec.dial_steps(100).planes[1:])
    assert first.offset == pytest.approx(-ALPHA_ZERO * first.step)


def test_large_values_need_16_bits(codec: Codec, image: PillowImage.Image) -> None:
    unrounded = codec.analyse(np.asarray(image))
    for factor, kind in ((1.0, "int8"), (1e-3, "int16")):
        encoded = codec.round(unrounded, DialSteps(4, (0.1 * factor,) * 12, 50))
        file = io.BytesIO()
        header = write_encoded(file, encoded, codec)
        assert {info.dtype for info in header.streams} == {kind}
        found = encoded_from(formats.read(file.getvalue()), codec.config)
        np.testing.assert_array_equal(found.planes, encoded.planes)


@pytest.mark.parametrize("share", [0.2, 0.8])
def test_a_psnr_is_reached_at_the_lowest_quality(
    codec: Codec, image: PillowImage.Image, share: float
) -> None:
    def restored(**options: Any) -> float:
        file = rescodec.encode(image, model=codec, **options)
        found.append(formats.probe(file).header.model.extra["quality"])
        return psnr_y(np.asarray(image), pixels_of(file, codec), 2)

    found: list[int] = []
    worst, best = restored(quality=0), restored(quality=100)
    target = worst + share * (best - worst)
    assert restored(target_psnr=target) >= target
    assert restored(quality=found[-1] - 1) < target


def test_bytes_are_used_but_not_exceeded(codec: Codec, image: PillowImage.Image) -> None:
    def encoded(**options: Any) -> bytes:
        return rescodec.encode(image, model=codec, **options)

    most = (len(encoded(quality=20)) + len(encoded(quality=80))) // 2
    file = encoded(max_bytes=most)
    assert len(file) <= most
    quality = formats.probe(file).header.model.extra["quality"]
    assert len(encoded(quality=quality + 1)) > most
    assert encoded(max_bytes=10**9) == encoded(quality=100)
    assert encoded(max_bytes=len(encoded(quality=0))) == encoded(quality=0)


def test_numbers_of_numpy(codec: Codec, image: PillowImage.Image) -> None:
    expected = rescodec.encode(image, model=codec, quality=60)
    for quality in (60.0, np.float32(60), np.int64(60)):
        assert rescodec.encode(image, model=codec, quality=quality) == expected


def test_what_cannot_be_reached(codec: Codec, image: PillowImage.Image, tmp_path: Path) -> None:
    target = tmp_path / "x.png"
    with pytest.raises(QualityError, match=r"quality 100 reaches \d\d\.\d\d dB"):
        rescodec.encode(image, target, model=codec, target_psnr=150)
    with pytest.raises(QualityError, match=r"quality 0 takes [\d,]+ bytes"):
        rescodec.encode(image, target, model=codec, max_bytes=100)
    assert not list(tmp_path.iterdir())


def test_values_may_be_infinite() -> None:
    """So is the PSNR of equal pictures, and the size of files that are over a limit."""
    table = [*range(40), *[float("inf")] * 61]
    assert first_reaching(table.__getitem__, 39) == 39
    assert first_reaching(table.__getitem__, 10**9) == 40
    assert first_reaching(table.__getitem__, float("inf")) == 40


def test_a_file_over_the_limits_is_too_large(fine_codec: Codec, image: PillowImage.Image) -> None:
    codec = fine_codec
    limits = formats.Limits(payload_bytes=12 * 25 * 34)
    with pytest.raises(formats.LimitError):
        rescodec.encode(image, model=codec, quality=100, limits=limits)
    file = rescodec.encode(image, model=codec, max_bytes=10**6, limits=limits)
    assert formats.probe(file).header.model.extra["quality"] < 100


def test_the_default_quality(any_codec: Codec, image: PillowImage.Image) -> None:
    """It stands for the same step with every model, and so for about the same PSNR."""
    quality = default_quality(any_codec.config)
    expected = rescodec.encode(image, model=any_codec, quality=quality)
    assert rescodec.encode(image, model=any_codec) == expected
    finest, coarsest = any_codec.config.dial_steps
    assert coarsest * (finest / coarsest) ** (quality / 100) == pytest.approx(
        DEFAULT_STEP, rel=0.03
    )


@pytest.mark.parametrize(("bounds", "quality"), [((6.0, 24.0), 100), ((0.1, 2.0), 0)])
def test_the_default_quality_lies_on_the_dial(bounds: tuple[float, float], quality: int) -> None:
    assert default_quality(replace(CONFIGS[2], dial_steps=bounds)) == quality


@pytest.mark.parametrize("kind", ["grey", "deep"])
def test_targets_are_of_what_comes_back(
    codec: Codec, picture: Callable[..., np.ndarray], kind: str
) -> None:
    """Grey photos come back as the mean of three channels, those of 16 bits rounded later."""
    pixels = picture(30, 40)
    if kind == "grey":
        photo = rescodec.Photo(np.repeat(pixels[..., :1], 3, axis=2), grey=True)
    else:
        photo = rescodec.Photo(pixels.astype(np.uint16) * 257)

    def restored(**options: Any) -> tuple[float, float]:
        file = rescodec.encode(photo, model=codec, **options)
        back = rescodec.decode(file, model=codec)
        assert (back.grey, back.bit_depth) == (photo.grey, photo.bit_depth)
        found = psnr_y(to_8_bits(photo.pixels), to_8_bits(back.pixels), 2)
        return found, formats.probe(file).header.model.extra["quality"]

    target = restored(quality=55)[0] - 1e-6
    found, quality = restored(target_psnr=target)
    assert found >= target
    assert quality <= 55
    assert restored(quality=quality - 1)[0] < target


@pytest.mark.parametrize("tile", [4, 16, None])
def test_strips_change_nothing(
    any_codec: Codec, image: PillowImage.Image, tile: int | None
) -> None:
    codec, hr = any_codec, np.asarray(image)
    whole, strips = codec.encode(hr, tile=0, quality=70), codec.encode(hr, tile=tile, quality=70)
    np.testing.assert_array_equal(whole.lr, strips.lr)
    np.testing.assert_array_equal(whole.planes, strips.planes)
    np.testing.assert_array_equal(codec.decode(whole, tile=0), codec.decode(strips, tile=tile))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"quality": -1}, "0 to 100"),
        ({"quality": 100.5}, "0 to 100"),
        ({"quality": float("nan")}, "0 to 100"),
        ({"target_psnr": 0}, "dB"),
        ({"target_psnr": float("inf")}, "dB"),
        ({"max_bytes": 0}, "at least 1"),
        ({"quality": "80"}, "must be a number"),
        ({"quality": True}, "must be a number"),
        ({"target_psnr": [40]}, "must be a number"),
        ({"quality": 50, "max_bytes": 1000}, "quality and max_bytes exclude each other"),
    ],
)
def test_impossible_dials(codec: Codec, options: dict[str, Any], words: str) -> None:
    with pytest.raises(QualityError, match=words):
        rescodec.encode("no such file", model=codec, **options)


def test_models_without_a_dial(
    codec_of: Callable[..., Codec], tiny_config: NetworkConfig, image: PillowImage.Image
) -> None:
    codec, hr = codec_of(tiny_config), np.asarray(image)
    with pytest.raises(QualityError, match="no dial"):
        rescodec.encode(image, model=codec, quality=50)
    with pytest.raises(QualityError, match="no dial"):
        codec.encode(hr, quality=50)
    with pytest.raises(QualityError, match="no dial"):
        codec.analyse(hr)
    with pytest.raises(QualityError, match="no dial"):
        codec.dial_steps(50)
    dial = codec_of(CONFIGS[2])
    with pytest.raises(QualityError, match="no dial"):
        codec.round(dial.analyse(hr), dial.dial_steps(50))


def test_a_dial_needs_a_quality(codec: Codec, image: PillowImage.Image) -> None:
    with pytest.raises(QualityError, match="needs a quality"):
        codec.encode(np.asarray(image))
    with pytest.raises(QualityError, match="0 to 100"):
        codec.dial_steps(101)


def test_files_that_do_not_fit_the_model(codec: Codec, image: PillowImage.Image) -> None:
    container = formats.read(rescodec.encode(image, model=codec, quality=50))
    plane = container.streams["plane-2"]
    for wrong, words in (
        (replace(plane, offset=1.0), "counts from 1.0"),
        (replace(plane, step=1e38), "no dial reaches"),
        (replace(plane, step=1e-38), "no dial reaches"),
        (replace(plane, data=plane.data[1:]), "of shape"),
        (replace(plane, data=plane.data.astype(np.uint16)), "uint16"),
    ):
        spoiled = replace(container, streams={**container.streams, "plane-2": wrong})
        with pytest.raises(formats.FormatError, match=words) as raised:
            encoded_from(spoiled, codec.config)
        assert raised.value.kind == "bad-payload"
    missing = replace(container, streams={"plane": container.streams["plane"]})
    with pytest.raises(formats.MissingPayloadError):
        encoded_from(missing, codec.config)
    encoded = codec.encode(np.asarray(image), quality=50)
    with pytest.raises(ValueError, match="each plane needs one"):
        codec.decode(replace(encoded, steps=()))
