import io
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

import rescodec_formats as formats
from rescodec.bench.robust import CHANGES, robustness
from rescodec.codec import Codec
from rescodec.files import write_encoded
from rescodec.networks import NetworkConfig

Image = npt.NDArray[np.uint8]


@pytest.fixture(scope="module")
def codec(codec_of: Callable[..., Codec], tiny_config: NetworkConfig) -> Codec:
    return codec_of(tiny_config)


def file_of(codec: Codec, image: Image, carrier: formats.Carrier) -> bytes:
    file = io.BytesIO()
    write_encoded(file, codec.encode(image), codec, carrier=carrier)
    return file.getvalue()


def test_every_change_is_noticed(codec: Codec, picture: Callable[..., Image]) -> None:
    records = list(robustness(codec, picture(48, 64)))
    assert {record["carrier"] for record in records} == {"alpha", "chunk"}
    assert {record["change"] for record in records} == set(CHANGES)
    for record in records:
        assert record["detected"], record
        assert record["kind"]


def test_what_is_lost(codec: Codec, picture: Callable[..., Image]) -> None:
    records = {(r["carrier"], r["change"]): r for r in robustness(codec, picture(48, 64))}
    intact = records["alpha", "noise of one level"]["psnr_y_intact"]
    # The alpha channel is the plane, whatever else was lost.
    assert records["alpha", "saved again without chunks"]["psnr_y"] == intact
    assert records["chunk", "saved again without chunks"]["psnr_y"] != intact
    assert records["chunk", "noise of one level"]["psnr_y"] is not None
    # The plane stands behind the picture, of which it is the last that is cut.
    assert records["chunk", "cut short by a tenth"]["psnr_y"] is not None
    assert records["alpha", "cut short by a tenth"]["psnr_y"] is None


def test_only_alpha_channels_are_premultiplied(codec: Codec, picture: Callable[..., Image]) -> None:
    changes = [(r["carrier"], r["change"]) for r in robustness(codec, picture(48, 64))]
    assert ("alpha", "premultiplied and back") in changes
    assert ("chunk", "premultiplied and back") not in changes


@pytest.mark.parametrize("carrier", ["alpha", "chunk"])
def test_noise_is_of_one_level_and_keeps_all_chunks(
    codec: Codec, picture: Callable[..., Image], carrier: formats.Carrier
) -> None:
    data = file_of(codec, picture(48, 64), carrier)
    changed = CHANGES["noise of one level"].make(data)
    before, after = formats.read_png(data), formats.read_png(changed)
    assert np.abs(before.rgb.astype(int) - after.rgb).max() == 1
    if carrier == "alpha":
        assert np.array_equal(before.alpha, after.alpha)
    # The header is there, and tells that the pixels are others.
    with pytest.raises(formats.DigestError):
        formats.read(changed)


def test_premultiplying_keeps_alpha_and_moves_colours_by_a_level(
    codec: Codec, picture: Callable[..., Image]
) -> None:
    data = file_of(codec, picture(48, 64), "alpha")
    changed = CHANGES["premultiplied and back"].make(data)
    before, after = formats.read_png(data), formats.read_png(changed)
    assert np.array_equal(before.alpha, after.alpha)
    assert np.abs(before.rgb.astype(int) - after.rgb).max() == 1


def test_a_model_with_a_dial(picture: Callable[..., Image], codec_of: Callable[..., Codec]) -> None:
    config = NetworkConfig(
        scale=2, blocks=(1,), widths=(4,), planes=12, dial_steps=(0.5, 40.0), lr_steps=(1, 6)
    )
    records = list(robustness(codec_of(config), picture(48, 64)))
    assert {record["carrier"] for record in records} == {"chunk"}
    assert all(record["detected"] for record in records)
