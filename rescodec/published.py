"""Import of the checkpoints that the authors of FIRN and IRN published.

Their PyTorch pickles hold the same networks under other tensor names. Everything else
that a checkpoint does not say, such as z ~ N(0, 1) when decoding, is in ``_FAMILIES``.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from rescodec.networks import HaarTransform, NetworkConfig, Rescaler
from rescodec.weights_file import STORED_DTYPES, Weights, WeightsError

BLOCKS = 8
RGB = 3
# Haar transforms of IRN x8, the deepest network that was published.
MOST_LEVELS = 3
# IRN x8 has 45 MB.
MAX_CHECKPOINT_BYTES = 500_000_000
# PADB's widths follow from its channels; the configuration wants a number all the same.
PADB_WIDTH = 1
DENSE_GROWTH = 32


class _Family(NamedTuple):
    """How a family's networks are configured and what it calls their tensors.

    Attributes:
        settings: Arguments of ``NetworkConfig`` beside scale, blocks and widths.
        width: The same for all levels.
        renamings: Pattern and replacement, first match wins, from the name of a tensor
            within our coupling block to the author's.
    """

    settings: Mapping[str, Any]
    width: int
    renamings: tuple[tuple[str, str], ...]


_SETTINGS: Mapping[str, Any] = {"coupling": "separate", "latent_std": 1.0, "input_offset": 0.0}
_FAMILIES = {
    "firn": _Family(
        settings={"subnet": "padb", **_SETTINGS},
        width=PADB_WIDTH,
        renamings=(
            (r"phi\.reduce", "reduce_conv.0"),
            (r"(\w+\.)expand", r"\1expandconv"),
            (r"(\w+\.)distil\.0", r"\1c1_d"),
            (r"(\w+\.)distil\.1", r"\1c2_d"),
            (r"(\w+\.)distil\.2", r"\1c3_d"),
            (r"(\w+\.)refine\.0", r"\1c1_r"),
            (r"(\w+\.)refine\.1", r"\1c2_r"),
            (r"(\w+\.)refine\.2", r"\1c3_r"),
            (r"(\w+\.)finish", r"\1c4"),
            (r"(\w+\.)join", r"\1c5"),
            (r"(\w+\.)attention", r"\1PA.conv"),
        ),
    ),
    "irn": _Family(
        settings={"subnet": "dense", **_SETTINGS},
        width=DENSE_GROWTH,
        renamings=(
            (r"(\w+\.)convs\.0", r"\1conv1"),
            (r"(\w+\.)convs\.1", r"\1conv2"),
            (r"(\w+\.)convs\.2", r"\1conv3"),
            (r"(\w+\.)convs\.3", r"\1conv4"),
            (r"(\w+\.)last", r"\1conv5"),
        ),
    ),
}
# IRN's F, H and G: from high to low, the scale, the shift.
_FUNCTIONS = {"phi.": "F.", "rho.": "H.", "eta.": "G."}


def import_checkpoint(path: Path, family: str, *, scale: int | None = None) -> Weights:
    """Read a published checkpoint as weights of rescodec.

    Args:
        path: PyTorch pickle of one state dictionary; only tensors are unpickled.
        family: ``firn`` or ``irn``.
        scale: Factor a side that the checkpoint was trained for; None for what its Haar
            transforms make, each of which halves the sides.

    Returns:
        Configuration and renamed tensors, values unchanged.

    Raises:
        ValueError: The family is unknown or no network has this scale.
        WeightsError: The file cannot be read, or is no checkpoint of this family and
            scale: a tensor is missing, unknown or of another shape.
    """
    # Wrong arguments are told before the file is looked at.
    _config(family, 2 if scale is None else scale)
    state = _read_state(path)
    config = _config(family, _scale_of(state, f"{path}: no {family.upper()}", scale))
    what = f"{path}: no {family.upper()} x{config.scale} checkpoint"
    _check_haar(state, config, what)
    with torch.device("meta"):
        expected = Rescaler(config).state_dict()
    names = {name: _published_name(name, family, config) for name in expected}
    _check_names(set(names.values()) | set(_haar_names(config)), set(state), what)
    tensors = {}
    for name, published in names.items():
        tensor, shape = state[published], expected[name].shape
        if tensor.shape != shape:
            raise WeightsError(
                f"{what}: {published} has shape {tuple(tensor.shape)}, expected {tuple(shape)}"
            )
        if not torch.isfinite(tensor).all():
            raise WeightsError(f"{path}: {published} holds values that are not finite")
        # A copy, since tensors of a checkpoint may share memory.
        tensors[name] = tensor.detach().clone(memory_format=torch.contiguous_format)
    return Weights(config, tensors, {"source": path.name})


def _config(family: str, scale: int) -> NetworkConfig:
    if family not in _FAMILIES:
        raise ValueError(f"unknown family {family!r}; known are {', '.join(_FAMILIES)}")
    levels = scale.bit_length() - 1
    entry = _FAMILIES[family]
    return NetworkConfig(
        scale=scale, blocks=(BLOCKS,) * levels, widths=(entry.width,) * levels, **entry.settings
    )


def _read_state(path: Path) -> dict[str, Tensor]:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_CHECKPOINT_BYTES + 1)
    except OSError as error:
        raise WeightsError(f"{path}: cannot read checkpoint: {error.strerror}") from error
    if len(data) > MAX_CHECKPOINT_BYTES:
        raise WeightsError(
            f"{path}: over {MAX_CHECKPOINT_BYTES:,} bytes, more than any checkpoint has"
        )
    if _unpacked_size(data) > MAX_CHECKPOINT_BYTES:
        raise WeightsError(f"{path}: unpacks to more than {MAX_CHECKPOINT_BYTES:,} bytes")
    try:
        state = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except Exception as error:  # torch's unpickler meets damage with any error at all
        raise WeightsError(f"{path}: not a PyTorch checkpoint of tensors alone") from error
    if not isinstance(state, dict) or not all(
        isinstance(name, str) and isinstance(value, Tensor) for name, value in state.items()
    ):
        raise WeightsError(f"{path}: not a state dictionary, tensors by name")
    for name, tensor in state.items():
        if tensor.dtype not in STORED_DTYPES:
            raise WeightsError(f"{path}: {name} is {tensor.dtype}; expected float16 or float32")
        if tensor.layout is not torch.strided or tensor.device.type != "cpu":
            raise WeightsError(
                f"{path}: {name} is {tensor.layout} on {tensor.device}; expected an ordinary tensor"
            )
    return state


def _unpacked_size(data: bytes) -> int:
    """Return what the members of an archive say they unpack to, 0 if it is none."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return sum(member.file_size for member in archive.infolist())
    except zipfile.BadZipFile:
        return 0


