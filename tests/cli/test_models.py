"""``rescodec models``: the listing, one model, imported checkpoints, and families."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner
from PIL import Image as PillowImage
from torch import Tensor

import rescodec_formats as formats
from rescodec.networks import NetworkConfig, Rescaler
from rescodec.published import import_checkpoint
from rescodec.weights_file import read_weights, weights_of, write_weights
from rescodec.zoo import FAMILIES, MODELS, ModelEntry
from rescodec_cli.main import cli

RELEASED = "alpha-x2-lite-1"
ANCHORS = Path(__file__).parents[3] / "shared/anchors"
IRN = NetworkConfig(
    *(2, (8,), (32,), "dense", "separate"),
    latent_std=1.0,
    input_offset=0.0,
)


@pytest.fixture(scope="session")
def irn() -> dict[str, Tensor]:
    """IRN x2 with random weights, under its author's names."""
    signs = [[1, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]]
    haar = torch.tensor(signs).float().reshape(4, 1, 2, 2).repeat(3, 1, 1, 1)
    state = {"operations.0.haar_weights": haar}
    generator = torch.Generator().manual_seed(1)
    for name, tensor in Rescaler(IRN).state_dict().items():
        _, _, _, block, function, *layer, kind = name.split(".")
        number = 5 if layer == ["last"] else int(layer[1]) + 1
        letter = {"phi": "F", "rho": "H", "eta": "G"}[function]
        values = torch.randn(tensor.shape, generator=generator) * 0.01
        state[f"operations.{int(block) + 1}.{letter}.conv{number}.{kind}"] = values
    return state


@pytest.fixture
def checkpoint(irn: dict[str, Tensor], tmp_path: Path) -> Path:
    path = tmp_path / "IRN.pth"
    torch.save(irn, path)
    return path


@pytest.fixture
def weights_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "weights"
    folder.mkdir()
    monkeypatch.setenv("RESCODEC_WEIGHTS_DIR", str(folder))
    return folder


@pytest.fixture
def mine(weights_dir: Path) -> Path:
    """Small weights of the user's own, with metadata that no terminal should see as it is."""
    network = Rescaler(NetworkConfig(scale=2, blocks=(1,), widths=(2,)))
    path = weights_dir / "mine.safetensors"
    metadata = {
        "licence": "MIT\x1b[31m\nnext" + "y" * 200,
        "recipe": '{"a": {"b": [1, 2]}, "c": 3}',
    }
    write_weights(weights_of(network, metadata), path)
    return path


# --- the listing -------------------------------------------------------------------------------


def test_table(rescodec: Callable) -> None:
    table = rescodec("models").text
    heading = table.splitlines()[0].split()
    assert heading[:3] == ["id", "family", "scale"]
    for entry in MODELS.values():
        assert f"{'*' if entry.default else ' '} {entry.id} " in table
        (line,) = (line for line in table.splitlines() if f" {entry.id} " in line)
        for word in (entry.family, f"{entry.parameters:,}", entry.licence, "package"):
            assert word in line
        assert f"{entry.psnr_y:.2f}" in line
        assert f"{entry.bpp:.3f}" in line
    assert "means over Set14" in table
    assert max(map(len, table.splitlines())) <= 100


def test_objects(rescodec: Callable) -> None:
    listed = [json.loads(line) for line in rescodec("models", "--json").text.splitlines()]
    assert [model["id"] for model in listed] == list(MODELS)
    first = listed[0]
    assert Path(first["path"]).is_file()
    assert (first["family"], first["scale"], first["default"]) == ("alpha", 2, True)
    assert first["weights_sha256"] == MODELS[RELEASED].weights_sha256
    assert (first["installed"], first["problem"]) == ("package", None)


