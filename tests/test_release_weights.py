"""What a run's weights become when they are released."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rescodec.networks import NetworkConfig, Rescaler
from rescodec.weights_file import read_weights, weights_of
from tools import release_weights
from tools.release_weights import enter


def test_weights_and_digest_are_entered(tmp_path: Path) -> None:
    (tmp_path / "rescodec/weights").mkdir(parents=True)
    zoo = tmp_path / "rescodec/zoo.py"
    zoo.write_text('id="a-1", weights_sha256="00"\nid="b-1", weights_sha256="11"\n')
    weights = weights_of(Rescaler(NetworkConfig(scale=2, blocks=(1,), widths=(4,))))
    enter("b-1", weights, tmp_path)
    assert zoo.read_text() == (
        f'id="a-1", weights_sha256="00"\nid="b-1", weights_sha256="{weights.digest}"\n'
    )
    written = read_weights(tmp_path / "rescodec/weights/b-1.safetensors")
    assert written.digest == weights.digest
    with pytest.raises(ValueError, match=r"c-1 is not in .*add its entry first"):
        enter("c-1", weights, tmp_path)


def test_weights_of_an_unfinished_run_are_refused(tmp_path: Path) -> None:
    weights = weights_of(Rescaler(NetworkConfig(scale=2, blocks=(1,), widths=(4,), planes=1)))
    with pytest.raises(ValueError, match=r"no plane_neutral, .*finish it with --resume --steps"):
        enter("a-1", weights, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_missing_file_is_one_line(tmp_path: Path, tool_error: Callable[..., str]) -> None:
    absent = str(tmp_path / "run.safetensors")
    arguments = [absent, "a-1", "--licence", "L", "--data", "D"]
    message = tool_error(release_weights.main, arguments)
    assert message.startswith(f"error: {absent}: cannot read weights")
