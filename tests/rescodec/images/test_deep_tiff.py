"""16-bit TIFFs: tifffile's own arrangements, what is refused, and readers other than ours."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as PillowImage

from rescodec.images import ImageError, read_photo, save_photo
from rescodec.metadata import Metadata
from rescodec.photo import Photo
from rescodec_formats import LimitError

Deep = npt.NDArray[np.uint16]


def noise(channels: int, height: int = 13, width: int = 11, seed: int = 0) -> Deep:
    return np.random.default_rng(seed).integers(0, 65536, (height, width, channels), np.uint16)


def written(samples: npt.NDArray[Any], **options: Any) -> bytes:
    channels = samples.shape[2]
    file = io.BytesIO()
    if channels in (2, 4):
        options.setdefault("extrasamples", ["unassalpha"])
    options.setdefault("photometric", "minisblack" if channels < 3 else "rgb")
    if options.get("planarconfig") == "separate":
        samples = np.moveaxis(samples, 2, 0)
    elif channels == 1:
        samples = samples[..., 0]
    elif channels == 2:
        options["planarconfig"] = "contig"
    tifffile.imwrite(file, samples, **options)
    return file.getvalue()


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"byteorder": ">"},
        {"bigtiff": True},
        {"compression": "zlib", "predictor": True},
        {"compression": "lzw", "predictor": True, "byteorder": ">"},
        {"compression": "packbits"},
        {"compression": "zstd"},
        {"tile": (16, 16), "compression": "zlib"},
        {"rowsperstrip": 3, "compression": "zlib"},
    ],
    ids=str,
)
def test_samples_are_exact(channels: int, options: dict[str, Any]) -> None:
    samples = noise(channels)
    photo = read_photo(written(samples, **options))
    assert np.array_equal(photo.samples, samples)
    assert (photo.bit_depth, photo.grey) == (16, channels < 3)


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("compression", [None, "zlib"])
def test_planes_of_channels(channels: int, compression: str | None) -> None:
    samples = noise(channels)
    file = written(samples, planarconfig="separate", compression=compression)
    assert np.array_equal(read_photo(file).samples, samples)


def test_grey_that_counts_from_white() -> None:
    samples = noise(1)
    photo = read_photo(written(samples, photometric="miniswhite"))
    assert np.array_equal(photo.samples, 65535 - samples)


def test_premultiplied_alpha() -> None:
    """Dividing cannot bring back what multiplying has rounded, but comes as near as it gets."""
    straight = noise(4)
    straight[..., 3] |= 0x8000
    colors, alpha = straight[..., :3].astype(float), straight[..., 3:].astype(float)
    stored = np.dstack([np.rint(colors * alpha / 65535), alpha]).astype(np.uint16)
    photo = read_photo(written(stored, extrasamples=["assocalpha"]))
    assert np.array_equal(photo.alpha, straight[..., 3])
    assert np.abs(photo.pixels.astype(int) - straight[..., :3]).max() <= 1


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
@pytest.mark.parametrize("channels", [1, 3])
def test_orientation(orientation: int, channels: int) -> None:
    samples = noise(channels)
    file = written(samples, extratags=[(274, 3, 1, orientation, True)])
    expected = {
        1: samples,
        3: np.rot90(samples, 2),
        6: np.rot90(samples, -1),
        8: np.rot90(samples),
    }
    assert np.array_equal(read_photo(file).samples, expected[orientation])


def test_pages() -> None:
    file = io.BytesIO()
    pages = [noise(3, seed=seed) for seed in range(3)]
    tifffile.imwrite(file, np.stack(pages), photometric="rgb")
    with pytest.raises(ImageError, match="has 3 frames; choose one, from 0 to 2"):
        read_photo(file.getvalue())
    for index, page in enumerate(pages):
        assert np.array_equal(read_photo(file.getvalue(), frame=index).pixels, page)
    with pytest.raises(ImageError, match="has no frame 3: it has 3 frames, 0 to 2"):
        read_photo(file.getvalue(), frame=3)


@pytest.mark.parametrize(
    ("samples", "options", "words"),
    [
        (noise(3).astype(np.float32), {}, "floating-point samples of 32 bits"),
        (noise(3).astype(np.float16), {}, "floating-point samples of 16 bits"),
        (noise(1).astype(np.int16), {}, "signed samples of 16 bits"),
        (noise(1).astype(np.uint32), {}, "more than 8 bits|unsigned samples of 32 bits"),
        (noise(4), {"photometric": "separated", "extrasamples": []}, "CMYK"),
        (noise(4), {"extrasamples": ["unspecified"]}, "has 4 channels, of which 3 are colours"),
        (noise(3), {"photometric": "ycbcr"}, "neither grey nor RGB"),
        (
            noise(1),
            {"photometric": "palette", "colormap": np.zeros((3, 65536), np.uint16)},
            "neither grey nor RGB",
        ),
        (noise(3), {"compression": "jpeg2000"}, "compressed as JPEG ?2000"),
    ],
)
def test_refused(samples: npt.NDArray[Any], options: dict[str, Any], words: str) -> None:
    with pytest.raises(ImageError, match=words):
        read_photo(written(samples, **options))


def test_limit() -> None:
    with pytest.raises(LimitError):
        read_photo(written(noise(2)), max_pixels=142)


def test_strips_that_inflate_to_more_than_they_state() -> None:
    """Without imagecodecs nothing else would stop them."""
    import zlib

    strip = zlib.compress(noise(3).tobytes())
    bomb = zlib.compress(bytes(10_000_000), 9)
    file = written(noise(3), compression="zlib", compressionargs={"level": 6})
    with tifffile.TiffFile(io.BytesIO(file)) as tiff:
        page = tiff.pages[0]
        assert isinstance(page, tifffile.TiffPage)
        where = page.tags["StripByteCounts"].valueoffset
    assert len(strip) > 0
    grown = bytearray(file)
    grown[where - 0 : where + 4] = len(bomb).to_bytes(4, "little")
    offset_tag = tifffile.TiffFile(io.BytesIO(file)).pages[0].tags["StripOffsets"]  # type: ignore[union-attr]
    at = offset_tag.valueoffset
    grown[at : at + 4] = len(grown).to_bytes(4, "little")
    with pytest.raises(ImageError, match="a strip or tile is too long"):
        read_photo(bytes(grown) + bomb)


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::PIL.Image.DecompressionBombWarning")
@settings(max_examples=80)
@given(data=st.data())
def test_damage_is_an_image_error_or_nothing(data: st.DataObject) -> None:
    options = data.draw(st.sampled_from([{}, {"compression": "zlib", "tile": (16, 16)}]))
    file = bytearray(written(noise(data.draw(st.integers(1, 4))), **options))
    for _ in range(data.draw(st.integers(1, 5))):
        place = data.draw(st.integers(0, len(file) - 1) | st.integers(0, 400))
        file[place % len(file)] = data.draw(st.integers(0, 255))
    del file[data.draw(st.integers(0, len(file)) | st.just(len(file))) :]
    try:
        photo = read_photo(bytes(file), max_pixels=10_000)
    except (ImageError, LimitError):
        return
    assert photo.height * photo.width <= 10_000


def test_without_imagecodecs(tmp_path: Path) -> None:
    """Deflate is read and written without it; others say what to install."""
    (tmp_path / "lzw.tif").write_bytes(written(noise(3), compression="lzw"))
    code = (
        "import sys; sys.modules['imagecodecs'] = None\n"
        "import io, numpy as np\n"
        "from rescodec.images import ImageError, read_photo, save_photo\n"
        "from rescodec.photo import Photo\n"
        "pixels = np.random.default_rng(0).integers(0, 65536, (7, 5, 3), np.uint16)\n"
        "file = io.BytesIO()\n"
        "save_photo(Photo(pixels), file, '.tif')\n"
        "assert (read_photo(file.getvalue()).pixels == pixels).all()\n"
        "try: read_photo('lzw.tif')\n"
        "except ImageError as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=120
    )
    assert done.stderr == ""
    assert "compressed as LZW" in done.stdout
    assert "pip install rescodec[tiff]" in done.stdout


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_what_is_written(channels: int, tmp_path: Path) -> None:
    samples = noise(channels)
    grey = channels < 3
    pixels = np.repeat(samples[..., :1], 3, axis=2) if grey else samples[..., :3]
    photo = Photo(pixels, samples[..., -1] if channels in (2, 4) else None, grey)
    path = tmp_path / "x.tif"
    with path.open("wb") as file:
        save_photo(photo, file, ".tif")
    assert np.array_equal(tifffile.imread(path).reshape(samples.shape), samples)
    assert np.array_equal(read_photo(path).samples, samples)
    if channels == 1:
        with PillowImage.open(path) as image:
            assert np.array_equal(np.asarray(image), samples[..., 0])
    if shutil.which("identify"):
        command = ["identify", "-format", "%w %h %z %[channels]", str(path)]
        done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
        assert done.stdout.split()[:3] == ["11", "13", "16"]


def test_profile_xmp_and_resolution() -> None:
    source = written(
        noise(3),
        iccprofile=b"a profile",
        resolution=(300, 300),
        resolutionunit="inch",
        extratags=[(700, 1, 6, b"<x:x/>", True)],
    )
    photo = read_photo(source)
    file = io.BytesIO()
    save_photo(photo, file, ".tif")
    file.seek(0)
    with tifffile.TiffFile(file) as tiff:
        tags = tiff.pages[0].tags  # type: ignore[union-attr]
        for tag, expected in ((34675, photo.metadata.icc_profile), (700, photo.metadata.xmp)):
            assert (tags[tag].value if tag in tags else None) == expected
    save_photo(Photo(photo.pixels, metadata=Metadata()), io.BytesIO(), ".tif")
