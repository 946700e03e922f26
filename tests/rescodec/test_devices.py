from __future__ import annotations

import pytest
import torch

from rescodec import devices
from rescodec.devices import (
    choose_device,
    free_bytes,
    full_float32,
    supports_bf16,
    to_cpu,
    to_device,
)


def test_auto_is_a_device_that_computes() -> None:
    device = choose_device("auto")
    assert torch.ones(2, device=device).sum().item() == 2


def test_cpu_is_always_there() -> None:
    assert choose_device("cpu") == torch.device("cpu")


@pytest.mark.parametrize("name", ["gpu", "", "cuda:x", "cpu cpu"])
def test_unknown_names(name: str) -> None:
    with pytest.raises(ValueError, match="unknown device"):
        choose_device(name)


@pytest.mark.parametrize("name", ["meta", "vulkan"])
def test_devices_that_cannot_compute_here(name: str) -> None:
    with pytest.raises(ValueError, match="not available"):
        choose_device(name)


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without CUDA")
def test_missing_cuda() -> None:
    with pytest.raises(ValueError, match="'cuda:1' is not available on this machine; use auto or"):
        choose_device("cuda:1")


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
def test_a_cuda_device_beyond_the_last_is_refused() -> None:
    with pytest.raises(ValueError, match="not available"):
        choose_device(f"cuda:{torch.cuda.device_count()}")


def test_bf16_support_is_a_bool() -> None:
    assert isinstance(supports_bf16(torch.device("cpu")), bool)
    assert supports_bf16(torch.device("mps")) is False


def test_full_float32_is_scoped() -> None:
    before = torch.backends.cudnn.allow_tf32
    with full_float32(torch.device("cuda")):
        assert not torch.backends.cudnn.allow_tf32
    assert torch.backends.cudnn.allow_tf32 == before


def test_memory_of_the_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "free_memory", lambda: 12)
    assert free_bytes(torch.device("cpu")) == 12


def test_there_and_back_on_the_cpu() -> None:
    tensor = torch.arange(5)
    assert torch.equal(to_cpu(to_device(tensor, torch.device("cpu"))), tensor)


class Pinned:
    """Stands for a tensor on its way to CUDA, and notes what is asked of it."""

    def __init__(self) -> None:
        self.calls: list[object] = []

    def pin_memory(self) -> Pinned:
        self.calls.append("pinned")
        return self

    def to(self, device: torch.device, *, non_blocking: bool) -> Pinned:
        self.calls += [device, non_blocking]
        return self


def test_cuda_reads_pinned_memory() -> None:
    tensor, cuda = Pinned(), torch.device("cuda")
    assert to_device(tensor, cuda) is tensor  # type: ignore[arg-type, comparison-overlap]
    assert tensor.calls == ["pinned", cuda, True]


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
def test_there_and_back_on_cuda() -> None:
    tensor = torch.rand(3, 1000, 1000)
    there = to_device(tensor, torch.device("cuda"))
    back = to_cpu(there * 2)
    assert back.is_pinned()
    assert torch.equal(back, tensor * 2)
