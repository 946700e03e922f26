from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable

import pytest
import torch

from rescodec.codec import Codec
from rescodec.evaluate import FolderResult, ImageResult, report, table_heading, table_row
from rescodec.networks import NetworkConfig

FIRST = ImageResult(
    name="a.png",
    hr_size=(500, 1000),
    psnr_y=40.125,
    ssim_y=0.98765,
    psnr_rgb=38.5,
    lr_psnr=45.0,
    bpp={"alpha": 4.0, "chunk": 3.5},
    encode_seconds=0.25,
    decode_seconds=0.5,
)
RESULT = FolderResult("Set5", [FIRST, dataclasses.replace(FIRST, name="b.png", psnr_y=41.0)])


def test_table_lines_up() -> None:
    heading, row = table_heading(("alpha", "chunk")), table_row(RESULT)
    assert len(heading) == len(row)
    assert row.split() == [
        *("Set5", "2", "40.56", "0.9877", "38.50", "45.00"),
        *("4.000", "3.500", "0.500", "1.000"),
    ]
    assert "bpp none" in table_heading(("none",))


def test_report_is_complete_and_not_rounded(
    tiny_config: NetworkConfig, codec_of: Callable[..., Codec]
) -> None:
    codec = codec_of(tiny_config)
    values = json.loads(json.dumps(report(codec, [RESULT]), allow_nan=False))
    assert values["format"] == "rescodec-evaluation-1"
    assert values["model"]["id"] == codec.id
    assert values["model"]["weights_sha256"] == codec.weights_sha256
    assert NetworkConfig.from_dict(values["model"]["config"]) == tiny_config
    assert values["device"]["type"] == "cpu"
    assert values["versions"]["torch"] == torch.__version__
    (folder,) = values["folders"]
    assert folder["name"] == "Set5"
    assert folder["images"][0] == json.loads(json.dumps(dataclasses.asdict(FIRST)))
    assert folder["means"] == {
        "psnr_y": 40.5625,
        "ssim_y": pytest.approx(0.98765),
        "psnr_rgb": 38.5,
        "lr_psnr": 45.0,
        "bpp": {"alpha": 4.0, "chunk": 3.5},
        "encode_seconds_per_megapixel": 0.5,
        "decode_seconds_per_megapixel": 1.0,
    }


def test_infinite_psnr_is_null_in_json(
    tiny_config: NetworkConfig, codec_of: Callable[..., Codec]
) -> None:
    equal = FolderResult("equal", [dataclasses.replace(FIRST, lr_psnr=math.inf)])
    folder = report(codec_of(tiny_config), [equal])["folders"][0]
    assert folder["images"][0]["lr_psnr"] is None
    assert folder["means"]["lr_psnr"] is None
    assert "inf" in table_row(equal)
