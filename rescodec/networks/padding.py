"""Images and latents of any size as ones that can be halved."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional


def pad_to_multiple(batch: Tensor, multiple: int) -> Tensor:
    """Repeat the last row and column of (B, C, H, W) until both sizes are multiples."""
    height, width = batch.shape[2:]
    bottom, right = -height % multiple, -width % multiple
    if not bottom and not right:
        return batch
    return functional.pad(batch, (0, right, 0, bottom), mode="replicate")
