"""Suite ``robust``: what other programs do to an LR file, whether it is noticed, what is lost.

Each change is made to the bytes of a real file. The reader must refuse what was changed; what can
be restored all the same is measured as a user would ask for it: with the alpha channel where that
is the plane and the header is lost, otherwise from the LR pixels alone.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image as PillowImage

import rescodec_formats as formats
from rescodec.bench.quality import rounded
from rescodec.bench.subjects import Image
from rescodec.codec import Codec
from rescodec.decoding import Decoding
from rescodec.dial import default_quality
from rescodec.encoded_image import EncodedImage
from rescodec.evaluate import carriers_of
from rescodec.files import write_encoded
from rescodec.metrics import psnr_y

JPEG_QUALITY = 95
NOISE_SEED = 0

Record = dict[str, Any]
Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Change:
    """Something that happens to files.

    Attributes:
        name: As tables show it.
        make: From the bytes of an LR file to those of the changed one.
        alpha_only: It changes nothing in files without an alpha channel.
    """

    name: str
    make: Callable[[bytes], bytes]
    alpha_only: bool = False


def robustness(codec: Codec, hr: Image) -> Iterator[Record]:
    """Change files of an image in all ways, with each carrier.

    Args:
        codec: The model.
        hr: (H, W, 3) uint8, sizes multiples of the scale.

    Yields:
        Records but for the image's name: ``detected`` tells that the reader refused the file,
        ``kind`` why, ``psnr_y_intact`` and ``psnr_y`` what is restored of the file as it was, and
        of the changed one where it is asked for all the same; None if nothing is.
    """
    dial = bool(codec.config.dial_steps)
    encoded = codec.encode(hr, quality=default_quality(codec.config) if dial else None)
    intact = _psnr(codec, hr, codec.decode(encoded))
    for carrier in carriers_of(codec):
        data = _file(codec, encoded, carrier)
        for change in CHANGES.values():
            if change.alpha_only and carrier != "alpha":
                continue
            changed = change.make(data)
            kind = _refusal(changed)
            yield {
                "way": codec.id,
                "carrier": carrier,
                "change": change.name,
                "detected": kind is not None,
                "kind": kind,
                "psnr_y_intact": intact,
                "psnr_y": _restored(codec, hr, changed),
            }


def _saved_again(data: bytes) -> bytes:
    """Save the picture as an editor does: the same pixels, none of the chunks."""
    with PillowImage.open(io.BytesIO(data)) as image:
        image.load()
        file = io.BytesIO()
        # A copy without what was read beside the pixels.
        PillowImage.fromarray(np.asarray(image)).save(file, "PNG")
    return file.getvalue()


def _premultiplied(pixels: Pixels) -> Pixels:
    """Multiply colours with alpha and divide again, in 8 bits, as compositing programs do."""
    rgb, alpha = pixels[..., :3].astype(np.float64), pixels[..., 3:].astype(np.float64)
    stored = np.round(rgb * alpha / 255)
    back = np.round(stored * 255 / np.maximum(alpha, 1)).clip(0, 255)
    return np.concatenate((back, alpha), axis=2).astype(np.uint8)


def _noisy(pixels: Pixels) -> Pixels:
    """Add -1, 0 or 1 to each sample of the colours."""
    noise = np.random.default_rng(NOISE_SEED).integers(-1, 2, (*pixels.shape[:2], 3))
    rgb = (pixels[..., :3].astype(np.int16) + noise).clip(0, 255).astype(np.uint8)
    return np.concatenate((rgb, pixels[..., 3:]), axis=2)


def _repainted(paint: Callable[[Pixels], Pixels]) -> Callable[[bytes], bytes]:
    """Return a change of pixels by a program that keeps all chunks."""

    def make(data: bytes) -> bytes:
        decoded = formats.read_png(data)
        planes = [decoded.rgb] if decoded.alpha is None else [decoded.rgb, decoded.alpha[..., None]]
        file = io.BytesIO()
        pixels = paint(np.concatenate(planes, axis=2))
        formats.write_png(file, pixels, chunks=list(_ancillary(data)))
        return file.getvalue()

    return make


def _as_jpeg(data: bytes) -> bytes:
    """Return what a JPEG of the LR image holds, as a PNG again."""
    jpeg, file = io.BytesIO(), io.BytesIO()
    with PillowImage.open(io.BytesIO(data)) as image:
        image.convert("RGB").save(jpeg, "JPEG", quality=JPEG_QUALITY)
    with PillowImage.open(jpeg) as image:
        image.save(file, "PNG")
    return file.getvalue()


def _cut_short(data: bytes) -> bytes:
    """Lose the last tenth, as an interrupted download does."""
    return data[: len(data) * 9 // 10]


CHANGES: Mapping[str, Change] = {
    change.name: change
    for change in (
        Change("saved again without chunks", _saved_again),
        Change("premultiplied and back", _repainted(_premultiplied), alpha_only=True),
        Change("noise of one level", _repainted(_noisy)),
        Change(f"JPEG of quality {JPEG_QUALITY}", _as_jpeg),
        Change("cut short by a tenth", _cut_short),
    )
}


def _refusal(data: bytes) -> str | None:
    """Return the kind of the error with which the reader refuses a file, None if it does not."""
    try:
        formats.read(data)
    except formats.FormatError as error:
        return error.kind
    return None


def _restored(codec: Codec, hr: Image, data: bytes) -> float | None:
    """Return the PSNR-Y of what is restored of a changed file, None if nothing is.

    First with whatever payload it has left, as far as the reader lets it, then without.
    """
    for without_payload in (False, True):
        decoding = Decoding(
            model=codec, scale=codec.scale, without_payload=without_payload, tile=None
        )
        try:
            photo = decoding.compute(decoding.read(data))
        except formats.FormatError:
            continue
        return _psnr(codec, hr, photo.pixels.astype(np.uint8))
    return None


def _psnr(codec: Codec, hr: Image, restored: Image) -> float | None:
    return rounded(psnr_y(hr, restored, codec.scale), 3)


def _file(codec: Codec, encoded: EncodedImage, carrier: formats.Carrier) -> bytes:
    file = io.BytesIO()
    write_encoded(file, encoded, codec, carrier=carrier)
    return file.getvalue()


def _ancillary(data: bytes) -> Iterator[formats.Chunk]:
    """Yield the chunks of a PNG that it can be shown without."""
    walker, after = formats.ChunkWalker(io.BytesIO(data)), False
    for head in walker:
        after = after or head.type == b"IDAT"
        if head.type[:1].islower():
            yield formats.Chunk(head.type, walker.read(), after)