def test_own_and_damaged_weights(rescodec: Callable, mine: Path) -> None:
    (mine.parent / "broken.safetensors").write_bytes(b"x")
    result = rescodec("models")
    assert (result.code, result.err) == (0, "")
    lines = result.text.splitlines()
    assert max(map(len, lines)) <= 100
    (line,) = (line for line in lines if " mine " in line)
    assert line.split()[1:3] == ["plain", "2"]
    assert r"MIT\x1b[31m\nnext" in line
    assert any("broken" in line and "damaged" in line for line in lines)
    listed = [json.loads(line) for line in rescodec("models", "--json").text.splitlines()]
    broken, own = listed[len(MODELS) :]
    assert (broken["id"], broken["family"]) == ("broken", None)
    assert (own["id"], own["installed"], own["bpp"]) == ("mine", "folder", None)


def test_long_names_leave_the_columns_in_sight(rescodec: Callable, mine: Path) -> None:
    mine.rename(mine.with_name(f"{'x' * 120}.safetensors"))
    lines = rescodec("models").text.splitlines()
    (line,) = (line for line in lines if "xxx" in line)
    assert line.split()[:3] == ["x" * 31 + "…", "plain", "2"]
    assert all("package" in line for line in lines if RELEASED in line)


def test_a_folder_that_is_not_there(
    rescodec: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RESCODEC_WEIGHTS_DIR", str(tmp_path / "absent"))
    result = rescodec("models")
    assert result.code == 0
    assert RELEASED in result.text
    assert result.err.startswith("warning: $RESCODEC_WEIGHTS_DIR: no folder ")


def test_listing_own_weights_needs_no_torch(environment: dict[str, str], mine: Path) -> None:
    there = {**environment, "RESCODEC_WEIGHTS_DIR": str(mine.parent)}
    code = (
        "import sys; from rescodec_cli.main import cli\n"
        "cli.main(['models'], standalone_mode=False)\n"
        "sys.exit(bool({'torch', 'safetensors', 'numpy'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], env=there, capture_output=True, check=False)
    assert (run.returncode, run.stderr) == (0, b"")
    assert b" mine " in run.stdout


# --- one model ---------------------------------------------------------------------------------


def test_show_for_people(rescodec: Callable) -> None:
    text, entry = rescodec("models", "show", RELEASED).text, MODELS[RELEASED]
    measured = f"{entry.psnr_y:.2f} dB"
    for words in (entry.weights_sha256, "Apache-2.0", "222,368", "55.3", measured):
        assert words in text
    for words in ("plane_floor      0.5", "dlv_channels     0", "network ", "training.batch"):
        assert words in text
    assert "{" not in text
    assert max(map(len, text.splitlines())) <= 100


def test_show_for_programs(rescodec: Callable) -> None:
    facts = json.loads(rescodec("models", "show", RELEASED, "--json").text)
    assert facts["weights_sha256"] == MODELS[RELEASED].weights_sha256
    assert facts["parameters"] == MODELS[RELEASED].parameters
    assert facts["configuration"]["blocks"] == [8]
    assert facts["metadata"]["recipe"]["training"]["batch"] == 8


def test_show_own_weights(rescodec: Callable, mine: Path) -> None:
    by_id, by_path = rescodec("models", "show", "mine"), rescodec("models", "show", mine)
    assert by_id == by_path
    assert "\x1b" not in by_id.text
    assert r"MIT\x1b[31m\nnext" in by_id.text
    assert "a.b  1, 2" in by_id.text
    assert "Set14" not in by_id.text


def test_show_odd_metadata(rescodec: Callable, mine: Path) -> None:
    deep = '{"a":' * 900 + "1" + "}" * 900
    metadata = {
        "deep": deep,
        "infinite": '{"steps": 1e999}',
        "licence": "",
        "nan": '{"steps": NaN}',
        "surrogate": r'{"steps": "\ud800"}',
        "k" * 300: "value",
        "shallow": '{"a": {"b": []}}',
    }
    write_weights(replace(read_weights(mine), metadata=metadata), mine)

    text = rescodec("models", "show", "mine").text
    lines = text.splitlines()
    assert "".join(lines).isprintable()
    (licence,) = (line for line in lines if line.startswith("  licence"))
    assert licence.split() == ["licence", "-"]
    assert all(len(line) <= 50 for line in lines if line.startswith("  scale "))
    key = lines.index("  " + "k" * 300)
    assert lines[key + 1].split() == ["value"]
    assert "  a.b  -" in lines

    def refuse(name: str) -> None:
        raise AssertionError(name)

    facts = json.loads(rescodec("models", "show", "mine", "--json").text, parse_constant=refuse)
    assert facts["metadata"] == metadata | {"shallow": {"a": {"b": []}}}


def test_show_damaged_weights(rescodec: Callable, mine: Path) -> None:
    weights = read_weights(mine)
    tensors = dict(weights.tensors)
    tensors.popitem()
    write_weights(type(weights)(weights.config, tensors), mine)
    rescodec("models", "show", mine).failed(2, str(mine), "do not fit their configuration")
    mine.write_bytes(b"nonsense")
    rescodec("models", "show", mine).failed(2, str(mine), "cannot read weights")


# --- import ------------------------------------------------------------------------------------


def test_import_encode_decode(
    program: Callable, checkpoint: Path, photo: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    result = program("models", "import", "IRN.pth", "--family", "irn", "--licence", "CC0-1.0")
    assert (result.code, result.out) == (0, b"")
    (line,) = result.err.splitlines()
    for words in ("IRN.pth -> irn-x2.safetensors", "IRN x2", "--model irn-x2.safetensors"):
        assert words in line
    imported = read_weights(tmp_path / "irn-x2.safetensors")
    assert imported.digest == import_checkpoint(checkpoint, "irn", scale=2).digest
    assert imported.metadata == {"source": "IRN.pth", "licence": "CC0-1.0"}

    assert program("encode", photo, "--model", "irn-x2.safetensors").code == 0
    header = formats.probe(tmp_path / "photo.lr.png").header
    assert (header.model.id, header.scale, header.carrier) == ("irn-x2", 2, "none")
    program("decode", "photo.lr.png", "-o", "x.png").failed(1, "'irn-x2'", "RESCODEC_WEIGHTS_DIR")
    there = {**environment, "RESCODEC_WEIGHTS_DIR": str(tmp_path)}
    assert program("decode", "photo.lr.png", "-o", "x.png", env=there).code == 0
    assert " irn-x2 " in program("models", env=there).text
    with PillowImage.open(tmp_path / "x.png") as image:
        assert image.size == (61, 45)


def test_import_in_this_process(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run = ["models", "import", str(checkpoint), "--family", "irn", "--scale", "2", "-o", "new/"]
    result = CliRunner().invoke(cli, run)
    assert result.exit_code == 0
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["irn-x2.safetensors"]
    again = CliRunner().invoke(cli, run)
    assert again.exit_code == 1
    assert "--overwrite" in again.output
    assert CliRunner().invoke(cli, [*run, "--overwrite"]).exit_code == 0


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("alpha-x2-lite-1.safetensors", ["id of a released model", "-o"]),
        ("plain.safetensors", ["name of a family"]),
        ("my weights.safetensors", ["rename"]),
        ("x.pth", ["end the name with .safetensors"]),
        ("x", ["end the name with .safetensors"]),
        ("absent/x.safetensors", ["no folder absent"]),
        ("IRN.pth", ["is a source"]),
        ("", ["-o is empty"]),
    ],
)
def test_outputs_that_cannot_be(
    rescodec: Callable, checkpoint: Path, files: Callable, output: str, words: list[str]
) -> None:
    before = files()
    arguments = ["models", "import", "IRN.pth", "--family", "irn", "-o", output]
    rescodec(*arguments, "--overwrite").failed(2, *words)
    assert files() == before


def test_an_existing_output_is_left_alone(
    rescodec: Callable, checkpoint: Path, files: Callable, tmp_path: Path
) -> None:
    (tmp_path / "irn-x2.safetensors").write_bytes(b"mine")
    before = files()
    rescodec("models", "import", "IRN.pth", "--family", "irn").failed(1, "irn-x2", "exists", "-o")
    assert files() == before


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--family", "irn", "--scale", "4"], ["no IRN x4 checkpoint", "make x2"]),
        (["--family", "firn"], ["no FIRN x2 checkpoint", "missing", "IRN's: use --family irn"]),
    ],
)
def test_checkpoints_of_another_network(
    rescodec: Callable,
    checkpoint: Path,
    files: Callable,
    options: list[str],
    words: list[str],
) -> None:
    before = files()
    rescodec("models", "import", "IRN.pth", *options).failed(1, "IRN.pth", *words)
    assert files() == before


