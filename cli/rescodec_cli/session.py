"""What encoding and decoding share: devices, models opened once, what models can do."""

from __future__ import annotations

import click

from rescodec.codec import Codec, QualityError
from rescodec.devices import choose_device
from rescodec.dial import Dial, require_dial
from rescodec.files import require_carrier
from rescodec.lossless import require_lossless
from rescodec.precision import Precision
from rescodec.weights_file import WeightsError
from rescodec.zoo import choose_model
from rescodec_cli.messages import describe


def require_device(name: str) -> None:
    """Refuse a device that is unknown or not here."""
    try:
        choose_device(name)
    except ValueError as error:
        raise click.UsageError(describe(error)) from error


def open_codec(
    model: str | None, scale: str | None, device: str, *, precision: Precision = "fp32"
) -> Codec:
    """Open the model that the options choose.

    Raises:
        click.UsageError: There is no such model, or the options contradict each other.
        click.ClickException: The default model's weights are missing or damaged.
    """
    require_device(device)
    try:
        chosen = choose_model(model, int(scale or 2))
    except ValueError as error:
        raise click.UsageError(describe(error)) from error
    try:
        codec = Codec.open(chosen, device=device, precision=precision)
    except WeightsError as error:
        # Weights that the user names are an argument, the default ones are not.
        kind = click.UsageError if model is not None else click.ClickException
        raise kind(describe(error)) from error
    if scale is not None and codec.scale != int(scale):
        raise click.UsageError(f"model {codec.id} has scale {codec.scale}, not {scale}")
    return codec


def chosen_dial(
    codec: Codec,
    quality: float | None,
    target_psnr: float | None,
    max_bytes: int | None,
    *,
    lossless: bool,
) -> Dial:
    """Return what the options of the dial ask for; refuse it where the model has none."""
    try:
        dial = Dial(quality, target_psnr, max_bytes)
        require_dial(dial, codec, lossless=lossless)
    except QualityError as error:
        raise click.UsageError(describe(error)) from error
    return dial


def check_carrier(carrier: str, codec: Codec) -> None:
    """Refuse a carrier that the chosen model cannot use."""
    try:
        require_carrier(carrier, codec)
    except ValueError as error:
        raise click.UsageError(describe(error)) from error


def check_lossless(codec: Codec) -> None:
    """Refuse a model whose files cannot be lossless."""
    try:
        require_lossless(codec)
    except ValueError as error:
        raise click.UsageError(describe(error)) from error
