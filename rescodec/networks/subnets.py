"""The functions inside coupling blocks: any network from n to m channels.

A subnet need not be invertible: a coupling block only ever evaluates it on the
half of the channels that it leaves unchanged.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional

NEGATIVE_SLOPE = 0.2
DENSE_DEPTH = 5
DENSE_INIT_SCALE = 0.1
PADB_STEPS = 3

# How far from an output position a subnet looks, in positions: its stacked 3x3
# convolutions. FIRN's expands first in one direction: 1 + 3 + 1.
SUBNET_RADIUS = {
    "plain": 3,
    "separable": 3,
    "separable-first": 3,
    "dense": DENSE_DEPTH,
    "padb": PADB_STEPS + 2,
}


def conv3x3(channels_in: int, channels_out: int) -> nn.Conv2d:
    """Return a 3x3 convolution that keeps height and width."""
    return nn.Conv2d(channels_in, channels_out, 3, padding=1)


def separable3x3(channels_in: int, channels_out: int) -> nn.Sequential:
    """Return a depthwise 3x3 convolution and a 1x1 convolution after it."""
    depthwise = nn.Conv2d(channels_in, channels_in, 3, padding=1, groups=channels_in)
    return nn.Sequential(depthwise, nn.Conv2d(channels_in, channels_out, 1))


def activate(x: Tensor) -> Tensor:
    """Apply the LeakyReLU that all published members of the family use."""
    return functional.leaky_relu(x, NEGATIVE_SLOPE, inplace=True)


class PlainSubnet(nn.Module):
    """Three 3x3 convolutions with LeakyReLU between; rescodec's own default.

    The last convolution starts at zero, so a new coupling block is the identity.

    Args:
        channels_in: Channels of the input.
        channels_out: Channels of the output.
        width: Hidden channels.
        separable: How many of the convolutions, from the first, are separable: 3x3 on each
            channel alone and then 1x1 (MobileNets, arXiv 1704.04861, section 3.1).
    """

    def __init__(
        self, channels_in: int, channels_out: int, width: int, *, separable: int = 0
    ) -> None:
        super().__init__()
        kinds = [separable3x3] * separable + [conv3x3] * (3 - separable)
        self.first = kinds[0](channels_in, width)
        self.middle = kinds[1](width, width)
        self.last = kinds[2](width, channels_out)
        for conv in (*_convolutions(self.first), *_convolutions(self.middle)):
            _start(conv, partial(nn.init.kaiming_normal_, a=NEGATIVE_SLOPE))
        _zero(_convolutions(self.last)[-1])

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, channels_in, h, w) to (B, channels_out, h, w)."""
        return _call(self.last, activate(self.middle(activate(self.first(x)))))