def test_files_that_are_no_checkpoints(rescodec: Callable, tmp_path: Path) -> None:
    torch.save({"a": Path("x")}, tmp_path / "code.pth")
    (tmp_path / "text.pth").write_text("text")
    for name, words in {
        "code.pth": "not a PyTorch checkpoint",
        "text.pth": "not a PyTorch checkpoint",
        "absent.pth": "No such file",
        "../": "Is a directory",
    }.items():
        rescodec("models", "import", name, "--family", "irn").failed(1, words)


@pytest.mark.parametrize("name", ["FIRN", "FIRN+"])
def test_the_authors_checkpoints(rescodec: Callable, name: str, tmp_path: Path) -> None:
    source = ANCHORS / f"{name}.pth"
    if not source.is_file():
        pytest.skip("reference data is not here: ../shared is absent")
    (tmp_path / "out").mkdir()
    assert rescodec("models", "import", source, "--family", "firn", "-o", "out").code == 0
    imported = tmp_path / f"out/{name.lower()}-x4.safetensors"
    facts = json.loads(rescodec("models", "show", "--json", imported).text)
    assert (facts["family"], facts["scale"], facts["parameters"]) == ("plain", 4, 320_640)


# --- families ----------------------------------------------------------------------------------


@pytest.mark.parametrize("entry", [e for e in MODELS.values() if e.default], ids=lambda e: e.id)
def test_families_stand_for_their_default(
    rescodec: Callable, photo: Path, entry: ModelEntry
) -> None:
    options = ["--model", entry.family, "--scale", entry.scale]
    assert rescodec("encode", photo, *options).code == 0
    assert formats.probe("photo.lr.png").header.model.id == entry.id
    assert rescodec("decode", "photo.lr.png", "-o", "x.png", *options).code == 0


