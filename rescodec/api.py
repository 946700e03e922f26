"""Photos to LR files and back: ``encode`` and ``decode``."""

from __future__ import annotations

import io
from pathlib import Path
from typing import IO, overload

from PIL import Image as PillowImage

import rescodec_formats as formats
from rescodec.codec import Codec, EncodedImage
from rescodec.files import encoded_from, require_carrier, write_encoded
from rescodec.images import (
    Photo,
    Source,
    icc_chunk,
    icc_profile,
    read_photo,
    require_suffix,
    save_photo,
)
from rescodec.loading import load_named
from rescodec.outputs import require_writable
from rescodec.weights_file import WeightsError

Target = str | Path | IO[bytes]
Model = str | Path | Codec
CARRIERS = ("chunk", "alpha")


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
) -> formats.Header | bytes:
    """Downscale a photo to an LR PNG from which ``decode`` restores it.

    Args:
        source: HR photo: a path, the bytes of a file, a binary file or a Pillow image;
            8 bits, RGB or what becomes RGB without loss.
        target: Path or binary file of the PNG; None to get its bytes back.
        scale: 2 or 4, the factor a side; ignored where ``model`` is given, unless that is
            a family.
        carrier: ``chunk`` (opaque RGB PNG, plane in a private chunk) or ``alpha`` (RGBA
            PNG, plane as alpha, for models that have one).
        model: Id of a released model, family (``alpha``, ``latent`` or ``plain``), path of
            a weights file, or an open ``Codec``; None for ``alpha``.
        device: ``auto``, ``cpu``, ``cuda`` or ``mps``; ignored for an open ``Codec``.
        overwrite: Replace an existing file.
        limits: What the photo and its file may be; Pillow's own limit of pixels holds too,
            except for an image that is open already.

    Returns:
        The header that was written, or the PNG's bytes without a target.

    Raises:
        ImageError: The source is no image or would lose something.
        LimitError: The file would be over a limit.
        WeightsError: The model's weights are missing or damaged.
        FileExistsError: The target exists.
        OSError: Reading or writing failed; no partial target is left.
        ValueError: An argument is not supported.
    """
    if carrier not in CARRIERS:
        raise ValueError(f"carrier is {carrier!r}; supported are {', '.join(CARRIERS)}")
    limits = formats.Limits() if limits is None else limits
    _check_target(target, overwrite=overwrite)
    codec = _codec(model, scale, device)
    require_carrier(carrier, codec)
    photo = read_photo(source, max_pixels=limits.hr_pixels)
    chunks = [icc_chunk(photo.icc_profile)] if photo.icc_profile else []
    buffer = io.BytesIO()
    header = write_encoded(
        buffer if target is None else target,
        codec.encode(photo.pixels),
        codec,
        carrier=carrier,
        chunks=chunks,
        overwrite=overwrite,
        limits=limits,
    )
    return buffer.getvalue() if target is None else header


