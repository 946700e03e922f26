from __future__ import annotations

import dataclasses
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch
from PIL import Image as PillowImage

import rescodec_formats as formats
from rescodec.codec import Codec
from rescodec.evaluate import carriers_of, measure_folder, measure_image
from rescodec.files import write_encoded
from rescodec.images import ImageError
from rescodec.metrics import psnr, psnr_y, ssim_y
from rescodec.networks import NetworkConfig
from rescodec.quantize import to_uint8
from rescodec.resample import bicubic_downscale

Image = npt.NDArray[np.uint8]
PLAIN = NetworkConfig(scale=4, blocks=(1, 1), widths=(4, 4), latent_std=1.0)


@pytest.fixture
def codec(tiny_config: NetworkConfig, codec_of: Callable[..., Codec]) -> Codec:
    return codec_of(tiny_config)


def test_figures_are_those_of_the_codec(codec: Codec, picture: Callable[..., Image]) -> None:
    hr = picture(24, 32)
    result = measure_image(codec, hr, "x.png")
    encoded = codec.encode(hr)
    restored = codec.decode(encoded)
    assert result.name == "x.png"
    assert result.hr_size == (24, 32)
    assert result.psnr_y == psnr_y(hr, restored, 2)
    assert result.ssim_y == ssim_y(hr, restored, 2)
    assert result.psnr_rgb == psnr(hr, restored, 2)
    batch = torch.from_numpy(hr).permute(2, 0, 1)[None] / 255
    bicubic = to_uint8(bicubic_downscale(batch, 2))[0].permute(1, 2, 0).numpy()
    assert result.lr_psnr == psnr(encoded.lr, bicubic)
    assert result.encode_seconds > 0
    assert result.decode_seconds > 0


@pytest.mark.parametrize("carrier", ["alpha", "chunk"])
def test_bytes_are_those_of_real_files(
    codec: Codec, picture: Callable[..., Image], carrier: str
) -> None:
    hr = picture(24, 32)
    file = io.BytesIO()
    write_encoded(file, codec.encode(hr), codec, carrier=carrier)
    assert formats.read(file.getvalue()).header.carrier == carrier
    result = measure_image(codec, hr, "x.png")
    assert result.bpp[carrier] == 8 * len(file.getvalue()) / (24 * 32)


def test_a_model_without_planes_has_one_carrier(
    codec_of: Callable[..., Codec], picture: Callable[..., Image]
) -> None:
    codec = codec_of(PLAIN)
    assert carriers_of(codec) == ("none",)
    result = measure_image(codec, picture(32, 24), "x")
    assert set(result.bpp) == {"none"}


def test_latent_noise_is_the_same_each_time(
    codec_of: Callable[..., Codec], picture: Callable[..., Image]
) -> None:
    hr = picture(32, 24)
    noisy, again = (measure_image(codec_of(PLAIN), hr, "x") for _ in range(2))
    assert noisy.psnr_y == again.psnr_y
    silent = codec_of(dataclasses.replace(PLAIN, latent_std=0.0))
    assert measure_image(silent, hr, "x").psnr_y != noisy.psnr_y


def test_folders_are_cropped_sorted_and_averaged(
    codec: Codec, picture: Callable[..., Image], folder_of: Callable[..., Path]
) -> None:
    images = [picture(27, 33), picture(24, 50, seed=1)]
    result = measure_folder(codec, folder_of("Two", *images))
    assert result.name == "Two"
    assert [image.name for image in result.images] == ["a.png", "b.png"]
    assert [image.hr_size for image in result.images] == [(24, 32), (24, 48)]
    expected = measure_image(codec, images[0][:24, :32], "a.png")
    assert result.images[0].psnr_y == expected.psnr_y
    a, b = result.images
    assert result.mean("psnr_y") == pytest.approx((a.psnr_y + b.psnr_y) / 2)
    assert result.bpp["alpha"] == pytest.approx((a.bpp["alpha"] + b.bpp["alpha"]) / 2)
    seconds = (a.encode_seconds + b.encode_seconds) / ((24 * 32 + 24 * 48) / 1e6)
    assert result.seconds_per_megapixel("encode_seconds") == pytest.approx(seconds)


def test_images_that_cannot_be_measured_are_named(
    codec: Codec, picture: Callable[..., Image], folder_of: Callable[..., Path]
) -> None:
    with pytest.raises(ValueError, match=r"a\.png: SSIM needs at least 11 rows"):
        measure_folder(codec, folder_of("small", picture(12, 40)))
    with pytest.raises(ValueError, match=r"a\.png: "):
        measure_folder(codec, folder_of("tiny", picture(3, 40)))
    folder = folder_of("alpha")
    PillowImage.new("RGBA", (32, 32)).save(folder / "a.png")
    with pytest.raises(ImageError, match=r"a\.png: has transparency"):
        measure_folder(codec, folder)


def test_a_file_that_holds_something_else_is_a_bug(
    codec: Codec, picture: Callable[..., Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    read = formats.read

    def edited(data: bytes) -> formats.Container:
        container = read(data)
        return dataclasses.replace(container, lr=container.lr ^ 1)

    monkeypatch.setattr(formats, "read", edited)
    with pytest.raises(RuntimeError, match="other samples than were written"):
        measure_image(codec, picture(24, 32), "x")
