"""rescodec: learned image rescaling as a codec.

``encode`` turns a photo into a smaller PNG that any viewer shows; ``decode`` restores
the photo from it. ``Codec`` does both on arrays.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rescodec.api import decode, encode
    from rescodec.codec import Codec, NoiseError, QualityError
    from rescodec.encoded_image import EncodedImage
    from rescodec.images import ImageError, read_photo, save_photo
    from rescodec.photo import Photo
    from rescodec.plugins import register_imageio, register_pillow
    from rescodec.weights_file import WeightsError
    from rescodec.zoo import MODELS

__version__ = "0.1.0"

__all__ = [
    "MODELS",
    "Codec",
    "EncodedImage",
    "ImageError",
    "NoiseError",
    "Photo",
    "QualityError",
    "WeightsError",
    "decode",
    "encode",
    "read_photo",
    "register_imageio",
    "register_pillow",
    "save_photo",
]

# Imported on first use: training and `import rescodec` itself must not need the format
# package, and the command line must not wait for torch.
_MODULES = {
    "Codec": "rescodec.codec",
    "EncodedImage": "rescodec.encoded_image",
    "ImageError": "rescodec.images",
    "MODELS": "rescodec.zoo",
    "NoiseError": "rescodec.codec",
    "Photo": "rescodec.photo",
    "QualityError": "rescodec.codec",
    "WeightsError": "rescodec.weights_file",
    "decode": "rescodec.api",
    "encode": "rescodec.api",
    "read_photo": "rescodec.images",
    "register_imageio": "rescodec.plugins",
    "register_pillow": "rescodec.plugins",
    "save_photo": "rescodec.images",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
