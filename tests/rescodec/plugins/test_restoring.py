"""Weights of the files that other people's programs open: found, refused, loaded once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

import rescodec
import rescodec_formats as formats
from rescodec import WeightsError, loading
from rescodec.loading import LoadedModel
from rescodec.networks import NetworkConfig, Rescaler
from rescodec.plugins import restoring
from rescodec.weights_file import weights_of, write_weights

Picture = npt.NDArray[np.uint8]
GOLDEN = Path(__file__).parents[1] / "golden/alpha-x2-lite-1.chunk.lr.png"


def opened(source: Any) -> Image.Image:
    return Image.open(source, formats=["RESCODEC"])


@pytest.mark.parametrize(
    ("model", "message"), [("nobody-1", "no weights"), ("alpha-x2-lite-1", "000000000000")]
)
def test_missing_and_other_weights_are_an_os_error(
    model: str, message: str, tmp_path: Path
) -> None:
    golden = formats.read(GOLDEN)
    path = tmp_path / "x.lr.png"
    formats.write(
        path,
        golden.lr,
        scale=2,
        hr_size=golden.header.hr_size,
        model=formats.ModelRef(model, "0" * 64),
        streams=list(golden.streams.values()),
    )
    with opened(path) as image, pytest.raises(OSError, match=message) as caught:
        image.load()
    assert isinstance(caught.value.__cause__, WeightsError)


def test_threads_load_a_model_once(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[str] = []
    load_named = loading.load_named

    def counted(name: str) -> Any:
        loaded.append(name)
        return load_named(name)

    monkeypatch.setattr(loading, "load_named", counted)
    monkeypatch.setattr(restoring, "_codecs", {})
    found: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: found.append(opened(GOLDEN).tobytes())) for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert loaded == ["alpha-x2-lite-1"]
    assert len(found) == 6
    assert len(set(found)) == 1


def test_weights_folder(
    randomise: Callable[..., None],
    tiny_config: NetworkConfig,
    picture: Callable[..., Picture],
    tmp_path: Path,
) -> None:
    network = Rescaler(tiny_config)
    randomise(network)
    weights = weights_of(network)
    codec = rescodec.Codec(LoadedModel("tiny-1", weights), device="cpu")
    path = tmp_path / "x.lr.png"
    rescodec.encode(Image.fromarray(picture(20, 30)), path, model=codec)
    with opened(path) as image, pytest.raises(OSError, match="no weights"):
        image.load()
    write_weights(weights, tmp_path / "tiny-1.safetensors")
    rescodec.register_pillow(device="cpu", weights_folder=tmp_path)
    with opened(path) as image:
        assert image.tobytes() == rescodec.decode(path, model=codec).to_pillow().tobytes()
