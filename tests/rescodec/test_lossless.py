"""Lossless files: every sample comes back, on whatever the network runs, or nothing does."""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch

import rescodec
import rescodec_formats as formats
from rescodec import Codec, NoiseError, Photo
from rescodec.decoding import Decoding
from rescodec.encoding import EncodedPhoto, Encoding
from rescodec.files import write_encoded
from rescodec.lossless import Lossless, lossless_of, made_exact
from rescodec.networks import NetworkConfig

Image = npt.NDArray[np.uint8]
BASE = {"scale": 2, "blocks": (2,), "widths": (4,)}
PLANE = {"planes": 1, "plane_gain": 4.0, "plane_floor": 0.5}
CONFIGS = {
    "alpha": NetworkConfig(**BASE, **PLANE),
    "alpha-x4": NetworkConfig(scale=4, blocks=(1, 1), widths=(4, 4), **PLANE),
    "latent": NetworkConfig(**BASE, hidden_planes=1, code_channels=2, code_width=4),
    "latent-shuffle": NetworkConfig(
        **BASE, code_channels=2, code_width=4, code_layers=2, code_resampling="shuffle"
    ),
    "plain": NetworkConfig(**BASE),
    "dense": NetworkConfig(**BASE, **PLANE, subnet="dense", coupling="separate"),
    "padb": NetworkConfig(**BASE, subnet="padb"),
    "dial": NetworkConfig(**BASE, planes=12, dial_steps=(1.0, 16.0), lr_steps=(4, 7)),
    "dial-x4": NetworkConfig(
        **BASE | {"scale": 4, "blocks": (1, 1), "widths": (4, 4)},
        planes=48,
        dial_steps=(1.0, 16.0),
        lr_steps=(4, 7),
    ),
}


@pytest.fixture(scope="module", params=CONFIGS)
def codec(request: pytest.FixtureRequest, codec_of: Callable[..., Codec]) -> Codec:
    return codec_of(CONFIGS[request.param])


@pytest.fixture(scope="module")
def alpha(codec_of: Callable[..., Codec]) -> Codec:
    return codec_of(CONFIGS["alpha"])