class DenseSubnet(nn.Module):
    """IRN's dense block: five 3x3 convolutions, each on all earlier features.

    Source: arXiv 2005.05650, section 3.2. The first four start with Xavier
    weights scaled by 0.1, the last one at zero.

    Args:
        channels_in: Channels of the input.
        channels_out: Channels of the output.
        growth: Channels that each of the first four convolutions adds.
    """

    def __init__(self, channels_in: int, channels_out: int, growth: int) -> None:
        super().__init__()
        grown = [channels_in + i * growth for i in range(DENSE_DEPTH)]
        self.convs = nn.ModuleList(conv3x3(n, growth) for n in grown[:-1])
        self.last = conv3x3(grown[-1], channels_out)
        for conv in self.convs:
            if isinstance(conv, nn.Conv2d):
                _start(conv, partial(nn.init.xavier_normal_, gain=DENSE_INIT_SCALE))
        _zero(self.last)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, channels_in, h, w) to (B, channels_out, h, w)."""
        features = x
        for conv in self.convs:
            features = torch.cat((features, activate(conv(features))), dim=1)
        return _call(self.last, features)


class PadbSubnet(nn.Module):
    """FIRN's pixel-attention distillation block (PADB).

    Three times, a 1x1 convolution distils features and a residual 3x3 convolution
    refines them; what was distilled is joined and weighted by pixel attention.
    Source: Lee, "FIRN: Fast Invertible Rescaling Net", section 3.

    Args:
        channels_in: Channels of the input.
        channels_out: Channels of the output.
        factor: Distilled channels per input channel; above 1 the input is first
            expanded to the distilled width.
    """

    def __init__(self, channels_in: int, channels_out: int, factor: float) -> None:
        super().__init__()
        distilled = int(channels_in * factor)
        width = distilled if factor > 1 else channels_in
        self.expand = conv3x3(channels_in, distilled) if factor > 1 else None
        self.distil = nn.ModuleList(nn.Conv2d(width, distilled, 1) for _ in range(PADB_STEPS))
        self.refine = nn.ModuleList(conv3x3(width, width) for _ in range(PADB_STEPS))
        self.finish = conv3x3(width, distilled)
        self.join = nn.Conv2d((PADB_STEPS + 1) * distilled, channels_out, 1)
        self.attention = nn.Conv2d(channels_out, channels_out, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, channels_in, h, w) to (B, channels_out, h, w)."""
        features = x if self.expand is None else activate(self.expand(x))
        distilled = []
        for distil, refine in zip(self.distil, self.refine, strict=True):
            distilled.append(activate(distil(features)))
            features = activate(refine(features) + features)
        distilled.append(activate(self.finish(features)))
        joined: Tensor = self.join(torch.cat(distilled, dim=1))
        return joined * torch.sigmoid(_call(self.attention, joined))


class ReducedPadbSubnet(nn.Module):
    """FIRN's high-to-low function: halve the channels, then a PADB.

    Args:
        channels_in: Channels of the input (the high branch).
        channels_out: Channels of the output (the low branch).
    """

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        self.reduce = nn.Conv2d(channels_in, channels_in // 2, 1)
        self.padb = PadbSubnet(channels_in // 2, channels_out, factor=0.5)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, channels_in, h, w) to (B, channels_out, h, w)."""
        return _call(self.padb, activate(self.reduce(x)))


SubnetFactory = Callable[[int, int], nn.Module]

# How many of the three convolutions are separable.
_SEPARABLE = {"plain": 0, "separable-first": 1, "separable": 3}


def subnet_factories(name: str, width: int) -> tuple[SubnetFactory, SubnetFactory]:
    """Return what builds a block's high-to-low and low-to-high subnets.

    Args:
        name: ``plain``, ``separable``, ``separable-first``, ``dense`` or ``padb``.
        width: Hidden channels of ``plain`` and of those like it, growth of ``dense``.

    Returns:
        Two functions of (channels_in, channels_out).

    Raises:
        ValueError: The name is unknown.
    """
    if name in _SEPARABLE:
        return (lambda i, o: PlainSubnet(i, o, width, separable=_SEPARABLE[name]),) * 2
    if name == "dense":
        return (lambda i, o: DenseSubnet(i, o, width),) * 2
    if name == "padb":
        return ReducedPadbSubnet, lambda i, o: PadbSubnet(i, o, factor=3.0)
    raise ValueError(f"unknown subnet {name!r}")


def _convolutions(module: nn.Module) -> list[nn.Conv2d]:
    return [part for part in module.modules() if isinstance(part, nn.Conv2d)]


def _bias(conv: nn.Conv2d) -> Tensor:
    if conv.bias is None:
        raise TypeError("convolutions of subnets have a bias")
    return conv.bias


def _start(conv: nn.Conv2d, draw: Callable[[Tensor], Tensor]) -> None:
    # On the meta device there is nothing to draw, and asking for it imports half of torch.
    if not conv.weight.is_meta:
        draw(conv.weight)
    nn.init.zeros_(_bias(conv))


def _zero(conv: nn.Conv2d) -> None:
    nn.init.zeros_(conv.weight)
    nn.init.zeros_(_bias(conv))


def _call(module: nn.Module, x: Tensor) -> Tensor:
    y: Tensor = module(x)
    return y
