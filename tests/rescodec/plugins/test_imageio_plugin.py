"""LR files in imageio's v3 functions."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import imageio.config
import imageio.v3 as iio
import numpy as np
import numpy.typing as npt
import pytest

import rescodec
import rescodec_formats as formats

Array = npt.NDArray[Any]
GOLDEN = Path(__file__).parents[1] / "golden/alpha-x2-lite-1.chunk.lr.png"
PHOTO = Path(__file__).parents[1] / "golden/alpha-x2-lite-1.png"
OURS = {"plugin": "RESCODEC"}


@pytest.fixture(autouse=True)
def _register() -> Iterator[None]:
    rescodec.register_imageio()
    yield
    del imageio.config.known_plugins["RESCODEC"]


@pytest.fixture(params=["grey", "grey-alpha", "rgb", "rgb-alpha"])
def array(request: pytest.FixtureRequest, picture: Callable[..., Array]) -> Array:
    photo = np.dstack((picture(20, 30), picture(20, 30, 1)[..., 0]))
    channels = {"grey": 0, "grey-alpha": [0, 3], "rgb": [0, 1, 2], "rgb-alpha": [0, 1, 2, 3]}
    return photo[..., channels[request.param]]


def read(source: Any, **options: Any) -> Array:
    return iio.imread(source, **OURS, device="cpu", **options)


def test_reading_gives_the_photo() -> None:
    photo = read(GOLDEN)
    assert np.array_equal(photo, rescodec.decode(GOLDEN, device="cpu").pixels)
    assert np.array_equal(read(GOLDEN.read_bytes()), photo)
    with GOLDEN.open("rb") as file:
        assert np.array_equal(read(file), photo)
        assert not file.closed
    assert photo.flags.writeable


@pytest.mark.parametrize("source", [GOLDEN, GOLDEN.read_bytes()], ids=["path", "bytes"])
def test_plain_reading_gives_the_lr_image(source: Any) -> None:
    assert np.array_equal(iio.imread(source), formats.read(GOLDEN).lr)
    assert iio.improps(source).shape == (38, 51, 3)


def test_plain_writing_writes_no_lr_file(tmp_path: Path) -> None:
    # imageio asks every plugin for a suffix that none claims.
    for name in ("x.png", "x.unknown"):
        iio.imwrite(tmp_path / name, np.zeros((4, 4), np.uint8))
        with pytest.raises(formats.NotRescodecError):
            formats.probe(tmp_path / name)


@pytest.mark.parametrize("bits", [8, 16])
def test_there_and_back(array: Array, bits: int, tmp_path: Path) -> None:
    path = tmp_path / "x.lr.png"
    deep = array if bits == 8 else array.astype(np.uint16) * 257
    iio.imwrite(path, deep, **OURS, scale=2, device="cpu")
    back = read(path)
    assert (back.shape, back.dtype) == (deep.shape, deep.dtype)
    assert np.abs(back.astype(int) - deep).mean() < 10 * 257 ** (bits == 16)
    if deep.ndim == 3 and deep.shape[2] in (2, 4):
        assert np.array_equal(back[..., -1], deep[..., -1])
    seen = iio.improps(path, **OURS)
    assert (seen.shape, seen.dtype, seen.is_batch) == (deep.shape, deep.dtype, False)


def test_writing_as_bytes_and_to_a_file(picture: Callable[..., Array]) -> None:
    photo = picture(20, 30)
    encoded = iio.imwrite("<bytes>", photo, **OURS, scale=4, carrier="alpha", device="cpu")
    header = formats.probe(encoded).header
    assert (header.scale, header.carrier, header.hr_size) == (4, "alpha", (20, 30))
    file = io.BytesIO()
    assert iio.imwrite(file, photo[None], **OURS, scale=4, carrier="alpha", device="cpu") is None
    assert file.getvalue() == encoded


@pytest.mark.parametrize(
    ("array", "error"),
    [
        (np.zeros((4, 4, 3)), TypeError),
        (np.zeros((4, 4, 5), np.uint8), ValueError),
        (np.zeros((2, 4, 4, 3), np.uint8), ValueError),
        (np.zeros((0, 4, 3), np.uint8), ValueError),
        (np.zeros(4, np.uint8), ValueError),
    ],
    ids=lambda value: getattr(value, "shape", None) and str(value.shape),
)
def test_what_cannot_be_written(array: Array, error: type[Exception], tmp_path: Path) -> None:
    path = tmp_path / "x.png"
    path.write_bytes(b"old")
    with pytest.raises(error, match="an LR file takes"):
        iio.imwrite(path, array, **OURS)
    assert path.read_bytes() == b"old"


def test_other_suffixes_are_refused(picture: Callable[..., Array], tmp_path: Path) -> None:
    with pytest.raises(OSError, match="can not handle") as caught:
        iio.imwrite(tmp_path / "x.jpg", picture(4, 4), **OURS)
    assert "LR files are PNGs, not .jpg" in str(caught.value.__cause__)


def test_properties_and_metadata_run_no_network(tmp_path: Path) -> None:
    path = tmp_path / "x.lr.png"
    file = formats.read(GOLDEN)
    density = formats.Chunk(b"pHYs", bytes.fromhex("00002e2300002e2301"))
    formats.retag(GOLDEN, path, [*file.chunks, density])
    code = (
        "import sys, rescodec, imageio.v3 as iio\n"
        "rescodec.register_imageio()\n"
        f"seen = iio.improps({str(path)!r}, plugin='RESCODEC')\n"
        "print(seen.shape, seen.dtype, seen.n_images, seen.is_batch, *seen.spacing)\n"
        f"meta = iio.immeta({str(path)!r}, plugin='RESCODEC')\n"
        "print(meta['model'], meta['scale'], meta['hr_size'], meta['lr_size'], *meta['dpi'])\n"
        "print(sorted(meta))\n"
        "print('torch' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "(75, 101, 3) uint8 None False 300.0 300.0",
        "alpha-x2-lite-1 2 (75, 101) (38, 51) 300.0 300.0",
        "['carrier', 'dpi', 'hr_size', 'icc_profile', 'lr_size', 'model', 'scale', "
        "'weights_sha256']",
        "False",
    ]


def test_batches_and_indices() -> None:
    photo = read(GOLDEN)
    assert np.array_equal(read(GOLDEN, index=0), photo)
    assert np.array_equal(read(GOLDEN, index=...), photo[None])
    assert [image.shape for image in iio.imiter(GOLDEN, **OURS, device="cpu")] == [photo.shape]
    batch = iio.improps(GOLDEN, **OURS, index=...)
    assert (batch.shape, batch.n_images, batch.is_batch) == ((1, *photo.shape), 1, True)
    for function in (read, lambda path, index: iio.improps(path, **OURS, index=index)):
        with pytest.raises(IndexError, match="no image 1"):
            function(GOLDEN, index=1)


@pytest.mark.parametrize("content", [b"x" * 300, PHOTO.read_bytes()], ids=["text", "png"])
def test_what_is_no_lr_file(content: bytes) -> None:
    with pytest.raises(OSError, match="can not handle") as caught:
        read(content)
    assert "rescodec header" in str(caught.value.__cause__) or "PNG" in str(caught.value.__cause__)


def test_damage(tmp_path: Path) -> None:
    with pytest.raises(formats.FormatError, match="truncated"):
        read(GOLDEN.read_bytes()[:-200])
    damaged = GOLDEN.read_bytes().replace(b'"scale":2', b'"scale":3')
    with pytest.raises(OSError, match="unknown error") as caught:
        read(damaged)
    assert isinstance(caught.value.__cause__, formats.FormatError)


def test_limits() -> None:
    few = formats.Limits(hr_pixels=101 * 75 - 1)
    with pytest.raises(OSError, match="unknown error") as caught:
        iio.imopen(GOLDEN, "r", **OURS, limits=few)
    assert isinstance(caught.value.__cause__, formats.LimitError)


def test_limits_hold_for_what_is_written(picture: Callable[..., Array], tmp_path: Path) -> None:
    path, few = tmp_path / "x.png", formats.Limits(hr_pixels=20 * 30 - 1)
    with pytest.raises(formats.LimitError, match="600 pixels"):
        iio.imwrite(path, picture(20, 30), **OURS, limits=few)
    assert not path.exists()


def test_without_imageio() -> None:
    code = (
        "import sys; sys.modules['imageio'] = None\n"
        "import rescodec\n"
        "try: rescodec.register_imageio()\n"
        "except ImportError as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True
    )
    assert "pip install 'rescodec[imageio]'" in done.stdout