def _scale_of(state: Mapping[str, Tensor], what: str, wanted: int | None) -> int:
    """Return the scale that a checkpoint's Haar transforms make, which must be the wanted one.

    A wanted scale is returned for a checkpoint without any, whose first missing tensor the
    next check then names.
    """
    pattern = re.compile(r"operations\.\d+\.haar_weights")
    levels = sum(pattern.fullmatch(name) is not None for name in state)
    if levels == 0 and wanted is not None:
        return wanted
    if not 1 <= levels <= MOST_LEVELS:
        raise WeightsError(
            f"{what} checkpoint: {levels} tensors operations.N.haar_weights; expected 1 to "
            f"{MOST_LEVELS}"
        )
    scale = 1 << levels
    if wanted not in (None, scale):
        raise WeightsError(
            f"{what} x{wanted} checkpoint: its Haar transforms make x{scale}; give that scale, "
            "or none"
        )
    return scale


def _check_haar(state: Mapping[str, Tensor], config: NetworkConfig, what: str) -> None:
    """Compare the stored filters with ours, which makes the transforms one and the same."""
    for level, name in enumerate(_haar_names(config)):
        if name not in state:
            raise WeightsError(f"{what}: {name} is missing")
        # Four filters for each channel; the division by 4 is in the author's code.
        expected = _haar_filters().repeat(RGB * 4**level, 1, 1, 1)
        if state[name].shape != expected.shape or not torch.equal(state[name].float(), expected):
            raise WeightsError(f"{what}: {name} are other filters than the Haar transform's")


def _haar_filters() -> Tensor:
    """Return what HaarTransform multiplies 2x2 blocks with: (4, 1, 2, 2), values ±1."""
    impulses = torch.eye(4).reshape(4, 1, 2, 2)
    bands: Tensor = HaarTransform(factor=1.0)(impulses)
    return bands.flatten(1).T.reshape(4, 1, 2, 2)


def _haar_names(config: NetworkConfig) -> list[str]:
    return [f"operations.{_operation(config, i, -1)}.haar_weights" for i in range(config.levels)]


def _operation(config: NetworkConfig, level: int, block: int) -> int:
    """Return a block's place in the author's list, where each level starts with its Haar."""
    return sum(config.blocks[:level]) + level + 1 + block


def _published_name(name: str, family: str, config: NetworkConfig) -> str:
    match = re.fullmatch(r"levels\.(\d+)\.blocks\.(\d+)\.(.+)\.(weight|bias)", name)
    if match is None:
        raise RuntimeError(f"no published network has a tensor {name!r}")
    level, block, layer, kind = match.groups()
    layer = layer.replace("phi.padb.", "phi.")
    for pattern, replacement in _FAMILIES[family].renamings:
        layer, changed = re.subn(f"^{pattern}$", replacement, layer)
        if changed:
            break
    for ours, theirs in _FUNCTIONS.items():
        layer = layer.replace(ours, theirs)
    return f"operations.{_operation(config, int(level), int(block))}.{layer}.{kind}"


def _check_names(expected: set[str], found: set[str], what: str) -> None:
    for names, verdict in ((expected - found, "missing"), (found - expected, "unknown")):
        if names:
            more = f" and {len(names) - 1} more" if len(names) > 1 else ""
            raise WeightsError(f"{what}: {verdict}: {min(names)}{more}")
