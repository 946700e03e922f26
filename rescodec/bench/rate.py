"""Suite ``rate``: quality against bytes of whole files, for models and for what users have instead.

All images are cropped and measured alike, whatever the codec, with a border of 4 pixels left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rescodec.bench.quality import quality, rounded
from rescodec.bench.rivals import INSIDE, SCALES, Rival, thumbnail_bytes, thumbnail_name
from rescodec.bench.subjects import Image
from rescodec.codec import Codec
from rescodec.evaluate import carriers_of, through_file
from rescodec.metrics import psnr
from rescodec.resample import bicubic_image

# Of models with a dial.
QUALITIES = (0.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 75.0, 90.0)
BORDER = 4

Record = dict[str, Any]


def settings_of(codec: Codec) -> tuple[float | None, ...]:
    """Return at which qualities a model is measured; None where it has no dial."""
    return QUALITIES if codec.config.dial_steps else (None,)


def model_rates(codec: Codec, hr: Image) -> Iterator[Record]:
    """Measure a model at all its settings and carriers.

    Args:
        codec: The model.
        hr: (H, W, 3) uint8, sizes multiples of the scale.

    Yields:
        Records but for the image's name.
    """
    preview = bicubic_image(hr, codec.scale)
    unrounded = codec.analyse(hr) if codec.config.dial_steps else None
    for setting in settings_of(codec):
        if unrounded is not None and setting is not None:
            encoded = codec.round(unrounded, codec.dial_steps(setting))
        else:
            encoded = codec.encode(hr)
        files = {carrier: through_file(codec, encoded, carrier) for carrier in carriers_of(codec)}
        content, _ = next(iter(files.values()))
        # The same samples, whatever the carrier.
        figures = quality(hr, codec.decode(content), BORDER)
        figures["lr_psnr"] = rounded(psnr(preview, encoded.lr), 3)
        for carrier, (_, size) in files.items():
            yield _record(codec.id, carrier, setting, size, hr) | figures


def rival_rates(rival: Rival, hr: Image) -> Iterator[Record]:
    """Measure a rival at all its settings, alone and inside a bicubic LR PNG where it may be.

    Args:
        rival: The codec.
        hr: (H, W, 3) uint8, sizes multiples of 4.

    Yields:
        Records but for the image's name.
    """
    inside = rival.name in INSIDE
    previews = {scale: thumbnail_bytes(hr, scale) for scale in SCALES} if inside else {}
    for setting in rival.settings:
        data = rival.encode(hr, setting)
        figures = quality(hr, rival.decode(data), BORDER)
        yield _record(rival.name, None, setting, len(data), hr) | figures
        for scale, size in previews.items():
            way = thumbnail_name(rival.name, scale)
            yield _record(way, None, setting, len(data) + size, hr) | figures


def rival_ways(rival: Rival) -> list[str]:
    """Return the names under which ``rival_rates`` yields records."""
    names = [thumbnail_name(rival.name, scale) for scale in SCALES]
    return [rival.name, *(names if rival.name in INSIDE else ())]


def _record(way: str, carrier: str | None, setting: float | None, size: int, hr: Image) -> Record:
    bpp = round(8 * size / (hr.size // 3), 4)
    return {"way": way, "carrier": carrier, "setting": setting, "bytes": size, "bpp": bpp}
