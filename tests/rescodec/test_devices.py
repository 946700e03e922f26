from __future__ import annotations

import pytest
import torch

from rescodec import devices
from rescodec.devices import choose_device, free_bytes, full_float32, supports_bf16


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
