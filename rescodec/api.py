"""Photos to LR files and back: ``encode`` and ``decode``."""

from __future__ import annotations

import io
from pathlib import Path
from typing import IO, overload

import rescodec_formats as formats
from rescodec.codec import Codec
from rescodec.decoding import Decoding, LRSource, suffix_of
from rescodec.dial import Dial
from rescodec.encoding import Encoding, require_known
from rescodec.images import Source
from rescodec.metadata import Keep
from rescodec.outputs import require_writable
from rescodec.photo import Photo

Target = str | Path | IO[bytes]
Model = str | Path | Codec


@overload
def encode(
    source: Source,
    target: None = None,
    *,
    scale: int = ...,
    carrier: formats.Carrier = ...,
    model: Model | None = ...,
    device: str = ...,
    overwrite: bool = ...,
    limits: formats.Limits | None = ...,
    frame: int | None = ...,
    keep: Keep = ...,
    tile: int | None = ...,
    effort: int | None = ...,
    quality: float | None = ...,
    target_psnr: float | None = ...,
    max_bytes: int | None = ...,
    lossless: bool = ...,
) -> bytes: ...


@overload
def encode(
    source: Source,
    target: Target,
    *,
    scale: int = ...,
    carrier: formats.Carrier = ...,
    model: Model | None = ...,
    device: str = ...,
    overwrite: bool = ...,
    limits: formats.Limits | None = ...,
    frame: int | None = ...,
    keep: Keep = ...,
    tile: int | None = ...,
    effort: int | None = ...,
    quality: float | None = ...,
    target_psnr: float | None = ...,
    max_bytes: int | None = ...,
    lossless: bool = ...,
) -> formats.Header: ...


def encode(
    source: Source,
    target: Target | None = None,
    *,
    scale: int = 2,
    carrier: formats.Carrier = "chunk",
    model: Model | None = None,
    device: str = "auto",
    overwrite: bool = False,
    limits: formats.Limits | None = None,
    frame: int | None = None,
    keep: Keep = "all",
    tile: int | None = None,
    effort: int | None = None,
    quality: float | None = None,
    target_psnr: float | None = None,
    max_bytes: int | None = None,
    lossless: bool = False,
) -> formats.Header | bytes:
    """Downscale a photo to an LR PNG from which ``decode`` restores it.

    Args:
        source: HR photo: a path, the bytes of a file, a binary file, a Pillow image or a
            ``Photo``. Grey and 16-bit photos come back as such, and alpha comes back exactly.
        target: Path or binary file of the PNG; None to get its bytes back.
        scale: 2 or 4, the factor a side; ignored where ``model`` is given, unless that is
            a family.
        carrier: ``chunk`` (opaque RGB PNG, plane in a private chunk) or ``alpha`` (RGBA
            PNG, plane as alpha, for models that have one).
        model: Id of a released model, family (``alpha``, ``dial``, ``latent`` or ``plain``),
            path of a weights file, or an open ``Codec``; None for ``alpha``.
        device: ``auto``, ``cpu``, ``cuda`` or ``mps``; ignored for an open ``Codec``.
        overwrite: Replace an existing file.
        limits: What the photo and its file may be; Pillow's own limit of pixels holds too,
            except for an image that is open already.
        frame: Which picture of an animation or page of a TIFF, counted from 0.
        keep: What of the photo's metadata travels with it; colour always does.
        tile: HR rows worked on at a time; None for as many as the free memory allows, 0
            for all.
        effort: 0 (fast) to 9 (small): how hard to compress, whatever the content; None for
            ``rescodec_formats.DEFAULT_EFFORT``.
        quality: Of models with a dial, 0 (small files) to 100; None for about 45 dB.
        target_psnr: Instead: PSNR-Y in dB that the restored photo has at least. The photo is
            decoded a few times to find the quality.
        max_bytes: Instead: size that the file does not exceed.
        lossless: Store what makes the restored photo equal to the source, sample for sample,
            which ``decode`` verifies; not for models that restore photos with noise.

    Returns:
        The header that was written, or the PNG's bytes without a target.

    Raises:
        ImageError: The source is no image or would lose something.
        LimitError: The file would be over a limit.
        WeightsError: The model's weights are missing or damaged.
        QualityError: The model has no dial, or it does not go as far as is asked.
        FileExistsError: The target exists.
        OSError: Reading or writing failed; no partial target is left.
        ValueError: An argument is not supported.
    """
    require_known(carrier)
    _check_target(target, overwrite=overwrite)
    encoding = Encoding(
        model if isinstance(model, Codec) else Codec.open(model, scale=scale, device=device),
        carrier=carrier,
        overwrite=overwrite,
        limits=formats.Limits() if limits is None else limits,
        frame=frame,
        keep=keep,
        tile=tile,
        effort=formats.DEFAULT_EFFORT if effort is None else effort,
        dial=Dial(quality, target_psnr, max_bytes),
        lossless=lossless,
    )
    encoded = encoding.compute(encoding.read(source))
    if target is not None:
        return encoding.write(encoded, target)
    buffer = io.BytesIO()
    encoding.write(encoded, buffer)
    return buffer.getvalue()


