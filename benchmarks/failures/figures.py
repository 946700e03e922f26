"""The figures of one restored picture: of its tiles, and of the whole of it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from benchmarks.failures.measures import (
    LUMA,
    color_share,
    decibels,
    error,
    gradient_kept,
    hue,
    ringing,
    ringing_area,
    tint,
)
from benchmarks.failures.pictures import Picture
from benchmarks.failures.restoring import RoundTrip, enlarged
from benchmarks.failures.tiling import TILE, corners, tile
from rescodec.metrics import luma, psnr, psnr_y

Shift = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class TileFigures:
    """What is wrong with a tile.

    Attributes:
        group: Of the picture.
        picture: Its name.
        corner: Top and left in the picture.
        psnr_rgb: dB.
        psnr_y: dB.
        tint: Mean shift of Cb and Cr, in levels.
        lr_tint: Likewise, of the LR image against bicubic.
        ringing: RMS of luma's error beside strong edges, in levels; None without any.
        gradient_kept: 1 where nothing is blurred; None where all is flat.
        color_share: Of the squared error.
    """

    group: str
    picture: str
    corner: tuple[int, int]
    psnr_rgb: float
    psnr_y: float
    tint: Shift
    lr_tint: Shift
    ringing: float | None
    gradient_kept: float | None
    color_share: float

    def to_dict(self) -> dict[str, object]:
        """Return what results hold of a tile."""
        return {
            "group": self.group,
            "picture": self.picture,
            "corner": list(self.corner),
            "psnr_rgb": rounded(self.psnr_rgb),
            "psnr_y": rounded(self.psnr_y),
            "tint": rounded(math.hypot(*self.tint)),
            "hue": hue(self.tint),
            "ringing": rounded(self.ringing),
            "gradient_kept": rounded(self.gradient_kept),
            "color_share": rounded(self.color_share),
        }


def tile_figures(picture: Picture, trip: RoundTrip, scale: int) -> Iterator[TileFigures]:
    """Yield the figures of all tiles of a picture."""
    original = trip.original.astype(np.float64) @ LUMA
    restored = trip.restored.astype(np.float64) @ LUMA
    area = ringing_area(original)
    wrong, lr_wrong = error(trip.original, trip.restored), error(trip.bicubic, trip.lr)
    # The scale of metrics.psnr_y is that of BT.601 video, 16 to 235.
    video = luma(trip.restored) - luma(trip.original)
    for corner in corners(*original.shape):
        part = tile(wrong, corner)
        lr_corner = (corner[0] // scale, corner[1] // scale)
        near = tile(area, corner).astype(bool)
        yield TileFigures(
            group=picture.group,
            picture=picture.name,
            corner=corner,
            psnr_rgb=decibels(float(np.mean(part**2))),
            psnr_y=decibels(float(np.mean(tile(video, corner) ** 2))),
            tint=tint(part),
            lr_tint=tint(tile(lr_wrong, lr_corner, TILE // scale)),
            ringing=ringing(tile(restored - original, corner), near),
            gradient_kept=gradient_kept(tile(original, corner), tile(restored, corner)),
            color_share=color_share(part),
        )


@dataclass(frozen=True, kw_only=True)
class PictureFigures:
    """How well a whole picture is restored, as ``rescodec.evaluate`` measures it, and more.

    Attributes:
        group: Of the picture.
        picture: Its name.
        psnr_y: dB, borders of ``scale`` left out.
        psnr_rgb: Likewise.
        lr_psnr: Of the LR image against bicubic, dB.
        bpp: Bits per pixel of the whole file.
        tint: Mean shift of Cb and Cr, in levels.
        ringing: As of tiles.
        gradient_kept: Likewise.
        lr_gradient_kept: Of bicubic's gradients, how much the LR image has.
        color_share: Of the squared error.
        bicubic_psnr_y: That enlarging the bicubic LR image reaches, dB.
        bicubic_gradient_kept: Likewise.
    """

    group: str
    picture: str
    psnr_y: float
    psnr_rgb: float
    lr_psnr: float
    bpp: float
    tint: Shift
    ringing: float | None
    gradient_kept: float | None
    lr_gradient_kept: float | None
    color_share: float
    bicubic_psnr_y: float
    bicubic_gradient_kept: float | None


def picture_figures(picture: Picture, trip: RoundTrip, scale: int) -> PictureFigures:
    """Return the figures of a whole picture."""
    enlarged_bicubic = enlarged(trip.bicubic, (trip.original.shape[0], trip.original.shape[1]))
    original, restored, bicubic, lr, lr_bicubic = (
        pixels.astype(np.float64) @ LUMA
        for pixels in (trip.original, trip.restored, enlarged_bicubic, trip.lr, trip.bicubic)
    )
    wrong = error(trip.original, trip.restored)
    return PictureFigures(
        group=picture.group,
        picture=picture.name,
        psnr_y=psnr_y(trip.original, trip.restored, scale),
        psnr_rgb=psnr(trip.original, trip.restored, scale),
        lr_psnr=psnr(trip.lr, trip.bicubic),
        bpp=8 * trip.size / original.size,
        tint=tint(wrong),
        ringing=ringing(restored - original, ringing_area(original)),
        gradient_kept=gradient_kept(original, restored),
        lr_gradient_kept=gradient_kept(lr_bicubic, lr),
        color_share=color_share(wrong),
        bicubic_psnr_y=psnr_y(trip.original, enlarged_bicubic, scale),
        bicubic_gradient_kept=gradient_kept(original, bicubic),
    )


def rounded(value: float | None, digits: int = 3) -> float | None:
    """Return a number as results hold it; None where there is none, or it is infinite."""
    return None if value is None or not np.isfinite(value) else round(float(value), digits)
