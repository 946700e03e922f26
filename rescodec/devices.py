"""Which device computes, and in which precision."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from rescodec.memory import free_memory


def choose_device(name: str) -> torch.device:
    """Return the device of a name.

    Args:
        name: ``auto`` (CUDA if there is one, else Apple's MPS, else the CPU) or what
            torch knows: ``cpu``, ``cuda``, ``cuda:1``, ``mps``.

    Raises:
        ValueError: The device is unknown or not available here.
    """
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise ValueError(f"unknown device {name!r}; use auto, cpu, cuda or mps") from error
    available = {
        "cpu": True,
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
    }
    beyond = device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count()
    if beyond or not available.get(device.type, False):
        raise ValueError(f"device {name!r} is not available on this machine; use auto or cpu")
    return device


def free_bytes(device: torch.device) -> int:
    """Return how much memory is free where the device computes."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    return free_memory()


def to_device(tensor: Tensor, device: torch.device) -> Tensor:
    """Return a tensor in memory of the CPU on a device.

    CUDA reads pinned memory by itself, at its full rate, while this thread goes on.
    """
    if device.type == "cuda":
        return tensor.pin_memory().to(device, non_blocking=True)
    return tensor.to(device)


def to_cpu(tensor: Tensor) -> Tensor:
    """Return a tensor in memory of the CPU, once it has been computed."""
    if tensor.device.type != "cuda":
        return tensor.cpu()
    pinned = torch.empty_like(tensor, device="cpu", pin_memory=True)
    pinned.copy_(tensor, non_blocking=True)
    torch.cuda.current_stream(tensor.device).synchronize()
    return pinned


def supports_bf16(device: torch.device) -> bool:
    """Tell whether the hardware multiplies bfloat16 faster than float32."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    if device.type == "cpu":
        return bool(torch.cpu.get_capabilities().get("avx512_bf16", False))
    return False


@contextmanager
def full_float32(device: torch.device) -> Iterator[None]:
    """Multiply float32 as float32 for a while.

    CUDA convolutions round their inputs to TF32's 10 bits by default, which moves restored
    pixels by more than the one level that devices may differ by.
    """
    if device.type != "cuda":
        yield
        return
    with torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
        yield