def decode(
    source: LRSource,
    target: Target | None = None,
    *,
    scale: int | None = None,
    model: Model | None = None,
    device: str = "auto",
    without_payload: bool = False,
    sigma: float | None = None,
    seed: int | None = None,
    overwrite: bool = False,
    limits: formats.Limits | None = None,
    keep: Keep = "all",
    tile: int | None = None,
) -> Photo:
    """Restore a photo from an LR file.

    A file without a header, such as one that another program saved again, is decoded
    where both ``model`` and ``scale`` say what made it: its alpha is the plane, if the
    model has one.

    Args:
        source: Path, bytes or binary file of an LR PNG.
        target: Path (its suffix chooses the format) or binary file (PNG) to write too.
        scale: Factor a side, for files without a header; a header's own always counts.
        model: Weights to use instead of those that the header names; their digest must
            be the header's all the same.
        device: ``auto``, ``cpu``, ``cuda`` or ``mps``; ignored for an open ``Codec``.
        without_payload: Accept files whose payload is lost or whose LR pixels were
            edited, and restore what a neutral plane and z = 0 give: what ``plane_neutral`` of
            the network's configuration says, or 0.
        sigma: Standard deviation of z, for models that were trained with noise; None for
            the model's own.
        seed: Of that noise, 0 to 2**64 - 1; None for 0.
        overwrite: Replace an existing file.
        limits: What a file may ask for.
        keep: What of the metadata comes back; colour always does.
        tile: HR rows worked on at a time; None for as many as the free memory allows, 0
            for all.

    Returns:
        The restored photo: grey, with alpha, and of 16 bits per sample where the source was;
        without its alpha, though, where ``without_payload`` is asked for.

    Raises:
        FormatError: The file is damaged, edited, no LR file, or over a limit; or it is lossless,
            and the restored photo is not the one that was encoded (``hr-digest``).
        WeightsError: The weights are missing or not those that encoded the file.
        ValueError: The model has another scale than ``scale``, or an argument is not
            supported.
        NoiseError: Sigma or seed are given to a model that was trained without noise.
        ImageError: The target's suffix is not supported, or its format cannot hold the
            photo's alpha or 16 bits.
        FileExistsError: The target exists.
        OSError: Reading or writing failed; no partial target is left.
    """
    suffix = suffix_of(target)
    _check_target(target, overwrite=overwrite)
    decoding = Decoding(
        scale=scale,
        model=model,
        device=device,
        without_payload=without_payload,
        sigma=sigma,
        seed=seed,
        overwrite=overwrite,
        limits=formats.Limits() if limits is None else limits,
        keep=keep,
        tile=tile,
    )
    photo = decoding.compute(decoding.read(source, suffix))
    if target is not None:
        decoding.write(photo, target)
    return photo


def _check_target(target: Target | None, *, overwrite: bool) -> None:
    if isinstance(target, str | Path):
        require_writable(Path(target), overwrite=overwrite)
