"""One table of invertible layers, each tested for the same properties."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import pytest
import torch
from torch import Tensor, nn

from rescodec.networks import (
    ChannelMixing,
    CouplingBlock,
    HaarTransform,
    NetworkConfig,
    PlaneSplit,
    PlaneSquash,
    Rescaler,
)
from rescodec.networks.subnets import subnet_factories


class Case(NamedTuple):
    """A layer and the shapes of its inputs."""

    make: Callable[[], nn.Module]
    shapes: Sequence[tuple[int, ...]]


def _coupling(
    subnet: str, *, joint: bool, low: int = 3, high: int = 9, mixed: bool = False
) -> Case:
    def make() -> nn.Module:
        return CouplingBlock(low, high, *subnet_factories(subnet, 8), joint=joint, mixed=mixed)

    return Case(make, [(2, low, 5, 7), (2, high, 5, 7)])


def _rescaler(scale: int, height: int, width: int, batch: int = 1, **settings: object) -> Case:
    levels = scale.bit_length() - 1
    config = NetworkConfig.from_dict(
        {"scale": scale, "blocks": [2] * levels, "widths": [6] * levels, **settings}
    )
    return Case(lambda: Rescaler(config), [(batch, 3, height, width)])


SEPARATE = {"coupling": "separate", "input_offset": 0.0}
ALPHA = {"planes": 1, "plane_gain": 4.0, "plane_bias": 0.5, "plane_floor": 0.5}

LAYERS = {
    "haar": Case(HaarTransform, [(2, 3, 6, 10)]),
    "haar-orthonormal": Case(lambda: HaarTransform(factor=0.5), [(1, 12, 2, 6)]),
    "plane-split": Case(PlaneSplit, [(2, 3, 3, 5), (2, 9, 3, 5)]),
    "plane-split-gain": Case(lambda: PlaneSplit(4.0), [(1, 3, 1, 1), (1, 9, 1, 1)]),
    "plane-split-first": Case(
        lambda: PlaneSplit(4.0, averaged=False), [(1, 3, 1, 1), (1, 9, 1, 1)]
    ),
    "plane-squash": Case(PlaneSquash, [(2, 1, 3, 5)]),
    "plane-squash-opaque": Case(lambda: PlaneSquash(0.5, 1.5), [(2, 1, 3, 5)]),
    "coupling-plain-joint": _coupling("plain", joint=True),
    "coupling-plain-separate": _coupling("plain", joint=False),
    "coupling-dense-joint": _coupling("dense", joint=True),
    "coupling-dense-separate": _coupling("dense", joint=False),
    "coupling-padb-joint": _coupling("padb", joint=True),
    "coupling-padb-separate": _coupling("padb", joint=False),
    "coupling-separable": _coupling("separable", joint=True),
    "coupling-mixed": _coupling("plain", joint=True, mixed=True),
    "channel-mixing": Case(lambda: ChannelMixing(9), [(2, 9, 5, 7)]),
    "coupling-with-plane": _coupling("plain", joint=True, low=4, high=44),
    "irn-x2": _rescaler(2, 6, 10, batch=2, subnet="dense", **SEPARATE),
    "irn-x4": _rescaler(4, 12, 20, subnet="dense", **SEPARATE),
    "irn-x8": _rescaler(8, 8, 24, subnet="dense", **SEPARATE),
    "irn-a-x2": _rescaler(2, 2, 2, subnet="dense", planes=1, **SEPARATE),
    "irn-a-x4": _rescaler(4, 4, 12, subnet="dense", planes=1, **SEPARATE),
    "firn-x2": _rescaler(2, 14, 2, subnet="padb", **SEPARATE),
    "firn-x4": _rescaler(4, 12, 4, subnet="padb", **SEPARATE),
    "plain-x2": _rescaler(2, 10, 6, haar_factor=0.5),
    "plain-x4": _rescaler(4, 20, 12),
    "alpha-x2": _rescaler(2, 10, 6, batch=3, **ALPHA),
    "alpha-x4": _rescaler(4, 4, 4, **ALPHA),
    "alpha-x4-mixed": _rescaler(4, 4, 4, **ALPHA, mixing=True),
    "alpha-x4-first": _rescaler(4, 8, 4, **ALPHA, plane_start="first"),
    "alpha-x4-after": _rescaler(4, 8, 4, **{**ALPHA, "plane_gain": 1.0, "plane_start": "after"}),
}

cases = pytest.mark.parametrize("case", LAYERS.values(), ids=LAYERS)


@pytest.fixture
def layer(case: Case, randomise: Callable[[nn.Module], None]) -> nn.Module:
    made = case.make().double()
    randomise(made)
    return made.eval().requires_grad_(False)


def _inputs(case: Case) -> list[Tensor]:
    generator = torch.Generator().manual_seed(2)
    return [torch.rand(shape, generator=generator, dtype=torch.float64) for shape in case.shapes]


def _tuple(outputs: Tensor | tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    return (outputs,) if isinstance(outputs, Tensor) else tuple(outputs)


@cases
def test_inverse_undoes_forward(case: Case, layer: nn.Module) -> None:
    inputs = _inputs(case)
    outputs = _tuple(layer(*inputs))
    restored = _tuple(layer.inverse(*outputs))  # type: ignore[operator]
    assert len(restored) == len(inputs)
    for x, y in zip(inputs, restored, strict=True):
        torch.testing.assert_close(y, x, rtol=0, atol=1e-9)


@cases
def test_forward_changes_its_input(case: Case, layer: nn.Module) -> None:
    # An identity would pass the test of the inverse.
    inputs = _inputs(case)
    outputs = _tuple(layer(*inputs))
    for x, y in zip(inputs, outputs, strict=False):
        assert x.shape != y.shape or (x - y).abs().max() > 1e-3


@cases
def test_no_input_is_mutated(case: Case, layer: nn.Module) -> None:
    inputs = _inputs(case)
    before = [x.clone() for x in inputs]
    outputs = _tuple(layer(*inputs))
    kept = [y.clone() for y in outputs]
    layer.inverse(*outputs)  # type: ignore[operator]
    for x, y in zip((*inputs, *outputs), (*before, *kept), strict=True):
        assert torch.equal(x, y)


@cases
def test_no_value_is_lost_or_made(case: Case, layer: nn.Module) -> None:
    inputs = _inputs(case)
    outputs = _tuple(layer(*inputs))
    assert sum(x.numel() for x in inputs) == sum(y.numel() for y in outputs)


@cases
def test_no_attribute_is_written(case: Case, layer: nn.Module) -> None:
    names = [sorted(vars(module)) for module in layer.modules()]
    state = {name: tensor.clone() for name, tensor in layer.state_dict().items()}
    layer.inverse(*_tuple(layer(*_inputs(case))))  # type: ignore[operator]
    assert [sorted(vars(module)) for module in layer.modules()] == names
    assert all(torch.equal(state[name], t) for name, t in layer.state_dict().items())


@cases
def test_constants_are_not_stored(case: Case, layer: nn.Module) -> None:
    assert set(layer.state_dict()) == {name for name, _ in layer.named_parameters()}
