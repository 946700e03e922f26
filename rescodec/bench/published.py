"""Figures that papers of this field have published, beside which ours stand.

PSNR in dB and SSIM on luma, as ``rescodec.metrics`` has them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

FOLDERS: Final = ("Set5", "Set14", "BSD100")

IRN_A_M: Final = "Yin et al., arXiv 2303.06747, table 3"
IRN_SIGMA: Final = "Pan, Learning adjustable image rescaling, table 1"
FIRN: Final = "Lee, FIRN, table 1"


class Published(NamedTuple):
    """A row of a paper's table.

    Attributes:
        method: Name as in the paper.
        scale: Downscaling factor a side.
        source: Paper and table.
        results: PSNR-Y in dB and SSIM-Y by folder of images.
    """

    method: str
    scale: int
    source: str
    results: Mapping[str, tuple[float, float]]


def _row(method: str, scale: int, source: str, *pairs: tuple[float, float]) -> Published:
    return Published(method, scale, source, dict(zip(FOLDERS, pairs, strict=True)))


PUBLISHED: Final = (
    _row("CAR", 2, IRN_A_M, (38.94, 0.9658), (35.61, 0.9404), (33.83, 0.9262)),
    _row("IRN", 2, IRN_A_M, (43.99, 0.9871), (40.79, 0.9778), (41.32, 0.9876)),
    _row("FGRN", 2, IRN_A_M, (44.15, 0.9902), (42.28, 0.9840), (41.87, 0.9887)),
    _row("DLV-IRN", 2, IRN_A_M, (45.42, 0.9910), (42.16, 0.9839), (42.91, 0.9916)),
    _row("DLV-IRN-M", 2, IRN_A_M, (45.83, 0.9916), (42.47, 0.9850), (43.38, 0.9925)),
    _row("DLV-IRN-A", 2, IRN_A_M, (47.81, 0.9937), (44.96, 0.9884), (47.15, 0.9967)),
    _row("bicubic", 4, FIRN, (28.42, 0.8104), (26.00, 0.7027), (25.96, 0.6670)),
    _row("FIRN", 4, FIRN, (33.55, 0.9189), (30.01, 0.8452), (29.56, 0.8301)),
    _row("CAR", 4, IRN_A_M, (33.88, 0.9174), (30.31, 0.8382), (29.15, 0.8001)),
    _row("IRN", 4, IRN_A_M, (36.19, 0.9451), (32.67, 0.9015), (31.64, 0.8826)),
    _row("IRN_sigma, sigma 0", 4, IRN_SIGMA, (36.08, 0.943), (32.54, 0.898), (31.48, 0.879)),
    _row("HCFlow", 4, IRN_A_M, (36.29, 0.9468), (33.02, 0.9065), (31.74, 0.8864)),
    _row("FGRN", 4, IRN_A_M, (36.97, 0.9505), (33.77, 0.9168), (31.83, 0.8907)),
    _row("DLV-IRN", 4, IRN_A_M, (36.62, 0.9484), (33.26, 0.9093), (32.05, 0.8893)),
    _row("DLV-IRN-M", 4, IRN_A_M, (36.67, 0.9490), (33.33, 0.9105), (32.12, 0.8909)),
    _row("DLV-IRN-A", 4, IRN_A_M, (37.56, 0.9566), (34.12, 0.9246), (33.12, 0.9150)),
)
