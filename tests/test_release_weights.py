"""What a run's weights become when they are released."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import PIL.Image
import pytest
import torch

from rescodec import Codec
from rescodec.image_folder import load_rgb
from rescodec.loading import LoadedModel
from rescodec.metrics import psnr
from rescodec.networks import NetworkConfig, Rescaler
from rescodec.weights_file import Weights, read_weights, weights_of, write_weights
from tools import release_weights
from tools.release_weights import enter, with_neutral_plane

Image = npt.NDArray[np.uint8]


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    rows, columns = np.indices((32, 48))
    for index in range(2):
        pixels = np.stack((rows * 7, columns * 5, 80 + 60 * np.sin(rows + index)), axis=2)
        PIL.Image.fromarray(pixels.astype(np.uint8)).save(tmp_path / f"{index}.png")
    return tmp_path


def _weights(planes: int) -> Weights:
    """Return weights that move the plane, if there is one, by 2, as training may."""
    config = NetworkConfig(
        scale=2, blocks=(1,), widths=(4,), planes=planes, plane_floor=0.5, plane_bias=1.0
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        weights = weights_of(Rescaler(config))
    weights.tensors["levels.0.blocks.0.phi.last.bias"][3:] = 2
    return weights


def test_a_lost_plane_is_the_mean_of_those_of_photos(photos: Path) -> None:
    weights = _weights(planes=1)
    released = with_neutral_plane(weights, photos)
    assert released.config.plane_neutral == pytest.approx(2, abs=0.1)
    assert released.config.as_trained == weights.config
    source = load_rgb(photos / "0.png")
    before, after = (_without_plane(w, source) for w in (weights, released))
    assert after > before + 10


def test_a_network_without_a_plane_has_no_neutral_one(photos: Path) -> None:
    with pytest.raises(ValueError, match="the network has no single plane: leave --neutral out"):
        with_neutral_plane(_weights(planes=0), photos)


def test_weights_and_digest_are_entered(tmp_path: Path) -> None:
    (tmp_path / "rescodec/weights").mkdir(parents=True)
    zoo = tmp_path / "rescodec/zoo.py"
    zoo.write_text('id="a-1", weights_sha256="00"\nid="b-1", weights_sha256="11"\n')
    weights = _weights(planes=1)
    enter("b-1", weights, tmp_path)
    assert zoo.read_text() == (
        f'id="a-1", weights_sha256="00"\nid="b-1", weights_sha256="{weights.digest}"\n'
    )
    written = read_weights(tmp_path / "rescodec/weights/b-1.safetensors")
    assert written.digest == weights.digest
    with pytest.raises(ValueError, match=r"c-1 is not in .*add its entry first"):
        enter("c-1", weights, tmp_path)


@pytest.mark.parametrize("absent", ["weights", "photos"])
def test_a_missing_file_is_one_line(
    absent: str, tmp_path: Path, tool_error: Callable[..., str]
) -> None:
    weights, nowhere = tmp_path / "run.safetensors", tmp_path / "nowhere"
    if absent == "photos":
        write_weights(_weights(planes=1), weights)
    arguments = ["a-1", "--licence", "L", "--data", "D", "--neutral", str(nowhere)]
    message = tool_error(release_weights.main, [str(weights), *arguments])
    assert message.startswith("error: ")
    assert str(weights if absent == "weights" else nowhere) in message


def _without_plane(weights: Weights, source: Image) -> float:
    """Return the PSNR in dB of what comes back without the plane."""
    codec = Codec(LoadedModel("released", weights))
    encoded = dataclasses.replace(codec.encode(source), planes=None)
    return psnr(source, codec.decode(encoded))
