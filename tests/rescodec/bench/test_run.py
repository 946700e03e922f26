from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image as PillowImage

from rescodec.bench import run
from rescodec.bench.results import Results
from rescodec.bench.rivals import RIVALS
from rescodec.bench.run import Bench
from rescodec.codec import Codec
from rescodec.evaluate import measure_folder
from rescodec.networks import NetworkConfig, Rescaler
from rescodec.weights_file import weights_of, write_weights

Image = npt.NDArray[np.uint8]
SUITES = ("fidelity", "rate", "robust")


@pytest.fixture
def bench(tmp_path: Path, weights: Path, images: Path) -> Callable[..., list[str]]:
    """Run suites as a program would; return the lines that were reported."""

    def measure(*suites: str, **options: object) -> list[str]:
        lines: list[str] = []
        results = Results.open(tmp_path / "results.json")
        defaults = {"rivals": False, "device": "cpu", "report": lines.append}
        Bench(results, [weights], [images], **(defaults | options)).run(suites)  # type: ignore[arg-type]
        return lines

    return measure


def test_all_suites_and_nothing_twice(bench: Callable[..., list[str]], tmp_path: Path) -> None:
    assert len(bench(*SUITES)) == 6
    first = (tmp_path / "results.json").read_bytes()
    assert bench(*SUITES) == []
    assert (tmp_path / "results.json").read_bytes() == first


def test_figures_are_those_of_evaluation(
    bench: Callable[..., list[str]], tmp_path: Path, images: Path, weights: Path
) -> None:
    bench("fidelity")
    records = Results.read(tmp_path / "results.json").records("fidelity")
    expected = measure_folder(Codec.open(weights, device="cpu"), images).images
    assert [record["psnr_y"] for record in records] == [round(e.psnr_y, 3) for e in expected]
    assert [record["bpp_alpha"] for record in records] == [
        round(e.bpp["alpha"], 4) for e in expected
    ]
    assert [record["image"] for record in records] == ["a.png", "b.png"]


def test_an_interrupted_run_goes_on(
    bench: Callable[..., list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured, real = [], run._fidelity

    def interrupted(codec: Codec, subject: run.Subject) -> dict[str, object]:
        measured.append(subject.name)
        if len(measured) == 2:
            raise KeyboardInterrupt
        return real(codec, subject)

    monkeypatch.setattr(run, "_fidelity", interrupted)
    with pytest.raises(KeyboardInterrupt):
        bench("fidelity")
    assert bench("fidelity") == ["fidelity: pictures/b.png, 1 record"]
    assert measured == ["a.png", "b.png", "b.png"]
    records = Results.read(tmp_path / "results.json").records("fidelity")
    assert [record["image"] for record in records] == ["a.png", "b.png"]


def test_an_image_that_changed_is_measured_again(
    bench: Callable[..., list[str]], images: Path, picture: Callable[..., Image]
) -> None:
    bench("fidelity")
    PillowImage.fromarray(picture(48, 64, seed=7)).save(images / "a.png")
    assert bench("fidelity") == ["fidelity: pictures/a.png, 1 record"]


def test_rivals_are_measured_once(
    bench: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "RIVALS", {"JPEG": RIVALS["JPEG"]})
    bench("rate", every=2)
    assert bench("rate", every=2, rivals=True) == ["rate: pictures/a.png, 11 records"]
    assert bench("rate", every=2, rivals=True) == []


def test_speed_goes_by_model_size_and_direction(
    bench: Callable[..., list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def measure(model: Path, command: str, photo: Image, **options: object) -> dict[str, object]:
        return {"command": command, "megapixels_per_second": photo.size / 3e6}

    monkeypatch.setattr(run, "measure", measure)
    assert bench("speed", megapixels=(0.1, 0.2)) == [
        "speed: tiny-1 encode, 0.1 MP: 0.10 MP/s",
        "speed: tiny-1 decode, 0.1 MP: 0.10 MP/s",
        "speed: tiny-1 encode, 0.2 MP: 0.20 MP/s",
        "speed: tiny-1 decode, 0.2 MP: 0.20 MP/s",
    ]
    assert bench("speed", megapixels=(0.2,)) == []
    (record, *_) = Results.read(tmp_path / "results.json").records("speed")
    assert (record["way"], record["device"], record["megapixels"]) == ("tiny-1", "cpu", 0.1)


def test_the_environment_is_noted(bench: Callable[..., list[str]], tmp_path: Path) -> None:
    bench("fidelity")
    (environment,) = Results.read(tmp_path / "results.json").environments
    assert environment["devices"] == ["cpu"]
    assert environment["gpu"] is None
    assert environment["processor"]
    assert environment["versions"]["torch"]


def test_models_of_one_name_are_refused(tmp_path: Path, weights: Path, images: Path) -> None:
    other = tmp_path / "other" / weights.name
    other.parent.mkdir()
    other.write_bytes(weights.read_bytes())
    results = Results(tmp_path / "results.json")
    with pytest.raises(
        ValueError, match=r"both called 'tiny-1' in the results; rename one"
    ) as error:
        Bench(results, [weights, other], [images], device="cpu").run(["fidelity"])
    assert str(weights) in str(error.value)
    assert str(other) in str(error.value)
    assert results.models == {}


def test_a_model_of_scale_8_is_refused(tmp_path: Path, images: Path) -> None:
    config = NetworkConfig(scale=8, blocks=(1, 1, 1), widths=(4, 4, 4), planes=1)
    path = tmp_path / "wide-1.safetensors"
    write_weights(weights_of(Rescaler(config)), path)
    results = Results(tmp_path / "results.json")
    with pytest.raises(ValueError, match="wide-1: has scale 8; models of scale 2 and 4"):
        Bench(results, [path], [images], device="cpu").run(["fidelity"])
    assert results.models == {}
