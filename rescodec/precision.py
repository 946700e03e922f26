"""In which precision a codec computes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Literal, TypeAlias

import torch

from rescodec.devices import full_float32
from rescodec.zoo import MODELS

Precision: TypeAlias = Literal["fp32", "fp16", "auto"]
PRECISIONS: Final = ("fp32", "fp16", "auto")


def chosen_precision(precision: Precision, model: str, device: torch.device) -> Precision:
    """Return what a precision means for a model on a device.

    Args:
        precision: ``auto`` is ``fp16`` on CUDA for released models, all of which were measured
            (docs/batch.md); anything else is returned as it is.
        model: Id.
        device: Where to compute.

    Raises:
        ValueError: There is no such precision.
    """
    if precision not in PRECISIONS:
        raise ValueError(f"precision is {precision!r}; supported are {', '.join(PRECISIONS)}")
    if precision != "auto":
        return precision
    return "fp16" if device.type == "cuda" and model in MODELS else "fp32"


@contextmanager
def computing(device: torch.device, *, fp16: bool) -> Iterator[None]:
    """Let subnets work in float16 for a while, or everything in full float32."""
    with full_float32(device), torch.autocast(device.type, torch.float16, enabled=fp16):
        yield
