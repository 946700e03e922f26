"""Tensors that processes share: one block of memory for all."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

# In bytes, as that of torch's own allocator.
ALIGNMENT = 64


def share_tensors(tensors: Iterable[Tensor]) -> None:
    """Move tensors on the CPU into one block of shared memory, in place.

    torch shares them anyway when they are sent to a process, but each with a file descriptor of
    its own, of which a process cannot be given more than about 250. The block takes one.

    Args:
        tensors: Such as the parameters and buffers of a network. Shapes and strides stay, and
            those that are parts of the same memory, and no others, stay so.
    """
    tensors = list(tensors)
    storages = {tensor.untyped_storage().data_ptr(): tensor.untyped_storage() for tensor in tensors}
    starts: dict[int, int] = {}
    size = 0
    for pointer, storage in storages.items():
        starts[pointer] = size
        size += -(-storage.nbytes() // ALIGNMENT) * ALIGNMENT
    block = torch.empty(size, dtype=torch.uint8)
    block.share_memory_()  # type: ignore[no-untyped-call]
    for pointer, storage in storages.items():
        content = torch.empty(0, dtype=torch.uint8).set_(storage)
        block[starts[pointer] : starts[pointer] + storage.nbytes()].copy_(content)
    for tensor in tensors:
        start = starts[tensor.untyped_storage().data_ptr()] // tensor.element_size()
        tensor.data = torch.empty(0, dtype=tensor.dtype).set_(
            block.untyped_storage(), start + tensor.storage_offset(), tensor.size(), tensor.stride()
        )
