"""Make Pillow and imageio know LR files."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Final

from PIL import Image as PillowImage

from rescodec.plugins.pillow_format import PhotoImageFile, accept, save
from rescodec.plugins.restoring import Restorer
from rescodec_formats import Limits

FORMAT: Final = "RESCODEC"


def register_pillow(
    *,
    device: str = "auto",
    weights_folder: str | Path | None = None,
    limits: Limits | None = None,
) -> None:
    """Let ``PIL.Image`` open LR files as the photos that they hold, and save photos as LR files.

    ``Image.open(file, formats=["RESCODEC"])`` then gives the photo: size, mode and metadata at
    once, the pixels when they are asked for. Opened without ``formats`` a file is the PNG that it
    was before, since Pillow tries this format only where it is named. ``image.save(file,
    "RESCODEC", scale=4)`` takes the keywords of ``rescodec.encode``.

    May be called again, to change the options for images that are opened from then on.

    Args:
        device: ``auto``, ``cpu``, ``cuda`` or ``mps``; where the network runs.
        weights_folder: Where weights are looked for by the id that a file names, before
            ``$RESCODEC_WEIGHTS_DIR`` and the package.
        limits: What a file may ask for. Pillow's own limit of pixels,
            ``PIL.Image.MAX_IMAGE_PIXELS``, holds for the photo's size too.
    """
    restorer = Restorer(
        device=device,
        weights_folder=None if weights_folder is None else Path(weights_folder),
        limits=Limits() if limits is None else limits,
    )
    # Not register_open: it would add the format to those that Image.open tries by itself, and
    # then a PNG that Pillow's own reader refuses would become a photo.
    PillowImage.OPEN[FORMAT] = (functools.partial(PhotoImageFile, restorer=restorer), accept)
    PillowImage.register_save(FORMAT, functools.partial(save, device=device))
    PillowImage.register_mime(FORMAT, "image/png")


def register_imageio() -> None:
    """Let imageio's v3 functions take ``plugin="RESCODEC"``; see ``RescodecPlugin``.

    Without ``plugin=`` a file stays the PNG that it was before, since imageio asks its other
    plugins first.

    Raises:
        ImportError: imageio is not installed.
    """
    try:
        from imageio.config import known_plugins
        from imageio.config.plugins import PluginConfig
    except ImportError as error:
        raise ImportError(
            "imageio is not installed; install it, or rescodec with its extra: "
            "pip install 'rescodec[imageio]'"
        ) from error
    known_plugins[FORMAT] = PluginConfig(
        name=FORMAT,
        class_name="RescodecPlugin",
        module_name="rescodec.plugins.imageio_plugin",
        install_name="rescodec",
    )
