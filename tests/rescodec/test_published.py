"""Checkpoints under the authors' names, made here and real ones."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from rescodec import published
from rescodec.codec import Codec
from rescodec.evaluate import measure_folder
from rescodec.loading import LoadedModel
from rescodec.networks import parameter_count
from rescodec.published import import_checkpoint
from rescodec.weights_file import WeightsError, read_weights, write_weights

State = dict[str, Tensor]
HAAR = torch.tensor(
    [[[1, 1], [1, 1]], [[1, -1], [1, -1]], [[1, 1], [-1, -1]], [[1, -1], [-1, 1]]]
).float()


# --- the authors' networks, written down again from the papers ---------------------------------


def _shapes(family: str, high: int) -> dict[str, tuple[int, ...]]:
    """Weights of a block with n high channels, biases aside, by the author's names."""
    if family == "irn":
        return {
            f"{function}.conv{i + 1}": (outputs if i == 4 else 32, inputs + 32 * i, 3, 3)
            for function, inputs, outputs in (("F", high, 3), ("G", 3, high), ("H", 3, high))
            for i in range(5)
        }
    half = high // 2
    shapes: dict[str, tuple[int, ...]] = {"reduce_conv.0": (half, high, 1, 1)}
    for function, width, distilled, outputs in (
        ("F", half, half // 2, 3),
        ("G", 9, 9, high),
        ("H", 9, 9, high),
    ):
        if function != "F":
            shapes[f"{function}.expandconv"] = (9, 3, 3, 3)
        for i in (1, 2, 3):
            shapes[f"{function}.c{i}_d"] = (distilled, width, 1, 1)
            shapes[f"{function}.c{i}_r"] = (width, width, 3, 3)
        shapes[f"{function}.c4"] = (distilled, width, 3, 3)
        shapes[f"{function}.c5"] = (outputs, 4 * distilled, 1, 1)
        shapes[f"{function}.PA.conv"] = (outputs, outputs, 1, 1)
    return shapes


def _checkpoint(family: str, scale: int) -> State:
    generator = torch.Generator().manual_seed(3)
    state: State = {}
    for level in range(scale.bit_length() - 1):
        first = 9 * level
        channels = 3 * 4**level
        state[f"operations.{first}.haar_weights"] = HAAR[:, None].repeat(channels, 1, 1, 1)
        for block in range(first + 1, first + 9):
            for name, shape in _shapes(family, 4 * channels - 3).items():
                std = 0.5 / (shape[1] * shape[2] * shape[3]) ** 0.5
                key = f"operations.{block}.{name}"
                state[f"{key}.weight"] = torch.randn(shape, generator=generator) * std
                state[f"{key}.bias"] = torch.randn(shape[0], generator=generator) * 0.1
    return state


def _downscale(family: str, state: State, x: Tensor) -> Tensor:
    """Run the author's network forward: LR image and z together."""
    for name in state:
        if name.endswith("haar_weights"):
            first = int(name.split(".")[1])
            batch, channels, height, width = x.shape
            bands = functional.conv2d(x, state[name], stride=2, groups=channels) / 4
            bands = bands.reshape(batch, channels, 4, height // 2, width // 2)
            x = bands.transpose(1, 2).reshape(batch, 4 * channels, height // 2, width // 2)
            for block in range(first + 1, first + 9):
                x = _block(family, state, f"operations.{block}.", x)
    return x


def _block(family: str, state: State, prefix: str, x: Tensor) -> Tensor:
    def conv(name: str, y: Tensor) -> Tensor:
        weight = state[f"{prefix}{name}.weight"]
        bias = state[f"{prefix}{name}.bias"]
        return functional.conv2d(y, weight, bias, padding=weight.shape[-1] // 2)

    def relu(y: Tensor) -> Tensor:
        return functional.leaky_relu(y, 0.2)

    def dense(name: str, y: Tensor) -> Tensor:
        for i in range(1, 5):
            y = torch.cat((y, relu(conv(f"{name}.conv{i}", y))), 1)
        return conv(f"{name}.conv5", y)

    def padb(name: str, y: Tensor) -> Tensor:
        y = relu(conv("reduce_conv.0" if name == "F" else f"{name}.expandconv", y))
        distilled = []
        for i in (1, 2, 3):
            distilled.append(relu(conv(f"{name}.c{i}_d", y)))
            y = relu(conv(f"{name}.c{i}_r", y) + y)
        distilled.append(relu(conv(f"{name}.c4", y)))
        joined = conv(f"{name}.c5", torch.cat(distilled, 1))
        return joined * torch.sigmoid(conv(f"{name}.PA.conv", joined))

    subnet: Callable[[str, Tensor], Tensor] = {"irn": dense, "firn": padb}[family]
    low, high = x[:, :3], x[:, 3:]
    low = low + subnet("F", high)
    scale = 2 * torch.sigmoid(subnet("H", low)) - 1
    return torch.cat((low, high * torch.exp(scale) + subnet("G", low)), 1)


# --- import ------------------------------------------------------------------------------------


@pytest.fixture
def save(tmp_path: Path) -> Callable[[Any], Path]:
    def write(content: Any) -> Path:
        path = tmp_path / "published.pth"
        torch.save(content, path)
        return path

    return write


@pytest.mark.parametrize(("family", "scale"), [("irn", 2), ("irn", 4), ("firn", 2), ("firn", 4)])
def test_imported_network_computes_what_the_authors_does(
    family: str, scale: int, save: Callable[[Any], Path]
) -> None:
    state = _checkpoint(family, scale)
    weights = import_checkpoint(save(state), family, scale=scale)
    assert import_checkpoint(save(state), family).digest == weights.digest
    network = weights.build()
    hr = torch.rand(1, 3, 3 * scale, 2 * scale, generator=torch.Generator().manual_seed(4))
    down = network(hr)
    expected = _downscale(family, state, hr)
    torch.testing.assert_close(down.lr, expected[:, :3], rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(down.z, expected[:, 3:], rtol=1e-4, atol=1e-4)
    assert weights.config.latent_std == 1
    fixed = sum(t.numel() for name, t in state.items() if "haar" in name)
    assert fixed == {2: 48, 4: 240}[scale]
    assert parameter_count(network) == sum(t.numel() for t in state.values()) - fixed


def test_imported_weights_are_ordinary_weights(save: Callable[[Any], Path], tmp_path: Path) -> None:
    weights = import_checkpoint(save(_checkpoint("firn", 2)), "firn", scale=2)
    write_weights(weights, tmp_path / "firn-x2.safetensors")
    again = read_weights(tmp_path / "firn-x2.safetensors")
    assert again.digest == weights.digest
    assert again.metadata == {"source": "published.pth"}


# --- files that are wrong ----------------------------------------------------------------------


def _error(path: Path, family: str = "firn", scale: int | None = 2) -> str:
    with pytest.raises(WeightsError) as caught:
        import_checkpoint(path, family, scale=scale)
    message = str(caught.value)
    assert "\n" not in message
    assert str(path) in message
    return message


def test_missing_tensors(save: Callable[[Any], Path]) -> None:
    state = _checkpoint("firn", 2)
    del state["operations.3.F.c4.bias"], state["operations.3.F.c4.weight"]
    message = _error(save(state))
    assert "no FIRN x2 checkpoint: missing: operations.3.F.c4.bias and 1 more" in message


def test_unknown_tensors(save: Callable[[Any], Path]) -> None:
    state = {**_checkpoint("firn", 2), "operations.99.x": torch.zeros(1)}
    assert _error(save(state)).endswith("unknown: operations.99.x")


def test_wrong_shape(save: Callable[[Any], Path]) -> None:
    state = {**_checkpoint("firn", 2), "operations.1.G.c4.bias": torch.zeros(3)}
    assert _error(save(state)).endswith("operations.1.G.c4.bias has shape (3,), expected (9,)")


@pytest.mark.parametrize(("family", "scale"), [("irn", 2), ("firn", 4)])
def test_another_family_or_scale(family: str, scale: int, save: Callable[[Any], Path]) -> None:
    path = save(_checkpoint("firn", 2))
    assert f"no {family.upper()} x{scale} checkpoint" in _error(path, family, scale)


def test_scales_that_contradict_the_haar_transforms(save: Callable[[Any], Path]) -> None:
    path = save(_checkpoint("firn", 2))
    assert _error(path, scale=4).endswith("its Haar transforms make x2; give that scale, or none")
    path = save({f"operations.{i}.haar_weights": torch.zeros(1) for i in range(4)})
    assert "4 tensors operations.N.haar_weights; expected 1 to 3" in _error(path, scale=None)
    path = save({"a": torch.zeros(1)})
    assert "0 tensors operations.N.haar_weights; expected 1 to 3" in _error(path, scale=None)


def test_files_that_are_too_large(
    save: Callable[[Any], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(published, "MAX_CHECKPOINT_BYTES", 1000)
    assert "over 1,000 bytes" in _error(save({"a": torch.zeros(999)}))


def test_other_haar_filters(save: Callable[[Any], Path]) -> None:
    state = _checkpoint("firn", 2)
    state["operations.0.haar_weights"] = state["operations.0.haar_weights"].flip(0)
    assert "other filters than the Haar transform's" in _error(save(state))
    del state["operations.0.haar_weights"]
    assert "operations.0.haar_weights is missing" in _error(save(state))


def test_values_and_types_that_are_no_weights(save: Callable[[Any], Path]) -> None:
    name = "operations.1.G.c4.bias"
    state = _checkpoint("firn", 2)
    assert f"{name} is torch.float64" in _error(save({**state, name: state[name].double()}))
    broken = torch.full_like(state[name], float("nan"))
    assert f"{name} holds values that are not finite" in _error(save({**state, name: broken}))


def test_tensors_that_are_not_what_they_seem(save: Callable[[Any], Path]) -> None:
    name = "operations.1.G.c4.bias"
    state = _checkpoint("firn", 2)
    huge = torch.zeros(1).expand(2 * 10**10)
    assert f"{name} has shape (20000000000,)" in _error(save({**state, name: huge}))
    sparse = state[name].to_sparse()
    assert f"{name} is torch.sparse_coo" in _error(save({**state, name: sparse}))


def test_shared_and_trainable_tensors_become_ordinary_ones(
    save: Callable[[Any], Path], tmp_path: Path
) -> None:
    state = _checkpoint("firn", 2)
    state["operations.2.G.c4.bias"] = state["operations.1.G.c4.bias"]
    state["operations.3.G.c4.bias"] = nn.Parameter(state["operations.3.G.c4.bias"])
    weights = import_checkpoint(save(state), "firn", scale=2)
    write_weights(weights, tmp_path / "x.safetensors")
    assert read_weights(tmp_path / "x.safetensors").digest == weights.digest


def test_archives_that_unpack_to_too_much(
    save: Callable[[Any], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = save({"a": torch.zeros(100_000)})
    with zipfile.ZipFile(path) as archive:
        members = {info.filename: archive.read(info) for info in archive.infolist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, data in members.items():
            archive.writestr(member, data)
    monkeypatch.setattr(published, "MAX_CHECKPOINT_BYTES", 300_000)
    assert path.stat().st_size < 300_000
    assert "unpacks to more than 300,000 bytes" in _error(path)


@pytest.mark.parametrize("content", [[1, 2], {"params": {}}, {1: torch.zeros(1)}, torch.zeros(2)])
def test_other_contents(content: Any, save: Callable[[Any], Path]) -> None:
    assert "not a state dictionary" in _error(save(content))


def test_code_in_a_pickle_is_not_run(save: Callable[[Any], Path]) -> None:
    assert "not a PyTorch checkpoint" in _error(save({"a": Path("x")}))


def test_damaged_and_missing_files(tmp_path: Path, save: Callable[[Any], Path]) -> None:
    path = save(_checkpoint("firn", 2))
    data = path.read_bytes()
    for content in (b"", b"text", data[:100], data[: len(data) // 2]):
        path.write_bytes(content)
        assert "not a PyTorch checkpoint" in _error(path)
    assert "No such file" in _error(tmp_path / "absent.pth")
    _error(tmp_path)


def test_wrong_arguments(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="unknown family 'dlv'; known are firn, irn"):
        import_checkpoint(tmp_path / "x.pth", "dlv", scale=2)
    with pytest.raises(ValueError, match="scale is 3"):
        import_checkpoint(tmp_path / "x.pth", "irn", scale=3)


# --- the oracle --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("folder", "psnr_y", "ssim_y"),
    [
        ("Set5", 33.57, 0.9189),
        pytest.param("Set14", 30.03, 0.8452, marks=pytest.mark.slow),
    ],
)
def test_firn_reproduces_its_published_quality(
    shared: Path, folder: str, psnr_y: float, ssim_y: float
) -> None:
    weights = import_checkpoint(shared / "anchors/FIRN.pth", "firn", scale=4)
    assert sum(t.numel() for t in weights.tensors.values()) == 320_640
    codec = Codec(LoadedModel("firn-x4", weights), device="cpu")
    result = measure_folder(codec, shared / "data/eval" / folder)
    assert result.mean("psnr_y") == pytest.approx(psnr_y, abs=0.05)
    assert result.mean("ssim_y") == pytest.approx(ssim_y, abs=0.003)
