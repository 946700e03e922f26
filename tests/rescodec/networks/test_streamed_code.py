from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from rescodec.networks import NetworkConfig
from rescodec.networks.latent_code import (
    CODE_FACTOR,
    CODE_RADIUS,
    LatentAutoencoder,
    code_size,
    pad_to_code,
)
from rescodec.networks.streamed_code import StreamedEncoder, decoded_rows

kinds = pytest.mark.parametrize(
    ("resampling", "layers"), [("pool", 4), ("pool", 2), ("shuffle", 4), ("shuffle", 2)]
)
cuts = st.lists(st.integers(0, 75), max_size=6).map(sorted)


def autoencoder_of(
    resampling: str, layers: int, randomise: Callable[[nn.Module], None]
) -> LatentAutoencoder:
    config = NetworkConfig(
        scale=2,
        blocks=(1,),
        widths=(4,),
        code_channels=3,
        code_width=4,
        code_layers=layers,
        code_resampling=resampling,
    )
    autoencoder = LatentAutoencoder(config).double().requires_grad_(False)
    randomise(autoencoder)
    return autoencoder


@kinds
@settings(max_examples=15)
@given(cuts=cuts, height=st.integers(1, 75), width=st.integers(1, 40), side=st.integers(1, 50))
def test_strips_change_no_code(
    resampling: str,
    layers: int,
    randomise: Callable[[nn.Module], None],
    cuts: list[int],
    height: int,
    width: int,
    side: int,
) -> None:
    autoencoder = autoencoder_of(resampling, layers, randomise)
    z = torch.randn(
        *(1, autoencoder.latent_channels, height, width),
        generator=torch.Generator().manual_seed(0),
        dtype=torch.float64,
    )
    before = z.clone()
    encoder = StreamedEncoder(autoencoder, side=side)
    parts = []
    bounds = [0, *(min(cut, height) for cut in cuts), height]
    for index, (a, b) in enumerate(pairwise(bounds)):
        parts.append(encoder.push(z[:, :, a:b], last=index == len(cuts)))
        assert encoder.held_rows < CODE_FACTOR * (2 * CODE_RADIUS + 1) + bounds[1]
    code = torch.cat(parts, dim=2)
    assert torch.equal(z, before)
    expected = autoencoder.encode(pad_to_code(z))
    torch.testing.assert_close(code, expected, rtol=0, atol=1e-12)


@kinds
@settings(max_examples=15)
@given(
    rows=st.tuples(st.integers(0, 60), st.integers(0, 60)).map(sorted),
    width=st.integers(1, 9),
    side=st.integers(1, 50),
)
def test_any_rows_of_z(
    resampling: str,
    layers: int,
    randomise: Callable[[nn.Module], None],
    rows: list[int],
    width: int,
    side: int,
) -> None:
    autoencoder = autoencoder_of(resampling, layers, randomise)
    code = torch.rand(
        *(1, 3, code_size((60, 1))[0], width),
        generator=torch.Generator().manual_seed(0),
        dtype=torch.float64,
    )
    start, stop = rows
    part = decoded_rows(autoencoder, code, (start, stop), side=side)
    expected = autoencoder.decode(code)[:, :, start:stop]
    torch.testing.assert_close(part, expected, rtol=0, atol=1e-12)