@pytest.fixture
def threads() -> Iterator[None]:
    """Let a test choose how many threads torch uses."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def photo_of(image: Image, *, grey: bool = False, deep: bool = False) -> Photo:
    """Return a photo; the low bytes of 16-bit samples do not follow from the high ones."""
    pixels: Any = np.repeat(image[..., :1], 3, axis=2) if grey else image
    if deep:
        low = np.random.default_rng(3).integers(0, 256, (*image.shape[:2], 1 if grey else 3))
        pixels = (pixels.astype(np.uint16) << 8) + low.astype(np.uint16)
    return Photo(pixels, grey=grey)


@pytest.mark.parametrize("grey", [False, True], ids=["rgb", "grey"])
@pytest.mark.parametrize("deep", [False, True], ids=["8", "16"])
@pytest.mark.parametrize("size", [(21, 34), (1, 1)])
def test_round_trip(
    codec: Codec, picture: Callable[..., Image], size: tuple[int, int], grey: bool, deep: bool
) -> None:
    photo = photo_of(picture(*size), grey=grey, deep=deep)
    small = rescodec.encode(photo, model=codec, lossless=True)
    assert formats.probe(small).header.lossless
    restored = rescodec.decode(small, model=codec)
    assert restored.pixels.dtype == photo.pixels.dtype
    assert restored.grey == grey
    np.testing.assert_array_equal(restored.pixels, photo.pixels)


def test_alpha_of_the_source_comes_back_too(alpha: Codec, picture: Callable[..., Image]) -> None:
    photo = Photo(picture(9, 14), np.arange(126, dtype=np.uint8).reshape(9, 14))
    restored = rescodec.decode(rescodec.encode(photo, model=alpha, lossless=True), model=alpha)
    np.testing.assert_array_equal(restored.samples, photo.samples)


@pytest.mark.parametrize("carrier", ["alpha", "chunk"])
def test_in_either_carrier_and_moved_between_them(
    alpha: Codec, picture: Callable[..., Image], carrier: formats.Carrier
) -> None:
    photo = Photo(picture(16, 22))
    small = rescodec.encode(photo, model=alpha, lossless=True, carrier=carrier)
    moved = io.BytesIO()
    formats.convert(small, moved, "chunk" if carrier == "alpha" else "alpha")
    for file in (small, moved.getvalue()):
        np.testing.assert_array_equal(rescodec.decode(file, model=alpha).pixels, photo.pixels)


@pytest.mark.parametrize("value", [0, 255])
def test_extremes_wrap_around(alpha: Codec, value: int) -> None:
    """Where the network is wrong by more than half the range."""
    photo = Photo(np.full((4, 6, 3), value, np.uint8))
    wrong = np.full((4, 6, 3), 255 - value, np.uint8)
    lossless = lossless_of(photo, wrong)
    assert (abs(lossless.residual.astype(int)) == 1).all()
    np.testing.assert_array_equal(made_exact(wrong, lossless), photo.pixels)


def test_an_ordinary_file_stays_what_it_was(alpha: Codec, picture: Callable[..., Image]) -> None:
    photo = Photo(picture(20, 30))
    small = rescodec.encode(photo, model=alpha)
    names = [info.name for info in formats.probe(small).header.streams]
    assert names == ["plane"]
    assert not np.array_equal(rescodec.decode(small, model=alpha).pixels, photo.pixels)


def test_without_payload_it_is_ignored(alpha: Codec, picture: Callable[..., Image]) -> None:
    photo = Photo(picture(20, 30))
    files = [rescodec.encode(photo, model=alpha, lossless=lossless) for lossless in (False, True)]
    first, second = (rescodec.decode(f, model=alpha, without_payload=True).pixels for f in files)
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, photo.pixels)


# --- what is wrong is found ---------------------------------------------------------------------


def encoded(codec: Codec, image: Image) -> tuple[Encoding, EncodedPhoto]:
    encoding = Encoding(codec, lossless=True)
    return encoding, encoding.compute(Photo(image))


def written(encoding: Encoding, photo: EncodedPhoto) -> bytes:
    file = io.BytesIO()
    encoding.write(photo, file)
    return file.getvalue()


@pytest.mark.parametrize("what", ["residual", "digest", "plane"])
def test_another_photo_fails_loudly(alpha: Codec, picture: Callable[..., Image], what: str) -> None:
    """The file is in order, so only the comparison with the restored photo can find it."""
    encoding, photo = encoded(alpha, picture(12, 18))
    exact = photo.lossless
    assert exact is not None
    if what == "residual":
        residual = exact.residual.copy()
        residual[5, 7, 1] += 1
        photo = replace(photo, lossless=Lossless(residual, exact.hr_sha256))
    elif what == "digest":
        photo = replace(photo, lossless=Lossless(exact.residual, "0" * 64))
    else:
        assert photo.image.planes is not None
        planes: Any = photo.image.planes ^ 8
        photo = replace(photo, image=replace(photo.image, planes=planes))
    small = written(encoding, photo)
    formats.read(small)
    with pytest.raises(formats.DigestError, match="not the one that was encoded") as caught:
        rescodec.decode(small, model=alpha)
    assert caught.value.kind == "hr-digest"
    assert rescodec.decode(small, model=alpha, without_payload=True).pixels.shape == (12, 18, 3)


def test_an_edited_picture_is_refused(alpha: Codec, picture: Callable[..., Image]) -> None:
    encoding, photo = encoded(alpha, picture(12, 18))
    small = written(encoding, photo)
    file = io.BytesIO()
    lr = photo.image.lr.copy()
    lr[2, 3] ^= 1
    write_encoded(file, replace(photo.image, lr=lr), alpha, lossless=photo.lossless)
    # The edited pixels under the header of the original.
    ours, theirs = (small.index(b"IDAT") - 4, file.getvalue().index(b"IDAT") - 4)
    behind, end = (data.index(b"rsPL") - 4 for data in (small, file.getvalue()))
    edited = small[:ours] + file.getvalue()[theirs:end] + small[behind:]
    with pytest.raises(formats.DigestError) as caught:
        rescodec.decode(edited, model=alpha)
    assert caught.value.kind == "lr-digest"


def test_no_partial_output(alpha: Codec, picture: Callable[..., Image], tmp_path: Any) -> None:
    encoding, photo = encoded(alpha, picture(12, 18))
    assert photo.lossless is not None
    photo = replace(photo, lossless=Lossless(photo.lossless.residual, "0" * 64))
    with pytest.raises(formats.DigestError):
        rescodec.decode(written(encoding, photo), tmp_path / "x.png", model=alpha)
    assert not list(tmp_path.iterdir())


def test_noise_is_refused(codec_of: Callable[..., Codec], picture: Callable[..., Image]) -> None:
    noisy = codec_of(NetworkConfig(**BASE, latent_std=1.0))
    with pytest.raises(ValueError, match="restores photos with noise"):
        rescodec.encode(Photo(picture(8, 8)), model=noisy, lossless=True)
    # A file that says otherwise.
    file = io.BytesIO()
    image = noisy.encode(picture(8, 8))
    write_encoded(file, image, noisy, lossless=Lossless(np.zeros((8, 8, 3), np.int8), "0" * 64))
    with pytest.raises(formats.FormatError, match="restores photos with noise"):
        rescodec.decode(file.getvalue(), model=noisy)


def test_sigma_does_not_apply(alpha: Codec, picture: Callable[..., Image]) -> None:
    small = rescodec.encode(Photo(picture(8, 8)), model=alpha, lossless=True)
    with pytest.raises(NoiseError):
        rescodec.decode(small, model=alpha, sigma=1.0)


# --- every machine restores the same -------------------------------------------------------------


def test_it_computes_in_double_precision_on_the_cpu(codec: Codec) -> None:
    exact = codec.exact
    assert exact is codec.exact
    assert exact.device == torch.device("cpu")
    assert exact._network.dtype == torch.float64
    assert codec._network.dtype == torch.float32
    assert exact.weights_sha256 == codec.weights_sha256


def test_nothing_on_the_way_is_single(codec: Codec, picture: Callable[..., Image]) -> None:
    """In single precision 16 bits are wrong by a few levels; in double none is."""
    quality = 40.0 if codec.config.dial_steps else None
    image = codec.encode(picture(20, 28), quality=quality)
    double = codec.exact.decode(image, bit_depth=16)
    network = codec.exact._network
    levels = _reference(network, image) * 65535
    assert abs(double - np.clip(levels, 0, 65535)).max() < 0.5 + 1e-6


def _reference(network: Any, image: Any) -> npt.NDArray[np.float64]:
    """Restore an image in double precision, by the network's definition alone."""
    config = network.config
    lr = torch.from_numpy(image.lr / 255.0).permute(2, 0, 1)[None]
    planes, z = None, None
    if config.dial_steps:
        steps = network.steps.of_channels(image.steps)
        planes = torch.from_numpy(image.planes * np.array(steps)[:, None, None])[None]
    elif config.planes:
        planes = torch.from_numpy(image.planes / 255.0)[None]
    if config.code_channels:
        code = torch.from_numpy(image.code / ((config.code_levels - 1) / 2))[None]
        z = network.autoencoder.decode(code)[:, :, : image.lr.shape[0], : image.lr.shape[1]]
    with torch.inference_mode():
        restored = network.inverse(lr, planes, z)
    height, width = image.hr_size
    result: npt.NDArray[np.float64] = restored[0].permute(1, 2, 0).numpy()[:height, :width]
    return result


