"""Encoded images as LR files: which stream of the container is what."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import repeat
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

import numpy as np
import numpy.typing as npt

import rescodec_formats as formats
from rescodec.codec import Codec
from rescodec.encoded_image import EncodedImage
from rescodec.lossless import Lossless
from rescodec.networks import NetworkConfig
from rescodec.networks.latent_code import code_size
from rescodec.planes import channels_of_planes, plane_sizes, planes_of_channels
from rescodec.quantize import code_step, is_code

PLANE_NAME = "plane"
PLANE_STEP = 1 / 255
CODE_NAME = "code"
# Alpha channels of planes with a step hold it 128 to 255: what is 0 or transparent loses its
# colour in viewers and editors.
ALPHA_ZERO = 192
ALPHA_MOST = 63
# Steps of planes beyond are damage, and their multiples could be infinite.
MOST_STEP = 1e6


def write_encoded(
    target: str | Path | IO[bytes],
    encoded: EncodedImage,
    codec: Codec,
    *,
    carrier: formats.Carrier = "chunk",
    chunks: Sequence[formats.Chunk] = (),
    source: formats.SourceInfo | None = None,
    source_alpha: npt.NDArray[Any] | None = None,
    lossless: Lossless | None = None,
    effort: int = formats.DEFAULT_EFFORT,
    overwrite: bool = False,
    limits: formats.Limits | None = None,
) -> formats.Header:
    """Write an encoded image as an LR PNG.

    Args:
        target: Path (written in one step) or binary file.
        encoded: What ``codec.encode`` returned.
        codec: Names the model and its weights in the header.
        carrier: ``alpha`` for models with a plane, or ``chunk``; files of models without
            a payload have none either way.
        chunks: Ancillary PNG chunks that travel with the image.
        source: What kind of picture was encoded; None for 8-bit RGB.
        source_alpha: Its alpha channel, if any: (H, W) uint8 or uint16, as deep as it is.
        lossless: What makes the restored photo exact, if it is to be.
        effort: 0 (fast) to 9 (small): how hard to compress; the content is the same.
        overwrite: Replace an existing file.
        limits: Refuse to write what a reader with these limits would refuse.

    Returns:
        The header that was written.

    Raises:
        FileExistsError: The target exists.
        OSError: Writing failed; no partial target is left.
        ValueError: The carrier is unknown, or the model has no plane for ``alpha``.
    """
    require_carrier(carrier, codec)
    planes = _planes(encoded, codec.config)
    steps = encoded.steps or (PLANE_STEP,) * len(planes)
    streams = [
        _narrow(formats.Stream(_plane_name(index), plane, step=step))
        for index, (plane, step) in enumerate(zip(planes, steps, strict=True))
    ]
    if encoded.steps and carrier == "alpha":
        streams[0] = _as_alpha(streams[0])
    if encoded.code is not None:
        step = code_step(codec.config.code_levels)
        streams.append(formats.Stream(CODE_NAME, encoded.code, step=step))
    if lossless is not None:
        streams += formats.residual_streams(lossless.residual)
    if source_alpha is not None:
        step = 1 / np.iinfo(source_alpha.dtype).max
        streams.append(formats.Stream(formats.SOURCE_ALPHA, source_alpha, step=step))
    return formats.write(
        target if isinstance(target, str | Path) else cast(BinaryIO, target),
        encoded.lr,
        scale=codec.scale,
        hr_size=encoded.hr_size,
        model=formats.ModelRef(
            codec.id,
            codec.weights_sha256,
            {} if encoded.quality is None else {"quality": encoded.quality},
        ),
        carrier=carrier if streams else "none",
        streams=streams,
        chunks=chunks,
        source=formats.SourceInfo() if source is None else source,
        hr_sha256=None if lossless is None else lossless.hr_sha256,
        effort=effort,
        overwrite=overwrite,
        limits=formats.Limits() if limits is None else limits,
    )


def require_carrier(carrier: str, codec: Codec) -> None:
    """Refuse the carrier ``alpha`` for models that have no plane to put there.

    Raises:
        ValueError: The model cannot use the carrier.
    """
    if carrier == "alpha" and not codec.config.planes:
        raise ValueError(
            f"model {codec.id} has no learned plane that could be the alpha channel; choose "
            "carrier chunk, or a model of the family alpha"
        )


def encoded_from(container: formats.Container, config: NetworkConfig) -> EncodedImage:
    """Return what ``Codec.decode`` needs from a file that was read.

    Args:
        container: The file's content.
        config: Of the model.

    Returns:
        The encoded image; ``planes`` and ``code`` are None where the container has no
        streams although the model stores some.

    Raises:
        FormatError: A stream is missing although others are there, or is not what the model
            stores.
    """
    size = container.lr.shape[:2]
    hr_size = container.header.hr_size
    if not container.streams and config.has_payload:
        return EncodedImage(container.lr, None, hr_size)
    if config.dial_steps:
        sizes = plane_sizes(size, config.levels)
        names = [_plane_name(index) for index in range(len(sizes))]
        multiples = list(map(_multiples, repeat(container), names, sizes))
        steps = tuple(container.streams[name].step for name in names)
        channels = channels_of_planes(multiples, config.levels)
        return EncodedImage(container.lr, channels, hr_size, steps=steps)
    names = [_plane_name(index) for index in range(config.planes)]
    planes = [_stream(container, name, np.uint8, size, PLANE_STEP) for name in names]
    code = None
    if config.code_channels:
        shape = (config.code_channels, *code_size(size))
        code = _stream(container, CODE_NAME, np.int8, shape, code_step(config.code_levels))
        if not is_code(code, config.code_levels):
            raise formats.FormatError(
                f"the stream {CODE_NAME!r} has values beyond the {config.code_levels} levels of "
                "its model",
                kind="bad-payload",
            )
    stack = np.array(planes, np.uint8).reshape(-1, *size)
    return EncodedImage(container.lr, stack, hr_size, code)


def _planes(encoded: EncodedImage, config: NetworkConfig) -> list[npt.NDArray[Any]]:
    """Return the planes in the shapes that streams have."""
    if encoded.planes is None:
        return []
    return planes_of_channels(encoded.planes, config.levels) if encoded.steps else [*encoded.planes]


def _stream(
    container: formats.Container,
    name: str,
    dtype: type[np.generic],
    shape: tuple[int, ...],
    step: float,
) -> npt.NDArray[Any]:
    """Return a stream's integers if they are what the model stores under the name."""
    stream = _found(container, name, (dtype,), shape)
    if stream.offset != 0 or not math.isclose(stream.step, step, rel_tol=1e-6):
        raise formats.FormatError(
            f"the stream {name!r} counts in steps of {stream.step} from {stream.offset}; "
            f"its model needs steps of {step} from 0",
            kind="bad-payload",
        )
    return stream.data