def test_a_family_counts_at_the_scale_of_each_file(rescodec: Callable, photo: Path) -> None:
    for scale in (2, 4):
        options = ["--model", "alpha", "--scale", scale, "-o", f"x{scale}.lr.png"]
        assert rescodec("encode", photo, *options).code == 0
    result = rescodec("decode", "x2.lr.png", "x4.lr.png", "--model", "alpha", "--verbose")
    assert (result.code, "family alpha" in result.err) == (0, True)
    for name in ("x2.png", "x4.png"):
        with PillowImage.open(name) as image:
            assert image.size == (61, 45)
    piped = rescodec("decode", "-", "--model", "alpha", stdin=Path("x4.lr.png").read_bytes())
    assert (piped.code, piped.out) == (0, Path("x4.png").read_bytes())
    rescodec("decode", "photo.png", "--model", "alpha").failed(1, "no rescodec header", "--scale")


def test_a_family_without_a_model_of_the_files_scale(
    rescodec: Callable, encoded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rescodec.zoo.DEFAULT_MODELS", {("alpha", 4): "alpha-x4-lite-1"})
    result = rescodec("decode", encoded, "--model", "alpha")
    result.failed(1, "no model of family 'alpha' for scale 2; available: alpha x4")


def test_families_count_at_scale_2_by_default(rescodec: Callable, photo: Path) -> None:
    assert rescodec("encode", photo, "--model", "alpha").code == 0
    assert formats.probe("photo.lr.png").header.model.id == RELEASED


def test_families_without_a_model_of_the_scale(
    rescodec: Callable, photo: Path, files: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rescodec.zoo.DEFAULT_MODELS", {("alpha", 2): RELEASED})
    before = files()
    for family in FAMILIES:
        rescodec("encode", photo, "--model", family, "--scale", "4").failed(
            2, f"no model of family '{family}' for scale 4; available: alpha x2"
        )
    assert files() == before
