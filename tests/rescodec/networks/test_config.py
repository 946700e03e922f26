from __future__ import annotations

import dataclasses
import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rescodec.networks import NetworkConfig
from rescodec.networks.config import SUBNETS
from rescodec.weights_file import canonical_json

MINIMAL: dict[str, Any] = {"scale": 2, "blocks": [2], "widths": [8]}


@pytest.mark.parametrize(
    ("key", "nearest"),
    [("width", "widths"), ("plane_gian", "plane_gain"), ("latentstd", "latent_std")],
)
def test_unknown_key_names_the_nearest(key: str, nearest: str) -> None:
    with pytest.raises(ValueError, match=f"unknown key '{key}'; did you mean '{nearest}'"):
        NetworkConfig.from_dict({**MINIMAL, key: 1})


def test_unknown_key_without_a_near_one_lists_all() -> None:
    with pytest.raises(ValueError, match="unknown key 'zzz'; known are scale, blocks"):
        NetworkConfig.from_dict({**MINIMAL, "zzz": 1})


def test_missing_keys_are_named() -> None:
    with pytest.raises(ValueError, match="missing blocks, widths"):
        NetworkConfig.from_dict({"scale": 2})


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"scale": 3}, "scale is 3; supported are 2, 4 and 8"),
        ({"scale": 2.0}, "scale is 2.0; it must be a whole number"),
        ({"scale": True}, "scale is True; it must be a whole number"),
        ({"blocks": [2, 2]}, r"blocks is \[2, 2\]; scale 2 needs 1 positive numbers"),
        ({"blocks": [0]}, r"blocks is \[0\]"),
        ({"blocks": 2}, "blocks is 2; it must be a list"),
        ({"widths": [8.5]}, "widths is 8.5; it must be a whole number"),
        ({"widths": [-1]}, r"widths is \[-1\]"),
        (
            {"subnet": "denze"},
            "subnet is 'denze'; supported are plain, separable, separable-first,",
        ),
        ({"subnet": 3}, "subnet is 3; it must be of type str"),
        ({"coupling": "both"}, "coupling is 'both'"),
        ({"planes": 2}, "planes is 2"),
        ({"plane_start": "last"}, "plane_start is 'last'; supported are mean, first, after"),
        ({"plane_start": "first"}, "plane_start is 'first', but there is no single plane"),
        (
            {"plane_start": "after", "planes": 1, "plane_gain": 4.0},
            "split off after the last block is stored, and has plane_gain 1",
        ),
        ({"plane_start": "after", "hidden_planes": 1}, "split off after the last block is stored"),
        ({"plane_neutral": 1.0}, "plane_neutral is 1.0, but no single plane can be lost"),
        ({"mixing": 1}, "mixing is 1; it must be of type bool"),
        ({"plane_floor": 1.0}, "plane_floor is 1.0"),
        ({"plane_floor": -0.1}, "plane_floor"),
        ({"plane_gain": 0}, "plane_gain"),
        ({"plane_gain": math.nan}, "plane_gain is nan; it must be a finite number"),
        ({"plane_bias": math.inf}, "plane_bias is inf"),
        ({"plane_bias": 10**400}, "plane_bias is 1000"),
        ({"haar_factor": -0.5}, "haar_factor"),
        ({"latent_std": -1.0}, "latent_std"),
        ({"dlv_channels": -1}, "dlv_channels is -1"),
        ({"code_levels": 15}, "code_levels is set, but code_channels is 0"),
        ({"hidden_planes": 2}, "hidden_planes is 2 with 0 planes"),
        ({"hidden_planes": 1, "planes": 1}, "at most one plane, stored or hidden"),
        ({"code_channels": -1}, "code_channels must not be negative"),
        ({"code_channels": 4, "code_width": 0}, "code_width at least 1"),
        ({"code_channels": 4, "code_layers": 3}, "code_layers is 3; supported are 2 and 4"),
        ({"code_channels": 4, "code_levels": 256}, "code_levels is 256; it must be odd, 3 to 255"),
        ({"code_channels": 4, "code_levels": 14}, "code_levels is 14"),
        ({"code_channels": 4, "code_levels": 1}, "code_levels is 1"),
        (
            {"code_channels": 4, "code_resampling": "mean"},
            "code_resampling is 'mean'; supported are pool, shuffle",
        ),
        ({"code_channels": 4, "planes": 1}, "neither planes nor random z"),
        ({"code_channels": 4, "latent_std": 1.0}, "neither planes nor random z"),
        ({"input_offset": "0.5"}, "input_offset is '0.5'"),
    ],
)
def test_bad_values(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        NetworkConfig.from_dict({**MINIMAL, **values})


@given(
    scale=st.sampled_from([2, 4, 8]),
    blocks=st.integers(1, 9),
    subnet=st.sampled_from(SUBNETS),
    planes=st.integers(0, 1),
    floor=st.floats(0, 1, exclude_max=True),
)
def test_dict_round_trip_through_json(
    scale: int, blocks: int, subnet: str, planes: int, floor: float
) -> None:
    levels = scale.bit_length() - 1
    config = NetworkConfig(
        scale=scale,
        blocks=(blocks,) * levels,
        widths=(8,) * levels,
        subnet=subnet,
        planes=planes,
        plane_floor=floor,
    )
    assert NetworkConfig.from_dict(json.loads(canonical_json(config.to_dict()))) == config
    assert config.levels == levels
    assert config.latent_channels == 3 * scale**2 - 3 - planes


def test_equal_configurations_are_written_as_equal_bytes() -> None:
    # `plane_gain = 4` and `4.0` in a recipe make the same network, so the same digest.
    whole = NetworkConfig.from_dict({**MINIMAL, "plane_gain": 4, "planes": 1})
    real = NetworkConfig.from_dict({**MINIMAL, "plane_gain": 4.0, "planes": 1})
    assert canonical_json(whole.to_dict()) == canonical_json(real.to_dict())


def test_configurations_are_frozen() -> None:
    config = NetworkConfig.from_dict(MINIMAL)
    with pytest.raises(dataclasses.FrozenInstanceError):
        config.scale = 4  # type: ignore[misc]


def test_younger_options_are_written_only_in_use() -> None:
    """Or else the digests of all weights that were released before them would change."""
    config = NetworkConfig.from_dict(MINIMAL)
    first = {"scale", "blocks", "widths", "subnet", "coupling", "planes", "plane_gain"}
    first |= {"plane_bias", "plane_floor", "latent_std", "haar_factor", "input_offset"}
    assert set(config.to_dict()) == first
    younger = {"code_channels": 4, "code_levels": 15, "code_layers": 2, "code_width": 8}
    younger |= {"code_resampling": "shuffle", "dlv_channels": 3, "hidden_planes": 1}  # type: ignore[dict-item]
    younger |= {"plane_start": "first", "mixing": True}  # type: ignore[dict-item]
    config = NetworkConfig.from_dict({**MINIMAL, **younger})
    assert config.to_dict().items() >= younger.items()
    assert NetworkConfig.from_dict(config.to_dict()) == config
    config = NetworkConfig.from_dict({**MINIMAL, "planes": 1, "plane_neutral": -1.5})
    assert config.to_dict()["plane_neutral"] == -1.5
