"""Many tensors in one block: the same values, and one descriptor for a process."""

from __future__ import annotations

import functools

import torch
from torch import nn

from rescodec.batch.pool import Pool
from rescodec.batch.shared_tensors import share_tensors
from tests.rescodec.batch import pool_workers


def test_values_and_strides_stay() -> None:
    base = torch.arange(24.0)
    tensors = [
        torch.rand(2, 3, 4, 5).to(memory_format=torch.channels_last),
        torch.rand(3).half(),
        torch.tensor(7),
        torch.empty(0),
        torch.rand(3, 4).T,
        *(base[4:12], base[8:]),
        nn.Parameter(torch.rand(3)),
    ]
    before = [tensor.detach().clone(memory_format=torch.preserve_format) for tensor in tensors]
    strides = [tensor.stride() for tensor in tensors]
    share_tensors(tensors)
    for tensor, old, stride in zip(tensors, before, strides, strict=True):
        assert (tensor.dtype, tensor.shape, tensor.stride()) == (old.dtype, old.shape, stride)
        assert torch.equal(tensor.detach(), old)
    assert len({tensor.untyped_storage().data_ptr() for tensor in tensors}) == 1
    assert all(tensor.is_shared() for tensor in tensors)
    assert tensors[-1].requires_grad
    # What was one piece of memory is so still, and nothing else is.
    tensors[5].fill_(99)
    assert tensors[6].tolist() == [99] * 4 + list(range(12, 24))
    for tensor, old in zip(tensors[:5], before, strict=False):
        assert torch.equal(tensor, old)


def test_nothing_to_share() -> None:
    share_tensors([])


def test_a_network_computes_the_same() -> None:
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Conv2d(4, 3, 3)).eval()
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    image = torch.rand(1, 3, 9, 9)
    with torch.no_grad():
        before = network(image)
        share_tensors([*network.parameters(), *network.buffers()])
        assert torch.equal(network(image), before)


def test_more_tensors_than_a_process_can_be_given_descriptors() -> None:
    tensors = [torch.zeros(2) for _ in range(600)]
    share_tensors(tensors)
    worker = functools.partial(pool_workers.filler, tensors)
    with Pool(worker, 2, pool_workers.died) as pool:
        assert sorted(pool.run(range(0, 600, 50))) == list(range(0, 600, 50))
    assert [int(tensor.sum()) for tensor in tensors[::50]] == [2 * n + 2 for n in range(0, 600, 50)]
