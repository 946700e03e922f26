"""What becomes of each kind of source, by really encoding and decoding it."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

import rescodec
import rescodec_formats as formats
from benchmarks.sources.kinds import Deep, Sample, refused, restorable
from rescodec import MODELS, Codec, ImageError, Photo
from rescodec.dial import default_quality
from rescodec.photo import Samples, to_8_bits

TIMED_SIZE = (3000, 4000)
# Of R, G and B, ITU-R BT.601.
LUMA = np.array([0.299, 0.587, 0.114])


def restored_rows(photo: Deep, codec: Codec) -> Iterator[tuple[str, ...]]:
    """Yield source, streams of the LR file, what comes back, alpha, and PSNR of the colours."""
    for sample in restorable(photo):
        source = rescodec.read_photo(sample.data, frame=sample.frame)
        small = rescodec.encode(sample.data, model=codec, frame=sample.frame)
        file = io.BytesIO()
        restored = rescodec.decode(small, file, model=codec)
        again = rescodec.read_photo(file.getvalue())
        if not np.array_equal(again.samples, restored.samples):
            raise RuntimeError(f"{sample.name}: the file is not what was restored")
        streams = ", ".join(stream.name for stream in formats.probe(small).header.streams)
        back = f"{_kind(again)} of {again.bit_depth} bits"
        yield sample.name, streams, back, _alpha(source, again), _decibels(source, again)


def refused_rows(photo: Deep, codec: Codec) -> Iterator[tuple[str, str]]:
    """Yield source and what is said of it."""
    small = rescodec.encode(_file(Photo(photo)), model=codec)
    for sample in (*refused(photo), Sample("an LR file", small)):
        try:
            rescodec.encode(sample.data, model=codec, frame=sample.frame)
        except ImageError as error:
            yield sample.name, str(error)
        else:
            raise RuntimeError(f"{sample.name} was not refused")


def fidelity_rows(photo: Deep, scales: tuple[int, ...] = (2, 4)) -> Iterator[tuple[str, ...]]:
    """Yield what 16 bits are worth: PSNR of both round trips against the 16-bit photo."""
    for scale in scales:
        codec = Codec.open(scale=scale, device="cpu")
        deep = _round_trip(Photo(photo), codec)
        shallow = _round_trip(Photo(to_8_bits(photo)), codec).astype(np.uint16) * 257
        rounded = to_8_bits(photo).astype(np.uint16) * 257
        yield (
            codec.id,
            *(f"{psnr(photo, other):.3f}" for other in (deep, shallow, rounded)),
        )


def grey_rows(crops: Sequence[npt.NDArray[np.uint8]]) -> Iterator[tuple[str, ...]]:
    """Yield, for each released model, the mean PSNR of four ways from three channels to one.

    Args:
        crops: Grey pictures, (H, W) uint8.
    """
    for name in MODELS:
        codec = Codec.open(name, device="cpu")
        quality = default_quality(codec.config) if codec.config.dial_steps else None
        results = []
        for grey in crops:
            encoded = codec.encode(np.repeat(grey[..., None], 3, axis=2), quality=quality)
            restored = codec.decode(encoded).astype(np.float64)
            candidates = (restored.mean(2), restored @ LUMA, restored[..., 1], restored[..., 0])
            results.append([psnr(grey, np.rint(each)) for each in candidates])
        yield name, *(f"{value:.2f}" for value in np.mean(results, axis=0))


def timed_rows(photo: Deep) -> Iterator[tuple[str, ...]]:
    """Yield CPU seconds and bytes of a 12 MP photo as 16-bit files."""
    height, width = TIMED_SIZE
    tiles = (-(-height // photo.shape[0]), -(-width // photo.shape[1]), 1)
    # What sensors add keeps compressors from finding the repetition.
    noise = np.random.default_rng(0).integers(-100, 101, (height, width, 3), np.int32)
    pixels = np.tile(photo, tiles)[:height, :width] + noise
    large = Photo(pixels.clip(0, 65535).astype(np.uint16))
    for suffix in (".png", ".tif", ".ppm"):
        file, start = io.BytesIO(), time.process_time()
        rescodec.save_photo(large, file, suffix)
        written, start = time.process_time() - start, time.process_time()
        found = rescodec.read_photo(file.getvalue())
        read = time.process_time() - start
        if not np.array_equal(found.pixels, large.pixels):
            raise RuntimeError(f"{suffix}: the samples differ")
        yield suffix, f"{written:.1f}", f"{read:.1f}", f"{len(file.getvalue()) / 1e6:.0f}"


def psnr(a: Samples, b: npt.NDArray[Any]) -> float:
    """Return the PSNR in dB over all samples of two images of the first one's depth."""
    error = np.mean((a.astype(np.float64) - b) ** 2)
    return float(20 * np.log10(np.iinfo(a.dtype).max) - 10 * np.log10(error))


def _round_trip(photo: Photo, codec: Codec) -> Samples:
    return rescodec.decode(rescodec.encode(_file(photo), model=codec), model=codec).pixels


def _file(photo: Photo) -> bytes:
    file = io.BytesIO()
    rescodec.save_photo(photo, file, ".png")
    return file.getvalue()


def _kind(photo: Photo) -> str:
    color = "grey" if photo.grey else "RGB"
    return f"{color} with alpha" if photo.alpha is not None else color


def _alpha(source: Photo, restored: Photo) -> str:
    if source.alpha is None:
        return "none" if restored.alpha is None else "WRONG"
    return "exact" if np.array_equal(source.alpha, restored.alpha) else "WRONG"


def _decibels(source: Photo, restored: Photo) -> str:
    return f"{psnr(source.pixels, restored.pixels):.2f}"
