from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from rescodec.train.recipe import Recipe

RECIPES = sorted((Path(__file__).parents[3] / "recipes").rglob("*.toml"))
NETWORK = {"scale": 2, "blocks": [1], "widths": [4]}


def test_there_are_recipes() -> None:
    assert RECIPES


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_every_recipe_of_the_repository_is_one(path: Path) -> None:
    assert Recipe.read(path).steps > 0


def test_dict_round_trip_through_json() -> None:
    recipe = Recipe.from_dict({"network": NETWORK, "training": {"steps": 5, "betas": [0.8, 0.9]}})
    assert Recipe.from_dict(json.loads(json.dumps(recipe.to_dict()))) == recipe


def test_guidance_follows_the_scale_unless_given() -> None:
    recipe = Recipe.from_dict({"network": NETWORK, "training": {"steps": 5}})
    assert recipe.guidance_weight == 4
    assert dataclasses.replace(recipe, guidance=0.5).guidance_weight == 0.5


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, r"needs a \[network\] table and steps"),
        ({"network": NETWORK}, r"needs a \[network\] table and steps"),
        ({"network": NETWORK, "trainnig": {}}, "unknown key 'trainnig'; did you mean 'training'"),
        ({"network": 3, "training": {"steps": 1}}, "network is 3; it must be a table"),
        ({"network": NETWORK, "training": 3}, "training is 3; it must be a table"),
        ({"network": {"scale": 2}, "training": {"steps": 1}}, "missing blocks, widths"),
        ({"network": {**NETWORK, "width": 3}, "training": {"steps": 1}}, "did you mean 'widths'"),
    ],
)
def test_wrong_tables(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Recipe.from_dict(values)


@pytest.mark.parametrize(
    ("training", "message"),
    [
        ({"bacth": 8}, "unknown key 'bacth'; did you mean 'batch'"),
        ({"steps": 0}, "steps is 0; it must be at least 1"),
        ({"steps": 1.5}, "steps is 1.5; it must be a whole number"),
        ({"steps": "9"}, "steps is '9'; it must be a whole number"),
        ({"batch": 0}, "batch is 0"),
        ({"crop": 97}, "crop 97 is no multiple of the scale 2"),
        ({"peak_lr": 0.0}, "peak_lr is 0.0; it must be positive"),
        ({"final_lr": -1e-3}, "final_lr is -0.001; it must not be negative"),
        ({"betas": [0.9]}, r"betas is \[0.9\]; it must have 2 values"),
        ({"betas": [0.9, 1.0]}, "betas and ema are decays"),
        ({"ema": 1}, "betas and ema are decays"),
        ({"guidance": -1}, "guidance_weight is -1"),
        ({"clip": 0}, "clip is 0"),
        ({"charbonnier_eps": 0}, "charbonnier_eps is 0"),
        ({"seed": -1}, "seed is -1"),
        ({"candidates": 0}, "candidates is 0; it must be at least 1"),
        ({"restarts": -1}, "restarts is -1; it must not be negative"),
        ({"distil": -1}, "distil is -1.0; it must not be negative"),
        ({"rounding": "none"}, "rounding is 'none'; supported are straight-through, noise"),
        ({"late_share": 0.5, "late_rounding": "none"}, "late_rounding is 'none'"),
        ({"late_share": 0.5, "late_guidance": -1}, "late_guidance is -1.0; it must not be"),
        ({"late_rounding": "noise"}, "late values need a late_share"),
        (
            {"late_share": 0.5, "late_charbonnier_eps": 0},
            "late_charbonnier_eps is 0.0; it must be positive",
        ),
        ({"late_share": 1.5}, "late_share is 1.5; it is a share of the steps, 0 to 1"),
        ({"fixed_code": True}, "fixed_code is set, but the network has no code"),
        ({"network": {}}, "unknown key 'network'"),
    ],
)
def test_wrong_training(training: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Recipe.from_dict({"network": NETWORK, "training": {"steps": 5, **training}})


@pytest.mark.parametrize("key", ["distil", "late_share"])
def test_a_dial_has_no_such_values(key: str) -> None:
    dial = {"planes": 12, "dial_steps": [0.2, 14.0], "lr_steps": [4, 6]}
    with pytest.raises(ValueError, match="networks with a dial have no distil, rounding or late"):
        Recipe.from_dict({"network": {**NETWORK, **dial}, "training": {"steps": 5, key: 0.5}})


def test_late_values_hold_in_the_last_share_of_the_steps() -> None:
    training = {"steps": 10, "late_share": 0.3, "late_charbonnier_eps": 0.05, "guidance": 4}
    training |= {"late_rounding": "noise", "late_guidance": 0.5}
    recipe = Recipe.from_dict({"network": NETWORK, "training": training})
    found = [recipe.at(step) for step in range(10)]
    values = [(r.charbonnier_eps, r.rounding, r.guidance) for r in found]
    assert values == [(1e-3, "straight-through", 4)] * 7 + [(0.05, "noise", 0.5)] * 3
    assert len(set(found)) == 2
    # What is not given stays.
    only = {"late_charbonnier_eps": None, "late_guidance": None}
    last = dataclasses.replace(recipe, **only).at(9)
    assert (last.charbonnier_eps, last.rounding, last.guidance) == (1e-3, "noise", 4)
    plain = Recipe.from_dict({"network": NETWORK, "training": {"steps": 10}})
    assert plain.at(9) is plain


def test_errors_of_files_name_the_file(tmp_path: Path) -> None:
    path = tmp_path / "recipe.toml"
    with pytest.raises(FileNotFoundError):
        Recipe.read(path)
    for text in ("[network", "[network]\nscale = 2", b"\xff\xfe".decode("latin-1")):
        path.write_bytes(text.encode("latin-1"))
        with pytest.raises(ValueError, match=r"recipe\.toml: ") as caught:
            Recipe.read(path)
        assert "\n" not in str(caught.value)
