"""``encode`` and ``decode`` on paths, files, bytes and Pillow images."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as PillowImage
from PIL import ImageCms

import rescodec
import rescodec_formats as formats
from rescodec import Codec, ImageError, Photo, WeightsError
from rescodec.metrics import psnr
from rescodec.zoo import DEFAULT_MODELS, default_model

Image = npt.NDArray[np.uint8]
CARRIERS = ["chunk", "alpha"]
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@pytest.fixture(scope="module", params=[2, 4], ids=lambda scale: f"x{scale}")
def codec(request: pytest.FixtureRequest) -> Codec:
    return Codec.open(scale=request.param, device="cpu")


@pytest.fixture(scope="module")
def x2() -> Codec:
    return Codec.open(scale=2, device="cpu")


def pixels_of(image: Photo | PillowImage.Image) -> Image:
    if isinstance(image, Photo):
        assert (image.bit_depth, image.grey, image.alpha) == (8, False, None)
        return np.asarray(image.pixels)
    assert image.mode == "RGB"
    return np.asarray(image)


def there_and_back(codec: Codec, hr: Image) -> list[Image]:
    """Restore an image from both carriers."""
    image = PillowImage.fromarray(hr)
    restored = []
    for carrier in ("chunk", "alpha"):
        file = rescodec.encode(image, model=codec, carrier=carrier)
        header = formats.probe(file).header
        assert (header.hr_size, header.scale) == (hr.shape[:2], codec.scale)
        restored.append(pixels_of(rescodec.decode(file, model=codec)))
    return restored


SIZES = [(1, 1), (1, 2), (2, 1), (1, 37), (37, 1), (2, 2), (3, 3), (4, 4), (5, 7), (33, 31)]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_any_size(codec: Codec, picture: Callable[..., Image], size: tuple[int, int]) -> None:
    hr = picture(*size)
    chunk, alpha = there_and_back(codec, hr)
    assert chunk.shape == hr.shape
    assert np.array_equal(chunk, alpha)


@settings(max_examples=15)
@given(height=st.integers(1, 40), width=st.integers(1, 40), seed=st.integers(0, 99))
def test_any_size_and_content(codec: Codec, height: int, width: int, seed: int) -> None:
    hr = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    chunk, alpha = there_and_back(codec, hr)
    assert chunk.shape == hr.shape
    assert np.array_equal(chunk, alpha)


def test_what_comes_back_is_the_photo(codec: Codec, picture: Callable[..., Image]) -> None:
    hr = picture(64, 48)
    restored, _ = there_and_back(codec, hr)
    assert psnr(hr, restored) > 20


def test_paths(picture: Callable[..., Image], tmp_path: Path) -> None:
    hr = picture(20, 30)
    source, small, back = (tmp_path / name for name in ("a.png", "a.lr.png", "back.png"))
    PillowImage.fromarray(hr).save(source)
    header = rescodec.encode(source, small, device="cpu")
    assert header == formats.probe(small).header
    photo = rescodec.decode(str(small), str(back), device="cpu")
    with PillowImage.open(back) as saved:
        assert np.array_equal(np.asarray(saved), pixels_of(photo))
    assert sorted(tmp_path.iterdir()) == sorted([source, small, back])


@pytest.mark.parametrize("carrier", CARRIERS)
def test_all_sources_and_targets_agree(
    x2: Codec, picture: Callable[..., Image], tmp_path: Path, carrier: formats.Carrier
) -> None:
    image = PillowImage.fromarray(picture(20, 30))
    path, target = tmp_path / "a.png", io.BytesIO()
    image.save(path)
    content = rescodec.encode(image, model=x2, carrier=carrier)
    with path.open("rb") as file:
        for source in (path, str(path), path.read_bytes(), file):
            assert rescodec.encode(source, model=x2, carrier=carrier) == content
    rescodec.encode(image, target, model=x2, carrier=carrier)
    assert target.getvalue() == content

    small = tmp_path / "a.lr.png"
    small.write_bytes(content)
    expected = pixels_of(rescodec.decode(content, model=x2))
    with small.open("rb") as file:
        for lr in (small, str(small), file):
            assert np.array_equal(pixels_of(rescodec.decode(lr, model=x2)), expected)
    target = io.BytesIO()
    rescodec.decode(content, target, model=x2)
    with PillowImage.open(target) as saved:
        assert saved.format == "PNG"
        assert np.array_equal(pixels_of(saved), expected)


def test_converted_files_restore_the_same_pixels(
    codec: Codec, picture: Callable[..., Image]
) -> None:
    image, other = PillowImage.fromarray(picture(20, 30)), io.BytesIO()
    file = rescodec.encode(image, model=codec, carrier="chunk")
    formats.convert(file, other, "alpha")
    assert other.getvalue() == rescodec.encode(image, model=codec, carrier="alpha")


@pytest.mark.parametrize("carrier", CARRIERS)
@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".tif"])
def test_profiles_travel(
    x2: Codec,
    picture: Callable[..., Image],
    tmp_path: Path,
    carrier: formats.Carrier,
    suffix: str,
) -> None:
    source, small = tmp_path / f"a{suffix}", tmp_path / "a.lr.png"
    PillowImage.fromarray(picture(20, 30)).save(source, icc_profile=PROFILE)
    rescodec.encode(source, small, model=x2, carrier=carrier)
    with PillowImage.open(small) as preview:
        assert preview.info["icc_profile"] == PROFILE
    back = tmp_path / f"back{suffix}"
    assert rescodec.decode(small, back, model=x2).metadata.icc_profile == PROFILE
    with PillowImage.open(back) as saved:
        assert saved.info["icc_profile"] == PROFILE


def test_models(picture: Callable[..., Image], x2: Codec) -> None:
    image = PillowImage.fromarray(picture(20, 30))
    for (family, scale), name in DEFAULT_MODELS.items():
        by_family = rescodec.encode(image, model=family, scale=scale, device="cpu")
        assert formats.probe(by_family).header.model.id == name
        assert rescodec.encode(image, model=name, device="cpu") == by_family
        restored = rescodec.decode(by_family, model=family, device="cpu")
        again = rescodec.decode(by_family, device="cpu")
        assert np.array_equal(pixels_of(restored), pixels_of(again))
    by_scale = rescodec.encode(image, scale=4, device="cpu")
    assert formats.probe(by_scale).header.model.id == default_model(4)
    with pytest.raises(ValueError, match="no model of family 'alpha' for scale 3; available: "):
        rescodec.encode(image, scale=3)
    with pytest.raises(ValueError, match="no model of family 'latent' for scale 8"):
        rescodec.encode(image, model="latent", scale=8)
    with pytest.raises(WeightsError, match="no weights for model"):
        rescodec.encode(image, model="nonsense")
    with pytest.raises(ValueError, match="carrier is 'smoke'"):
        rescodec.encode(image, model=x2, carrier="smoke")  # type: ignore[call-overload]


def test_never_other_weights(codec_of: Callable[..., Codec], x2: Codec) -> None:
    image = PillowImage.new("RGB", (8, 8))
    tiny = codec_of(x2.config.__class__(scale=2, blocks=(1,), widths=(4,), planes=1))
    file = rescodec.encode(image, model=x2)
    with pytest.raises(WeightsError, match=f"encoded with {x2.id} .+ tiny-1 has weights"):
        rescodec.decode(file, model=tiny)
    with pytest.raises(WeightsError, match="no weights for model 'tiny-1'"):
        rescodec.decode(rescodec.encode(image, model=tiny))


def test_a_header_that_contradicts_its_model(x2: Codec) -> None:
    container = formats.read(rescodec.encode(PillowImage.new("RGB", (8, 8)), model=x2))
    file = io.BytesIO()
    formats.write(
        file,
        container.lr,
        scale=4,
        hr_size=(16, 16),
        model=container.header.model,
        streams=list(container.streams.values()),
    )
    with pytest.raises(formats.FormatError, match="states scale 4"):
        rescodec.decode(file.getvalue(), model=x2)


# --- targets -----------------------------------------------------------------------------------


def test_existing_targets(x2: Codec, tmp_path: Path) -> None:
    image, target = PillowImage.new("RGB", (8, 8)), tmp_path / "x.png"
    target.write_bytes(b"mine")
    file = rescodec.encode(image, model=x2)
    with pytest.raises(FileExistsError):
        rescodec.encode(image, target, model=x2)
    with pytest.raises(FileExistsError):
        rescodec.decode(file, target, model=x2)
    assert target.read_bytes() == b"mine"
    rescodec.encode(image, target, model=x2, overwrite=True)
    assert target.read_bytes() == file
    rescodec.decode(file, target, model=x2, overwrite=True)
    assert target.read_bytes() != file


def test_impossible_targets_cost_no_work(
    x2: Codec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = PillowImage.new("RGB", (8, 8))
    file = rescodec.encode(image, model=x2)
    monkeypatch.setattr(Codec, "encode_batch", None)
    monkeypatch.setattr(Codec, "decode_batch", None)
    for target, error in ((tmp_path, IsADirectoryError), (tmp_path / "a/b.png", FileNotFoundError)):
        with pytest.raises(error):
            rescodec.encode(image, target, model=x2)
    with pytest.raises(FileNotFoundError):
        rescodec.decode(file, tmp_path / "a/b.png", model=x2)
    with pytest.raises(ImageError, match=r"as '\.xyz'"):
        rescodec.decode(file, tmp_path / "b.xyz", model=x2)


def test_failures_leave_nothing(x2: Codec, tmp_path: Path) -> None:
    with pytest.raises(ImageError):
        rescodec.encode(b"nonsense", tmp_path / "x.png", model=x2)
    with pytest.raises(formats.NotRescodecError):
        rescodec.decode(b"nonsense", tmp_path / "x.png", model=x2)
    wide = rescodec.encode(PillowImage.new("RGB", (16_400, 1)), model=x2)
    with pytest.raises(ImageError, match="cannot be written as WEBP"):
        rescodec.decode(wide, tmp_path / "x.webp", model=x2)
    assert not list(tmp_path.iterdir())


# --- sources that are refused ------------------------------------------------------------------


@pytest.mark.parametrize("source", [None, 7, io.StringIO("text")])
def test_sources_that_are_none(x2: Codec, source: Any) -> None:
    with pytest.raises(TypeError, match="expected a path, bytes"):
        rescodec.encode(source, model=x2)
    with pytest.raises(TypeError, match="expected a path, bytes"):
        rescodec.decode(source, model=x2)


def test_lr_files_are_not_encoded_again(x2: Codec) -> None:
    for carrier in ("chunk", "alpha"):
        file = rescodec.encode(PillowImage.new("RGB", (8, 8)), model=x2, carrier=carrier)
        with pytest.raises(ImageError, match="an LR file already"):
            rescodec.encode(file, model=x2)


def test_limits(x2: Codec) -> None:
    image, limits = PillowImage.new("RGB", (9, 8)), formats.Limits(hr_pixels=71)
    file = rescodec.encode(image, model=x2, limits=formats.Limits(hr_pixels=72))
    with pytest.raises(formats.LimitError, match="72 pixels"):
        rescodec.encode(image, model=x2, limits=limits)
    with pytest.raises(formats.LimitError):
        rescodec.decode(file, model=x2, limits=limits)
    bare = io.BytesIO()
    PillowImage.new("RGBA", (5, 4)).save(bare, "PNG")
    with pytest.raises(formats.LimitError, match="80 pixels"):
        rescodec.decode(bare.getvalue(), model=x2, scale=2, limits=limits)


# --- files that lost something -----------------------------------------------------------------


def test_a_file_without_the_payload_of_its_model(
    codec: Codec, picture: Callable[..., Image]
) -> None:
    """Whole by its header, which lists none; such a file was not written by rescodec."""
    encoded = codec.encode(picture(20, 28))
    file = io.BytesIO()
    model = formats.ModelRef(codec.id, codec.weights_sha256)
    formats.write(file, encoded.lr, scale=codec.scale, hr_size=(20, 28), model=model)
    with pytest.raises(formats.MissingPayloadError, match="the header lists no payload"):
        rescodec.decode(file.getvalue(), model=codec)
    photo = rescodec.decode(file.getvalue(), model=codec, without_payload=True)
    assert (photo.width, photo.height) == (28, 20)


def test_without_payload(codec: Codec, picture: Callable[..., Image]) -> None:
    hr = picture(20, 30)
    file = rescodec.encode(PillowImage.fromarray(hr), model=codec)
    restored = pixels_of(rescodec.decode(file, model=codec, without_payload=True))
    encoded = dataclasses.replace(codec.encode(hr), planes=None)
    assert np.array_equal(restored, codec.decode(encoded))


def test_without_header(codec: Codec, picture: Callable[..., Image]) -> None:
    hr = picture(20, 28)
    file = rescodec.encode(PillowImage.fromarray(hr), model=codec, carrier="alpha")
    bare = io.BytesIO()
    with PillowImage.open(io.BytesIO(file)) as image:
        image.save(bare, "PNG", dpi=(300, 300))
    content = bare.getvalue()
    for options in ({}, {"model": codec}, {"scale": codec.scale}):
        with pytest.raises(formats.NotRescodecError, match="no rescodec header"):
            rescodec.decode(content, **options)
    restored = rescodec.decode(content, model=codec, scale=codec.scale)
    assert np.array_equal(pixels_of(restored), pixels_of(rescodec.decode(file, model=codec)))
    assert [chunk.type for chunk in restored.metadata.chunks] == [b"pHYs"]
    with pytest.raises(ValueError, match=f"has scale {codec.scale}, not 8"):
        rescodec.decode(content, model=codec, scale=8)


def test_without_header_and_alpha(x2: Codec) -> None:
    bare = io.BytesIO()
    PillowImage.new("RGB", (5, 4)).save(bare, "PNG")
    with pytest.raises(formats.MissingPayloadError, match="neither a header nor an alpha"):
        rescodec.decode(bare.getvalue(), model=x2, scale=2)
    photo = rescodec.decode(bare.getvalue(), model=x2, scale=2, without_payload=True)
    assert (photo.width, photo.height) == (10, 8)
