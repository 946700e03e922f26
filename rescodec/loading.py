"""The way from a model's name to its weights."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path

from rescodec.inventory import SUFFIX, WEIGHTS_DIR_VARIABLE, find_weights, problem_of_name
from rescodec.weights_file import Weights, WeightsError, read_weights
from rescodec.zoo import FAMILIES, MODELS


@dataclass(frozen=True)
class LoadedModel:
    """Weights under the name that files will carry.

    Attributes:
        id: A released id, or the stem of a weights file of the user's own.
        weights: Configuration and tensors.
        path: The file that they were read from, None if from none.
    """

    id: str
    weights: Weights
    path: Path | None = None


def load_model(model: str | Path) -> LoadedModel:
    """Read weights by path or id.

    Args:
        model: Path of a ``.safetensors`` file, or what ``load_named`` takes. A file whose
            name is a released id must be that model. Families are resolved before; see
            ``zoo.choose_model``.

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
    path = find_weights(name)
    if path is None:
        raise WeightsError(_not_found(name))
    return _checked(name, read_weights(path), path)


def _id_of(path: Path) -> str:
    """Return the name that files will carry, which must be one that the format allows."""
    problem = problem_of_name(path.stem)
    if problem is not None:
        raise WeightsError(f"{path}: {problem}")
    return path.stem


def _checked(name: str, weights: Weights, path: Path) -> LoadedModel:
    entry = MODELS.get(name)
    if entry is not None and weights.digest != entry.weights_sha256:
        raise WeightsError(
            f"{path}: weights are not those of {name}: digest {weights.digest[:12]}, "
            f"expected {entry.weights_sha256[:12]}; give other weights another name, or "
            "install rescodec again"
        )
    return LoadedModel(name, weights, path)


def _not_found(name: str) -> str:
    if name in FAMILIES:
        members = ", ".join(id for id, entry in MODELS.items() if entry.family == name)
        return f"{name!r} is a family of models, not a model; its models: {members or 'none yet'}"
    if name in MODELS:
        return (
            f"{name} is a released model, but its weights are not installed; install rescodec "
            f"again, or put {name}{SUFFIX} into ${WEIGHTS_DIR_VARIABLE}"
        )
    nearest = difflib.get_close_matches(name, (*MODELS, *FAMILIES), n=1)
    known = f"known are {', '.join(MODELS)} and the families {', '.join(FAMILIES)}"
    hint = f"did you mean {nearest[0]!r}" if nearest else known
    return (
        f"no weights for model {name!r}: {hint}; a {SUFFIX} file is found by its path or in "
        f"${WEIGHTS_DIR_VARIABLE}"
    )
