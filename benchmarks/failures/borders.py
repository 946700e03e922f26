"""Whether the tiles and strips in which networks are computed can be seen."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from benchmarks.failures.measures import LUMA, error, seam
from benchmarks.failures.restoring import quality_of
from rescodec import Codec
from rescodec.networks.tiles import tiles
from rescodec.strip_height import CPU_TILE

Image = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]

# Pixels of the photo per position of the first level, the only one that photos of a few
# megapixels need several tiles for.
POSITION = 2
# Rows of a strip, far fewer than ordinary ones have, so that a photo has many.
LOW_STRIP = 128


def borders(codec: Codec, original: Image) -> dict[str, object]:
    """Compare a photo in tiles with one computed whole, and errors at borders with others.

    Args:
        codec: The model.
        original: (H, W, 3) uint8 RGB, larger than a tile.

    Returns:
        Largest difference in levels and differing samples per million, in ordinary strips and
        in low ones, for restored pixels and for those of the LR image; and how much larger
        steps of the error are across borders of tiles and of the network's own blocks of
        pixels than elsewhere.
    """
    quality = quality_of(codec)
    whole = codec.encode(original, tile=0, quality=quality)
    pixels = codec.decode(whole, tile=0)
    differences = {}
    for name, rows in (("strips", None), ("low_strips", LOW_STRIP)):
        encoded = codec.encode(original, tile=rows, quality=quality)
        differences[name] = {
            "lr": _differing(whole.lr, encoded.lr),
            # Of the same file, so that the LR image's differences do not count twice.
            "restored": _differing(pixels, codec.decode(whole, tile=rows)),
        }
    restored = codec.decode(codec.encode(original, quality=quality))
    wrong = error(original, restored) @ LUMA
    width, scale = original.shape[1], codec.scale
    return {
        **differences,
        "seams": {
            "tiles": round(seam(wrong, tile_columns(width), POSITION), 3),
            "blocks": round(seam(wrong, range(scale, width, scale), 1), 3),
        },
    }


def tile_columns(width: int) -> list[int]:
    """Return the columns of a photo at which tiles of the first level begin, without 0."""
    area = (CPU_TILE, -(-width // POSITION))
    cut = tiles((0, CPU_TILE), area, CPU_TILE, 0)
    return [POSITION * tile.inner[1].start for tile in cut if tile.inner[1].start]


def _differing(a: Image, b: Image) -> dict[str, float]:
    distance = np.abs(a.astype(np.int16) - b)
    share = np.count_nonzero(distance) / distance.size
    return {"most": int(distance.max()), "per_million": round(1e6 * share, 2)}
