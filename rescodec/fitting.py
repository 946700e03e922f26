"""Whether arrays fit each other and a model."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from rescodec.encoded_image import EncodedImage
from rescodec.networks import NetworkConfig
from rescodec.networks.dial import plane_groups
from rescodec.networks.latent_code import code_size
from rescodec.quantize import is_code


def require_rgb(image: npt.NDArray[Any], what: str, *dtypes: type[np.generic]) -> None:
    """Refuse what is no RGB image of one of the types.

    Raises:
        ValueError: So it is.
    """
    if image.dtype not in dtypes or image.ndim != 3 or image.shape[2] != 3 or image.size == 0:
        names = " or ".join(dtype.__name__ for dtype in dtypes)
        raise ValueError(
            f"{what} is {image.dtype} with shape {image.shape}; expected {names} (H, W, 3)"
        )


def require_alike(kinds: Iterable[object]) -> None:
    """Refuse a batch that is empty or not of one kind.

    Args:
        kinds: Of each image, what has to be equal.

    Raises:
        ValueError: So it is.
    """
    found = list(dict.fromkeys(kinds))
    if len(found) != 1:
        told = " and ".join(map(str, found[:2])) if found else "nothing"
        raise ValueError(f"images of a batch must be of one size and kind, not {told}")


def lr_size(hr_size: tuple[int, int], scale: int) -> tuple[int, int]:
    """Return height and width of the LR image."""
    return -(-hr_size[0] // scale), -(-hr_size[1] // scale)


def kind_of(encoded: EncodedImage) -> tuple[object, ...]:
    """Return what must be equal for images to be decoded together."""
    return encoded.hr_size, encoded.planes is None, encoded.code is None


def require_fitting(encoded: EncodedImage, config: NetworkConfig) -> None:
    """Check that LR image, payload and HR size fit each other and the model.

    Raises:
        ValueError: They do not.
    """
    require_rgb(encoded.lr, "LR image", np.uint8)
    size, expected = encoded.lr.shape[:2], lr_size(encoded.hr_size, config.scale)
    if size != expected:
        raise ValueError(f"LR image is {size}; HR {encoded.hr_size} needs {expected}")
    if encoded.planes is not None:
        kind = np.int16 if config.dial_steps else np.uint8
        _require_shape("planes", encoded.planes, kind, (config.planes, *size))
        groups = plane_groups(config.levels) if config.dial_steps else []
        if len(encoded.steps) != sum(3 * group.means for group in groups):
            raise ValueError(f"there are {len(encoded.steps)} steps; each plane needs one")
    if encoded.code is not None:
        shape = (config.code_channels, *code_size(expected))
        _require_shape("code elements", encoded.code, np.int8, shape)
        if not is_code(encoded.code, config.code_levels):
            raise ValueError(f"code elements exceed the model's {config.code_levels} levels")


def _require_shape(
    what: str, array: npt.NDArray[Any], dtype: type[np.generic], shape: tuple[int, ...]
) -> None:
    if array.dtype != dtype or array.shape != shape:
        raise ValueError(
            f"{what} have shape {array.shape}, {array.dtype}; expected {shape}, {dtype.__name__}"
        )
