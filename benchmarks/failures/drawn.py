"""Drawn pictures that are hard to restore: lines, noise, strong colours, fine patterns."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt
from PIL import Image as PillowImage
from PIL import ImageDraw

from benchmarks.failures.lettering import SIDE, colored_text, subpixel_text, text, window

Image = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]

SEED = 20
HALF = SIDE // 2
# Standard deviations in levels, one for each quarter of a picture of noise.
NOISES = (4, 10, 25, 60)
# Corners of the RGB cube: edges between them are all strong.
PURE = [(r, g, b) for r in (0, 255) for g in (0, 255) for b in (0, 255)]


def line_art() -> Image:
    """Draw lines one pixel wide: a fan, circles, hatching at several distances and angles."""
    image = PillowImage.new("RGB", (SIDE, SIDE), (255, 255, 255))
    draw, black = ImageDraw.Draw(image), (0, 0, 0)
    for x in range(0, HALF, 12):
        draw.line((0, 0, x, HALF - 8), black)
        draw.line((0, 0, HALF - 8, x), black)
    for radius in range(4, 90, 7):
        draw.ellipse((290 - radius, 94 - radius, 290 + radius, 94 + radius), None, black)
    for index, gap in enumerate((2, 3, 4, 6)):
        left = 8 + index * 46
        for y in range(0, 84, gap):
            draw.line((left, 200 + y, left + 40, 200 + y), black)
        for x in range(0, 41, gap):
            draw.line((left + x, 292, left + x, 376), black)
    for index, gap in enumerate((3, 5, 8)):
        left = 200 + index * 62
        for x in range(0, 56, gap):
            draw.line((left + x, 200, left + 56, 256 - x), black)
            draw.line((left, 200 + x, left + 56 - x, 256), black)
    wave = [(200 + x, 318 + round(48 * np.sin(x * x / 900))) for x in range(180)]
    draw.line(wave, black)
    return np.asarray(image)


def noise() -> Image:
    """Draw grey ramps under Gaussian noise of four strengths, each sample on its own."""
    return _noisy(np.random.default_rng(SEED).normal(size=(SIDE, SIDE, 3)))


def color_noise() -> Image:
    """Draw the same ramps under what a camera leaves at high ISO: blotches of colour.

    Noise of the colours is twice that of brightness and as wide as a demosaicing filter.
    """
    draws = np.random.default_rng(SEED + 1).normal(size=(SIDE, SIDE, 3))
    shifted = [np.roll(draws, (dy, dx), (0, 1)) for dy in (0, 1) for dx in (0, 1)]
    color: Floats = np.sum(shifted, axis=0) / 2
    color -= color.mean(axis=2, keepdims=True)
    brightness = np.random.default_rng(SEED + 2).normal(size=(SIDE, SIDE, 1))
    return _noisy(color + brightness / 2)


def colors() -> Image:
    """Draw patches of pure colours, edges between all pairs of them, and dots of one pixel."""
    pixels = np.zeros((SIDE, SIDE, 3), np.uint8)
    cell = HALF // len(PURE)
    for row, first in enumerate(PURE):
        for column, second in enumerate(PURE):
            top, left = row * cell, column * cell
            pixels[top : top + cell, left : left + cell] = first
            pixels[top + 6 : top + cell - 6, left + 6 : left + cell - 6] = second
    for column, color in enumerate(PURE):
        left = HALF + column * cell
        pixels[:HALF, left : left + cell] = color
    y, x = np.mgrid[:HALF, :HALF]
    # Disks on a ground of another pure colour; stripes of changing width.
    disk = np.hypot(y % 64 - 32, x % 64 - 32) < 26
    pixels[HALF:, :HALF] = np.where(disk[..., None], (255, 0, 0), (0, 255, 255))
    stripe = (x // (1 + y // 32)) % 2
    pixels[HALF:, HALF:] = np.where(stripe[..., None], (0, 0, 255), (255, 0, 0))
    pixels[HALF + 8 : HALF + 40 : 4, 8:HALF:4] = (0, 255, 0)
    return pixels


def gratings() -> Image:
    """Draw a zone plate and gratings near the finest that pixels can show."""
    y, x = (np.mgrid[:HALF, :HALF] - HALF / 2 + 0.5) / HALF
    # At the middle of an edge the zone plate reaches half a period per pixel.
    plate = np.cos(np.pi * HALF * (x**2 + y**2))
    tiles = [plate, np.sign(plate)]
    rows, columns = np.mgrid[:HALF, :HALF].astype(np.float64)
    for angle, period in ((0.1, 2.2), (0.6, 2.9)):
        along = columns * np.cos(angle) + rows * np.sin(angle)
        # A second grating over the lower half, as a screen photographed by a camera has it.
        other = np.cos(2 * np.pi * columns / (period + 0.2)) * (rows > HALF / 2)
        tiles.append(np.clip(np.cos(2 * np.pi * along / period) + other, -1, 1))
    return _grey(127.5 + 127.5 * _quarters(tiles))


def gradients() -> Image:
    """Draw skies: smooth ramps between colours, where bands and tints would show."""
    y, x = np.mgrid[:HALF, :HALF] / (HALF - 1)
    sky = np.stack((90 + 60 * y, 140 + 60 * y, 200 + 40 * y), axis=2)
    dusk = np.stack((250 - 60 * y, 140 - 90 * y, 60 + 80 * y), axis=2)
    shade = np.repeat((40 * x + 8 * y)[..., None], 3, axis=2)
    ball = np.clip(1 - np.hypot(y - 0.5, x - 0.5), 0, 1)[..., None] * (60, 220, 80)
    return _rounded(_quarters([sky, dusk, shade, ball]))


DRAWINGS: Mapping[str, Callable[[], Image]] = {
    "text": text,
    "coloured text": colored_text,
    "subpixel text": subpixel_text,
    "window": window,
    "line art": line_art,
    "noise": noise,
    "colour noise": color_noise,
    "saturated colours": colors,
    "fine gratings": gratings,
    "gradients": gradients,
}


def _noisy(unit: Floats) -> Image:
    ramp = np.linspace(32, 224, HALF)[None, :, None]
    quarters = [ramp + strength * part for strength, part in zip(NOISES, _parts(unit), strict=True)]
    return _rounded(_quarters(quarters))


def _parts(pixels: Floats) -> list[Floats]:
    return [half for rows in np.split(pixels, 2) for half in np.split(rows, 2, axis=1)]


def _quarters(tiles: list[Floats]) -> Floats:
    """Join four pictures, in reading order."""
    upper, lower = (np.concatenate(tiles[i : i + 2], axis=1) for i in (0, 2))
    return np.concatenate((upper, lower))


def _grey(pixels: Floats) -> Image:
    return np.repeat(_rounded(pixels)[..., None], 3, axis=2)


def _rounded(pixels: Floats) -> Image:
    image: Image = np.rint(pixels.clip(0, 255)).astype(np.uint8)
    return image