def _multiples(
    container: formats.Container, name: str, shape: tuple[int, ...]
) -> npt.NDArray[np.int16]:
    """Return how many steps each value of a plane is, for models with a dial."""
    stream = _found(container, name, (np.int8, np.int16, np.uint8), shape)
    if not MOST_STEP > stream.step > 1 / MOST_STEP:
        raise formats.FormatError(
            f"the stream {name!r} has steps of {stream.step}, which no dial reaches",
            kind="bad-payload",
        )
    zero = ALPHA_ZERO if stream.data.dtype == np.uint8 else 0
    if not math.isclose(stream.offset, -zero * stream.step, rel_tol=1e-6):
        raise formats.FormatError(
            f"the stream {name!r} counts from {stream.offset} in steps of {stream.step}; its "
            f"model needs {-zero} steps",
            kind="bad-payload",
        )
    return stream.data.astype(np.int16) - np.int16(zero)


def _found(
    container: formats.Container,
    name: str,
    dtypes: tuple[type[np.generic], ...],
    shape: tuple[int, ...],
) -> formats.Stream:
    """Return a stream if it has the type and shape that the model stores under the name."""
    stream = container.streams.get(name)
    if stream is None:
        raise formats.MissingPayloadError(
            f"the file has no stream {name!r}, which its model needs", kind="missing-payload"
        )
    if stream.data.dtype not in dtypes or stream.data.shape != shape:
        kinds = " or ".join(dtype.__name__ for dtype in dtypes)
        raise formats.FormatError(
            f"the stream {name!r} is {stream.data.dtype} of shape {stream.data.shape}; "
            f"its model needs {kinds} of shape {shape}",
            kind="bad-payload",
        )
    return stream


def _narrow(stream: formats.Stream) -> formats.Stream:
    """Return a stream with 8-bit integers where its values fit."""
    data = stream.data
    most = np.iinfo(np.int8)
    if data.dtype == np.int16 and data.min() >= most.min and data.max() <= most.max:
        return replace(stream, data=data.astype(np.int8))
    return stream


def _as_alpha(stream: formats.Stream) -> formats.Stream:
    """Return a plane as an alpha channel that keeps away from 0."""
    data = (stream.data + np.int16(ALPHA_ZERO)).astype(np.uint8)
    return replace(stream, data=data, offset=-ALPHA_ZERO * stream.step)


def _plane_name(index: int) -> str:
    return PLANE_NAME if index == 0 else f"{PLANE_NAME}-{index + 1}"
