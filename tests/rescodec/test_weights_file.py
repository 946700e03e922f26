from __future__ import annotations

import contextlib
import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.torch import save_file
from torch import nn

from rescodec.networks import NetworkConfig, Rescaler
from rescodec.weights_file import (
    Weights,
    WeightsError,
    canonical_json,
    read_weights,
    weights_of,
    write_weights,
)


@pytest.fixture
def weights(tiny_config: NetworkConfig, randomise: Callable[[nn.Module], None]) -> Weights:
    network = Rescaler(tiny_config)
    randomise(network)
    return weights_of(network, {"licence": "Apache-2.0"})


@pytest.fixture
def file(weights: Weights, tmp_path: Path) -> Path:
    path = tmp_path / "tiny-1.safetensors"
    write_weights(weights, path)
    return path


def _error(path: Path) -> str:
    with pytest.raises(WeightsError) as caught:
        read_weights(path)
    message = str(caught.value)
    assert "\n" not in message
    assert str(path) in message
    return message


def test_round_trip(weights: Weights, file: Path) -> None:
    again = read_weights(file)
    assert again.config == weights.config
    assert again.metadata == {"licence": "Apache-2.0"}
    assert again.digest == weights.digest
    assert set(again.tensors) == set(weights.tensors)
    assert all(torch.equal(again.tensors[name], t) for name, t in weights.tensors.items())
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_writing_replaces_an_older_file(weights: Weights, file: Path) -> None:
    other = dataclasses.replace(weights, metadata={"licence": "MIT"})
    write_weights(other, file)
    assert read_weights(file).metadata == {"licence": "MIT"}


def test_half_precision(weights: Weights, tmp_path: Path) -> None:
    half = weights_of(weights.build(), dtype=torch.float16)
    assert half.digest != weights.digest
    write_weights(half, tmp_path / "half.safetensors")
    again = read_weights(tmp_path / "half.safetensors")
    assert again.digest == half.digest
    assert {t.dtype for t in again.tensors.values()} == {torch.float16}
    assert {p.dtype for p in again.build().parameters()} == {torch.float32}


def test_built_networks_are_frozen(weights: Weights) -> None:
    network = weights.build()
    assert not network.training
    assert not any(p.requires_grad for p in network.parameters())
    assert weights_of(network).digest == weights.digest


# --- digest ------------------------------------------------------------------------------------


def test_digest_never_changes() -> None:
    # A photo names its weights by this value: another way to compute it orphans them all.
    config = NetworkConfig(scale=2, blocks=(1,), widths=(1,), planes=1)
    tensors = {
        "b": torch.arange(6, dtype=torch.float32).reshape(2, 3),
        "a": torch.tensor([0.5, -1.0], dtype=torch.float16),
    }
    expected = "955a8d7209862289ed351e456d160ab7869a710794ab11884f23778f0226d709"
    assert Weights(config, tensors).digest == expected


def test_digest_ignores_metadata_and_the_order_of_tensors(weights: Weights) -> None:
    backwards = dict(reversed(weights.tensors.items()))
    edited = Weights(weights.config, backwards, {"licence": "another", "note": "x"})
    assert edited.digest == weights.digest


def test_digest_ignores_memory_layout(weights: Weights) -> None:
    strided = {
        name: t.contiguous(memory_format=torch.channels_last) if t.ndim == 4 else t
        for name, t in weights.tensors.items()
    }
    assert dataclasses.replace(weights, tensors=strided).digest == weights.digest


def test_digest_depends_on_every_tensor(weights: Weights) -> None:
    seen = {weights.digest}
    for name, tensor in weights.tensors.items():
        changed = tensor.clone()
        changed.flatten()[-1] += 1
        seen.add(dataclasses.replace(weights, tensors={**weights.tensors, name: changed}).digest)
    assert len(seen) == 1 + len(weights.tensors)


def test_digest_depends_on_names_shapes_and_types(weights: Weights) -> None:
    name, tensor = next(iter(weights.tensors.items()))
    rest = {key: value for key, value in weights.tensors.items() if key != name}
    variants = [
        rest,
        {**rest, name + "x": tensor},
        {**rest, name: tensor[None]},
        {**rest, name: tensor.half()},
    ]
    digests = {dataclasses.replace(weights, tensors=variant).digest for variant in variants}
    assert len(digests | {weights.digest}) == 5


@pytest.mark.parametrize("field", [f.name for f in dataclasses.fields(NetworkConfig)])
def test_digest_depends_on_every_setting(field: str) -> None:
    base = NetworkConfig(scale=2, blocks=(1,), widths=(1,))
    other = {
        "scale": {"scale": 4, "blocks": (1, 1), "widths": (1, 1)},
        "blocks": {"blocks": (2,)},
        "widths": {"widths": (2,)},
        "subnet": {"subnet": "dense"},
        "coupling": {"coupling": "separate"},
        "planes": {"planes": 1},
        "code_channels": {"code_channels": 4},
        "code_levels": {"code_channels": 4, "code_levels": 15},
        "code_layers": {"code_channels": 4, "code_layers": 2},
        "code_width": {"code_channels": 4, "code_width": 8},
        "code_resampling": {"code_channels": 4, "code_resampling": "shuffle"},
        "dlv_channels": {"dlv_channels": 3},
        "hidden_planes": {"hidden_planes": 1},
        "dial_steps": {"planes": 12, "dial_steps": (0.5, 20.0), "lr_steps": (4, 7)},
        "plane_start": {"planes": 1, "plane_start": "first"},
        "plane_neutral": {"planes": 1, "plane_neutral": -1.5},
        "mixing": {"mixing": True},
        "lr_steps": {"planes": 12, "dial_steps": (0.25, 20.0), "lr_steps": (3, 5)},
    }.get(field, {field: 0.75})
    changed = dataclasses.replace(base, **other)  # type: ignore[arg-type]
    assert Weights(changed, {}).digest != Weights(base, {}).digest