@pytest.mark.usefixtures("threads")
def test_threads_and_tiles_change_nothing(
    codec_of: Callable[..., Codec], picture: Callable[..., Image]
) -> None:
    """A hundred images, 16 bits: 65536 chances that a sample is rounded otherwise."""
    codecs = [codec_of(CONFIGS[name]) for name in ("alpha", "latent", "dial", "dial-x4")]
    images = [picture(14 + seed % 7, 11 + seed % 9, seed) for seed in range(100)]
    encoded = []
    for codec, image in zip(itertools.cycle(codecs), images, strict=False):
        quality = 40.0 if codec.config.dial_steps else None
        encoded.append((codec, codec.encode(image, quality=quality)))
    results = []
    for threads, tile, side in ((1, 0, 64), (1, 8, 5), (2, None, 64)):
        torch.set_num_threads(threads)
        for codec in codecs:
            codec.exact._side = side
        decoded = [c.exact.decode(image, tile=tile, bit_depth=16).ravel() for c, image in encoded]
        results.append(np.concatenate(decoded))
    assert results[0].size > 60_000
    for other in results[1:]:
        np.testing.assert_array_equal(other, results[0])


def test_decoding_uses_it(alpha: Codec, picture: Callable[..., Image]) -> None:
    """Single precision restores some samples otherwise, which must not matter."""
    encoding, photo = encoded(alpha, picture(40, 60))
    decoding = Decoding(model=alpha)
    opened = decoding.read(written(encoding, photo))
    assert opened.lossless is not None
    single = alpha.decode(photo.image, bit_depth=16)
    assert not np.array_equal(single, alpha.exact.decode(photo.image, bit_depth=16))
    np.testing.assert_array_equal(decoding.compute(opened).pixels, picture(40, 60))
