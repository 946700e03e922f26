"""Networks as safetensors files: configuration, provenance and digest.

Weights are part of the file format: a photo can only be restored with exactly the
weights that encoded it. So a file carries its configuration, and its digest covers
the configuration and every tensor, but not the file's own bytes or its descriptive
metadata, which may be edited without orphaning anybody's photos.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from rescodec.networks import NetworkConfig, Rescaler
from rescodec.weights_header import FORMAT

STORED_DTYPES = {torch.float16: "F16", torch.float32: "F32"}


class WeightsError(ValueError):
    """Weights cannot be found, read, or are not the ones that are asked for."""


@dataclass(frozen=True, eq=False)
class Weights:
    """A network's configuration, tensors and provenance, as stored.

    Attributes:
        config: Builds the network.
        tensors: State by name, float16 or float32, on the CPU.
        metadata: Free text by key: recipe, licence, names of the training data.
    """

    config: NetworkConfig
    tensors: Mapping[str, Tensor]
    metadata: Mapping[str, str] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """SHA-256, hexadecimal, of configuration and tensors.

        Over the canonical JSON of the configuration (sorted keys, no spaces), then
        for each tensor, sorted by name, one line ``name dtype shape`` and its
        little-endian bytes.
        """
        sha = hashlib.sha256(canonical_json(self.config.to_dict()))
        for name in sorted(self.tensors):
            tensor = self.tensors[name].contiguous()
            shape = "x".join(map(str, tensor.shape))
            sha.update(f"\n{name} {STORED_DTYPES[tensor.dtype]} {shape}\n".encode())
            sha.update(tensor.numpy().tobytes())
        return sha.hexdigest()

    def build(self) -> Rescaler:
        """Return the network in float32, in evaluation mode.

        Raises:
            WeightsError: The tensors do not fit the configuration.
        """
        misfit = "weights do not fit their configuration"
        if sum(self.config.blocks) > len(self.tensors):
            raise WeightsError(f"{misfit}: it has more blocks than there are tensors")
        tensors = {name: t.to(torch.float32, copy=True) for name, t in self.tensors.items()}
        try:
            # Without storage: a hostile configuration must not cost memory, and initial values
            # would be drawn from the caller's random numbers.
            with torch.device("meta"):
                network = Rescaler(self.config)
            network.load_state_dict(tensors, assign=True)
        except (RuntimeError, OverflowError, TypeError) as error:
            reason = " ".join(str(error).split())
            raise WeightsError(f"{misfit}: {reason}") from error
        return network.eval().requires_grad_(False)


def weights_of(
    network: Rescaler, metadata: Mapping[str, str] | None = None, dtype: torch.dtype = torch.float32
) -> Weights:
    """Take a network's weights out, stored as ``dtype`` (float16 or float32)."""
    tensors = {
        name: tensor.detach().to("cpu", dtype).contiguous().clone()
        for name, tensor in network.state_dict().items()
    }
    return Weights(network.config, tensors, dict(metadata or {}))


def write_weights(weights: Weights, path: Path) -> None:
    """Write a safetensors file, replacing an old one in a single step."""
    metadata = {
        **weights.metadata,
        "format": FORMAT,
        "config": canonical_json(weights.config.to_dict()).decode(),
    }
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(save(dict(weights.tensors), metadata))
    partial.replace(path)


def read_weights(path: Path) -> Weights:
    """Read a safetensors file.

    Raises:
        WeightsError: The file is missing, damaged or not written by rescodec.
    """
    try:
        with safe_open(path, framework="pt") as file:
            metadata = dict(file.metadata() or {})
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise WeightsError(f"{path}: cannot read weights: {error}") from error
    found = metadata.pop("format", None)
    if found != FORMAT:
        raise WeightsError(
            f"{path}: not weights of rescodec: metadata 'format' is {found!r}, expected {FORMAT!r}"
        )
    odd = sorted({str(t.dtype) for t in tensors.values() if t.dtype not in STORED_DTYPES})
    if odd:
        raise WeightsError(f"{path}: tensors of type {', '.join(odd)}; expected float16 or float32")
    try:
        config = NetworkConfig.from_dict(json.loads(metadata.pop("config")))
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise WeightsError(f"{path}: configuration is missing or wrong: {error}") from error
    return Weights(config, tensors, metadata)


def canonical_json(value: object) -> bytes:
    """Return JSON with sorted keys and no spaces, so that equal values are equal bytes."""
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
