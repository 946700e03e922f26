from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from rescodec.bench.quality import quality
from rescodec.bench.rate import BORDER, QUALITIES, model_rates, rival_rates, rival_ways, settings_of
from rescodec.bench.rivals import RIVALS, thumbnail_bytes
from rescodec.codec import Codec
from rescodec.networks import NetworkConfig

Image = npt.NDArray[np.uint8]


def test_a_model_with_a_plane_has_a_file_for_each_carrier(
    codec: Codec, picture: Callable[..., Image]
) -> None:
    hr = picture(48, 64)
    alpha, chunk = model_rates(codec, hr)
    assert [alpha["carrier"], chunk["carrier"]] == ["alpha", "chunk"]
    assert alpha["psnr_y"] == chunk["psnr_y"]
    assert alpha["bytes"] != chunk["bytes"]
    assert chunk["bpp"] == pytest.approx(8 * chunk["bytes"] / (48 * 64), abs=1e-4)
    assert chunk["setting"] is None
    expected = quality(hr, codec.decode(codec.encode(hr)), BORDER)
    assert {name: chunk[name] for name in expected} == expected
    assert chunk["lr_psnr"] > 10


def test_a_dial_is_turned(
    codec_of: Callable[..., Codec], dial_config: NetworkConfig, picture: Callable[..., Image]
) -> None:
    codec = codec_of(dial_config)
    records = list(model_rates(codec, picture(48, 64)))
    assert [record["setting"] for record in records] == list(QUALITIES) == list(settings_of(codec))
    assert records[0]["bytes"] < records[-1]["bytes"]
    assert (records[0]["psnr_y"] or 0) < (records[-1]["psnr_y"] or 0)


@pytest.mark.parametrize("name", ["JPEG", "AVIF"])
def test_a_rival_and_what_it_is_inside_of(name: str, picture: Callable[..., Image]) -> None:
    rival, hr = RIVALS[name], picture(48, 64)
    records = list(rival_rates(rival, hr))
    assert {record["way"] for record in records} == set(rival_ways(rival))
    first = [record for record in records if record["setting"] == rival.settings[0]]
    alone = first[0]
    assert alone["bytes"] == len(rival.encode(hr, rival.settings[0]))
    for record, scale in zip(first[1:], (2, 4), strict=False):
        assert record["way"] == f"bicubic x{scale} + {name}"
        assert record["bytes"] == alone["bytes"] + thumbnail_bytes(hr, scale)
        assert record["psnr_y"] == alone["psnr_y"]
