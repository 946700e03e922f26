"""Where weights lie, and which there are: told without torch."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Literal

from rescodec.weights_header import WeightsHeaderError, read_weights_header
from rescodec.zoo import FAMILIES, MODELS, family_of

WEIGHTS_DIR_VARIABLE = "RESCODEC_WEIGHTS_DIR"
SUFFIX = ".safetensors"
# A name in the sense of the file format's specification.
ID_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,127}")

Installed = Literal["package", "folder", "missing"]


@dataclass(frozen=True, kw_only=True)
class ListedModel:
    """A released model or weights of the user's own, as far as a look at them tells.

    Attributes:
        id: Released id, or the stem of a file in the weights folder.
        family: See ``zoo.FAMILIES``; None where the file does not tell.
        scale: Downscaling factor a side, None likewise.
        default: It is what its family and scale stand for.
        parameters: Values in all tensors.
        kmac_per_hr_pixel: Thousands of multiply-accumulates per HR pixel, one way; None
            for weights of the user's own, since the network must be built to count.
        psnr_y: Measured, dB; see ``ModelEntry``. None for weights of the user's own.
        bpp: Likewise, bits per HR pixel.
        licence: Of the weights, None where the file does not tell.
        weights_sha256: Digest of a released model; None for weights of the user's own, since
            all of the file must be read to tell it.
        installed: In the package, in the weights folder, or nowhere.
        path: The file.
        problem: Why the file cannot be used, None if nothing is known against it.
    """

    id: str
    family: str | None = None
    scale: int | None = None
    default: bool = False
    parameters: int | None = None
    kmac_per_hr_pixel: float | None = None
    psnr_y: float | None = None
    bpp: float | None = None
    licence: str | None = None
    weights_sha256: str | None = None
    installed: Installed
    path: Path | None
    problem: str | None = None


def weights_folder() -> Path | None:
    """Return ``$RESCODEC_WEIGHTS_DIR``, None where it is not set."""
    folder = os.environ.get(WEIGHTS_DIR_VARIABLE)
    return Path(folder) if folder else None


def find_weights(name: str) -> Path | None:
    """Return the file of a model: in the weights folder, else in the package.

    Args:
        name: An id; never a path, since headers may come from anywhere.
    """
    folder = weights_folder()
    if folder is not None and ID_PATTERN.fullmatch(name):
        candidate = folder / f"{name}{SUFFIX}"
        if _is_file(candidate):
            return candidate
    packaged = _package() / f"{name}{SUFFIX}"
    return packaged if name in MODELS and _is_file(packaged) else None


def problem_of_name(stem: str) -> str | None:
    """Say why a weights file's name cannot be a model's id, None if it can.

    >>> problem_of_name("mine-2")
    >>> problem_of_name("plain")
    "'plain' is the name of a family; give the file another name"
    """
    if stem in FAMILIES:
        return f"{stem!r} is the name of a family; give the file another name"
    if not ID_PATTERN.fullmatch(stem):
        return (
            f"{stem!r} cannot be a model's id; rename the file with letters, digits and . _ + -, "
            "at most 128, the first a letter or digit"
        )
    return None


def list_models() -> list[ListedModel]:
    """Return the released models, then the user's own of the weights folder by name."""
    own = [path for path in _files(weights_folder()) if path.stem not in MODELS]
    return [*map(_released, MODELS), *map(_own, own)]


def _package() -> Path:
    return Path(str(resources.files("rescodec"))) / "weights"


def _is_file(path: Path) -> bool:
    # Not Path.is_file, which fails in folders that may not be entered.
    return os.path.isfile(path)  # noqa: PTH113


def _files(folder: Path | None) -> list[Path]:
    # Not Path.is_dir, which fails on names that are too long.
    if folder is None or not os.path.isdir(folder):  # noqa: PTH112
        return []
    return sorted(path for path in folder.glob(f"*{SUFFIX}") if _is_file(path))


def _released(name: str) -> ListedModel:
    entry, path = MODELS[name], find_weights(name)
    installed: Installed = "missing"
    problem = None
    if path is not None:
        installed = "package" if path.parent == _package() else "folder"
        try:
            read_weights_header(path)
        except WeightsHeaderError as error:
            problem = f"damaged: {error}"
    return ListedModel(
        id=name,
        family=entry.family,
        scale=entry.scale,
        default=entry.default,
        parameters=entry.parameters,
        kmac_per_hr_pixel=entry.kmac_per_hr_pixel,
        psnr_y=entry.psnr_y,
        bpp=entry.bpp,
        licence=entry.licence,
        weights_sha256=entry.weights_sha256,
        installed=installed,
        path=path,
        problem=problem,
    )


def _own(path: Path) -> ListedModel:
    try:
        header = read_weights_header(path)
    except WeightsHeaderError as error:
        return ListedModel(id=path.stem, installed="folder", path=path, problem=f"damaged: {error}")
    return ListedModel(
        id=path.stem,
        family=family_of(header.config),
        scale=header.config["scale"],
        parameters=header.parameters,
        licence=header.metadata.get("licence"),
        installed="folder",
        path=path,
        problem=problem_of_name(path.stem),
    )
