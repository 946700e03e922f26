"""The way from a model's name to its weights."""

from __future__ import annotations

import difflib
import os
import re
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from rescodec.weights_file import Weights, WeightsError, read_weights
from rescodec.zoo import MODELS

WEIGHTS_DIR_VARIABLE = "RESCODEC_WEIGHTS_DIR"
SUFFIX = ".safetensors"
# A name in the sense of the file format's specification.
ID_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,127}")


@dataclass(frozen=True)
class LoadedModel:
    """Weights under the name that files will carry.

    Attributes:
        id: A released id, or the stem of a weights file of the user's own.
        weights: Configuration and tensors.
    """

    id: str
    weights: Weights


def load_model(model: str | Path) -> LoadedModel:
    """Read weights by path or id.

    Args:
        model: Path of a ``.safetensors`` file, or what ``load_named`` takes. A file whose
            name is a released id must be that model.

    Raises:
        WeightsError: Nothing is found, or it is not what the id stands for.
    """
    path = Path(model)
    if path.suffix == SUFFIX:
        return _checked(_id_of(path), read_weights(path), path)
    return load_named(str(model))


def load_named(name: str) -> LoadedModel:
    """Find and read weights by id alone, as a file's header names them.

    Looked up in ``$RESCODEC_WEIGHTS_DIR/ID.safetensors``, then in the package. The digest
    of a released id is checked wherever it was found.

    Args:
        name: An id; never a path, since headers may come from anywhere.

    Raises:
        WeightsError: Nothing is found, or it is not what the id stands for.
    """
    folder = os.environ.get(WEIGHTS_DIR_VARIABLE)
    if folder and ID_PATTERN.fullmatch(name):
        candidate = Path(folder) / f"{name}{SUFFIX}"
        if candidate.is_file():
            return _checked(name, read_weights(candidate), candidate)
    if name in MODELS:
        packaged = resources.files("rescodec") / "weights" / f"{name}{SUFFIX}"
        if packaged.is_file():
            with resources.as_file(packaged) as file:
                return _checked(name, read_weights(file), file)
    raise WeightsError(_not_found(name))


def _id_of(path: Path) -> str:
    """Return the name that files will carry, which must be one that the format allows."""
    if not ID_PATTERN.fullmatch(path.stem):
        raise WeightsError(
            f"{path}: {path.stem!r} cannot be a model's id; rename the file with letters, digits "
            "and . _ + -, at most 128, the first a letter or digit"
        )
    return path.stem


def _checked(name: str, weights: Weights, path: Path) -> LoadedModel:
    entry = MODELS.get(name)
    if entry is not None and weights.digest != entry.weights_sha256:
        raise WeightsError(
            f"{path}: weights are not those of {name}: digest {weights.digest[:12]}, "
            f"expected {entry.weights_sha256[:12]}; give other weights another name, or "
            "install rescodec again"
        )
    return LoadedModel(name, weights)


def _not_found(name: str) -> str:
    nearest = difflib.get_close_matches(name, MODELS, n=1)
    hint = f"did you mean {nearest[0]!r}" if nearest else f"known are {', '.join(MODELS)}"
    return (
        f"no weights for model {name!r}: {hint}; a {SUFFIX} file is found by its path or in "
        f"${WEIGHTS_DIR_VARIABLE}"
    )