def decode(
    source: str | Path | bytes | IO[bytes],
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
) -> PillowImage.Image:
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
            edited, and restore what a neutral plane and z = 0 give.
        sigma: Standard deviation of z, for models that were trained with noise; None for
            the model's own.
        seed: Of that noise, 0 to 2**64 - 1; None for 0.
        overwrite: Replace an existing file.
        limits: What a file may ask for.

    Returns:
        The restored RGB image, its ICC profile in ``info``.

    Raises:
        FormatError: The file is damaged, edited, no LR file, or over a limit.
        WeightsError: The weights are missing or not those that encoded the file.
        ValueError: The model has another scale than ``scale``, or an argument is not
            supported.
        NoiseError: Sigma or seed are given to a model that was trained without noise.
        ImageError: The target's suffix is not supported.
        FileExistsError: The target exists.
        OSError: Reading or writing failed; no partial target is left.
    """
    suffix = require_suffix(Path(target).suffix) if isinstance(target, str | Path) else ".png"
    _check_target(target, overwrite=overwrite)
    limits = formats.Limits() if limits is None else limits
    data = _rereadable(source)
    try:
        container = formats.read(
            data, limits=limits, check="without-payload" if without_payload else "strict"
        )
    except formats.NotRescodecError as error:
        if error.kind != "no-header" or model is None or scale is None:
            raise
        codec = _codec(model, scale, device)
        bare = _bare_image(data, codec, scale, without_payload, limits)
        photo = Photo(codec.decode(bare, sigma=sigma, seed=seed))
    else:
        codec = _codec_of(container.header, model, device)
        if codec.config.has_payload and not container.header.streams and not without_payload:
            raise formats.MissingPayloadError(
                f"the header lists no payload, but files of model {codec.id} have one",
                kind="missing-payload",
            )
        encoded = encoded_from(container, codec.config)
        pixels = codec.decode(encoded, sigma=sigma, seed=seed)
        photo = Photo(pixels, icc_profile(container.chunks))
    if isinstance(target, str | Path):
        with formats.atomic_write(Path(target), overwrite=overwrite) as file:
            save_photo(photo, file, suffix)
    elif target is not None:
        save_photo(photo, target, suffix)
    return photo.to_pillow()


def _check_target(target: Target | None, *, overwrite: bool) -> None:
    if isinstance(target, str | Path):
        require_writable(Path(target), overwrite=overwrite)


def _codec(model: Model | None, scale: int, device: str) -> Codec:
    if isinstance(model, Codec):
        return model
    return Codec.open(model, scale=scale, device=device)


def _codec_of(header: formats.Header, model: Model | None, device: str) -> Codec:
    """Return the codec that a header asks for; never one with other weights."""
    if model is None:
        codec = Codec(load_named(header.model.id), device=device)
    else:
        codec = _codec(model, header.scale, device)
    if codec.weights_sha256 != header.model.weights_sha256:
        raise WeightsError(
            f"the file was encoded with {header.model.id} "
            f"(weights {header.model.weights_sha256[:12]}), but {codec.id} has weights "
            f"{codec.weights_sha256[:12]}; name the weights that encoded it"
        )
    if codec.scale != header.scale:
        raise formats.FormatError(
            f"the header states scale {header.scale}, its model {codec.id} has {codec.scale}",
            kind="bad-header",
        )
    return codec


def _bare_image(
    data: Path | bytes, codec: Codec, scale: int, without_payload: bool, limits: formats.Limits
) -> EncodedImage:
    """Return the LR image, and plane if the model has one, of a PNG that lost its header."""
    if codec.scale != scale:
        raise ValueError(f"model {codec.id} has scale {codec.scale}, not {scale}")
    pixels = formats.read_png(data, limits=limits)
    height, width = pixels.rgb.shape[:2]
    if height * width * scale**2 > limits.hr_pixels:
        raise formats.LimitError(
            f"the photo would have {height * width * scale**2:,} pixels; the limit is "
            f"{limits.hr_pixels:,}"
        )
    planes = None
    if codec.config.has_payload and not without_payload:
        if codec.config.planes != 1:
            raise formats.MissingPayloadError(
                f"the file has no header, and the code that model {codec.id} stores is lost with it"
            )
        if pixels.alpha is None:
            raise formats.MissingPayloadError(
                "the file has neither a header nor an alpha channel that could be the plane"
            )
        planes = pixels.alpha[None]
    return EncodedImage(pixels.rgb, planes, (height * scale, width * scale))


def _rereadable(source: str | Path | bytes | IO[bytes]) -> Path | bytes:
    """Return what can be read twice; a file stays on disk until the limits are checked."""
    if isinstance(source, bytes):
        return source
    if isinstance(source, str | Path):
        path = Path(source)
        return path if path.is_file() else path.read_bytes()
    if callable(getattr(source, "read", None)) and not hasattr(source, "encoding"):
        return source.read()
    raise TypeError(
        f"expected a path, bytes or a file opened in binary mode, got {type(source).__name__}"
    )