# --- files that are wrong ----------------------------------------------------------------------


def test_missing_file(tmp_path: Path) -> None:
    _error(tmp_path / "absent.safetensors")


def test_folder(tmp_path: Path) -> None:
    _error(tmp_path)


def test_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "empty.safetensors"
    path.touch()
    _error(path)


def test_renamed_pickle(tmp_path: Path) -> None:
    path = tmp_path / "pickle.safetensors"
    torch.save({"a": torch.zeros(3)}, path)
    _error(path)


def test_truncated_file(file: Path) -> None:
    data = file.read_bytes()
    for length in (4, 8, 100, len(data) // 2, len(data) - 1):
        file.write_bytes(data[:length])
        _error(file)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(where=st.floats(0, 1, exclude_max=True), value=st.integers(0, 255))
def test_only_weights_error_escapes_damage(file: Path, where: float, value: int) -> None:
    data = bytearray(file.read_bytes())
    header = 8 + int.from_bytes(data[:8], "little")
    data[int(where * header)] = value
    damaged = file.with_name("damaged.safetensors")
    damaged.write_bytes(data)
    with contextlib.suppress(WeightsError):
        read_weights(damaged).build()


def _save(path: Path, tensors: dict[str, torch.Tensor], **metadata: str) -> None:
    save_file(tensors, path, metadata)


def test_other_safetensors(tmp_path: Path) -> None:
    path = tmp_path / "other.safetensors"
    save_file({"a": torch.zeros(1)}, path)
    assert "'format' is None, expected 'rescodec-weights-1'" in _error(path)
    _save(path, {"a": torch.zeros(1)}, format="pt")
    assert "'format' is 'pt'" in _error(path)


def test_a_newer_version_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "newer.safetensors"
    _save(path, {"a": torch.zeros(1)}, format="rescodec-weights-2")
    assert "rescodec-weights-2" in _error(path)


@pytest.mark.parametrize(
    "config",
    [
        *("", "{", "[]", "3", "null", '{"scale": 2}', '{"scale":2.0,"blocks":[1],"widths":[1]}'),
        "[" * 100_000,
    ],
    ids=lambda config: config[:20],
)
def test_wrong_configuration(tmp_path: Path, config: str) -> None:
    path = tmp_path / "config.safetensors"
    _save(path, {"a": torch.zeros(1)}, format="rescodec-weights-1", config=config)
    assert "configuration is missing or wrong" in _error(path)


def test_missing_configuration(tmp_path: Path) -> None:
    path = tmp_path / "config.safetensors"
    _save(path, {"a": torch.zeros(1)}, format="rescodec-weights-1")
    assert "configuration is missing or wrong" in _error(path)


def test_other_types_of_tensors(tmp_path: Path, tiny_config: NetworkConfig) -> None:
    path = tmp_path / "double.safetensors"
    config = canonical_json(tiny_config.to_dict()).decode()
    _save(path, {"a": torch.zeros(1).double()}, format="rescodec-weights-1", config=config)
    assert "torch.float64; expected float16 or float32" in _error(path)


def test_tensors_that_do_not_fit(weights: Weights) -> None:
    name = next(iter(weights.tensors))
    for tensors in (
        {key: value for key, value in weights.tensors.items() if key != name},
        {**weights.tensors, "more": torch.zeros(1)},
        {**weights.tensors, name: torch.zeros(1)},
    ):
        with pytest.raises(WeightsError, match="do not fit their configuration") as caught:
            dataclasses.replace(weights, tensors=tensors).build()
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "claim",
    [{"blocks": (10**12,)}, {"widths": (10**6,)}, {"widths": (10**15,)}, {"widths": (10**40,)}],
)
def test_claims_of_enormous_networks_cost_nothing(weights: Weights, claim: dict[str, Any]) -> None:
    hostile = dataclasses.replace(weights, config=dataclasses.replace(weights.config, **claim))
    with pytest.raises(WeightsError, match="do not fit their configuration"):
        hostile.build()


def test_building_draws_no_random_numbers_and_shares_no_tensor(weights: Weights) -> None:
    digest, state = weights.digest, torch.get_rng_state()
    network = weights.build()
    assert torch.equal(torch.get_rng_state(), state)
    for parameter in network.parameters():
        parameter.zero_()
    assert weights.digest == digest


def test_configuration_is_stored_as_readable_json(weights: Weights, file: Path) -> None:
    with safe_open(file, framework="pt") as opened:
        metadata = opened.metadata()
    assert json.loads(metadata["config"]) == weights.config.to_dict()
