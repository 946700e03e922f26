"""Blends of weights."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from rescodec.networks import NetworkConfig, Rescaler
from rescodec.weights_file import WeightsError, read_weights, weights_of, write_weights
from tools import blend_weights

CONFIG = NetworkConfig(scale=2, blocks=(1,), widths=(4,), planes=1)


def test_the_program_blends_two_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [tmp_path / f"{name}.safetensors" for name in "abc"]
    written = [weights_of(Rescaler(CONFIG), {"name": name}) for name in "ab"]
    with_plane = dataclasses.replace(CONFIG, plane_neutral=-2.0)
    written[1] = dataclasses.replace(written[1], config=with_plane)
    for weights, path in zip(written, paths, strict=False):
        write_weights(weights, path)
    monkeypatch.setattr(sys, "argv", ["blend", str(paths[0]), str(paths[1]), "0.25", str(paths[2])])
    blend_weights.main()
    found, (first, second) = read_weights(paths[2]), written
    assert found.metadata["name"] == "b"
    assert found.config == dataclasses.replace(CONFIG, plane_neutral=-0.5)
    for name, tensor in found.tensors.items():
        expected = 0.75 * first.tensors[name] + 0.25 * second.tensors[name]
        assert torch.allclose(tensor, expected)


def test_a_missing_file_is_one_line(tmp_path: Path, tool_error: Callable[..., str]) -> None:
    absent, out = str(tmp_path / "absent.safetensors"), tmp_path / "out.safetensors"
    message = tool_error(blend_weights.main, [absent, absent, "0.5", str(out)])
    assert message.startswith(f"error: {absent}: cannot read weights")
    assert not out.exists()


def test_other_networks_and_shares_are_refused() -> None:
    other = NetworkConfig(scale=2, blocks=(2,), widths=(4,), planes=1)
    first, second = (weights_of(Rescaler(config)) for config in (CONFIG, other))
    with pytest.raises(WeightsError, match="two different networks"):
        blend_weights.blended(first, second, 0.5)
    with pytest.raises(ValueError, match=r"the share is 1.5; it must lie in 0 to 1"):
        blend_weights.blended(first, first, 1.5)
